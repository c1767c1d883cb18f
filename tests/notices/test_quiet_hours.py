"""Quiet hours: what can wait does, what is severe and immediate does not; nobody is passed over because they sleep."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Cast
from tests.notices.warnings import PLAN, drafted, warned
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid
from tongbao.notices import escalating, previewing
from tongbao.notices.models import Delivery, Reach
from tongbao.parties import rules
from tongbao.parties.actions import contacts
from tongbao.parties.models import ContactPoint
from tongbao.standards.cap.model import Urgency

ZONE = ZoneInfo("Asia/Taipei")
NIGHT, MORNING = datetime(2026, 11, 27, 2, 30, tzinfo=ZONE), datetime(2026, 11, 27, 7, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("22:00-07:00", "26 21:59", None),
        ("22:00-07:00", "26 22:00", "27 07:00"),  # the first minute counts
        ("22:00-07:00", "27 06:59", "27 07:00"),
        ("22:00-07:00", "27 07:00", None),  # the last does not
        ("12:00-13:30", "26 12:15", "26 13:30"),
        ("12:00-13:30", "26 11:59", None),
        ("00:00-06:00", "26 00:00", "26 06:00"),
        ("", "26 03:00", None),
    ],
)
def test_the_rule_says_when_quiet_hours_end(hours: str, at: str, until: str | None) -> None:
    def moment(text: str) -> datetime:
        return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)

    assert rules.quiet_until(hours, moment(at)) == (moment(until) if until else None)


@pytest.mark.parametrize("hours", ["late", "22-07", "24:00-07:00", "07:00-07:00", "22:00-07:60", "22:00-07:00x"])
def test_what_are_no_hours_is_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="quiet-hours-unreadable"):
        rules.quiet_hours(hours)


def test_hours_are_kept_as_they_are_meant() -> None:
    assert rules.quiet_hours(" 22:00 – 07：00 ") == "22:00-07:00"


@pytest.fixture
def asleep(cast: Cast) -> ContactPoint:
    """The city's contact sleeps from ten to seven."""
    contact = ContactPoint.objects.get(seat__organisation__code="HARBOUR")
    return contacts.set_quiet(contact.public_id, hours="22:00-07:00", actor=cast.admin)


def test_what_can_wait_goes_out_in_the_morning_and_silence_counts_from_there(cast: Cast, asleep: ContactPoint) -> None:
    with clock.at(NIGHT):
        notice = warned(cast, "HARBOUR", "GREENHILL", urgency=Urgency.FUTURE, plan=PLAN)
        due = dict(Delivery.objects.filter(receipt__notice=notice).values_list("receipt__organisation__code", "due_at"))
        assert due == {"HARBOUR": MORNING, "GREENHILL": NIGHT}
        steps = dict(Reach.objects.filter(notice=notice).values_list("organisation__code", "next_at"))
        ten = timedelta(minutes=10)
        assert steps == {"HARBOUR": MORNING + ten, "GREENHILL": NIGHT + ten}
    with clock.at(NIGHT + timedelta(hours=1)):
        escalating.climb()
    assert Reach.objects.get(notice=notice, organisation__code="HARBOUR").step == 0


def test_what_is_severe_and_immediate_wakes_people_up(cast: Cast, asleep: ContactPoint) -> None:
    with clock.at(NIGHT):
        notice = warned(cast, "HARBOUR")
    delivery = Delivery.objects.get(receipt__notice=notice)
    assert delivery.due_at == NIGHT
    assert Reach.objects.get(notice=notice).next_at == NIGHT + timedelta(minutes=10)


def test_the_preview_says_who_hears_of_it_when(cast: Cast, asleep: ContactPoint) -> None:
    def until(**changes: Urgency) -> list[datetime | None]:
        found = previewing.of_draft(drafted(cast, "HARBOUR", **changes))
        return [told.until for target in found.targets for told in target.told]

    with clock.at(NIGHT):
        assert until(urgency=Urgency.FUTURE) == [MORNING]
        assert until() == [None]
    with clock.at(MORNING):
        assert until(urgency=Urgency.FUTURE) == [None]


def test_an_administrator_sets_them_on_the_page_and_sees_them_where_the_order_is(
    cast: Cast, asleep: ContactPoint
) -> None:
    contact = ContactPoint.objects.get(seat__organisation__code="SUNPOWER", seat__rank=1)
    home = contact.seat.organisation.public_id
    client = cast.browser("org_admin")
    address = f"/contacts/{contact.public_id}/quiet/"
    refused = client.post(address, {"hours": "by night"})
    assert refused.status_code == 422
    assert "by night" in refused.content.decode()
    assert client.post(address, {"hours": "22:00-07:00"}).status_code == 302
    page = client.get(f"/organisations/{home}/turns/", {"at": "2026-11-27T02:30"}).content.decode()
    assert "22:00-07:00" in page
    assert "22:00-07:00" not in client.get(f"/organisations/{home}/turns/", {"at": "2026-11-27T12:30"}).content.decode()


def test_only_those_who_manage_the_seat_set_them(cast: Cast, asleep: ContactPoint) -> None:
    with pytest.raises(Invalid):
        contacts.set_quiet(asleep.public_id, hours="x", actor=cast.admin)
    asleep.refresh_from_db()
    assert asleep.quiet == "22:00-07:00"
    assert contacts.set_quiet(asleep.public_id, hours="", actor=cast.admin).quiet == ""
