"""The hash chain, pure. An entry's stored text is exactly what was hashed.

Text: canonical JSON with the keys ``actor at event facts operation prev refs seq subject v``. ``prev`` is the
digest of the entry before; the first entry's is 64 zeros.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.kernel import canonical

GENESIS = "0" * 64
VERSION = 1


class Entry(Struct, frozen=True):
    """What is to be recorded, before it has a place in the chain."""

    event: str
    actor: str
    subject: tuple[str, str]
    operation: int | None
    facts: dict[str, Any]
    refs: tuple[tuple[str, str], ...] = ()
    """Other things that the entry is about: who may not see one of them does not see the entry."""


class Link(Struct, frozen=True):
    """An entry in its place: ``text`` is what is stored, ``digest`` is SHA-256 over it."""

    seq: int
    text: str
    digest: str


def link(entry: Entry, *, seq: int, prev: str, at: datetime) -> Link:
    """Put ``entry`` behind the entry whose digest is ``prev``."""
    text = canonical.text(
        {
            "v": VERSION,
            "seq": seq,
            "prev": prev,
            "at": at.isoformat(),
            "event": entry.event,
            "actor": entry.actor,
            "subject": list(entry.subject),
            "operation": entry.operation,
            "facts": entry.facts,
            "refs": [list(ref) for ref in entry.refs],
        }
    )
    return Link(seq, text, canonical.digest(text))


class Row(Struct, frozen=True):
    """A stored entry as verification reads it: the text and the columns that repeat parts of it."""

    seq: int
    text: str
    digest: str
    at: str
    event: str
    actor: str
    subject: tuple[str, str]
    operation: int | None


class Break(Struct, frozen=True):
    """The first place where the chain does not hold: ``seq``, and why.

    Codes: ``gap`` (an entry is missing or out of order), ``prev`` (does not point at its predecessor),
    ``digest`` (text and digest differ), ``columns`` (a column differs from the text), ``text`` (not readable),
    ``head`` (the chain's head names another last entry), ``seal`` (a seal names another digest here).
    """

    seq: int
    code: str


class Verdict(Struct, frozen=True):
    """``checked`` entries hold; ``first_break`` is None when all do. ``last`` is the last digest."""

    checked: int
    last: str
    first_break: Break | None


def verify(rows: Iterable[Row], *, seals: dict[int, str], head: tuple[int, str]) -> Verdict:
    """Walk the chain from its first entry. ``seals`` maps seq to the digest sealed outside the box."""
    prev, expected = GENESIS, 1
    for row in rows:
        code = _fault(row, expected=expected, prev=prev, seals=seals)
        if code:
            return Verdict(expected - 1, prev, Break(row.seq if code != "gap" else expected, code))
        prev, expected = row.digest, expected + 1
    if head != (expected - 1, prev):
        return Verdict(expected - 1, prev, Break(expected - 1, "head"))
    if beyond := [seq for seq in seals if seq >= expected]:
        return Verdict(expected - 1, prev, Break(min(beyond), "gap"))
    return Verdict(expected - 1, prev, None)


class _Text(Struct):
    """The stored text, read back. A field more or less is a fault."""

    v: int
    seq: int
    prev: str
    at: str
    event: str
    actor: str
    subject: tuple[str, str]
    operation: int | None
    facts: dict[str, Any]
    refs: list[tuple[str, str]]


_decode = msgspec.json.Decoder(_Text).decode


def _fault(row: Row, *, expected: int, prev: str, seals: dict[int, str]) -> str | None:
    if row.seq != expected:
        return "gap"
    if canonical.digest(row.text) != row.digest:
        return "digest"
    try:
        text = _decode(row.text)
    except msgspec.DecodeError:
        return "text"
    if text.prev != prev or text.seq != row.seq:
        return "prev"
    if (row.at, row.event, row.actor, row.subject, row.operation) != (
        text.at,
        text.event,
        text.actor,
        text.subject,
        text.operation,
    ):
        return "columns"
    return "seal" if seals.get(row.seq, row.digest) != row.digest else None


def around(rows: Iterable[Row], seq: int) -> Iterator[Row]:
    """The entry before and the entry after the place ``seq``, and the entry there if it exists."""
    return (row for row in rows if abs(row.seq - seq) <= 1)
