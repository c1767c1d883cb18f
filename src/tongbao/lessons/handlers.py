"""What journal events set off among lessons. Called by the pump, at least once."""

from tongbao.jobs.pump import Happening
from tongbao.lessons import actions


def judged(happening: Happening) -> None:
    """A decision on a lesson: it is published, or it comes back."""
    if happening.facts["kind"] == actions.KIND:
        actions.hear_decision(happening.subject_id)
