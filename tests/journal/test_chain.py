"""The hash chain: what is stored is what was hashed, and whoever changes anything is found at the first place."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.stories import opened, reported
from tongbao.incidents.actions import cases
from tongbao.journal import chain, queries
from tongbao.journal.chain import GENESIS, Entry, Row
from tongbao.journal.events import Event
from tongbao.journal.models import JournalEntry, JournalHead
from tongbao.journal.record import record, recording, verb
from tongbao.kernel import canonical
from tongbao.kernel.refusals import Conflict
from tongbao.policy import actors

WORKER = actors.system("test")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ENTRIES = st.builds(
    Entry,
    event=st.sampled_from(list(Event)),
    actor=st.sampled_from(["anonymous", "user:a", "system:b"]),
    subject=st.tuples(st.sampled_from(["incident", "seat"]), st.text("abc", min_size=1, max_size=4)),
    operation=st.none() | st.integers(1, 9),
    facts=st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
    refs=st.lists(st.tuples(st.just("entry"), st.just("x")), max_size=2).map(tuple),
)


def rows(entries: list[Entry]) -> list[Row]:
    """A chain of these entries, as verification reads it."""
    prev, made = GENESIS, []
    for seq, entry in enumerate(entries, 1):
        link = chain.link(entry, seq=seq, prev=prev, at=NOON)
        made.append(
            Row(seq, link.text, link.digest, NOON.isoformat(), entry.event, entry.actor, entry.subject, entry.operation)
        )
        prev = link.digest
    return made


def head(found: list[Row]) -> tuple[int, str]:
    return (found[-1].seq, found[-1].digest) if found else (0, GENESIS)


@given(st.lists(ENTRIES, max_size=6))
def test_it_verifies_what_it_has_chained(entries: list[Entry]) -> None:
    found = rows(entries)
    verdict = chain.verify(found, seals={}, head=head(found))
    assert verdict.first_break is None
    assert (verdict.checked, verdict.last) == (len(entries), head(found)[1])


@given(st.lists(ENTRIES, min_size=1, max_size=5), st.data())
@settings(max_examples=60)
def test_it_names_the_first_place_where_something_was_changed(entries: list[Entry], data: st.DataObject) -> None:
    found = rows(entries)
    place = data.draw(st.integers(0, len(found) - 1))
    row = found[place]
    changed = data.draw(
        st.sampled_from(
            [
                msgspec.structs.replace(row, text=row.text + " "),
                msgspec.structs.replace(row, text=row.text.replace('"v":1', '"v":2')),
                msgspec.structs.replace(row, digest="0" * 64),
                msgspec.structs.replace(row, actor="user:somebody-else"),
                msgspec.structs.replace(row, subject=("incident", "another")),
                msgspec.structs.replace(row, event="incident.closed!"),
                msgspec.structs.replace(row, at="2026-11-23T04:00:01+00:00"),
                msgspec.structs.replace(row, operation=99),
            ]
        )
    )
    verdict = chain.verify([*found[:place], changed, *found[place + 1 :]], seals={}, head=head(found))
    assert verdict.first_break is not None
    assert verdict.first_break.seq == place + 1
    assert verdict.checked == place


@given(st.lists(ENTRIES, min_size=2, max_size=5), st.data())
def test_it_misses_no_entry_that_was_taken_out(entries: list[Entry], data: st.DataObject) -> None:
    found = rows(entries)
    place = data.draw(st.integers(0, len(found) - 1))
    verdict = chain.verify(found[:place] + found[place + 1 :], seals={}, head=head(found))
    assert verdict.first_break is not None
    if place < len(found) - 1:
        assert (verdict.first_break.code, verdict.first_break.seq) == ("gap", place + 1)
    else:
        assert verdict.first_break.code == "head"


@given(st.lists(ENTRIES, min_size=2, max_size=5))
def test_it_finds_a_chain_that_was_written_anew(entries: list[Entry]) -> None:
    """Somebody who can compute digests rewrites everything; the seal that lies elsewhere gives it away."""
    found, seals = rows(entries), {2: rows(entries)[1].digest}
    forged = rows([msgspec.structs.replace(entries[0], actor="user:forger"), *entries[1:]])
    assert chain.verify(forged, seals={}, head=head(forged)).first_break is None
    verdict = chain.verify(forged, seals=seals, head=head(forged))
    assert verdict.first_break is not None
    assert (verdict.first_break.code, verdict.first_break.seq) == ("seal", 2)
    cut = chain.verify(found[:1], seals=seals, head=head(found[:1]))
    assert cut.first_break is not None
    assert (cut.first_break.code, cut.first_break.seq) == ("gap", 2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"v":1}', '{"v":1,"extra":1}', "null"])
def test_it_calls_a_text_that_is_none_unreadable(text: str) -> None:
    row = Row(1, text, canonical.digest(text), NOON.isoformat(), "x", "y", ("a", "b"), None)
    verdict = chain.verify([row], seals={}, head=(1, row.digest))
    assert verdict.first_break is not None
    assert verdict.first_break.code == "text"


def test_it_shows_the_neighbours_of_a_place() -> None:
    entry = Entry(Event.SHIFT_STARTED, "user:a", ("shift", "x"), None, {})
    found = rows([entry] * 5)
    assert [row.seq for row in chain.around(found, 3)] == [2, 3, 4]
    assert [row.seq for row in chain.around(found, 1)] == [1, 2]


@given(VALUES)
def test_it_writes_one_text_for_one_value(value: Any) -> None:
    text = canonical.text(value)
    assert canonical.text(msgspec.json.decode(text)) == text
    assert "\n" not in text


@pytest.mark.parametrize("value", [1.0, [1, 2.5], {"a": {"b": 0.1}}])
def test_it_refuses_numbers_on_whose_digits_two_readers_may_differ(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical.text(value)


# --- as stored ---


def test_it_stores_exactly_what_it_hashed(cast: Cast, noon: Any) -> None:
    opened(cast, reported(cast))
    for entry in JournalEntry.objects.all():
        assert canonical.digest(entry.text) == entry.digest
        again = msgspec.json.decode(entry.text)
        assert canonical.text(again) == entry.text
        assert (again["seq"], again["event"], again["actor"]) == (entry.seq, entry.event, entry.actor)
    assert chain.verify(queries.rows(), seals={}, head=queries.head()).first_break is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "{}"}, "digest"),
        ({"actor": "user:nobody"}, "columns"),
        ({"event": "incident.closed"}, "columns"),
        ({"digest": "f" * 64}, "digest"),
    ],
)
def test_it_finds_a_row_that_somebody_changed_in_the_database(
    change: dict[str, str], code: str, cast: Cast, noon: Any
) -> None:
    opened(cast, reported(cast))
    place = queries.head()[0] - 3
    JournalEntry.objects.filter(seq=place).update(**change)
    verdict = chain.verify(queries.rows(), seals={}, head=queries.head())
    assert verdict.first_break is not None
    assert (verdict.first_break.seq, verdict.first_break.code) == (place, code)


def test_it_finds_the_last_entries_cut_off(cast: Cast, noon: Any) -> None:
    opened(cast)
    last = queries.head()[0]
    JournalEntry.objects.filter(seq=last).delete()
    assert chain.verify(queries.rows(), seals={}, head=queries.head()).first_break == chain.Break(last - 1, "head")


def test_it_chains_at_the_very_end_and_nothing_of_what_failed(cast: Cast, noon: Any) -> None:
    """A verb that is refused half-way leaves neither rows nor entries."""
    incident = opened(cast)
    before = queries.head()
    with pytest.raises(Conflict):
        cases.reopen_incident(incident.public_id, reason="x", version=incident.version, actor=cast.officer)

    @verb
    def breaks() -> None:
        record(Event.SHIFT_STARTED, actor=WORKER, subject=("shift", "x"))
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        breaks()
    assert queries.head() == before


def test_it_records_nothing_outside_a_verb() -> None:
    with pytest.raises(RuntimeError, match="outside a verb"):
        record(Event.SHIFT_STARTED, actor=WORKER, subject=("shift", "x"))


@pytest.mark.django_db
def test_it_has_one_head() -> None:
    with recording():
        record(Event.SHIFT_STARTED, actor=WORKER, subject=("shift", "x"), facts={"n": 1})
        record(Event.SHIFT_ENDED, actor=WORKER, subject=("shift", "x"))
    assert JournalHead.objects.get().seq == JournalEntry.objects.order_by("-seq")[0].seq
    first, second = JournalEntry.objects.order_by("-seq")[:2][::-1]
    assert msgspec.json.decode(second.text)["prev"] == first.digest
