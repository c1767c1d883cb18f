"""What journal events set off in watching. Called by the pump, at least once."""

from tongbao.jobs.pump import Happening
from tongbao.watching.actions import feeds


def left(happening: Happening) -> None:
    """The calendar links of a closed account stop working for good."""
    feeds.revoke_feeds_of(happening.subject_id)
