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
from tongbao.incidents.models.desks import LastLook, SavedView
from tongbao.incidents.models.filings import Filing, FilingEdition
from tongbao.incidents.models.imports import CaseImport, Origin
from tongbao.incidents.models.inquiries import Inquiry
from tongbao.incidents.models.obligations import Obligation
from tongbao.incidents.models.observables import Observable
from tongbao.incidents.models.submissions import IdempotencyKey, Submission, Supplement, Thread
from tongbao.incidents.models.transfers import Transfer

__all__ = [
    "AffectedSystem",
    "CaseImport",
    "Classification",
    "Filing",
    "FilingEdition",
    "Grounds",
    "IdempotencyKey",
    "Incident",
    "Inquiry",
    "LastLook",
    "Link",
    "LogEntry",
    "NamedAddress",
    "Obligation",
    "Observable",
    "Origin",
    "Participant",
    "SavedView",
    "Series",
    "Submission",
    "Supplement",
    "Thread",
    "Transfer",
]
