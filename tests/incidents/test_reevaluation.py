"""After a profile was edited, open cases and waiting reports are brought in line, and nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.profiles.edited import CELL, LEVEL, REVIEW, edited
from tests.stories import opened, reported
from tongbao.approvals.models import Approval
from tongbao.incidents import obliging, reevaluating
from tongbao.incidents.actions import cases, reevaluation
from tongbao.incidents.actions.classification import classify_incident
from tongbao.incidents.models import Grounds, Incident, Obligation
from tongbao.incidents.reevaluating import Judged, Report
from tongbao.journal.models import JournalEntry
from tongbao.profiles import load
from tongbao.profiles.classify import Impact

pytestmark = pytest.mark.usefixtures("noon")
SECRET = Impact("integrity", "national_secret", "serious")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    load.use(None)


def edit(folder: Path, *changes: tuple[str, str], **older: tuple[str, str]) -> None:
    """From now on the office uses copies with these changes."""
    (folder / "TW-2026.toml").write_text(edited("TW-2026", *changes), encoding="utf-8")
    if older:
        (folder / "TW-2021.toml").write_text(edited("TW-2021", *older.values()), encoding="utf-8")
    load.use(folder)


def reevaluate() -> list[Judged]:
    return [
        *reevaluation.reevaluate_cases(reevaluating.open_cases()),
        *reevaluation.reevaluate_reports(reevaluating.waiting_reports()),
    ]


def moved(judged: list[Judged]) -> dict[str, list[tuple[str, str]]]:
    """By title or summary, the duties that moved and how."""
    return {
        getattr(each.thing, "title", "") or each.thing.summary: [(one.duty, one.change) for one in each.moved]
        for each in judged
        if each.plans
    }


def rows() -> list[dict[str, Any]]:
    return list(Obligation.objects.order_by("pk").values())


def test_it_moves_what_the_edit_moves_and_nothing_else(cast: Cast, folder: Path) -> None:
    low = opened(cast, reported(cast, level=2, key="low"), title="低")
    high = opened(cast, reported(cast, level=3, key="high"), title="高")
    waiting = reported(cast, "city", level=1, key="waiting", summary="待分流")
    closed = opened(cast, reported(cast, level=2, key="closed"), title="已結")
    Incident.objects.filter(pk=closed.pk).update(state="closed")
    before = {row.pk: row for row in Obligation.objects.all()}
    edit(folder, REVIEW)
    assert moved(reevaluate()) == {"低": [("review", "moved")], "待分流": [("review", "moved")]}
    new = low.obligations.unsettled().get(duty="review")
    assert new.due_at == NOON + timedelta(hours=6)
    assert low.obligations.get(duty="review", state="superseded").due_at == NOON + timedelta(hours=8)
    assert waiting.obligations.unsettled().get(duty="review").due_at == NOON + timedelta(hours=6)
    untouched = Obligation.objects.filter(incident__in=[high, closed])
    assert all(before[row.pk].due_at == row.due_at and before[row.pk].state == row.state for row in untouched)


def test_it_changes_nothing_the_second_time(cast: Cast, folder: Path) -> None:
    opened(cast, reported(cast, level=2))
    edit(folder, REVIEW)
    reevaluate()
    after, head = rows(), JournalEntry.objects.count()
    assert moved(reevaluate()) == {}
    assert (rows(), JournalEntry.objects.count()) == (after, head)


def test_it_says_beforehand_what_would_move(cast: Cast, folder: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    edit(folder, REVIEW)
    before, head = rows(), JournalEntry.objects.count()
    judged, _ = reevaluating.cases(reevaluating.open_cases(), lock=False)
    assert (rows(), JournalEntry.objects.count()) == (before, head)
    report = Report()
    report.add(judged, most=10)
    (line,) = report.lines
    assert (line.number, line.reference) == (case.number, case.reference)
    (duty,) = line.duties
    assert (duty.before, duty.after) == (NOON + timedelta(hours=8), NOON + timedelta(hours=6))
    assert dict(report.counts) == {("TW", "review", "moved"): 1}
    report.add(judged, most=1)
    assert (report.moved, len(report.lines), report.left_off) == (2, 1, 1)


def test_it_journals_what_moved_in_each_case(cast: Cast, folder: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    edit(folder, REVIEW)
    head = JournalEntry.objects.count()
    reevaluate()
    found = JournalEntry.objects.order_by("seq")[head:]
    assert [(each.event, each.actor, each.subject_id) for each in found] == [
        ("obligation.superseded", "system:law", case.public_id),
        ("obligation.derived", "system:law", case.public_id),
    ]


def test_it_finds_levels_anew_and_asks_for_their_review(cast: Cast, folder: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    classify_incident(
        case.public_id, regime="TW", grounds=Grounds(impacts=(SECRET,)), version=case.version, actor=cast.officer
    )
    case.refresh_from_db()
    assert (case.level, case.version) == (4, 2)
    waiting = Approval.objects.get(subject_ref=case.public_id, kind="level-review")
    editions = waiting.editions.count()
    edit(folder, CELL, level=LEVEL)
    (judged,) = reevaluation.reevaluate_cases(reevaluating.open_cases())
    (news,) = judged.relevelled
    assert (news.row.rank, news.finding.level.code) == (4, "5")
    case.refresh_from_db()
    assert (case.level, case.version) == (5, 3)
    found = case.classifications.current().get(regime="TW")
    assert (found.rank, found.actor, len(found.sentences)) == (5, "system:law", 1)
    assert case.obligations.filter(duty="report", restarted=True, state="due").exists()
    assert waiting.editions.count() == editions + 1
    assert not reevaluation.reevaluate_cases(reevaluating.open_cases())[0].relevelled
    assert moved(reevaluate()) == {}


def test_it_leaves_a_level_that_the_table_no_longer_defines(cast: Cast, folder: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    classify_incident(
        case.public_id, regime="TW", grounds=Grounds(impacts=(SECRET,)), version=case.version, actor=cast.officer
    )
    row = next(line for line in edited("TW-2026").splitlines() if CELL[0] in line)
    edit(folder, (row + "\n", ""))
    (judged,) = reevaluation.reevaluate_cases(reevaluating.open_cases())
    assert (judged.undefined, judged.relevelled) == (("TW",), ())
    case.refresh_from_db()
    assert case.level == 4
    report = Report()
    report.add([judged], most=1)
    assert report.undefined == [case.reference]


def test_it_follows_what_was_merged_or_added(cast: Cast, folder: Path) -> None:
    kept = opened(cast, reported(cast, level=2, key="kept"), title="主案")
    ended = opened(cast, reported(cast, "city", level=2, key="ended"), title="併入", tlp=kept.tlp)
    cases.merge_incident(ended.public_id, into=kept.public_id, reason="同源", version=ended.version, actor=cast.officer)
    edit(folder, REVIEW)
    assert moved(reevaluate()) == {"主案": [("review", "moved")], "併入": [("review", "moved")]}
    assert kept.obligations.unsettled().filter(duty="review", due_at=NOON + timedelta(hours=6)).count() == 2
    assert moved(reevaluate()) == {}


def test_it_keeps_nothing_of_a_batch_that_breaks(cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (opened(cast, reported(cast, level=2, key=key)) for key in ("1", "2"))
    edit(folder, REVIEW)
    before = rows()
    plain = obliging._record

    def breaks(into: Any, *arguments: Any) -> None:
        if into.pk == second.pk:
            raise RuntimeError
        plain(into, *arguments)

    monkeypatch.setattr(obliging, "_record", breaks)
    with pytest.raises(RuntimeError):
        reevaluation.reevaluate_cases([first.pk, second.pk])
    monkeypatch.undo()
    assert rows() == before
    reevaluation.reevaluate_cases([first.pk])
    assert len(moved(reevaluate())) == 1, "what is done already is not done again"
