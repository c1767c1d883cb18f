"""One question over cases, their logs, submissions and organisations: what the asker may see of each."""

from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.incidents.queries import Filters
from tongbao.parties.models import Organisation
from tongbao.parties.search import organisations
from tongbao.policy.actors import Actor
from tongbao.search import find

MOST = 25
LONGEST = 200


class Found(Struct, frozen=True):
    """Up to ``MOST`` of each, the newest first."""

    incidents: list[Incident]
    entries: list[LogEntry]
    submissions: list[Submission]
    organisations: list[Organisation]


def everywhere(actor: Actor, text: str) -> Found:
    """What holds every word of ``text``; without a word nothing."""
    if not text:
        return Found([], [], [], [])
    entries = LogEntry.objects.visible_to(actor).select_related("incident", "author", "participant").order_by("-id")
    received = Submission.objects.visible_to(actor).select_related("owner", "incident")
    asked = find.Question(text)
    return Found(
        incidents=queries.search(actor, Filters(text=text), limit=MOST, asked=asked),
        entries=find.find(entries, "log", asked, limit=MOST),
        submissions=find.find(received.order_by("-received_at", "-id"), "submission", asked, limit=MOST),
        organisations=list(organisations(actor, text)[:MOST]),
    )
