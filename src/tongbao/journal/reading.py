"""Reading a restricted thing leaves a trace."""

from typing import Protocol

from tongbao.journal.events import Event
from tongbao.journal.record import Acting, record, recording


class Readable(Protocol):
    @property
    def restricted(self) -> bool: ...

    def subject(self) -> tuple[str, str]: ...


def opened(thing: Readable, *, actor: Acting) -> None:
    """Journal that ``actor`` has opened ``thing``, if it is restricted. Called by every page that shows one."""
    if thing.restricted:
        with recording():
            record(Event.ACCESS_READ, actor=actor, subject=thing)
