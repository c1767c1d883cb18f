"""What becomes of each case of a file from another product. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from tongbao.incidents.rules.intake import time_fault
from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.standards.casefiles import ForeignCase

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_ENTRY, LONGEST_REF = 200, 20_000, 20_000, 80
MOST_NAMED = 5000


class Row(Struct, frozen=True):
    """One case and its fate: it becomes one of ours, is one already, or is left out, and why."""

    case: ForeignCase
    fate: Literal["create", "same", "refuse"]
    tlp: TLP
    problems: tuple[Problem, ...] = ()


def judge(cases: list[ForeignCase], *, held: frozenset[str], chosen: TLP, person: bool, now: datetime) -> list[Row]:
    """Every case's fate. ``held``: keys of the source that have been taken over. ``person``: somebody asks who can be
    named for what is marked TLP:RED."""
    rows, seen = [], set[str]()
    for case in cases:
        tlp = marking(case, chosen)
        if case.ref in held and case.ref not in seen:
            rows.append(Row(case, "same", tlp))
        else:
            found = tuple(_faults(case, tlp, person=person, twice=case.ref in seen, now=now))
            rows.append(Row(case, "refuse" if found else "create", tlp, found))
        seen.add(case.ref)
    return rows


def marking(case: ForeignCase, chosen: TLP) -> TLP:
    """As it was chosen, or as the source says where that is narrower."""
    return max(chosen, case.tlp or chosen)


def _faults(case: ForeignCase, tlp: TLP, *, person: bool, twice: bool, now: datetime) -> Iterator[Problem]:
    yield from case.problems
    place = case.place
    if not case.ref or len(case.ref) > LONGEST_REF:
        yield Problem(f"{place}.id", "too-long" if case.ref else "required", {"most": LONGEST_REF})
    elif twice:
        yield Problem(f"{place}.id", "code-twice")
    if tlp == TLP.RED and not person:
        yield Problem(f"{place}.tlp", "import-red")
    yield from _times(case, now)
    yield from _words(case)


def _times(case: ForeignCase, now: datetime) -> Iterator[Problem]:
    if case.opened_at is None:
        yield Problem(f"{case.place}.opened_at", "required")
    for name, at in (("opened_at", case.opened_at), ("closed_at", case.closed_at)):
        if code := time_fault(at, now):
            yield Problem(f"{case.place}.{name}", code)
    if case.opened_at and case.closed_at and case.closed_at < case.opened_at:
        yield Problem(f"{case.place}.closed_at", "closed-before-opened")


def _words(case: ForeignCase) -> Iterator[Problem]:
    if not case.title:
        yield Problem(f"{case.place}.title", "required")
    if len(case.summary) > LONGEST_SUMMARY - LONGEST_TITLE:
        yield Problem(f"{case.place}.summary", "too-long", {"most": LONGEST_SUMMARY - LONGEST_TITLE})
    if len(case.named) > MOST_NAMED:
        yield Problem(f"{case.place}.named", "too-many", {"most": MOST_NAMED})
    for name, words in (("title", case.title), ("summary", case.summary), ("outcome", case.outcome)):
        if code := text.fault(words):
            yield Problem(f"{case.place}.{name}", code)


def title(case: ForeignCase) -> str:
    """On one line; a longer one is whole at the head of :func:`summary`."""
    line = text.one_line(case.title)
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def summary(case: ForeignCase) -> str:
    head = case.title if len(text.one_line(case.title)) > LONGEST_TITLE else ""
    return f"{head}\n\n{case.summary}".strip()


class Entry(Struct, frozen=True):
    """A line of the log. ``at`` None: when the case was opened."""

    text: str
    at: datetime | None
    tlp: TLP


def entries(case: ForeignCase, tlp: TLP) -> list[Entry]:
    """What goes into the log: what was written, then what the case names, apart where it is marked more narrowly."""
    floor = max(tlp, TLP.AMBER)
    found = []
    for piece in case.pieces:
        words = text.readable(f"{piece.by}: {piece.text}" if piece.by else piece.text)
        found += [Entry(part, _within(piece.at), floor) for part in _parts(words)]
    for level, values in named(case, tlp).items():
        found += [Entry(part, case.opened_at, max(level, floor)) for part in _parts("\n".join(values))]
    return found


def named(case: ForeignCase, tlp: TLP) -> dict[TLP, list[str]]:
    """The values by marking, each once; none is wider than the case."""
    found: dict[TLP, list[str]] = {}
    for each in case.named:
        values = found.setdefault(max(tlp, each.tlp if each.tlp is not None else tlp), [])
        if (value := text.readable(each.value)) not in values[-100:]:
            values.append(value)
    return found


def _within(at: datetime | None) -> datetime | None:
    return at if at is None or at.year >= 2000 else None


def _parts(words: str) -> list[str]:
    """A text too long for one entry goes into several; nothing is cut off."""
    return [words[at : at + LONGEST_ENTRY] for at in range(0, len(words), LONGEST_ENTRY)]
