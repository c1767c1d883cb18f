"""One question over cases, their logs, submissions and organisations: what the asker may see of each."""

from functools import partial

from django.db.models import QuerySet
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.incidents.queries import Filters
from tongbao.jobs.among import Keys
from tongbao.parties.models import Organisation
from tongbao.parties.search import organisations
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
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
    asked = find.Question(text)
    return Found(
        incidents=queries.search(actor, Filters(text=text), limit=MOST, asked=asked),
        entries=find.find(_entries(actor), "log", asked, limit=MOST, among=partial(_entries_among, actor)),
        submissions=find.find(_received(actor), "submission", asked, limit=MOST, among=partial(_received_among, actor)),
        organisations=list(organisations(actor, text)[:MOST]),
    )


def _entries(actor: Actor) -> QuerySet[LogEntry]:
    return LogEntry.objects.visible_to(actor).select_related("incident", "author", "participant").order_by("-id")


def _received(actor: Actor) -> QuerySet[Submission]:
    rows = Submission.objects.visible_to(actor).select_related("owner", "incident")
    return rows.order_by("-received_at", "-id")


@Statement
def _entries_among(actor: Actor, keys: str) -> QuerySet[LogEntry]:
    return _entries(actor).filter(pk__among=Keys(keys))[:MOST]


@Statement
def _received_among(actor: Actor, keys: str) -> QuerySet[Submission]:
    return _received(actor).filter(pk__among=Keys(keys))[:MOST]
