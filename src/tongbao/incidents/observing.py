"""What reports and cases name, kept so that it can be looked up. Inside a verb's transaction."""

from collections.abc import Iterable

from tongbao.engines.observables import Seen, extract
from tongbao.incidents.models import Incident, Observable, Submission
from tongbao.incidents.rules import intake
from tongbao.kernel import clock


def note_report(submission: Submission, draft: intake.Draft) -> None:
    """What a report that has just been stored or corrected names."""
    held = set(submission.observables.values_list("kind", "value")) if submission.version > 1 else set()
    _store(intake.named(draft), held, submission=submission, incident=submission.incident)


def note_case(incident: Incident, *texts: str) -> None:
    """What is said in a case, or of it."""
    named = extract("\n".join(texts))
    if named:
        held = set(incident.observables.filter(value__in=[each.value for each in named]).values_list("kind", "value"))
        _store(named, held, incident=incident)


def take_over(submission: Submission, incident: Incident) -> None:
    """A report has become a case, or part of one."""
    Observable.objects.filter(submission=submission).update(incident=incident)


def _store(named: Iterable[Seen], held: set[tuple[str, str]], **about: Submission | Incident | None) -> None:
    now = clock.now()
    Observable.objects.bulk_create(
        [
            Observable(kind=each.kind, value=each.value, noted_at=now, **about)
            for each in named
            if (each.kind, each.value) not in held
        ]
    )
