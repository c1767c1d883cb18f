"""What is told of one verb."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tongbao.journal.events import Event
from tongbao.policy.actors import Actor

Act = Callable[[Actor], Any]


@dataclass(frozen=True)
class Story:
    """``begin`` prepares, and gives the call. ``events``: what the call leaves in the journal, at least.

    ``refused``: somebody who sees the thing and may not do this. ``again``: calling once more leaves nothing.
    """

    begin: Callable[[Any], Act]
    events: set[Event] = field(default_factory=set)
    by: str = "officer"
    refused: str = ""
    again: bool = True
