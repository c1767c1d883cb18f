"""Everything that can be wrong with a message, each found by its code, at its place; and what is right is not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from tests.standards.cap.made import (
    COLOURS,
    NOON,
    SENDER,
    SQUARE,
    alert,
    codes,
    info,
    point,
    polygon,
    unchecked,
    with_area,
)
from tongbao.standards.cap import profile, verdict
from tongbao.standards.cap.findings import CODES, Grade
from tongbao.standards.cap.model import (
    Alert,
    Area,
    Circle,
    MessageType,
    Named,
    Reference,
    Resource,
    Scope,
    Status,
)
from tongbao.standards.cap.rules import Limits
from tongbao.ui.sentences import finding_sentence

TWP = profile.load("twp")
DAY = timedelta(days=1)
BEFORE = Reference(SENDER, "NCO-2026-0000", NOON - DAY)
OTHER = Reference("other@nco.example", "7", NOON - DAY)
CROSSED = polygon((24, 121), (25, 122), (25, 121), (24, 122), (24, 121))


def ring(count: int) -> Any:
    """Steps to the north-east and back: many points, nothing crossed."""
    out = [(Decimal(place) / 10_000, Decimal(place // 2) / 10_000) for place in range(count - 2)]
    return polygon(*out, (0, 1), (0, 0))


def of(msg_type: MessageType, *references: Reference) -> Alert:
    return alert(msg_type=msg_type, references=references)


def twp(**changes: Any) -> Alert:
    return alert(infos=(info(**changes),))


def with_resource(**changes: Any) -> Alert:
    return alert(infos=(info(resources=(Resource(description="地圖", mime_type="image/png", **changes),)),))


BY_RULES: list[tuple[str, Alert]] = [
    ("references-missing", of(MessageType.UPDATE)),
    ("references-missing", of(MessageType.CANCEL)),
    ("references-missing", of(MessageType.ACK)),
    ("references-missing", alert(msg_type=MessageType.ERROR, note="x")),
    ("reference-self", of(MessageType.UPDATE, alert().key)),
    ("reference-later", of(MessageType.UPDATE, Reference(SENDER, "x", NOON + DAY))),
    ("reference-twice", of(MessageType.UPDATE, BEFORE, BEFORE)),
    ("cancelled-ambiguous", of(MessageType.CANCEL, BEFORE, OTHER)),
    ("restricted-restriction", alert(scope=Scope.RESTRICTED)),
    ("private-addresses", alert(scope=Scope.PRIVATE)),
    ("restriction-idle", alert(restriction="TLP:RED")),
    ("draft", alert(status=Status.DRAFT)),
    ("note-missing", alert(status=Status.EXERCISE)),
    ("note-missing", alert(msg_type=MessageType.ERROR, references=(BEFORE,))),
    ("info-missing", alert(infos=())),
    ("expires-missing", alert(infos=(info(expires=None),))),
    ("expires-first", alert(infos=(info(expires=NOON),))),
    ("expires-first", alert(infos=(info(expires=NOON + DAY, onset=NOON + 2 * DAY),))),
    ("onset-first", alert(infos=(info(effective=NOON, onset=NOON - DAY),))),
    ("effective-early", alert(infos=(info(effective=NOON - 42 * DAY),))),
    ("polygon-open", with_area(polygons=(polygon((24, 121), (24, 122), (25, 122), (25, 121)),))),
    ("polygon-few", with_area(polygons=(polygon((24, 121), (24, 122), (24, 121)),))),
    ("polygon-crosses", with_area(polygons=(CROSSED,))),
    ("polygon-flat", with_area(polygons=(polygon((24, 121), (24, 122), (24, 122), (24, 121)),))),
    ("coordinates-range", with_area(polygons=(polygon((121, 24), (122, 24), (122, 25), (121, 25), (121, 24)),))),
    ("coordinates-range", with_area(circles=(Circle(point(121, 24), Decimal(1)),))),
    ("points-many", with_area(polygons=(ring(6000),))),
    ("points-several", with_area(polygons=(ring(600),))),
    ("area-huge", with_area(polygons=(polygon((-80, -89), (-80, 89), (80, 89), (80, -89), (-80, -89)),))),
    ("area-wide", with_area(polygons=(polygon((0, 100), (0, 130), (30, 130), (30, 100), (0, 100)),))),
    ("area-huge", with_area(circles=(Circle(point(24, 121), Decimal(9000)),))),
    ("area-wide", with_area(circles=(Circle(point(24, 121), Decimal(800)),))),
    ("circle-radius", with_area(circles=(Circle(point(24, 121), Decimal(-1)),))),
    ("circle-radius", with_area(circles=(Circle(point(24, 121), Decimal(30000)),))),
    ("ceiling-alone", with_area(ceiling=Decimal(100))),
    ("ceiling-below", with_area(altitude=Decimal(200), ceiling=Decimal(100))),
    ("resource-nowhere", with_resource()),
    ("content-and-link", with_resource(uri="https://nco.example/a.png", content="AAAA")),
    ("content-unreadable", with_resource(content="%%%")),
    ("digest-unreadable", with_resource(uri="a.png", digest="abc")),
    ("size-negative", with_resource(uri="a.png", size=-1)),
    ("uri-unreadable", with_resource(uri="a b")),
    ("uri-relative", alert(infos=(info(web="nco.example"),))),
    ("uri-unreadable", alert(infos=(info(web="<no link>"),))),
    ("language-unreadable", alert(infos=(info(language="中文"),))),
    ("list-quotes", alert(addresses=('"',))),
    ("identifier-characters", alert(identifier="a, b")),
    ("value-empty", alert(infos=(info(parameters=(Named("FuelType", ""), *COLOURS)),))),
    ("text-empty", alert(infos=(info(event=""),))),
    ("value-unknown", alert(status="Real")),
    ("profile-language", twp(language="en-US")),
    ("profile-event-code", twp(event_codes=())),
    ("profile-parameter", twp(parameters=COLOURS[1:])),
    ("profile-geocode", twp(areas=(Area(description="北部"),))),
    ("profile-geocode-value", twp(areas=(Area(description="北部", geocodes=(Named("Taiwan_Geocode_100", "x"),)),))),
]

IN_TEXT: list[tuple[str, str, str]] = [
    ("element-missing", "<scope>Public</scope>", ""),
    ("element-unknown", "<scope>", "<colour>red</colour><scope>"),
    ("element-unknown", "電力供應緊急狀況", "<b>電力</b>"),
    ("element-repeated", "<scope>", "<scope>Private</scope><scope>"),
    ("element-order", "<identifier>", "<status>Actual</status><identifier>"),
    ("attribute-unknown", "<scope>", '<scope lang="en">'),
    ("text-stray", "<info>", "<info>What is this?"),
    ("time-form", "2026-11-23T12:00:00+08:00", "2026-11-23T04:00:00Z"),
    ("time-form", "2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00.5+08:00"),
    ("time-unreadable", "2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00"),
    ("time-unreadable", "2026-11-23T12:00:00+08:00", "2026-02-30T12:00:00+08:00"),
    ("time-unreadable", "2026-11-23T12:00:00+08:00", "0001-01-01T00:00:00+08:00"),
    ("time-unreadable", "2026-11-23T12:00:00+08:00", "9999-12-31T23:59:59-08:00"),
    ("time-utc", "2026-11-23T12:00:00+08:00", "2026-11-23T04:00:00+00:00"),
    ("number-unreadable", "<geocode>", "<altitude>high</altitude><geocode>"),
    ("circle-unreadable", "<geocode>", "<circle>24,121</circle><geocode>"),
    ("polygon-unreadable", "<geocode>", "<polygon>24,121 24;122</polygon><geocode>"),
    ("polygon-unreadable", "<geocode>", "<polygon>2e1,121 24,122</polygon><geocode>"),
    ("reference-unreadable", "<info>", "<references>a,b</references><info>"),
    (
        "mime-type-unreadable",
        "<area>",
        "<resource><resourceDesc>x</resourceDesc><mimeType>x</mimeType></resource><area>",
    ),
    ("version-old", "cap:1.2", "cap:1.1"),
    ("findings-many", "<scope>", "<x/>" * 600 + "<scope>"),
]

ELSEWHERE = {
    "alert-missing": "of a document, found by the command",
    "element-missing-old": "test_reading",
    "time-form-old": "test_reading",
    "expired": "below",
    "sent-in-future": "below",
}


@pytest.mark.parametrize(("code", "message"), BY_RULES)
def test_it_finds_what_a_message_says_wrongly(code: str, message: Alert) -> None:
    assert code in codes(message, by=TWP)


@pytest.mark.parametrize(("code", "before", "after"), IN_TEXT)
def test_it_finds_what_is_written_wrongly(code: str, before: str, after: str) -> None:
    text = unchecked(alert()).decode()
    assert before in text
    assert code in codes(text.replace(before, after, 1).encode())


def test_it_has_every_value_that_its_sentence_wants_in_both_languages() -> None:
    texts = [unchecked(message) for _, message in BY_RULES]
    sound = unchecked(alert()).decode()
    texts += [sound.replace(before, after, 1).encode() for _, before, after in IN_TEXT]
    for text in texts:
        for finding in verdict.judge(text, at=NOON + 9 * DAY, by=TWP)[0].findings:
            for language in ("en", "zh-hant"):
                with translation.override(language):
                    assert "%(" not in finding_sentence(finding.code, finding.params)


def test_it_tries_every_code() -> None:
    tried = {code for code, *_ in [*BY_RULES, *IN_TEXT]} | set(ELSEWHERE)
    assert tried == set(CODES)


def test_it_finds_nothing_wrong_with_a_sound_message() -> None:
    assert codes(alert(), by=TWP) == []
    assert codes(with_area(polygons=(SQUARE,))) == []


def test_it_judges_by_the_moment_it_is_given() -> None:
    data = unchecked(alert())
    for moment, found, actionable in (
        (NOON - timedelta(minutes=6), ["sent-in-future"], True),
        (NOON - timedelta(minutes=5), [], True),
        (NOON + timedelta(hours=6) - timedelta(seconds=1), [], True),
        (NOON + timedelta(hours=6), ["expired"], False),
    ):
        (judged,) = verdict.judge(data, at=moment)
        assert ([each.code for each in judged.findings], judged.actionable) == (found, actionable)
        assert judged.ok


def test_it_has_not_expired_while_a_part_of_it_holds() -> None:
    longer = info(language="en-US", expires=NOON + 2 * DAY)
    assert "expired" not in codes(alert(infos=(info(), longer)), at=NOON + DAY)
    assert "expired" not in codes(alert(infos=(info(), info(expires=None))), at=NOON + 9 * DAY)


def test_it_lets_nobody_act_upon_a_draft_or_an_error() -> None:
    (draft,) = verdict.judge(unchecked(alert(status=Status.DRAFT)))
    (wrong,) = verdict.judge(unchecked(alert(msg_type=MessageType.UPDATE)))
    assert (draft.ok, draft.actionable) == (True, False)
    assert (wrong.ok, wrong.actionable) == (False, False)


@pytest.mark.parametrize("count", [499, 500, 501, 4999, 5000, 5001])
def test_it_counts_the_points_of_a_polygon(count: int) -> None:
    expected = ["points-many"] if count > 5000 else ["points-several"] if count > 500 else []
    assert codes(with_area(polygons=(ring(count),))) == expected


def test_it_takes_other_limits() -> None:
    narrow = Limits(wide_km2=10, huge_km2=100, several_points=4, most_points=9)
    assert codes(with_area(polygons=(SQUARE,)), limits=narrow) == ["points-several", "area-huge"]


def test_it_says_where_something_is() -> None:
    second = Area(description="b", polygons=(SQUARE, CROSSED))
    message = alert(infos=(info(), info(areas=(Area(description="a"), second))))
    text = unchecked(message).decode()
    (judged,) = verdict.judge(text.encode())
    (found,) = judged.findings
    assert (found.code, found.path) == ("polygon-crosses", "/alert/info[2]/area[2]/polygon[2]")
    assert "24,121 25,122" in text.splitlines()[found.line - 1]


def test_it_calls_nothing_missing_that_cannot_be_read() -> None:
    text = unchecked(alert()).decode().replace("<urgency>Immediate", "<urgency>Soon")
    assert codes(text.encode(), grade=Grade.ERROR) == ["value-unknown"]
    assert "info-missing" not in codes(text.encode())
    update = unchecked(of(MessageType.UPDATE)).decode().replace("<urgency>Immediate", "<urgency>Soon")
    assert codes(update.encode(), grade=Grade.ERROR) == ["value-unknown", "references-missing"]
    broken = update.replace("<info>", "<references>x</references><info>")
    assert codes(broken.encode(), grade=Grade.ERROR) == ["reference-unreadable", "value-unknown"]


def test_it_calls_every_finding_of_an_unverified_profile_a_warning() -> None:
    assert TWP.confidence == "unverified"
    assert codes(twp(parameters=(), event_codes=()), by=TWP, grade=Grade.ERROR) == []
    with pytest.raises(LookupError):
        profile.load("atlantis")
