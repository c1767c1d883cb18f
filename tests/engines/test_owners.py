"""Who owned it then: prefixes, numbers of networks, ends of domains, and the days on which that held."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.engines.telemetry import owners
from tongbao.engines.telemetry.owners import Owners, OwnersError, Sought, holding


def found(
    known: Owners, address: str | None, day: str | None = "2026-03-04", asn: int = 0, name: str = "", country: str = ""
) -> str | None:
    return known_by(known, address, day, asn, name, country)[0]


def known_by(
    known: Owners, address: str | None, day: str | None = "2026-03-04", asn: int = 0, name: str = "", country: str = ""
) -> tuple[str | None, str | None]:
    sought = Sought(
        pl.Series([address], dtype=pl.String),
        pl.Series([name or None], dtype=pl.String),
        pl.Series([asn or None], dtype=pl.Int64),
        pl.Series([country or None], dtype=pl.String),
    )
    got = known.find(sought, pl.Series([day and date.fromisoformat(day)], dtype=pl.Date))
    (place,), (by,) = got.owner, got.by
    return None if place is None else str(known.ids[place]), by


def test_it_asks_for_the_owner_of_that_day() -> None:
    known = Owners(
        [
            holding("198.51.100.0/24", "old", last="2026-02-28"),
            holding("198.51.100.0/24", "new", first="2026-03-01"),
            holding("198.51.100.128/25", "guest", first="2026-03-05", last="2026-03-06"),
            holding("2001:db8::/32", "always"),
        ]
    )
    assert found(known, "198.51.100.1", "2026-02-28") == "old"
    assert found(known, "198.51.100.1", "2026-03-01") == "new"
    assert [found(known, "198.51.100.200", f"2026-03-0{day}") for day in (4, 5, 6, 7)] == [
        "new",
        "guest",
        "guest",
        "new",
    ]
    assert found(known, "198.51.100.200", None) == "new"
    assert found(known, "2001:db8::1", "1999-01-01") == "always"


def test_it_asks_for_domain_then_network_then_country_where_no_prefix_fits() -> None:
    known = Owners(
        [
            holding("198.51.100.0/24", "owner"),
            holding("gov.example", "ministry"),
            holding("AS64500", "carrier"),
            holding("tw", "team"),
        ]
    )
    every = {"asn": 64500, "name": "www.gov.example", "country": "TW"}
    assert known_by(known, "198.51.100.1", **every) == ("owner", "prefix")
    assert known_by(known, "203.0.113.1", **every) == ("ministry", "domain")
    assert known_by(known, "203.0.113.1", **every | {"name": "www.other.example"}) == ("carrier", "asn")
    assert known_by(known, "203.0.113.1", asn=1, name="other.example", country="TW") == ("team", "country")
    assert known_by(known, "203.0.113.1", asn=1, name="other.example", country="JP") == (None, None)
    assert known_by(known, None) == (None, None)


def test_it_asks_only_for_what_somebody_has_put_down() -> None:
    known = Owners([holding("AS64500", "network"), holding("gov.example", "domain")])
    assert found(known, None, name="www.gov.example") == "domain"
    assert found(known, None, name="gov.example") == "domain"
    assert found(known, None, name="mygov.example") is None
    assert found(known, "203.0.113.1", asn=64501) is None


def test_it_takes_the_longest_end_of_a_domain() -> None:
    known = Owners(
        [
            holding("example.com.tw", "company"),
            holding("Shop.Example.com.tw", "branch"),
            holding("a.b.shop.example.com.tw", "guest"),
        ]
    )
    names = ("example.com.tw", "www.example.com.tw", "www.shop.example.com.tw", "x.a.b.shop.example.com.tw")
    assert [found(known, None, name=name) for name in names] == ["company", "company", "branch", "guest"]
    assert [found(known, None, name=name) for name in ("com.tw", "tw", "badexample.com.tw")] == [None] * 3


@pytest.mark.parametrize("suffix", ["com", "com.tw", "gov.tw", "xn--kpry57d", "anything.ck", "example"])
def test_it_gives_nobody_what_anybody_may_register_below(suffix: str) -> None:
    with pytest.raises(ValueError, match="public suffix"):
        holding(suffix, "greedy")


def test_it_lets_companies_have_the_domains_below_which_they_take_guests() -> None:
    assert found(Owners([holding("github.io", "host")]), None, name="guest.github.io") == "host"


def test_it_keeps_the_days_of_networks_domains_and_countries() -> None:
    known = Owners(
        [
            holding("AS64500", "old", last="2026-02-28"),
            holding("AS64500", "new", first="2026-03-01"),
            holding("example.org", "guest", first="2026-03-02", last="2026-03-02"),
            holding("TW", "team", first="2026-03-03"),
        ]
    )
    assert [found(known, None, f"2026-02-{day}", asn=64500) for day in (27, 28)] == ["old", "old"]
    assert found(known, None, "2026-03-01", asn=64500) == "new"
    assert [found(known, None, f"2026-03-0{day}", name="example.org") for day in (1, 2, 3)] == [None, "guest", None]
    assert [found(known, None, f"2026-03-0{day}", country="TW") for day in (2, 3)] == [None, "team"]


@given(
    st.lists(st.sampled_from(["example.org", "a.example.org", "b.a.example.org", "a.com.tw", "c.com"]), max_size=5),
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "example", "org", "com", "tw"]), min_size=1), max_size=9),
)
def test_it_finds_whole_columns_as_one_would_name_by_name(owned: list[str], labels: list[list[str]]) -> None:
    known, names = Owners([holding(name, name) for name in owned]), [".".join(each) for each in labels]
    column, nothing = pl.Series(names, dtype=pl.String), pl.Series([None] * len(names), dtype=pl.String)
    got = known.find(
        Sought(nothing, column, nothing.cast(pl.Int64), nothing), pl.Series([None] * len(names), dtype=pl.Date)
    )
    best = [max((each for each in owned if f".{name}".endswith(f".{each}")), key=len, default=None) for name in names]
    assert [None if at is None else known.ids[at] for at in got.owner] == best
    assert list(got.by) == [None if each is None else "domain" for each in best]


def test_it_takes_the_last_of_two_lines_for_one_prefix_and_minds_no_host_bits(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("\ufeffprefix,org_id\n198.51.100.7/24,a\n198.51.100.0/24,b\n\n", encoding="utf-8")
    assert found(owners.read(tmp_path / "o.csv"), "198.51.100.1") == "b"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("network,owner\n", [1]),
        (
            "prefix,org_id\n198.51.100.0/33,a\n198.51.100.0/x,a\n300.1.1.1,a\n::/129,a\n1.2.3.4,a\n::/-1,a\n",
            [2, 3, 4, 5, 7],
        ),
        ("prefix,org_id\n198.51.100.0/24\n198.51.100.0/24,\n", [2, 3]),
        ("prefix,org_id\ncom.tw,a\nexample.com.tw,a\n", [2]),
        ("prefix,org_id,valid_from\n198.51.100.0/24,a,soon\n", [2]),
    ],
)
def test_it_names_every_line_that_says_nothing(tmp_path: Path, text: str, lines: list[int]) -> None:
    (tmp_path / "o.csv").write_text(text, encoding="utf-8")
    with pytest.raises(OwnersError) as error:
        owners.read(tmp_path / "o.csv")
    assert [line for line, _ in error.value.faults] == lines
