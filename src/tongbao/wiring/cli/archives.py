"""``archive``: look into the archive of events, put it in order, check it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from tongbao.engines.archive.stores import StoreAway
from tongbao.kernel.refusals import Refusal
from tongbao.observations import archiving, asking
from tongbao.observations.asking import Answer, Question
from tongbao.policy import actors
from tongbao.wiring.cli.output import document, fail, refused

OPERATOR = actors.system("command")
"""Who is at the machine sees everything; the question is journalled all the same."""


def find(address: str, owner: str, indicators: Path | None, *, spells: bool, first: str, last: str) -> None:
    """Exit 1 where there is nothing."""
    wanted: tuple[str, ...] = ()
    if indicators is not None:
        try:
            wanted = asking.indicators(indicators.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            fail("unreadable", f"{indicators}: {error}")
    asked = [("address", address), ("hunt", wanted), ("spells", spells), ("owner", owner and not spells)]
    shapes = [shape for shape, given in asked if given]
    if len(shapes) != 1:
        fail("usage", "one question: --address, --owner, --indicators or --spells")
    found = _asked(shapes[0], first, last, address=address, owner=owner, indicators=wanted)
    document({"question": shapes[0], "rows": [_said(row) for row in found.rows], "more": found.more})
    raise typer.Exit(0 if found.rows else 1)


def count(first: str, last: str) -> None:
    found = _asked("days", first, last)
    document({"question": "days", "rows": [_said(row) for row in found.rows], "more": found.more})


def compact() -> None:
    """What is due and what is not due yet."""
    with _store():
        dropped, ordered = archiving.expire(), archiving.compact(now=True)
        collected = archiving.collect() + archiving.clear()
    document({"days": ordered, "dropped": dropped, "collected": collected})


def check() -> None:
    with _store():
        found = archiving.check()
    document({**{name: getattr(found, name) for name in found.__struct_fields__}, "sound": found.sound})
    raise typer.Exit(0 if found.sound else 1)


@contextmanager
def _store() -> Iterator[None]:
    try:
        yield
    except StoreAway as away:
        fail("archive-away", str(away))


def _asked(shape: str, first: str, last: str, **more: Any) -> Answer:
    begun, end = asking.span(first, last)
    try:
        return asking.ask(Question(shape, begun, end, **more), actor=OPERATOR)
    except Refusal as refusal:
        refused(refusal)


_OURS = ("high", "low", "track")


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the code of its organisation; how the archive keeps addresses is nobody's business."""
    said = {name: value for name, value in row.items() if name not in _OURS}
    if "organisation" in said:
        said["organisation"] = said["organisation"].code if said["organisation"] else None
    return said
