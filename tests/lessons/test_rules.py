"""What gives a case away in a text: names and places in any writing, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lessons.told import WORDS
from tongbao.kernel.refusals import Conflict
from tongbao.lessons import rules
from tongbao.lessons.rules import Identity

POWER = Identity(
    names=frozenset(
        {"日光電力公司", "Sunlight Power Company", "SUNPOWER", "張聯絡", "TB-2026-00001", "SCADA-GW-07", "X"}
    ),
    texts=("203.0.113.66", "portal.evil-host.example", "soc@sunpower.example", "2001:db8::66", "a" * 64),
)


def told(text: str, identity: Identity = POWER) -> list[str]:
    return [str(each.params["value"]) for each in rules.telling({"happened_en": text}, identity)]


@pytest.mark.parametrize(
    "text",
    [
        "At Sunlight Power Company it began.",
        "sunlight  power\ncompany",
        "Sunlight Power had no backup",  # without what the law adds to a name
        "日光電力的備份",
        "由日光電力公司通報",
        "ＳＵＮＰＯＷＥＲ",
        "sun\u200bpower",
        "(SUNPOWER)",
        "張聯絡說",
        "case TB-2026-00001",
        "scada-gw-07 was hit",
        "from 203.0.113.66",
        "from 203[.]0[.]113[.]66",
        "hxxps://portal[.]evil-host[.]example/x",
        "the host evil-host.example",
        "deep.portal.evil-host.example",
        "write to soc (at) sunpower.example",
        "www.sunpower.example",
        "2001:DB8:0::66",
        "hash " + "A" * 64,
    ],
)
def test_it_sees_what_names_the_case(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Solar power companies need backups.",
        "sunpowered roofs",
        "TB-2026-000012",
        "203.0.113.67",
        "CVE-2026-0001",
        "example",
        "The letter X",
        *WORDS.values(),
    ],
)
def test_it_lets_other_words_pass(text: str) -> None:
    assert told(text) == []


def test_it_names_each_place_once() -> None:
    words = {"title_zh": "日光電力公司", "helped_en": "SUNPOWER, sunpower and 張聯絡", "change_en": "fine"}
    found = [(each.path, each.code) for each in rules.telling(words, POWER)]
    assert found.count(("helped_en", "lesson-names")) == 2
    assert {path for path, _ in found} == {"title_zh", "helped_en"}


def test_it_accuses_no_well_known_address() -> None:
    assert told("see www.google.com", Identity(frozenset(), ("www.google.com",))) == []


@given(st.text(min_size=3, max_size=20), st.text(max_size=30), st.text(max_size=30))
def test_it_sees_a_name_wherever_it_stands(name: str, before: str, after: str) -> None:
    if len("".join(name.split())) < 3:
        return
    assert told(f"{before} {name} {after}", Identity(frozenset({name}))) or not rules._plain(name).strip()


@given(st.text(max_size=200), st.frozensets(st.text(max_size=12), max_size=5))
def test_it_answers_whatever_comes(text: str, names: frozenset[str]) -> None:
    for each in told(text, Identity(names, (text,))):
        assert each


def test_it_asks_for_every_part() -> None:
    assert rules.missing(WORDS) == []
    assert [each.path for each in rules.missing(WORDS | {"helped_zh": " \n"})] == ["helped_zh"]


def test_it_changes_nothing_that_waits_or_is_over() -> None:
    for state in rules.State:
        if state not in rules.WRITABLE:
            with pytest.raises(Conflict):
                rules.may_write(state)
        if state != rules.State.PUBLISHED:
            with pytest.raises(Conflict):
                rules.may_withdraw(state)
