"""An address that does not work: marked, so that nothing more goes there, and its organisation is told."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.notices import steps as notices
from tongbao.parties.models import ContactPoint, Organisation, Tenure, current
from tongbao.policy import actors
from tongbao.policy.can import Role
from tongbao.ui.sentences import word


def mark(reasons: Mapping[int, str], *, at: datetime) -> None:
    """Inside a verb: these contact points (by key) do not work, for these reasons. A repeat changes nothing.

    The organisation's page shows it, and its administrators get a letter at the address that they sign in with.
    """
    if not reasons:
        return
    rows = ContactPoint.objects.select_for_update(of=("self",)).filter(pk__in=list(reasons), broken_at=None)
    for contact in rows.select_related("seat__organisation").order_by("pk"):
        contact.broken_at, contact.broken_reason = at, reasons[contact.pk]
        contact.save(update_fields=["broken_at", "broken_reason"])
        record(Event.CONTACT_BROKEN, actor=actors.system("delivery"), subject=contact, refs=[contact.seat])
        _tell(contact)


def _tell(contact: ContactPoint) -> None:
    home = contact.seat.organisation
    for address in _administrators(home):
        if address == contact.address or home.compromised_at is not None:
            continue
        notices.letter(**_words(contact, home), to=address)


def _administrators(home: Organisation) -> list[str]:
    held = Tenure.objects.filter(current(clock.now()), seat__organisation=home, person__user__is_active=True)
    found = held.select_related("seat", "person__user").order_by("seat__rank", "pk")
    named = [
        each.person.user.email
        for each in found
        if Role.ORGANISATION_ADMIN in each.seat.roles and each.person.user is not None
    ]
    return list(dict.fromkeys(named))


def _words(contact: ContactPoint, home: Organisation) -> dict[str, str]:
    """In both languages: the address itself is not repeated, since a letter may be read by others."""
    titles, parts = [], []
    for tongue, name, seat in (
        ("zh-hant", home.name_zh, contact.seat.title_zh),
        ("en", home.name_en, contact.seat.title_en),
    ):
        with override(tongue):
            titles.append(_("A contact point does not work"))
            parts.append(
                _("%(organisation)s, %(seat)s: messages by %(way)s do not arrive. Please correct it here:\n%(link)s")
                % {
                    "organisation": name,
                    "seat": seat,
                    "way": word("contact", contact.kind),
                    "link": f"{settings.TONGBAO.portal_url}/organisations/own/",
                }
            )
    return {"title": " / ".join(titles)[:200], "body": "\n\n".join(parts)}
