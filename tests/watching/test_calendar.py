"""The calendar: what falls due for whom, and the secret link that shows it to a calendar program."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests.conftest import NOON, Cast
from tests.stories import handle, opened, reported
from tests.watching.conftest import planned
from tongbao.accounts.models import User
from tongbao.incidents.models import Incident
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import NotFound
from tongbao.parties.actions.seats import end_tenure
from tongbao.parties.models import Organisation, Tenure
from tongbao.watching import calendar, feeds
from tongbao.watching.actions import feeds as links
from tongbao.watching.models import Feed

pytestmark = pytest.mark.usefixtures("noon")


def events(content: bytes) -> list[Any]:
    return Calendar.from_ical(content).walk("VEVENT")


def address(cast: Cast, who: str) -> str:
    feed, secret = links.make_feed(actor=getattr(cast, who))
    return f"/calendar/feed/{feed.public_id}.{secret}.ics"


def case(cast: Cast, **draft: Any) -> Incident:
    return opened(cast, reported(cast), **draft)


def test_it_lists_what_is_due_with_its_basis(cast: Cast) -> None:
    incident = case(cast)
    page = cast.browser("officer").get("/calendar/").content.decode()
    assert incident.number in page
    assert "Sunlight Power Company" in page
    own = cast.browser("constituent").get("/calendar/").content.decode()
    assert incident.reference in own
    assert incident.number not in own  # the official number is for handlers
    assert incident.reference not in cast.browser("stranger").get("/calendar/").content.decode()


def test_it_shows_a_month(cast: Cast) -> None:
    incident = case(cast)
    page = cast.browser("officer").get("/calendar/month/?month=2026-11").content.decode()
    assert incident.number in page
    assert 'aria-current="date"' in page
    assert incident.number not in cast.browser("officer").get("/calendar/month/?month=2027-03").content.decode()


@pytest.mark.parametrize("asked", ["month=2026-13", "month=x", "month=9999-99", "from=2026-02-30", "from=0001-01-01"])
def test_it_takes_any_address_for_a_day(cast: Cast, asked: str) -> None:
    for page in ("/calendar/", "/calendar/month/"):
        assert cast.browser("officer").get(f"{page}?{asked}").status_code == 200


def test_it_knows_what_recurs_for_whom(cast: Cast) -> None:
    """The power company is a CI provider under the Ministry of Economic Affairs: its plan is due by the end of
    January. The city has drills every so often; a bank that the law does not oblige has nothing."""
    found = calendar.recurring(cast.constituent, range(2027, 2028))
    plan = next(each for each in found if each.entry.cadence.code == "cip-plan")
    assert plan.day is not None
    assert (plan.day.month, plan.day.day, plan.entry.own) == (1, 31, True)
    assert all(each.entry.cadence.actor == "reporter" for each in found)
    drills = calendar.recurring(cast.city, range(0))
    assert {"social-engineering-drill", "notification-drill"} <= {each.entry.cadence.code for each in drills}
    assert calendar.recurring(cast.stranger, range(2027, 2028)) == []
    assert "roll-up" in {each.entry.cadence.code for each in calendar.recurring(cast.reviewer, range(2027, 2028))}


def test_it_follows_the_responsibility_level(cast: Cast) -> None:
    def codes() -> set[str]:
        return {each.entry.cadence.code for each in calendar.recurring(cast.constituent, range(0))}

    before = codes()
    Organisation.objects.filter(code="SUNPOWER").update(responsibility_level="A")
    assert codes() - before >= {"internal-audit", "continuity-drill"}


def test_it_lets_the_office_look_at_every_ministrys_calendar(cast: Cast) -> None:
    codes = [each.code for each in calendar.ministries()]
    days = {
        tuple((each.day, each.entry.cadence.code, each.entry.within) for each in found)
        for code in codes
        if (found := calendar.recurring(cast.officer, range(2027, 2028), ministry=code))
    }
    assert len(codes) == 8
    assert len(days) == 8
    assert cast.browser("officer").get("/calendar/?ministry=moea&from=2027-01-01").status_code == 200


def test_it_gives_a_calendar_program_what_is_due(cast: Cast) -> None:
    incident = case(cast)
    watch = planned(cast, "officer", NOON)
    answer = cast.browser().get(address(cast, "officer"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = {str(each["UID"]): each for each in events(answer.content)}
    duty = incident.obligations.get(duty="contain", state="due")
    entry = found[f"duty-{duty.public_id}@nco.example"]
    assert incident.number in str(entry["SUMMARY"])
    assert entry.decoded("DTSTART") == duty.due_at
    shift = found[f"watch-{watch.public_id}@nco.example"]
    assert shift.decoded("DTEND") - shift.decoded("DTSTART") == timedelta(hours=8)


def test_it_gives_a_constituent_the_own_duties_only(cast: Cast) -> None:
    incident = case(cast)
    content = cast.browser().get(address(cast, "constituent")).content.decode()
    assert incident.reference in content
    assert incident.number not in content
    assert incident.reference not in cast.browser().get(address(cast, "city")).content.decode()


def test_it_shows_only_the_reference_of_what_is_restricted(cast: Cast) -> None:
    incident = case(cast, tlp=TLP.AMBER_STRICT)
    content = cast.browser().get(address(cast, "officer")).content
    texts = [str(each["SUMMARY"]) + str(each.get("DESCRIPTION", "")) for each in events(content)]
    about = [text for text in texts if incident.number in text]
    assert about
    labels = ("通報", "控制", "control", "damage", "report")
    assert not any(word in text for text in about for word in labels), about


def test_it_shows_what_one_may_see_when_it_is_asked(cast: Cast) -> None:
    incident, link = case(cast), address(cast, "handler")
    assert incident.number in cast.browser().get(link).content.decode()
    Incident.objects.filter(pk=incident.pk).update(tlp=TLP.RED)
    assert incident.number not in cast.browser().get(link).content.decode()


def test_it_opens_to_no_other_secret(cast: Cast) -> None:
    link = address(cast, "officer")
    head, _dot, rest = link.partition(".")
    for wrong in (
        f"{head}.{'x' * 32}.ics",
        f"{head}..ics",
        f"/calendar/feed/{'a' * 20}.{rest}",
        "/calendar/feed/x.ics",
    ):
        assert cast.browser().get(wrong).status_code == 404
    feed = Feed.objects.get()
    assert rest.removesuffix(".ics") not in feed.digest  # only a keyed digest is kept
    assert len(feed.digest) == 64


def test_it_revokes_a_link(cast: Cast) -> None:
    first = address(cast, "officer")
    second = address(cast, "officer")
    assert cast.browser().get(first).status_code == 404  # a new one takes its place
    browser = cast.browser("officer")
    page = browser.get("/calendar/").content.decode()
    feed = Feed.objects.get(revoked_at=None)
    assert f"/calendar/link/{feed.public_id}/revoke/" in page
    with pytest.raises(NotFound):
        links.revoke_feed(feed.public_id, actor=cast.handler)
    assert browser.post(f"/calendar/link/{feed.public_id}/revoke/").status_code == 302
    assert cast.browser().get(second).status_code == 404


def test_it_shows_a_new_link_once(cast: Cast) -> None:
    browser = cast.browser("constituent")
    page = browser.post("/calendar/link/").content.decode()
    feed = Feed.objects.get()
    assert f"/calendar/feed/{feed.public_id}." in page
    assert f"/calendar/feed/{feed.public_id}." not in browser.get("/calendar/").content.decode()


def test_it_ends_with_the_account(cast: Cast) -> None:
    """At once, and for good: opening the account again revives no link."""
    link, user = address(cast, "constituent"), cast.country.people["constituent"]
    end_tenure(Tenure.objects.get(person__user=user).public_id, actor=cast.org_admin)
    assert cast.browser().get(link).status_code == 404
    handle()
    assert Feed.objects.get().revoked_at == NOON
    User.objects.filter(pk=user.pk).update(is_active=True, ended_at=None)
    Tenure.objects.filter(person__user=user).update(ends_at=None)
    assert cast.browser().get(link).status_code == 404


def test_it_ends_with_the_seat_in_that_organisation(cast: Cast, at: Any) -> None:
    link = address(cast, "constituent")
    Tenure.objects.filter(person__user=cast.country.people["constituent"]).update(ends_at=NOON)
    at(NOON + timedelta(minutes=1))
    assert cast.browser().get(link).status_code == 404


def test_it_writes_what_programs_can_read(cast: Cast, at: Any) -> None:
    case(cast, title="逗號, 分號; 換行")
    content = feeds.written(cast.constituent, office="日光電力公司")
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    found = events(content)
    assert len({str(each["UID"]) for each in found}) == len(found)
    assert all(isinstance(each.decoded("DTSTAMP"), datetime) for each in found)
