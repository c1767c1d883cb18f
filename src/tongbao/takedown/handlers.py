"""What journal events set off on the takedown desk. Called by the pump, at least once."""

from tongbao.jobs.pump import Happening
from tongbao.takedown import actions


def answered(happening: Happening) -> None:
    """An answer to a request becomes a step of its takedown."""
    number = int(happening.facts.get("number", 0))
    actions.hear_answer(happening.subject_id, number=number, source=f"journal:{happening.seq}")
