"""From files to owners' rows."""

from pathlib import Path

import polars as pl
import pytest

from tests.engines.shared import run
from tests.engines.test_bad_input import GOOD, HEAD, ROW, put
from tongbao.engines.telemetry import catalogue, chain, writing


def frame(tmp_path: Path) -> pl.DataFrame:
    return pl.read_parquet(tmp_path / "out" / "events.parquet")


def test_it_leaves_a_file_per_owner_and_everything_in_parquet(tmp_path: Path) -> None:
    file = put(tmp_path / "scan_telnet.csv", GOOD)
    summary = run(tmp_path, [file], "scan_telnet", {"198.51.100.0/24": "wide", "198.51.100.2/31": "narrow"})
    assert (summary.rows, summary.kept, summary.attributed, summary.organisations) == (3, 3, 3, 2)
    events = frame(tmp_path)
    assert events["org_id"].to_list() == ["wide", "narrow", "narrow"]
    assert events["line"].to_list() == [2, 3, 4]
    assert events["digest"].str.len_bytes().unique().to_list() == [64]
    narrow = pl.read_csv(tmp_path / "out" / "organisations" / "narrow.csv")
    assert narrow["source.ip"].to_list() == ["198.51.100.2", "198.51.100.3"]
    assert narrow["time.source"].to_list() == ["2026-03-04T00:00:02+00:00", "2026-03-04T00:00:03+00:00"]


def test_it_says_by_what_each_owner_is_known_and_takes_a_country_for_no_private_address(tmp_path: Path) -> None:
    columns = "timestamp,ip,port,protocol,hostname,tag,asn,geo"
    rows = ("198.51.100.1", "203.0.113.1", "10.0.0.1", "10.0.1.1")
    lines = [f"2026-03-04 00:00:0{at},{ip},22,tcp,,ssh,64500,TW" for at, ip in enumerate(rows)]
    file = put(tmp_path / "scan_ssh.csv", "\n".join([columns, *lines, ""]))
    summary = run(tmp_path, [file], "scan_ssh", {"198.51.100.0/24": "own", "10.0.1.0/24": "inner", "TW": "team"})
    assert (summary.rows, summary.rejected, summary.attributed) == (4, 1, 3)
    assert frame(tmp_path).select("org_id", "owned_by").rows() == [
        ("own", "prefix"),
        ("team", "country"),
        ("inner", "prefix"),
    ]


def test_it_keeps_rows_without_owner_in_parquet_only(tmp_path: Path) -> None:
    summary = run(tmp_path, [put(tmp_path / "scan_telnet.csv", GOOD)], "scan_telnet", {"203.0.113.0/24": "other"})
    assert (summary.kept, summary.attributed, summary.organisations) == (3, 0, 0)
    assert frame(tmp_path)["org_id"].null_count() == 3
    assert list((tmp_path / "out" / "organisations").iterdir()) == []


def test_it_keeps_the_first_of_equal_rows_in_argument_and_line_order(tmp_path: Path) -> None:
    again = HEAD + ROW.format(2).replace("telnet", "second") + ROW.format(4) + ROW.format(4).replace("telnet", "third")
    files = [put(tmp_path / "b.csv", GOOD), put(tmp_path / "a.csv", again)]
    summary = run(tmp_path, files, "scan_telnet")
    assert (summary.rows, summary.duplicates, summary.kept) == (6, 2, 4)
    assert frame(tmp_path)["extra.tag"].to_list() == ["telnet"] * 4
    assert frame(tmp_path)["line"].to_list() == [2, 3, 4, 3]


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (("23,tcp", "2323,tcp"), 4),
        (("2026-03-04", "2026-03-05"), 4),
        (("2026-03-04 00", "2026-03-04 23"), 3),
        (("telnet", "other"), 3),
    ],
)
def test_it_tells_rows_apart_by_address_port_and_day_alone(tmp_path: Path, change: tuple[str, str], kept: int) -> None:
    summary = run(tmp_path, [put(tmp_path / "x.csv", GOOD + ROW.format(1).replace(*change))], "scan_telnet")
    assert summary.kept == kept


def test_it_keeps_new_columns_and_names_them(tmp_path: Path) -> None:
    text = GOOD.replace("hostname", "host_name").replace("sic\n", "sic,mood\n").replace("0,0\n", "0,0,=glad\n")
    file = put(tmp_path / "scan_telnet.csv", text)
    summary = run(tmp_path, [file], "scan_telnet", {"198.51.100.0/24": "we"})
    assert summary.kept == 3
    assert frame(tmp_path)["extra.mood"].to_list() == ["=glad"] * 3
    (drift,) = chain.warnings(catalogue.find("scan_telnet"), [file]).values()
    assert "mood" in drift.new
    assert drift.renamed == {"hostname": "host_name"}
    assert "banner" in drift.missing


def test_it_defuses_formulas_for_people_only(tmp_path: Path) -> None:
    text = GOOD.replace("telnet,", '"=HYPERLINK(""x"")",', 1).replace("telnet,", "@sum,", 1)
    run(tmp_path, [put(tmp_path / "scan_telnet.csv", text)], "scan_telnet", {"198.51.100.0/24": "we"})
    table = pl.read_csv(tmp_path / "out" / "organisations" / "we.csv")
    assert table["extra.tag"].to_list() == ['\'=HYPERLINK("x")', "'@sum", "telnet"]
    assert frame(tmp_path)["extra.tag"].to_list() == ['=HYPERLINK("x")', "@sum", "telnet"]


def test_it_writes_cells_of_several_lines_to_the_right_owner(tmp_path: Path) -> None:
    text = GOOD.replace("telnet,", '"two\nlines",', 1)
    run(tmp_path, [put(tmp_path / "scan_telnet.csv", text)], "scan_telnet", {"198.51.100.1": "a", "198.51.100.2": "b"})
    table = pl.read_csv(tmp_path / "out" / "organisations" / "a.csv")
    assert table["extra.tag"].to_list() == ["two\nlines"]


@pytest.mark.parametrize("org", ["../../etc/passwd", "a/b", ".hidden", "", "x" * 300, "c:\\d", "nul\0l", "臺 北", "a."])
def test_it_never_takes_an_organisation_for_a_path(tmp_path: Path, org: str) -> None:
    name = writing.file_name(org)
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert 0 < len(name.encode()) < 200
    (tmp_path / f"{name}.csv").touch()


def test_it_gives_no_two_organisations_one_file() -> None:
    orgs = ["a/b", "a_b", "a\\b", "a b", "ORG-1", "中央"]
    assert len({writing.file_name(org) for org in orgs}) == len(orgs)
    assert writing.file_name("ORG-1") == "ORG-1"


def test_it_keeps_what_no_field_takes(tmp_path: Path) -> None:
    text = GOOD.replace("host1.example.net", "not a/host").replace("TW", "Taiwan", 2)
    run(tmp_path, [put(tmp_path / "scan_telnet.csv", text)], "scan_telnet", {"198.51.100.0/24": "we"})
    assert frame(tmp_path)["extra"].to_list() == ['{"hostname":"not a/host","geo":"Taiwan"}', '{"geo":"Taiwan"}', None]
