"""Who has reported by mail hears by mail that the office has written; never what. Inside a verb."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.incidents.models import Submission
from tongbao.notices import steps as notices
from tongbao.policy import throttle
from tongbao.release import gate

AN_HOUR = 5
"""So many mails to one address: whoever writes in somebody else's name makes us a nuisance to nobody."""


def write_back(submission: Submission) -> None:
    """An answer to it falls into place by the mark in its subject."""
    to = submission.draft.contact_email
    if submission.door != Submission.Door.EMAIL or not to or not gate.public(submission.operation):
        return
    if throttle.take("mail-back", to.casefold(), limit=AN_HOUR):
        notices.letter(**_words(submission), to=to)


def _words(submission: Submission) -> dict[str, str]:
    titles, parts = [], []
    for tongue in ("zh-hant", "en"):
        with override(tongue):
            titles.append(_("We have written to you"))
            said = _("A message about your report waits for you. Read it with your receipt number here:\n%(link)s")
            parts.append(said % {"link": f"{settings.TONGBAO.portal_url}/follow-up/"})
    return {"title": f"[TB-R {submission.reference}] {' / '.join(titles)}", "body": "\n\n".join(parts)}
