"""Reading a restricted thing leaves a trace."""

from collections.abc import Sequence
from typing import Protocol

from tongbao.journal.events import Event
from tongbao.journal.record import Acting, Subject, record, recording


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


def asked(
    event: Event,
    *,
    subject: tuple[str, str],
    actor: Acting,
    facts: dict[str, str],
    refs: Sequence[Subject | None] = (),
) -> None:
    """Journal that ``actor`` was given many rows at once, which have no page of their own that would note it."""
    with recording():
        record(event, actor=actor, subject=subject, operation=None, refs=refs, **facts)
