"""What journal events set off on the case desk. Called by the pump, at least once."""

from tongbao.incidents import reviewing
from tongbao.incidents.actions import duties, filings, reviews
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
