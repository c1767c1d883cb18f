"""Finding two-character Chinese words and English prefixes, the same on both databases."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tongbao.operations.models import Fact, routine
from tongbao.search import find, walk, words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("勒索軟體", ["勒索", "索軟", "軟體"]),
        ("勒索 Ransomware攻擊", ["勒索", "ransomware", "攻擊"]),
        ("水", ["水"]),
        ("203.0.113.66、ws-0042。", ["203.0.113.66", "ws-0042"]),
        ("evil.example/path a@b.example", ["evil.example/path", "a@b.example"]),
        ("ＦＳ－０３", ["fs-03"]),
        ("Straße", ["strasse"]),
        ("', \" % _ \\", []),
        ("...a...b...", ["a...b"]),
        ("__init__ _", ["__init__"]),
    ],
)
def test_it_cuts_text_into_words(text: str, tokens: list[str]) -> None:
    assert list(words.tokens(text)) == tokens


@given(st.text(max_size=200))
def test_it_stores_tokens_without_spaces_in_them(text: str) -> None:
    stored = words.stored(text)
    assert stored.startswith(" ")
    assert stored.endswith(" ")
    assert stored.split() == list(dict.fromkeys(words.tokens(text)))


@given(st.text(max_size=200))
def test_it_takes_at_most_eight_terms_of_any_query(text: str) -> None:
    assert len(words.terms(text)) <= words.MOST_TERMS


@pytest.fixture
def facts(db: None, noon: Any) -> list[Fact]:
    texts = [
        "調度中心勒索軟體事件 Ransomware",
        "釣魚簡訊 phishing 假冒銀行",
        "203.0.113.66 掃描 ws-0042",
        "100% 完成 _底線_ 'quote'",
    ]
    rows = [Fact.objects.create(operation=routine(), text=text, source="x") for text in texts]
    find.index_new("test", {row.pk: row.text for row in rows})
    return rows


@pytest.fixture
def sqlite_only(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("how SQLite's index is asked")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("勒索", [0]),
        ("軟體事件", [0]),
        ("ransom", [0]),
        ("RANSOMWARE 勒索", [0]),
        ("phish 銀行", [1]),
        ("203.0.113", [2]),
        ("ws-0042", [2]),
        ("0042", []),
        ("somware", []),
        ("水", []),
        ("釣", [1]),
        ("100%", [3]),
        ("'quote'", [3]),
        ('" OR 1=1', []),
        ("* NEAR x", []),
        ("勒索 銀行", []),
        ("", []),
        ("   ", []),
    ],
)
@pytest.mark.parametrize(
    ("newest", "dense"),
    [(2000, 30_000), (1, 30_000), (1, -1)],
    ids=["newest first", "through the index", "through the newest documents"],
)
def test_it_finds_the_same_either_way(
    query: str, found: list[int], newest: int, dense: int, facts: list[Fact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "NEWEST", newest)
    monkeypatch.setattr(walk, "DENSE", dense)
    rows = find.find(Fact.objects.order_by("-id"), "test", query)
    assert rows == [facts[at] for at in found]


def test_it_finds_the_newest_first_across_chunks(db: None, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Fact.objects.create(operation=routine(), text=f"勒索 {n}", source="x") for n in range(12)]
    find.index_new("test", {row.pk: row.text for row in rows})
    monkeypatch.setattr(find, "NEWEST", 3)
    monkeypatch.setattr(walk, "BITS", (2, 4, 4))
    assert find.find(Fact.objects.order_by("-id"), "test", "勒索", limit=5) == rows[:-6:-1]


def test_it_walks_no_longer_than_it_says_through_what_is_of_another_kind(
    db: None, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Fact.objects.create(operation=routine(), text="勒索", source="x") for _ in range(2)]
    find.index_new("test", {rows[0].pk: "勒索"})
    find.index_new("other", dict.fromkeys(range(9), "勒索"))
    monkeypatch.setattr(find, "NEWEST", 0)
    monkeypatch.setattr(walk, "BITS", (2, 4, 6))
    assert find.find(Fact.objects.order_by("-id"), "test", "勒索") == rows[:1]
    monkeypatch.setattr(walk, "BITS", (2, 3))
    monkeypatch.setattr(walk, "MOST_WALKED", 0)
    assert find.find(Fact.objects.order_by("-id"), "test", "勒索") == []


@pytest.mark.parametrize(
    ("token", "going_on"),
    [("ransom", ["ransomware"]), ("ws-0042", ["ws-0042"]), ("qqq", [])],
)
def test_it_knows_the_words_that_begin_so(
    token: str, going_on: list[str], facts: list[Fact], sqlite_only: None
) -> None:
    assert walk._going_on(token) == going_on


def test_it_gathers_the_beginning_of_very_many_words(db: None, noon: Any, sqlite_only: None) -> None:
    rows = [Fact.objects.create(operation=routine(), text=f"ws-{n}", source="x") for n in range(30)]
    find.index_new("test", {row.pk: row.text for row in rows})
    assert len(walk._going_on("ws")) == walk.MOST_GOING_ON + 1
    assert find.find(Fact.objects.order_by("-id"), "test", "ws") == rows[::-1]
    assert find.find(Fact.objects.order_by("-id"), "test", "ws-2") == [*rows[:19:-1], rows[2]]


def test_it_finds_nothing_that_is_not_handed_in(facts: list[Fact], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "NEWEST", 1)
    visible = Fact.objects.exclude(pk=facts[0].pk).order_by("-id")
    assert find.find(visible, "test", "勒索") == []


def test_it_replaces_what_was_findable(facts: list[Fact]) -> None:
    find.index("test", facts[0].pk, "全新內容")
    assert find.find(Fact.objects.order_by("-id"), "test", "勒索") == []
    assert find.find(Fact.objects.order_by("-id"), "test", "全新") == [facts[0]]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["\x00", "\ud800", "'\\", "a" * 5000, "勒" * 500, "😀", "\u202e", ":*&|!()<->"])
def test_it_never_fails_on_any_query(query: str, facts: list[Fact], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "NEWEST", 1)
    assert isinstance(find.find(Fact.objects.order_by("-id"), "test", query), list)
