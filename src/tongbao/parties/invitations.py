"""The mail that offers somebody a seat, in both languages: which one its reader reads is not known yet."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.parties.directory import mail_may_be_read_by_others
from tongbao.parties.models import Seat


def mail(seat: Seat, address: str, link: str) -> bool:
    """Send the link; whether that was done. Not where others may read it: then it is handed over in person."""
    if seat.organisation.compromised_at is not None or mail_may_be_read_by_others(address):
        return False
    titles, bodies = [], []
    for language, office in (("zh-hant", settings.TONGBAO.office_name_zh), ("en", settings.TONGBAO.office_name_en)):
        with override(language):
            titles.append(_("%(office)s: a seat for you") % {"office": office})
            bodies.append(_("You have been offered a seat. Accept it here within seven days:"))
    send_mail(" / ".join(titles), "\n".join([*bodies, "", link, ""]), None, [address])
    return True
