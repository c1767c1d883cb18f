"""What comes in by feeds, and what is seen of whom."""

from tongbao.observations.models.archive import ArchiveDay, ArchiveFile
from tongbao.observations.models.figures import Counted
from tongbao.observations.models.findings import Digest, Finding, FindingQuerySet, Step
from tongbao.observations.models.runs import FeedRun, FeedRunQuerySet, Stream

__all__ = [
    "ArchiveDay",
    "ArchiveFile",
    "Counted",
    "Digest",
    "FeedRun",
    "FeedRunQuerySet",
    "Finding",
    "FindingQuerySet",
    "Step",
    "Stream",
]
