"""What one recipient of a notice has to know and others do not: whose silence it is, which addresses are named."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongbao.engines.observables import defanged
from tongbao.notices import templates
from tongbao.notices.models import Receipt
from tongbao.notices.rules.content import ToldFor
from tongbao.parties.models import Organisation
from tongbao.ui.templatetags.tongbao import name

_OF_SILENCE = (ToldFor.SILENCE_SEAT, ToldFor.SILENCE_SUPERVISED)


def reasons(receipt: Receipt) -> list[dict[str, str]]:
    """Of the reasons for which somebody was told, those that are for the recipient to read."""
    return [each for each in receipt.reasons if each.get("reason") in _OF_SILENCE] + _addresses(receipt)


def words(receipt: Receipt) -> str:
    """In the language that is set; empty where there is nothing but the notice itself. No content above TLP:GREEN
    without signing in: whoever writes it where others may read asks ``rules.shows_content`` first."""
    return "\n".join(filter(None, [_silence(receipt), _named(receipt)]))


def _silence(receipt: Receipt) -> str:
    found = [each for each in receipt.reasons if each.get("reason") in _OF_SILENCE]
    silent = [each["value"] for each in found if each["reason"] == ToldFor.SILENCE_SUPERVISED]
    if silent:
        rows = Organisation.objects.filter(public_id__in=silent).order_by("code")
        who = pgettext("between items of a list", ", ").join(name(each) for each in rows)
        return _("%(who)s, which you supervise, has not answered. Please reach them and see that they do.") % {
            "who": who
        }
    if found:
        return _("Others in your organisation were told before you and have not answered. Please answer for it.")
    return ""


def _named(receipt: Receipt) -> str:
    named = [defanged(each["address"]) for each in _addresses(receipt)]
    if not named:
        return ""
    listed = pgettext("between items of a list", ", ").join(named)
    return _("What the case names of your addresses: %(addresses)s") % {"addresses": listed}


def _addresses(receipt: Receipt) -> list[dict[str, str]]:
    """Only with a text that says that an address is named: an officer may have chosen one that does not."""
    wording = templates.shipped().get(receipt.notice.template)
    if wording is None or not wording.names_addresses:
        return []
    return [each for each in receipt.reasons if each.get("address")]
