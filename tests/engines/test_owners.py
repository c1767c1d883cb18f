"""Who owned it then: prefixes, numbers of networks, ends of domains, and the days on which that held."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tongbao.engines.telemetry import owners
from tongbao.engines.telemetry.owners import Owners, OwnersError, holding


def found(
    known: Owners, address: str | None, day: str | None = "2026-03-04", asn: int = 0, name: str = ""
) -> str | None:
    columns = (
        pl.Series([address], dtype=pl.String),
        pl.Series([day and date.fromisoformat(day)], dtype=pl.Date),
        pl.Series([asn or None], dtype=pl.Int64),
        pl.Series([name or None], dtype=pl.String),
    )
    (place,) = known.find(*columns)
    return None if place is None else str(known.ids[place])


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


def test_it_asks_for_network_and_domain_only_where_no_prefix_fits() -> None:
    known = Owners(
        [holding("198.51.100.0/24", "prefix"), holding("AS64500", "network"), holding("gov.example", "domain")]
    )
    assert found(known, "198.51.100.1", asn=64500, name="www.gov.example") == "prefix"
    assert found(known, "203.0.113.1", asn=64500, name="www.gov.example") == "network"
    assert found(known, None, name="www.gov.example") == "domain"
    assert found(known, None, name="gov.example") == "domain"
    assert found(known, None, name="mygov.example") is None
    assert found(known, "203.0.113.1", asn=64501) is None


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
        ("prefix,org_id,valid_from\n198.51.100.0/24,a,soon\n", [2]),
    ],
)
def test_it_names_every_line_that_says_nothing(tmp_path: Path, text: str, lines: list[int]) -> None:
    (tmp_path / "o.csv").write_text(text, encoding="utf-8")
    with pytest.raises(OwnersError) as error:
        owners.read(tmp_path / "o.csv")
    assert [line for line, _ in error.value.faults] == lines
