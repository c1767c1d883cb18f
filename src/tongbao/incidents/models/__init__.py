"""Submissions come in; an incident is the case made of them; obligations are what the law then requires."""

from tongbao.incidents.models.cases import (
    AffectedSystem,
    Incident,
    Link,
    LogEntry,
    NamedAddress,
    Participant,
    Series,
)
from tongbao.incidents.models.classifications import Classification, Grounds
from tongbao.incidents.models.filings import Filing, FilingEdition
from tongbao.incidents.models.obligations import Obligation
from tongbao.incidents.models.submissions import IdempotencyKey, Submission

__all__ = [
    "AffectedSystem",
    "Classification",
    "Filing",
    "FilingEdition",
    "Grounds",
    "IdempotencyKey",
    "Incident",
    "Link",
    "LogEntry",
    "NamedAddress",
    "Obligation",
    "Participant",
    "Series",
    "Submission",
]
