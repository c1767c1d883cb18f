"""Times, spans, markings and names as pages show them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.template import Context
from django.utils.translation import override

from tests.conftest import NOON
from tongbao.kernel import clock
from tongbao.profiles.model import Label
from tongbao.ui.templatetags import tongbao as tags


def when(moment: Any, *, minguo: bool = False, language: str = "en", **options: Any) -> str:
    with override(language):
        return str(tags.when(Context({"minguo": minguo}), moment, **options))


def test_it_shows_moments_in_the_offices_zone() -> None:
    assert when(NOON) == '<time datetime="2026-11-23T12:00:00+08:00">2026-11-23 12:00</time>'
    assert when(NOON, only="date") == '<time datetime="2026-11-23T12:00:00+08:00">2026-11-23</time>'
    assert when(date(2026, 11, 23)) == '<time datetime="2026-11-23">2026-11-23</time>'
    assert when(None) == "–"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (NOON, "Minguo 115-11-23 12:00"),
        (datetime(1912, 1, 1, tzinfo=UTC), "Minguo 1-01-01 08:00"),
        (datetime(1911, 6, 1, tzinfo=UTC), "1911-06-01 08:00"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "Minguo 116-01-01 00:00"),
    ],
)
def test_it_counts_minguo_years_from_1912(moment: datetime, shown: str) -> None:
    assert shown in when(moment, minguo=True)


def test_it_says_minguo_in_chinese_and_keeps_the_machines_date() -> None:
    shown = when(NOON, minguo=True, language="zh-hant")
    assert "民國 115" in shown
    assert 'datetime="2026-11-23T12:00:00+08:00"' in shown
    assert "115" in when(NOON, minguo=True, language="zh-hant", only="date")


@pytest.mark.parametrize(
    ("distance", "shown"),
    [
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(hours=2, minutes=30), "in 2 h 30 min"),
        (timedelta(days=3, hours=4, minutes=59), "in 3 d 4 h"),
        (timedelta(seconds=20), "at any moment"),
        (timedelta(days=-400), "400 d 0 h ago"),
    ],
)
def test_it_says_how_long_in_the_two_largest_units(distance: timedelta, shown: str) -> None:
    with clock.at(NOON), override("en"):
        assert tags.left(NOON + distance) == shown
        assert tags.left(None) == ""


def test_it_names_a_marking_in_words_not_only_by_colour() -> None:
    assert str(tags.tlp(3)) == '<span class="tlp tlp-amber-strict">TLP:AMBER+STRICT</span>'
    assert str(tags.tlp(None)) == ""


def test_it_names_things_in_the_language_of_the_page() -> None:
    label = Label("energy", "能源")
    with override("en"):
        assert tags.name(label) == "energy"
    with override("zh-hant"):
        assert tags.name(label) == "能源"
    assert tags.name(None) == ""


def test_it_groups_a_long_number() -> None:
    assert tags.groups("1234567890123456") == "1234 5678 9012 3456"


class Thing:
    title_zh, title_en = "標題", "Title"

    def __init__(self, *, restricted: bool) -> None:
        self.restricted = restricted


def test_it_shows_no_title_of_a_restricted_thing_in_a_list() -> None:
    with override("en"):
        assert tags.shown_title(Thing(restricted=False)) == "Title"
        assert tags.shown_title(Thing(restricted=True)) == "Restricted: open to read"
