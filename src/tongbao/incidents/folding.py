"""Reports of the same thing by many people: the first waits for an officer, the others are decided with it.

Inside a verb's transaction. Each keeps its own receipt, its own bytes and, in a case, its own thread.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from tongbao.incidents.models import Incident, Observable, Participant, Submission
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.policy import actors
from tongbao.policy.statements import Statement

HOLDS = timedelta(days=30)
AT_ONCE = 500


def first_of(alike: str) -> Submission | None:
    """The undecided report that one with this digest is decided with."""
    if not alike:
        return None
    return _waiting.first(alike, clock.now() - HOLDS)


@Statement
def _waiting(alike: str, since: datetime) -> QuerySet[Submission]:
    rows = Submission.objects.filter(alike=alike, state=Submission.State.NEW, owner=None)
    return rows.filter(received_at__gte=since).order_by("-id")[:1]


def follow(first: Submission) -> int:
    """What is folded into a report that has just been decided goes the same way. Returns how many those are."""
    state = Submission.State.REJECTED if first.state == Submission.State.REJECTED else Submission.State.MERGED
    rows = first.folded.filter(state=Submission.State.FOLDED)
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        _together(keys[start : start + AT_ONCE], first, state)
    if keys:
        record(
            Event.SUBMISSION_FOLDED,
            actor=actors.system("desk"),
            subject=first,
            refs=[first.incident],
            count=len(keys),
            state=state,
        )
    return len(keys)


def _together(keys: list[int], first: Submission, state: Submission.State) -> None:
    now, incident = clock.now(), first.incident
    Submission.objects.filter(pk__in=keys).update(
        state=state, reason=first.reason, decided_at=now, decided_by=first.decided_by_id, incident=incident
    )
    if incident is not None:
        join_all(keys, incident)
        Observable.objects.filter(submission__in=keys).update(incident=incident)


def join_all(keys: list[int], incident: Incident) -> None:
    """The reporters of these submissions take part, each with a thread of its own."""
    now = clock.now()
    Participant.objects.bulk_create(
        [
            Participant(incident=incident, submission_id=key, role=Participant.Role.REPORTER, joined_at=now)
            for key in keys
        ]
    )
