"""What of a case's events participants are told, pure."""

from collections.abc import Mapping
from typing import Any

from tongbao.journal.events import Event

CODES: Mapping[str, str] = {
    Event.INCIDENT_OPENED: "opened",
    Event.PARTICIPANT_ADDED: "joined",
    Event.INCIDENT_CLASSIFIED: "level",
    Event.INQUIRY_ASKED: "asked",
    Event.INQUIRY_ANSWERED: "answered",
    Event.LOG_ENTERED: "message",
    Event.INCIDENT_CLOSED: "closed",
    Event.INCIDENT_REOPENED: "reopened",
    Event.INCIDENT_MERGED: "merged",
}
"""By the event of the journal what it is called there (``parties.rules.CASE_EVENTS``)."""
PRIVATE = frozenset({"participant", "inquiry", "entry"})
"""Kinds of things that belong to one participant: who may not see one is told nothing of it."""
FROM_OFFICE, TO_OFFICE = frozenset({"asked"}), frozenset({"answered"})
"""What the office says is no news to it, and what it is told no news to who said it."""


WAITING = frozenset({"asked", "message"})
"""What people are written to about: it waits for them."""


def code(event: str, facts: Mapping[str, Any]) -> str:
    """What happened, or nothing: notes and evidence are the handlers' own, an evaluation may find no level."""
    if event == Event.LOG_ENTERED and facts.get("kind") != "message":
        return ""
    return CODES.get(event, "")


def news(what: str, *, office: bool, by_office: bool | None) -> bool:
    """Whether one side is told: not of what it did itself. ``by_office``: who wrote a message."""
    if what in FROM_OFFICE or by_office is True:
        return not office
    return office or not (what in TO_OFFICE or by_office is False)
