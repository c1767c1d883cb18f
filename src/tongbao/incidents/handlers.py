"""What journal events set off on the case desk. Called by the pump, at least once."""

from tongbao.incidents import reevaluating, reviewing
from tongbao.incidents.actions import duties, filings, informing, reevaluation, reviews
from tongbao.jobs.pump import Happening


def answered(happening: Happening) -> None:
    """An answer to a notice becomes part of its case."""
    facts = happening.facts
    duties.hear_answer(
        happening.subject_id,
        code=str(facts["answer"]),
        number=int(facts.get("number", 0)),
        source=f"journal:{happening.seq}",
    )


def judged(happening: Happening) -> None:
    """A decision on what a case had handed in: an obligation gets its longer time, a level
    has been reviewed, a form is accepted or returned."""
    if happening.facts["kind"] == "extension":
        reviews.hear_extension(happening.subject_id)
    elif happening.facts["kind"] == reviewing.LEVEL:
        reviews.hear_level(happening.subject_id)
    else:
        filings.hear_judgement(happening.subject_id, source=f"journal:{happening.seq}")


def told(happening: Happening) -> None:
    """What happened in a case is told to its participants: their machines, and by mail that something waits."""
    if informing.wanted(happening):
        informing.inform_participants(happening)


LEGAL = frozenset({"coverages", "entity_type", "sector", "supervisor_id"})
"""What duties follow from in an organisation's own facts."""


def placed(happening: Happening) -> None:
    """An organisation has become something else under the law: the duties in its open cases follow."""
    if LEGAL & set(happening.facts.get("changed", ())):
        keys = reevaluating.open_cases(owner=happening.subject_id)
        for start in range(0, len(keys), reevaluating.BATCH):
            reevaluation.reevaluate_cases(keys[start : start + reevaluating.BATCH])
