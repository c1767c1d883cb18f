"""Reading a restricted thing leaves a trace."""

from typing import Protocol

from tongbao.journal.events import Event
from tongbao.journal.record import Acting, record, recording


class Readable(Protocol):
    @property
    def restricted(self) -> bool: ...

    def subject(self) -> tuple[str, str]: ...


def opened(*things: Readable, actor: Acting) -> None:
    """Journal that ``actor`` has opened those of ``things`` that are restricted. Called by whatever shows them."""
    read = [thing for thing in things if thing.restricted]
    if read:
        with recording():
            for thing in read:
                record(Event.ACCESS_READ, actor=actor, subject=thing)
