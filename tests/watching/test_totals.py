"""The statutory statistics: what is counted where, over what the reader may see, in every form."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.stories import opened, reported
from tongbao.incidents.actions import duties
from tongbao.incidents.models import Obligation
from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.watching import totals
from tongbao.watching.rules import totals as rules
from tongbao.watching.rules.totals import Counted

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)
START = datetime(2026, 11, 23, tzinfo=UTC)
counted = st.builds(
    Counted,
    stage=st.sampled_from(["report", "contain"]),
    entity_type=st.sampled_from(["GOV", ""]),
    ministry=st.sampled_from(["a", "b"]),
    column=st.sampled_from(rules.COLUMNS),
    count=st.integers(1, 50),
)


@given(st.lists(counted, max_size=30))
def test_it_counts_the_same_whichever_way_it_is_divided(rows: list[Counted]) -> None:
    whole = rules.whole(rows)
    assert whole.total == sum(each.count for each in rows)
    for by in totals.TABLES:
        lines = rules.lines(rows, by)
        assert len({each.code for each in lines}) == len(lines)
        for column in rules.COLUMNS:
            assert sum(getattr(each, column) for each in lines) == getattr(whole, column)


@pytest.mark.parametrize(
    ("state", "hours", "column"),
    [
        ("met", 1, "met"),
        ("late", -1, "late"),
        ("waived", 1, "waived"),
        ("due", 1, "open"),
        ("due", -1, "overdue"),
        ("waiting", 1, None),
        ("no_limit", 1, None),
        ("periodic", 1, None),
        ("superseded", 1, None),
    ],
)
def test_it_counts_an_obligation_in_one_column(state: str, hours: int, column: str | None) -> None:
    assert rules.column(state, START + timedelta(hours=hours), START) == column


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_it_defuses_cells_that_a_spreadsheet_takes_for_a_formula(cell: str) -> None:
    assert text.defused(cell) == f"'{cell}"


def test_it_leaves_other_cells_alone() -> None:
    assert text.defused("日光電力公司 =1") == "日光電力公司 =1"


def test_it_says_what_share_was_in_time() -> None:
    assert rules.Line("", met=3, late=1, overdue=0, open=9, waived=9).in_time == 75
    assert rules.Line("", open=9, waived=9).in_time is None


def of(cast: Cast, who: str = "officer", **period: Any) -> totals.Statistics:
    return totals.statistics(getattr(cast, who), "TW", period.get("first", FIRST), period.get("last", LAST))


@pytest.fixture
def told(cast: Cast, noon: datetime) -> None:
    """The power company's case, its review waived; the city's report."""
    incident = opened(cast, reported(cast))
    review = incident.obligations.get(duty="review", state="due")
    duties.waive(review.public_id, reason="x", actor=cast.officer)
    reported(cast, "city", level=2)


@pytest.mark.usefixtures("told")
def test_it_counts_by_stage_entity_type_and_ministry(cast: Cast) -> None:
    found = of(cast)
    stages = {each.line.code: each.line for each in found.tables["stage"]}
    assert stages["report"].met >= 2
    assert stages["review"].waived == 1
    assert found.whole.total == sum(line.total for line in stages.values())
    kinds = {each.line.code: each for each in found.tables["entity_type"]}
    assert kinds["SNGA.CIP"].name in {"CI provider", "關鍵基礎設施提供者"}
    assert {"GOV", "SNGA.CIP"} <= set(kinds)
    ministries = {each.name for each in found.tables["ministry"]}
    assert {"Ministry of Energy", "Ministry of the Interior"} <= ministries
    assert found.profiles == ("TW-2026",)


@pytest.mark.usefixtures("told")
def test_it_counts_what_is_overdue_by_then(cast: Cast, at: Any) -> None:
    before = of(cast).whole
    at(NOON + timedelta(days=20))
    after = of(cast).whole
    assert after.overdue > before.overdue == 0
    assert after.total == before.total


@pytest.mark.usefixtures("told")
def test_it_counts_nothing_that_the_reader_may_not_see(cast: Cast) -> None:
    """A TLP:RED case more: the officer who is named counts it, the handler's figures are as if it were not there."""
    before, handlers = of(cast).whole.total, of(cast, "handler")
    power = cast.country.organisations["SUNPOWER"].public_id
    red = opened(cast, title="紅色案", tlp=TLP.RED, level=4, owner=power)
    assert of(cast).whole.total > before
    assert of(cast, "handler") == handlers
    assert red.number not in cast.browser("handler").get("/watch/statistics/").content.decode()


@pytest.mark.usefixtures("told")
def test_it_counts_no_exercise_and_says_so(cast: Cast) -> None:
    drill = Operation.objects.create(code="JH", name_zh="演習", name_en="Drill", mode="exercise", kind="drill")
    before = of(cast)
    row = Obligation.objects.filter(state="due", due_at__isnull=False).first()
    assert row is not None
    Obligation.objects.filter(pk=row.pk).update(operation=drill)
    after = of(cast)
    assert (after.whole.total, after.exercises) == (before.whole.total - 1, 1)


@pytest.mark.usefixtures("told")
def test_it_counts_by_the_day_on_which_it_is_due(cast: Cast) -> None:
    assert of(cast, first=date(2027, 6, 1), last=date(2027, 6, 30)).whole.total == 0
    days = (LAST - FIRST).days + 1
    single = sum(of(cast, first=d, last=d).whole.total for d in (FIRST + timedelta(days=n) for n in range(days)))
    assert single == of(cast).whole.total


@pytest.mark.usefixtures("told")
def test_it_says_what_it_counts_on_the_page(cast: Cast) -> None:
    page = cast.browser("officer").get("/watch/statistics/?regime=TW&from=2026-11-01&to=2026-12-31").content.decode()
    assert "TW-2026" in page
    assert f"{of(cast).whole.total} obligations that you may see" in page
    assert "What you may not see is not counted" in page
    chinese = cast.browser("officer", language="zh-hant").get("/watch/statistics/").content.decode()
    assert "法定時限統計" in chinese


@pytest.mark.usefixtures("told")
def test_it_writes_csv_in_which_every_line_says_what_it_counts(cast: Cast) -> None:
    Organisation.objects.filter(code="MOE-E").update(name_en="=HYPERLINK(1)")
    answer = cast.browser("officer").get("/watch/statistics/csv/?regime=TW&from=2026-11-01&to=2026-12-31")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="tongbao-TW-20261101-20261231.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {(row["regime"], row["from"], row["to"]) for row in rows} == {("TW", "2026-11-01", "2026-12-31")}
    whole = next(row for row in rows if row["table"] == "all")
    assert int(whole["total"]) == of(cast).whole.total
    for table in totals.TABLES:
        assert sum(int(row["total"]) for row in rows if row["table"] == table) == int(whole["total"])
    assert "'=HYPERLINK(1)" in {row["name"] for row in rows}


def test_it_shows_an_empty_period(cast: Cast, noon: datetime) -> None:
    page = (
        cast.browser("officer").get("/watch/statistics/?regime=EU-NIS2&from=2020-01-01&to=2020-02-01").content.decode()
    )
    assert "Nothing to count." in page
