"""Who is on duty: planning a week, handing the desk over, who answers meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.stories import opened, reported
from tests.watching.conftest import DAY_BEGINS, HOUR, person, planned
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.parties.actions.seats import end_tenure
from tongbao.parties.models import Tenure
from tongbao.watching import roster
from tongbao.watching.actions import watches
from tongbao.watching.models import HandOver, Watch

pytestmark = pytest.mark.usefixtures("noon")


def standing(cast: Cast) -> roster.Standing:
    return roster.standing(cast.country.organisations["NCO"], clock.now())


def names(found: roster.Standing) -> list[str]:
    return [each.person.name if each else "" for each in (found.on_duty, found.next, found.answerable)]


def test_it_says_who_is_on_duty_and_who_is_next(cast: Cast, evening: Watch, later: Any) -> None:
    assert names(standing(cast)) == ["林值勤", "王承辦", "林值勤"]
    assert not standing(cast).kept
    later(hours=5)
    assert names(standing(cast)) == ["王承辦", "", "林值勤"]
    assert standing(cast).kept


def test_it_knows_nobody_before_there_is_a_roster(cast: Cast) -> None:
    assert names(standing(cast)) == ["", "", ""]


@pytest.mark.parametrize(
    ("begins", "hours", "code"),
    [(4, 8, "watch-taken"), (12, 0, "watch-backwards"), (12, 49, "watch-too-long"), (-12, 8, "time-not-later")],
)
def test_it_plans_nothing_that_does_not_fit(cast: Cast, day: Watch, begins: float, hours: float, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(cast, "handler", DAY_BEGINS + begins * HOUR, hours)
    assert [each.code for each in refused.value.problems] == [code]


def test_it_plans_all_days_or_none(cast: Cast, day: Watch) -> None:
    times = [(DAY_BEGINS + n * 24 * HOUR, DAY_BEGINS + (n * 24 + 8) * HOUR) for n in (2, 1, 0)]
    with pytest.raises(Invalid):
        watches.plan_watches(person(cast, "handler").public_id, times, actor=cast.officer)
    assert Watch.objects.count() == 1
    watches.plan_watches(person(cast, "handler").public_id, times[:2], actor=cast.officer)
    assert Watch.objects.count() == 3


def test_it_puts_only_officers_of_the_office_on_the_roster(cast: Cast) -> None:
    for who in ("constituent", "auditor", "bureau"):
        with pytest.raises(Invalid):
            planned(cast, who, NOON)


def test_it_lets_only_those_plan_who_may(cast: Cast, day: Watch) -> None:
    times = [(NOON + 24 * HOUR, NOON + 32 * HOUR)]
    for who, refusal in (
        ("handler", Forbidden),
        ("auditor", Forbidden),
        ("constituent", NotFound),
        ("bureau", NotFound),
    ):
        with pytest.raises(refusal):
            watches.plan_watches(person(cast, "officer").public_id, times, actor=getattr(cast, who))
        with pytest.raises(refusal):
            watches.remove_watch(day.public_id, actor=getattr(cast, who))


def test_it_changes_a_watch_that_is_not_over(cast: Cast, evening: Watch, later: Any) -> None:
    change = {"starts_at": evening.starts_at, "ends_at": evening.ends_at + HOUR, "version": 1}
    changed = watches.change_watch(
        evening.public_id, person=person(cast, "officer").public_id, **change, actor=cast.officer
    )
    assert (changed.person.name, changed.version) == ("林值勤", 2)
    with pytest.raises(Conflict, match="changed-meanwhile"):
        watches.change_watch(evening.public_id, person=person(cast, "handler").public_id, **change, actor=cast.officer)
    later(hours=20)
    with pytest.raises(Conflict, match="watch-over"):
        watches.remove_watch(evening.public_id, actor=cast.officer)


def test_it_counts_nobody_who_has_left(cast: Cast, evening: Watch, later: Any) -> None:
    end_tenure(Tenure.objects.get(person=evening.person).public_id, actor=cast.admin)
    later(hours=5)
    assert names(standing(cast)) == ["", "", "林值勤"]


def test_it_hands_the_desk_over(cast: Cast, day: Watch, evening: Watch, later: Any) -> None:
    """Lin writes at the end of the day; until Wang accepts, Lin answers for the desk."""
    incident = opened(cast, reported(cast))
    later(hours=3, minutes=50)
    items = [("incident", incident.public_id)]
    written = watches.write_hand_over(day.public_id, notes="留意電力案", items=items, actor=cast.officer)
    again = watches.write_hand_over(day.public_id, notes="留意電力案的期限", items=items, actor=cast.officer)
    assert again == written
    later(hours=4, minutes=10)
    assert (names(standing(cast))[2], standing(cast).kept) == ("林值勤", True)
    accepted = watches.accept_hand_over(written.public_id, actor=cast.handler)
    assert accepted.into == evening
    assert (names(standing(cast))[2], standing(cast).kept) == ("王承辦", False)
    watches.accept_hand_over(written.public_id, actor=cast.handler)  # a repeat changes nothing
    rows = JournalEntry.objects.filter(event__startswith="hand-over").order_by("seq")
    events = list(rows.values_list("event", flat=True))
    assert events == ["hand-over.written", "hand-over.written", "hand-over.accepted"]
    with pytest.raises(Conflict, match="hand-over-accepted"):
        watches.write_hand_over(day.public_id, notes="x", actor=cast.officer)


def test_it_lets_nobody_write_or_accept_for_another(cast: Cast, day: Watch, evening: Watch, later: Any) -> None:
    with pytest.raises(Conflict, match="watch-not-yours"):
        watches.write_hand_over(day.public_id, notes="x", actor=cast.handler)
    with pytest.raises(Conflict, match="watch-not-begun"):
        watches.write_hand_over(evening.public_id, notes="x", actor=cast.handler)
    written = watches.write_hand_over(day.public_id, notes="x", actor=cast.officer)
    with pytest.raises(Conflict, match="hand-over-not-yours"):
        watches.accept_hand_over(written.public_id, actor=cast.officer)
    with pytest.raises(Forbidden):
        watches.accept_hand_over(written.public_id, actor=cast.auditor)
    with pytest.raises(NotFound):
        watches.accept_hand_over(written.public_id, actor=cast.constituent)
    watches.remove_watch(evening.public_id, actor=cast.officer)
    with pytest.raises(Conflict, match="hand-over-not-yours"):
        watches.accept_hand_over(written.public_id, actor=cast.handler)


def test_it_hands_over_nothing_that_the_officer_cannot_see(cast: Cast, evening: Watch, later: Any) -> None:
    red = opened(cast, title="紅色", tlp=TLP.RED)
    later(hours=5)
    with pytest.raises(Invalid):
        watches.write_hand_over(evening.public_id, notes="", items=[("incident", red.public_id)], actor=cast.handler)
    with pytest.raises(Invalid):
        watches.write_hand_over(evening.public_id, notes="", items=[("organisation", "x")], actor=cast.handler)


def test_it_shows_a_hand_over_to_each_reader_as_far_as_they_may_see(cast: Cast, day: Watch) -> None:
    red, open_case = opened(cast, title="紅色案", tlp=TLP.RED), opened(cast, title="公開案", tlp=TLP.GREEN)
    items = [("incident", red.public_id), ("incident", open_case.public_id)]
    written = watches.write_hand_over(day.public_id, notes="兩案", items=items, actor=cast.officer)
    address = f"/watch/hand-overs/{written.public_id}/"
    mine = cast.browser("officer").get(address).content.decode()
    assert red.number in mine
    assert "紅色案" not in mine  # restricted: opened on its own page only
    others = cast.browser("handler").get(address).content.decode()
    assert open_case.number in others
    assert red.number not in others


def test_it_plans_a_week_on_the_page_without_script(cast: Cast) -> None:
    browser = cast.browser("officer")
    page = browser.get("/watch/?week=2026-11-24").content.decode()
    assert "nobody" in page
    form = {
        "person": person(cast, "handler").public_id,
        "day": "2026-11-24",
        "start": "20:00",
        "end": "08:00",
        "days": "3",
        "office": cast.country.organisations["NCO"].public_id,
    }
    answer = browser.post("/watch/plan/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/watch/?week=2026-11-24")
    assert Watch.objects.count() == 3
    assert all((w.ends_at - w.starts_at) == timedelta(hours=12) for w in Watch.objects.all())
    page = browser.get("/watch/?week=2026-11-24").content.decode()
    assert "王承辦" in page
    assert "Nobody is on duty:" in page
    refused = browser.post("/watch/plan/", form)
    assert refused.status_code == 422
    assert "Somebody is on duty in this time already." in refused.content.decode()


def test_it_changes_and_removes_on_pages(cast: Cast, evening: Watch) -> None:
    browser = cast.browser("officer")
    address = f"/watch/{evening.public_id}/"
    assert "王承辦" in browser.get(address).content.decode()
    form = {
        "person": evening.person.public_id,
        "starts_at": "2026-11-23T16:00",
        "ends_at": "2026-11-23T22:00",
        "version": "1",
    }
    assert browser.post(address, form).status_code == 302
    evening.refresh_from_db()
    assert evening.ends_at == DAY_BEGINS + 14 * HOUR
    assert browser.post(address + "remove/").status_code == 302
    assert browser.get(address).status_code == 404


def test_it_writes_and_accepts_on_pages(cast: Cast, day: Watch, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(hours=3)
    browser = cast.browser("officer")
    page = browser.get(f"/watch/{day.public_id}/hand-over/").content.decode()
    assert f"submission:{waiting.public_id}" in page
    form = {"items": [f"submission:{waiting.public_id}"], "notes": "請打電話給市府"}
    assert browser.post(f"/watch/{day.public_id}/hand-over/", form).status_code == 302
    written = HandOver.objects.get()
    following = cast.browser("handler")
    address = f"/watch/hand-overs/{written.public_id}/"
    assert "stays answerable" in following.get(address).content.decode()
    assert following.post(address + "accept/").status_code == 302
    assert "請打電話給市府" in following.get(address).content.decode()
    assert "王承辦" in following.get("/watch/hand-overs/").content.decode()


@pytest.mark.parametrize("who", ["constituent", "org_admin", "reviewer", "partner", "bureau"])
def test_it_shows_the_roster_to_nobody_outside(cast: Cast, day: Watch, who: str) -> None:
    browser = cast.browser(who)
    for address in (
        "/watch/",
        "/watch/hand-overs/",
        "/watch/alerts/",
        "/watch/statistics/",
        f"/watch/{day.public_id}/",
    ):
        assert browser.get(address).status_code == 403
    assert not Watch.objects.visible_to(getattr(cast, who)).exists()


def test_it_shows_no_hand_over_to_an_administrator(cast: Cast, day: Watch) -> None:
    """Who keeps accounts and the directory plans the roster, and reads nothing of cases."""
    written = watches.write_hand_over(day.public_id, notes="電力案", actor=cast.officer)
    browser = cast.browser("admin")
    page = browser.get("/watch/").content.decode()
    assert "林值勤" in page
    assert written.public_id not in page
    assert browser.get("/watch/hand-overs/").status_code == 403
    assert not HandOver.objects.visible_to(cast.admin).exists()


def test_it_shows_on_the_board_who_is_on_duty(cast: Cast, evening: Watch, later: Any) -> None:
    browser = cast.browser("handler")
    first = browser.get("/console/")
    assert "林值勤" in first.content.decode()
    later(hours=5)
    page = browser.get("/console/").content.decode()
    assert "The desk has not been taken over: 林值勤 stays answerable." in page
