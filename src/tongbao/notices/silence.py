"""What somebody who is told because others keep silent has to know: whose silence it is."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongbao.notices.models import Receipt
from tongbao.notices.rules.content import ToldFor
from tongbao.parties.models import Organisation
from tongbao.ui.templatetags.tongbao import name

_OF_SILENCE = (ToldFor.SILENCE_SEAT, ToldFor.SILENCE_SUPERVISED)


def reasons(receipt: Receipt) -> list[dict[str, str]]:
    """Of the reasons for which somebody was told, those that tell of a silence."""
    return [each for each in receipt.reasons if each.get("reason") in _OF_SILENCE]


def words(receipt: Receipt) -> str:
    """In the language that is set; empty for whoever was told from the first."""
    found = reasons(receipt)
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
