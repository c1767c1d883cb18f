"""The bench: each result is kept at once, a run that stopped goes on, the page is what is kept. Nothing is measured."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bench import __main__ as run
from bench import measuring, report, results
from bench.parts import BY_NAME, PARTS, SIZES, Part, Sizes
from bench.results import Result, Version
from msgspec.structs import replace

FOUND = json.loads((Path(__file__).parent / "found.json").read_text(encoding="utf-8"))
"""What a quick run found of each part, its tables cut to two lines."""
HERE = Version("abc1234", changed=False)


def result(part: Part, database: str, sizes: Sizes | None = None) -> Result:
    return Result(
        part=part.name,
        database=database,
        at=datetime(2026, 11, 27, 5, tzinfo=UTC),
        seconds=240.0,
        version=HERE,
        load=([0.1, 0.2, 0.3], [1.5, 1.2, 0.9]),
        sizes=sizes or {name: SIZES[name].whole for name in part.sizes},
        machine={"processor": "2 x Made-up", "memory": "24 GiB"},
        about={},
        found=FOUND[part.name],
    )


def everything() -> list[Result]:
    return [result(part, database) for part in PARTS for database in part.databases]


class Desk:
    """Measures nothing, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.broken = ""

    def measure(self, part: Part, database: str, data: Path, sizes: Sizes) -> Result:
        self.asked.append((part.name, database))
        if part.name == self.broken:
            raise RuntimeError("the disk is full")
        return result(part, database, sizes)

    def since(self) -> list[tuple[str, str]]:
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk()
    monkeypatch.setattr(measuring, "measure", made.measure)
    monkeypatch.setattr(results, "current", lambda: HERE)
    return made


def test_every_part_can_be_measured_and_shown() -> None:
    assert set(measuring.HOW) == set(report.SHOWN) == set(BY_NAME) == set(FOUND)
    assert {name for part in PARTS for name in part.sizes} == set(SIZES)


def test_the_page_has_a_section_for_each_result_with_its_facts() -> None:
    page = report.page(everything())
    assert "never measured" not in page
    assert page.count("\n## ") == 1 + len(everything()) + 1  # the targets, the results, what they mean
    said = "2026-11-27 05:00 UTC, 4 min, load 0.1, 0.2, 0.3 at the start and 1.5, 1.2, 0.9 at the end; commit abc1234; "
    assert f"## Mail, PostgreSQL\n\n{said}rounds 3, mails 10,000.\n" in page
    assert page.count("- processor 2 x Made-up; memory 24 GiB\n") == 1


def test_the_page_says_what_was_never_measured() -> None:
    some = [each for each in everything() if (each.part, each.database) != ("mail", "postgresql")]
    (line,) = [each for each in report.page(some).splitlines() if each.startswith("| Mail ")]
    assert [cell.strip() for cell in line.split("|")[1:-1]] == ["Mail", "", "4 min", "never measured"]
    assert "## Mail, PostgreSQL" not in report.page(some)


def test_the_page_says_of_each_target_whether_it_is_kept() -> None:
    fast, slow = ([{"who": "x", "page": "board", "queries": 1, "p50": 1.0, "p95": p95, "max": p95}] for p95 in (50, 51))
    told = {
        word: report.page([replace(result(BY_NAME["pages"], "sqlite"), found=found)])
        for word, found in (("kept", fast), ("**missed**", slow))
    }
    for word, page in told.items():
        (line,) = [each for each in page.splitlines() if "every page, p95" in each]
        assert line.startswith("| SQLite ")
        assert line.endswith(f" {word} |")


def test_a_target_of_one_database_is_asked_of_that_alone() -> None:
    of_each = [each for each in everything() if each.part == "mail"]
    lines = [each for each in report.page(of_each).splitlines() if "two workers beside one" in each]
    assert {each.split("|")[1].strip() for each in lines} == {"PostgreSQL"}


def test_a_result_is_kept_as_it_is(tmp_path: Path) -> None:
    for each in everything():
        results.keep(tmp_path / "results", each)
        assert results.kept(tmp_path / "results", each.part, each.database) == each
    assert results.all_kept(tmp_path / "results") == everything()


@pytest.mark.parametrize(
    ("now", "sizes", "fits"),
    [
        (HERE, {"messages": 5000, "rounds": 3}, True),
        (HERE, {"messages": 5001, "rounds": 3}, False),
        (Version("abc1235", changed=False), {"messages": 5000, "rounds": 3}, False),
        (Version("abc1234", changed=True), {"messages": 5000, "rounds": 3}, False),
    ],
)
def test_it_measures_again_only_what_would_differ(now: Version, sizes: Sizes, fits: Any) -> None:
    assert result(BY_NAME["cap"], "").fits(now, sizes) is fits


def test_files_that_were_changed_are_measured_every_time() -> None:
    changed = Version("abc1234", changed=True)
    found = replace(result(BY_NAME["cap"], ""), version=changed)
    assert not found.fits(changed, found.sizes)


def test_a_run_that_stopped_goes_on(tmp_path: Path, desk: Desk) -> None:
    here = ["--data", str(tmp_path), "--page", str(tmp_path / "page.md"), "--parts", "cap,journal,law"]
    all_of_them = [
        ("cap", ""),
        ("journal", "sqlite"),
        ("law", "sqlite"),
        ("journal", "postgresql"),
        ("law", "postgresql"),
    ]
    desk.broken = "law"
    assert run.main(here) == 1
    assert desk.since() == all_of_them
    assert "## Journal, PostgreSQL" in (tmp_path / "page.md").read_text()
    assert "## Law" not in (tmp_path / "page.md").read_text()

    desk.broken = ""
    assert run.main(here) == 0
    assert desk.since() == [("law", "sqlite"), ("law", "postgresql")]
    assert "## Law, SQLite" in (tmp_path / "page.md").read_text()

    assert run.main([*here, "--again", "--database", "sqlite"]) == 0
    assert desk.since() == [("cap", ""), ("journal", "sqlite"), ("law", "sqlite")]

    assert run.main([*here, "--entries", "7"]) == 0
    assert desk.since() == [("journal", "sqlite"), ("journal", "postgresql")]


def test_a_quick_run_leaves_the_page_and_the_worlds_alone(tmp_path: Path, desk: Desk) -> None:
    before = run.PAGE.read_text(encoding="utf-8")
    assert run.main(["--quick", "--data", str(tmp_path), "--parts", "journal", "--database", "sqlite"]) == 0
    assert run.PAGE.read_text(encoding="utf-8") == before
    assert "## Journal, SQLite" in (tmp_path / "quick" / "measured.md").read_text()
    (kept,) = results.all_kept(tmp_path / "quick" / "results")
    assert kept.sizes == {name: SIZES[name].quick for name in BY_NAME["journal"].sizes}


def test_it_knows_its_parts(tmp_path: Path, desk: Desk) -> None:
    with pytest.raises(SystemExit):
        run.main(["--data", str(tmp_path), "--parts", "journal,nothing"])
    assert desk.since() == []
