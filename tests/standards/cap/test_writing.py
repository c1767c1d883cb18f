"""What goes out: nothing that would be refused coming in, nothing without a status, and read back it is the same."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from tests.soak import times
from tests.standards.cap.made import NOON, SQUARE, alert, alerts, info, polygon, with_area
from tongbao.kernel.refusals import Invalid
from tongbao.standards.cap import verdict
from tongbao.standards.cap.model import Alert, Area, Circle, Status
from tongbao.standards.cap.values import time_text
from tongbao.standards.cap.writing import serialise

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.xml"))


def refused(message: Alert) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        serialise(message)
    return {each.code: each.path for each in caught.value.problems}


@given(alerts())
@settings(max_examples=150)
def test_it_reads_back_what_it_has_written(message: Alert) -> None:
    (judged,) = verdict.judge(serialise(message))
    assert judged.alert == message
    assert judged.ok


@pytest.mark.soak
@given(alerts())
@settings(max_examples=times(20_000))
def test_it_reads_back_what_it_has_written_at_length(message: Alert) -> None:
    (judged,) = verdict.judge(serialise(message))
    assert judged.alert == message


@pytest.mark.parametrize("status", ["Actual", "Exercise", "", None, 1, "actual"])
def test_it_writes_nothing_whose_status_is_not_said_outright(status: Any) -> None:
    """A word is not enough: the one who makes a message has to mean it."""
    assert refused(alert(status=status)) == {"cap-status": "/alert/status"}


def test_it_cannot_even_be_made_without_a_status() -> None:
    fields = msgspec.structs.asdict(alert())
    del fields["status"]
    with pytest.raises(TypeError):
        Alert(**fields)


@pytest.mark.parametrize("status", Status)
def test_it_writes_every_status_as_it_is(status: Status) -> None:
    assert f"<status>{status}</status>".encode() in serialise(alert(status=status, note="x"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sent": NOON.replace(tzinfo=None)}, "cap-value"),
        ({"sent": NOON.replace(microsecond=1)}, "time-form"),
        ({"sent": NOON.replace(tzinfo=timezone(timedelta(hours=15)))}, "time-unreadable"),
        ({"sent": None}, "cap-value"),
        ({"identifier": "a b"}, "identifier-characters"),
        ({"identifier": "a,b"}, "identifier-characters"),
        ({"identifier": ""}, "identifier-characters"),
        ({"sender": "a&b"}, "identifier-characters"),
        ({"scope": "Everybody"}, "value-unknown"),
        ({"note": "a\0b"}, "xml-unreadable"),
        ({"note": "a\ud800b"}, "text-encoding"),
        ({"addresses": ('a"b',)}, "list-quotes"),
        ({"infos": (info(expires=NOON),)}, "expires-first"),
        ({"infos": (info(event=""),)}, "text-empty"),
        ({"infos": (info(categories=()),)}, "element-missing"),
        ({"infos": (info(web="nco.example"),)}, None),
        ({"infos": (info(web="no link"),)}, "uri-unreadable"),
        ({"infos": (info(language="中文"),)}, "language-unreadable"),
    ],
)
def test_it_refuses_to_write_what_it_would_not_read(changes: dict[str, Any], code: str | None) -> None:
    if code:
        assert list(refused(alert(**changes))) == [code]
    else:
        assert serialise(alert(**changes))


def test_it_names_the_place_of_what_it_refuses() -> None:
    crossed = polygon((24, 121), (25, 122), (25, 121), (24, 122), (24, 121))
    second = info(areas=(Area(description="a", polygons=(SQUARE,)), Area(description="b", polygons=(SQUARE, crossed))))
    message = alert(infos=(info(), second))
    assert refused(message) == {"polygon-crosses": "/alert/info[2]/area[2]/polygon[2]"}


def test_it_writes_utc_as_the_standard_wants_it() -> None:
    assert time_text(datetime(2026, 11, 23, 4, 0, tzinfo=UTC)) == "2026-11-23T04:00:00-00:00"
    assert b"<sent>2026-11-23T04:00:00-00:00</sent>" in serialise(alert(sent=NOON.astimezone(UTC)))


def test_it_writes_numbers_without_an_exponent() -> None:
    circle = Circle(polygon(("24.5", "121.5")).points[0], Decimal("1E-7"))
    assert b"<circle>24.5,121.5 0.0000001</circle>" in serialise(with_area(circles=(circle,)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_writes_its_own_samples_as_they_are(path: Path) -> None:
    data = path.read_bytes()
    (judged,) = verdict.judge(data)
    assert judged.alert is not None
    assert serialise(judged.alert) == data


def test_it_has_a_sample_of_each_kind() -> None:
    assert {path.stem for path in SAMPLES} == {
        *("actual", "bilingual", "cancel", "circle", "exercise", "polygon", "private", "restricted", "test", "update"),
    }
