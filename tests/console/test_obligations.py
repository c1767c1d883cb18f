"""The obligations of the whole nation: by standing, law, stage and ministry, page by page."""

from datetime import timedelta

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.incidents import nation
from tongbao.incidents.actions import duties
from tongbao.incidents.models import Incident, Obligation
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.models import Organisation

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def cases(cast: Cast) -> list[Incident]:
    """Two cases: the power company's, and the city's."""
    return [
        opened(cast, reported(cast, level=3), title="電力"),
        opened(cast, reported(cast, "city", level=1, key="city"), title="市府"),
    ]


def page(cast: Cast, query: str = "", who: str = "officer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language)).get(f"/obligations/{query}")


def lines(browser: Browser) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in browser.page.select("tr[data-row]")]


def test_it_lists_what_is_due_by_time(cast: Cast, cases: list[Incident]) -> None:
    found = lines(page(cast))
    assert len(found) == 4
    first, last = found[0], found[-1]
    assert "review the level" in first
    assert "Ministry of Energy" in first
    assert "2026-11-23 14:00" in first
    assert "complete damage control" in last
    assert "not verified" in last, "a figure that nobody has checked says so"


def test_it_shows_what_is_overdue_and_nothing_else(cast: Cast, cases: list[Incident]) -> None:
    with clock.at(NOON + timedelta(hours=3)):
        (only,) = lines(page(cast, "?standing=overdue"))
    assert "overdue" in only
    assert "review the level" in only


def test_it_lists_what_waits_and_what_has_no_time_as_such(cast: Cast, cases: list[Incident]) -> None:
    waiting = lines(page(cast, "?standing=waiting"))
    assert waiting
    assert all("waits for its start" in line for line in waiting)
    untimed = lines(page(cast, "?standing=no_limit"))
    assert any("convene the meeting" in line for line in untimed)
    assert all("no time is set" in line for line in untimed)
    assert page(cast, "?standing=periodic").has("No obligation fits.")


def test_it_lists_what_was_met_the_newest_first(cast: Cast, cases: list[Incident]) -> None:
    review = cases[0].obligations.get(duty="review")
    with clock.at(NOON + timedelta(minutes=5)):
        duties.meet(review.public_id, evidence="level-review", words="確認", actor=cast.officer)
    found = lines(page(cast, "?standing=met"))
    assert "review the level" in found[0]
    assert "report the incident" in found[1]
    assert page(cast, "?standing=met").value("regime") == "TW", "settled ones are listed law by law"


def test_it_narrows_by_law_stage_and_ministry(cast: Cast, cases: list[Incident]) -> None:
    assert len(lines(page(cast, "?duty=TW:review"))) == 2
    assert page(cast, "?regime=EU-NIS2").has("No obligation fits.")
    interior = Organisation.objects.get(code="MOI").public_id
    found = lines(page(cast, f"?ministry={interior}"))
    assert len(found) == 2
    assert not any("Sunlight Power" in line for line in found)
    assert len(lines(page(cast, "?duty=TW:nothing&standing=nonsense&ministry="))) == 4, "narrows nothing"


def test_it_goes_on_page_by_page(cast: Cast, cases: list[Incident]) -> None:
    for standing in ("due", "waiting", "no_limit", "met"):
        wanted = nation.filters(standing, "TW", "", "")
        rows = nation.obligations(cast.officer, wanted)
        everything = nation.page(rows, wanted, "", size=50)
        after, found = "", []
        while True:
            part = nation.page(rows, wanted, after, size=1)
            found += [row.pk for row in part.rows]
            if not (after := part.next):
                break
        assert found == [row.pk for row in everything.rows]
        assert found


def test_it_keeps_restricted_cases_to_itself(cast: Cast, cases: list[Incident]) -> None:
    Incident.objects.filter(pk=cases[0].pk).update(tlp=TLP.RED)
    assert len(lines(page(cast))) == 2, "who is not named does not see it"
    assert page(cast, who="constituent").status == 403
    assert page(cast, who="anonymous").at.startswith("/account/login")


def test_it_speaks_chinese(cast: Cast, cases: list[Incident]) -> None:
    browser = page(cast, language="zh-hant")
    assert browser.has("法定義務", "審核事件等級", "能源部", "未查證")
    assert Obligation.objects.filter(state="waiting").exists()
