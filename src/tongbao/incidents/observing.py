"""What reports and cases name, kept so that it can be looked up. Inside a verb's transaction."""

from collections.abc import Iterable

from tongbao.engines.observables import Seen, extract
from tongbao.incidents.models import Incident, Observable, Submission
from tongbao.incidents.rules import intake
from tongbao.jobs.rows import add_all
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP


def note_report(submission: Submission, draft: intake.Draft) -> None:
    """What a report that has just been stored or corrected names."""
    held = set()
    if submission.version > 1:
        held = set(submission.observables.filter(tlp__lte=submission.tlp).values_list("kind", "value"))
    _store(intake.named(draft), held, submission.tlp, submission=submission, incident=submission.incident)


def note_case(incident: Incident, *texts: str, tlp: int | None = None) -> None:
    """What is said of a case, or in it by an entry marked ``tlp``. What is for the named in person alone is kept from
    the table: it is looked up by everybody who may read the case."""
    marked = incident.tlp if tlp is None else tlp
    named = extract("\n".join(texts)) if tlp != TLP.RED else []
    if named:
        rows = incident.observables.filter(value__in=[each.value for each in named], tlp__lte=marked)
        _store(named, set(rows.values_list("kind", "value")), marked, incident=incident)


def take_over(submission: Submission, incident: Incident) -> None:
    """A report has become a case, or part of one."""
    Observable.objects.filter(submission=submission).update(incident=incident)


def _store(named: Iterable[Seen], held: set[tuple[str, str]], tlp: int, **about: Submission | Incident | None) -> None:
    now = clock.now()
    add_all(
        [
            Observable(kind=each.kind, value=each.value, tlp=tlp, noted_at=now, **about)
            for each in named
            if (each.kind, each.value) not in held
        ]
    )
