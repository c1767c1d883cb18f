"""Who of an owner is told of what: contact points ask for types, at least so severe; each has its language and way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.observations.feeds import POWER, deliver, named, sinkhole, ssh
from tongbao.kernel.refusals import Forbidden, Invalid, NotFound
from tongbao.notices.models import Delivery, Receipt
from tongbao.observations import digests
from tongbao.observations.rules import telling
from tongbao.observations.rules.telling import Point
from tongbao.parties import rules
from tongbao.parties.actions import contacts
from tongbao.parties.models import ContactPoint, Seat

REPORTS, LEADS = "chang@sunpower.example", "huang@sunpower.example"
INFECTED, EXPOSED = "malicious-code/infected-system", "vulnerable/potentially-unwanted-accessible"


def asks(cast: Cast, address: str, types: str, least: int = 0) -> ContactPoint:
    point = ContactPoint.objects.get(address=address)
    return contacts.set_feeds(point.public_id, types=types, least=least, actor=cast.org_admin)


def another(cast: Cast, of: str, address: str, language: str = "") -> ContactPoint:
    """A second address of the same seat, verified."""
    seat = Seat.objects.get(contact_points__address=of)
    made = contacts.add_contact(seat.public_id, kind="email", address=address, language=language, actor=cast.org_admin)
    return contacts.verify_contact(made.public_id, how="called back", actor=cast.officer)


@pytest.fixture
def told(cast: Cast, at: Any) -> Callable[[], dict[str, set[str]]]:
    """An infected machine (high) and a reachable server come in; to which addresses each digest goes."""

    def play() -> dict[str, set[str]]:
        at(NOON)
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        deliver(sinkhole((POWER, 40001, "conficker")), named("event4_sinkhole"), actor=cast.officer)
        at(NOON + timedelta(minutes=11))
        assert digests.send_due() == 2
        found: dict[str, set[str]] = {}
        for each in digests.Digest.objects.select_related("notice"):
            sent = Delivery.objects.filter(receipt__notice=each.notice)
            found[each.type] = set(sent.values_list("address", flat=True))
        return found

    return play


@pytest.mark.django_db
class TestTold:
    def test_it_tells_who_reports_where_nobody_asks(self, told: Any) -> None:
        assert told() == {INFECTED: {REPORTS}, EXPOSED: {REPORTS}}

    def test_it_tells_those_who_ask_for_the_type_instead(self, cast: Cast, told: Any) -> None:
        asks(cast, LEADS, "malicious-code")
        assert told() == {INFECTED: {LEADS}, EXPOSED: {REPORTS}}

    def test_it_tells_each_seat_that_asks_once(self, cast: Cast, told: Any) -> None:
        asks(cast, LEADS, "malicious-code/infected-system malicious-code")
        asks(cast, REPORTS, "*")
        assert told() == {INFECTED: {LEADS, REPORTS}, EXPOSED: {REPORTS}}
        assert Receipt.objects.count() == 3

    def test_it_keeps_what_is_less_severe_from_who_asks_for_the_worst(self, cast: Cast, told: Any) -> None:
        asks(cast, LEADS, "*", least=3)
        found = told()
        severities = dict(digests.Finding.objects.values_list("type", "severity"))
        assert severities[EXPOSED] < 3
        assert found[EXPOSED] == {REPORTS}
        assert found[INFECTED] == ({LEADS} if severities[INFECTED] >= 3 else {REPORTS})

    def test_it_writes_to_that_address_of_a_seat_which_asks_and_in_its_language(self, cast: Cast, told: Any) -> None:
        another(cast, REPORTS, "soc@sunpower.example", language="en")
        asks(cast, "soc@sunpower.example", "malicious-code")
        assert told() == {INFECTED: {"soc@sunpower.example"}, EXPOSED: {REPORTS}}
        assert Delivery.objects.get(address="soc@sunpower.example").language == "en"

    def test_it_tells_who_reports_when_the_address_that_asks_does_not_work(self, cast: Cast, told: Any) -> None:
        point = asks(cast, LEADS, "*")
        ContactPoint.objects.filter(pk=point.pk).update(broken_at=NOON)
        assert told() == {INFECTED: {REPORTS}, EXPOSED: {REPORTS}}


@pytest.mark.django_db
class TestAsking:
    def test_it_is_said_by_who_manages_the_seat(self, cast: Cast, noon: Any) -> None:
        point = asks(cast, LEADS, " Malicious-Code, vulnerable/weak-crypto\nmalicious-code ", 2)
        assert (point.feeds, point.feeds_from) == ("malicious-code vulnerable/weak-crypto", 2)
        assert asks(cast, LEADS, "availability *").feeds == "*"
        assert (asks(cast, LEADS, "", 4).feeds, asks(cast, LEADS, "", 4).feeds_from) == ("", 0)
        with pytest.raises(Forbidden):
            contacts.set_feeds(point.public_id, types="*", least=0, actor=cast.constituent)
        with pytest.raises(NotFound):
            contacts.set_feeds(point.public_id, types="*", least=0, actor=cast.stranger)

    @pytest.mark.parametrize(
        ("types", "least", "path"), [("nonsense", 0, "types"), ("*", 5, "least"), ("*", -1, "least")]
    )
    def test_it_refuses_what_it_cannot_follow(self, types: str, least: int, path: str, cast: Cast, noon: Any) -> None:
        with pytest.raises(Invalid) as refused:
            asks(cast, LEADS, types, least)
        assert [each.path for each in refused.value.problems] == [path]

    def test_it_is_kept_by_the_page(self, cast: Cast, noon: Any) -> None:
        point = ContactPoint.objects.get(address=LEADS)
        browser, path = cast.browser("org_admin"), f"/contacts/{point.public_id}/feeds/"
        refused = browser.post(path, {"types": "nonsense", "least": "2"})
        assert refused.status_code == 422
        assert 'value="nonsense"' in refused.content.decode()
        assert browser.post(path, {"types": "malicious-code", "least": "2"}).status_code == 302
        point.refresh_from_db()
        assert (point.feeds, point.feeds_from) == ("malicious-code", 2)


@given(
    st.sampled_from(["", "*", "a", "a/b", "a/b c", "c"]),
    st.integers(0, 4),
    st.sampled_from(["a/b", "a/x", "c/d"]),
    st.integers(0, 4),
)
def test_it_asks_by_type_or_class_and_by_severity(feeds: str, least: int, kind: str, severity: int) -> None:
    named = any(word in ("*", kind, kind.split("/")[0]) for word in feeds.split())
    assert rules.told_of(feeds, least, kind=kind, severity=severity) == (named and severity >= least)


def test_it_chooses_all_points_of_a_seat_that_ask() -> None:
    points = [Point(1, 7, "*", 0), Point(2, 7, "a", 0), Point(3, 8, "a", 4), Point(4, 9, "", 0)]
    assert telling.chosen(points, kind="a/b", severity=3) == {7: frozenset({1, 2})}
    assert telling.chosen(points, kind="c/d", severity=3) == {7: frozenset({1})}
    assert telling.chosen(points[1:], kind="c/d", severity=3) == {}
