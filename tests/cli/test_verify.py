"""``audit verify`` over a journal that somebody has been at: the first broken entry, and its neighbours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from django.db.models import F

from tests.cli.houses import House, Houses
from tongbao.journal import chain, queries, seal
from tongbao.journal.chain import Entry
from tongbao.journal.models import JournalEntry, JournalHead
from tongbao.kernel import canonical, clock
from tongbao.wiring.cli import commands

Damage = Callable[[House], None]
PLACE = 40


def said(house: House, capsys: pytest.CaptureFixture[str], key: str = "") -> tuple[int, Any]:
    """Exit code and document of the command."""
    code = 0
    with house.inside():
        try:
            commands.verify(key)
        except typer.Exit as end:
            code = end.exit_code
    return code, json.loads(capsys.readouterr().out)


def at(seq: int) -> Any:
    return JournalEntry.objects.filter(seq=seq)


def last() -> int:
    return queries.head()[0]


def relink(first: int, **changes: Any) -> None:
    """Write the journal anew from ``first`` on, chain and head and all, with other facts in that entry."""
    prev = JournalEntry.objects.get(seq=first - 1).digest
    for row in JournalEntry.objects.filter(seq__gte=first).order_by("seq"):
        text = msgspec.json.decode(row.text) | {"prev": prev}
        if row.seq == first:
            text["facts"] = changes
        row.text = canonical.text(text)
        row.digest = prev = canonical.digest(row.text)
        row.save()
    JournalHead.objects.update(digest=prev)


def append() -> None:
    """One more entry at the end, well made, without moving the head."""
    seq, digest = queries.head()
    moment = clock.now()
    link = chain.link(Entry("fact.recorded", "system:x", ("fact", "x"), None, {}), seq=seq + 1, prev=digest, at=moment)
    JournalEntry.objects.create(
        seq=seq + 1, at=moment, event="fact.recorded", actor="system:x", subject_kind="fact", subject_id="x",
        text=link.text, digest=link.digest,
    )  # fmt: skip


def push_in(seq: int) -> None:
    """One more entry in the middle: those behind it move on, and so does the head."""
    for row in JournalEntry.objects.filter(seq__gte=seq).order_by("-seq"):
        JournalEntry.objects.filter(seq=row.seq).update(seq=row.seq + 1)
    copied = JournalEntry.objects.get(seq=seq - 1)
    copied.seq = seq
    copied.save(force_insert=True)
    JournalHead.objects.update(seq=F("seq") + 1)


DAMAGES: dict[str, tuple[Damage, int, str]] = {
    # What somebody has done -> the entry that is named, and why it does not hold.
    "a column changed": (lambda house: at(PLACE).update(actor="user:x"), PLACE, "columns"),
    "a time changed": (lambda house: at(PLACE).update(at=clock.now()), PLACE, "columns"),
    "a text changed": (lambda house: at(PLACE).update(text="{}"), PLACE, "digest"),
    "a digest changed": (lambda house: at(PLACE).update(digest="0" * 64), PLACE, "digest"),
    "the first changed": (lambda house: at(1).update(event="x"), 1, "columns"),
    "one deleted": (lambda house: at(PLACE).delete(), PLACE, "gap"),
    "the first deleted": (lambda house: at(1).delete(), 1, "gap"),
    "the last deleted": (lambda house: at(last()).delete(), -2, "head"),
    "one inserted": (lambda house: push_in(PLACE), PLACE, "prev"),
    "one appended": (lambda house: append(), 0, "head"),
    "the head moved back": (lambda house: JournalHead.objects.update(seq=F("seq") - 1), -1, "head"),
    "the head exchanged": (lambda house: JournalHead.objects.update(digest="0" * 64), -1, "head"),
    "all written anew": (lambda house: relink(PLACE, changed=True), -2, "seal"),
    "the end cut off": (lambda house: cut(), -2, "gap"),
}


def cut() -> None:
    """The last two entries are gone and the head says so: only the seal knows."""
    JournalEntry.objects.filter(seq__gte=last() - 1).delete()
    kept = JournalEntry.objects.order_by("-seq")[0]
    JournalHead.objects.update(seq=kept.seq, digest=kept.digest)


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_it_names_the_first_broken_entry_and_its_neighbours(
    damage: str, houses: Houses, capsys: pytest.CaptureFixture[str]
) -> None:
    house = houses.filled()
    with house.inside():
        end = last()
    assert said(house, capsys)[1] == said(house, capsys)[1] | {"ok": True, "checked": end, "seals": 1}
    do, place, why = DAMAGES[damage]
    with house.inside():
        do(house)
        there = set(JournalEntry.objects.values_list("seq", flat=True))
    place = place if place > 0 else end + 1 + place
    code, found = said(house, capsys)
    assert (code, found["ok"], found["first_break"]) == (1, False, {"seq": place, "code": why})
    assert [row["seq"] for row in found["around"]] == sorted({place - 1, place, place + 1} & there)
    assert found["checked"] == (place if why == "head" else min(place - 1, max(there)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: path.write_text("{}"), "missing required field"),
        (lambda path: path.write_bytes(b"\xff"), "malformed"),
        (lambda path: path.write_text(path.read_text().replace('"digest":"', '"digest":"0')), "does not hold"),
    ],
)
def test_it_names_the_seal_that_does_not_hold(
    change: Callable[[Path], Any], says: str, houses: Houses, capsys: pytest.CaptureFixture[str]
) -> None:
    house = houses.filled()
    (path,) = (house.data / "seals").glob("*.json")
    change(path)
    code, found = said(house, capsys)
    assert (code, found["ok"], found["first_break"]["code"]) == (1, False, "seal-unreadable")
    assert found["first_break"]["detail"].startswith(path.name)
    assert says in found["first_break"]["detail"]


def test_it_believes_the_one_key_that_it_is_given(houses: Houses, capsys: pytest.CaptureFixture[str]) -> None:
    house = houses.filled()
    (path,) = (house.data / "seals").glob("*.json")
    key = msgspec.json.decode(path.read_bytes(), type=seal.Seal).key
    assert said(house, capsys, key)[0] == 0
    code, found = said(house, capsys, "0" * 64)
    assert (code, found["first_break"]["code"]) == (1, "seal-unreadable")
    assert "another key" in found["first_break"]["detail"]
