"""Charts: where things stand, what is hatched, what a reader hears, and that nothing gets out of the text."""

import re
from datetime import UTC, datetime, timedelta
from time import perf_counter
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from tongbao.ui import charts
from tongbao.ui.charts import Bar, TimelineRow

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def row(**changes) -> TimelineRow:
    facts = {
        "label": "Notify the authority",
        "start": NOW - 10 * HOUR,
        "due": NOW - 5 * HOUR,
        "met": None,
        "state": "urgent",
        "state_word": "overdue",
    }
    return TimelineRow(**(facts | changes))


def drawing(html: str) -> ElementTree.Element:
    """The SVG of a chart, parsed: a chart that is not well-formed fails here."""
    return ElementTree.fromstring(re.search(r"<svg .*</svg>", html, re.DOTALL)[0])


def of(svg: ElementTree.Element, look: str) -> list[ElementTree.Element]:
    return [element for element in svg.iter() if look in element.get("class", "").split()]


def percent(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name).removesuffix("%"))


def test_it_draws_a_bar_from_start_to_due_and_hatches_what_is_overdue():
    svg = drawing(charts.timeline("Clocks", NOW, [row()]))
    (track,), (late,) = of(svg, "track"), of(svg, "late")
    assert (percent(track, "x"), percent(track, "width")) == (1, 48.5)
    assert (percent(late, "x"), percent(late, "width")) == (49.5, 48.5)
    assert svg.get("fill") == f"url(#{svg.find('.//pattern').get('id')})"


def test_it_hatches_nothing_that_was_met_in_time():
    svg = drawing(charts.timeline("Clocks", NOW, [row(met=NOW - 6 * HOUR, state="done")]))
    assert of(svg, "late") == []
    assert percent(of(svg, "met")[0], "cx") < percent(of(svg, "due")[0], "x1")


def test_it_hatches_as_far_as_the_moment_when_it_was_met_late():
    svg = drawing(charts.timeline("Clocks", NOW, [row(met=NOW - 2 * HOUR, state="done")]))
    (late,), (met,) = of(svg, "late"), of(svg, "met")
    assert percent(late, "x") + percent(late, "width") == pytest.approx(percent(met, "cx"))


def test_a_waived_obligation_is_never_overdue():
    assert of(drawing(charts.timeline("Clocks", NOW, [row(state="off")])), "late") == []


def test_an_obligation_without_a_limit_stays_open():
    svg = drawing(charts.timeline("Clocks", NOW, [row(due=None)]))
    assert len(of(svg, "open")) == 1
    assert of(svg, "due") == of(svg, "late") == of(svg, "track") == []


def test_it_says_in_words_what_it_shows():
    svg = drawing(charts.timeline("Clocks", NOW, [row(), row(met=NOW - 6 * HOUR)]))
    assert svg.get("role") == "img"
    named = [svg.find(f".//*[@id='{ident}']").text for ident in svg.get("aria-labelledby").split()]
    assert named == ["Clocks", "Obligations: 2. Overdue: 1."]


def test_it_puts_the_same_numbers_in_a_table_beside_it():
    html = charts.timeline("Clocks", NOW, [row(met=NOW - 6 * HOUR, state_word="met")])
    table = html[html.index("<details>") :]
    for shown in ("2026-11-23 00:00", "2026-11-23 05:00", "2026-11-23 04:00", "Notify the authority", "met"):
        assert shown in table


def test_its_table_keeps_the_calendar_that_the_visitor_chose():
    assert "Minguo 115-11-23 05:00" in charts.timeline("Clocks", NOW, [row()], minguo=True)


def test_its_words_can_be_replaced():
    assert ">Cut-off</th>" in charts.timeline("Clocks", NOW, [row()], labels={"due": "Cut-off"})


def test_text_of_others_stays_text():
    hostile = '</title><script>alert(1)</script>" onload="x'
    for html in (
        charts.timeline(hostile, NOW, [row(label=hostile, state=hostile, state_word=hostile)]),
        charts.bars(hostile, [Bar(hostile, 1, hostile)]),
    ):
        assert "<script" not in html
        assert not any("onload" in element.attrib for element in drawing(html).iter())


def test_nothing_that_a_strict_content_security_policy_would_stop():
    html = charts.timeline("Clocks", NOW, [row()]) + charts.bars("Sources", [Bar("Mail", 3)])
    assert not re.search(r"<style|style=|<script|\son\w+=", html)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (1, ["10:00", "10:15", "10:30", "10:45", "11:00"]),
        (5, ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]),
        (30, ["12:00", "18:00", "00:00", "06:00", "12:00"]),
        (24 * 10, ["00:00"] * 5),
    ],
)
def test_ticks_fall_on_round_local_times(hours, shown):
    found = charts.ticks(NOW, NOW + hours * HOUR, TAIPEI)
    assert [f"{moment:%H:%M}" for moment in found] == shown


def test_ticks_of_a_long_span_are_days_and_few():
    found = charts.ticks(NOW, NOW + timedelta(days=1000), TAIPEI)
    assert 2 <= len(found) <= 7
    assert all(moment.hour == moment.minute == 0 for moment in found)


def test_a_chart_without_rows_or_of_one_moment_still_stands():
    assert of(drawing(charts.timeline("Clocks", NOW, [])), "now")
    assert of(drawing(charts.timeline("Clocks", NOW, [row(start=NOW, due=None)])), "open")
    assert drawing(charts.bars("Sources", [Bar("Mail", 0)])) is not None


def test_bars_share_one_measure():
    svg = drawing(charts.bars("Sources", [Bar("Mail", 50), Bar("Form", 200, "200 a day")]))
    assert [percent(bar, "width") for bar in of(svg, "bar-fill")] == [25, 100]
    assert svg.findtext("desc") == "Mail: 50; Form: 200 a day"


def test_two_charts_of_a_page_have_ids_of_their_own():
    one, two = (drawing(charts.bars(title, [Bar("Mail", 1)])) for title in ("Sources", "Targets"))
    assert one.get("aria-labelledby") != two.get("aria-labelledby")


def test_ten_rows_take_less_than_a_few_milliseconds():
    rows = [row(label=f"Step {number}", due=NOW + number * HOUR) for number in range(10)]
    fastest = min(_seconds(rows) for _ in range(20))
    assert fastest < 0.005


def _seconds(rows: list[TimelineRow]) -> float:
    begun = perf_counter()
    charts.timeline("Clocks", NOW, rows)
    return perf_counter() - begun
