"""The frame of every page: where its reader starts and is, what an address without a page says, what is asked again."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import OperationalError
from django.test import override_settings

from tests.conftest import NOON, Cast
from tongbao.kernel import clock

CONSOLE = "tongbao.wiring.urls.console"


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content.decode(), "html.parser")


def brand(response: Any) -> str:
    link = page(response).find("a", class_="brand")
    assert isinstance(link, Tag)
    return str(link["href"])


def test_it_starts_officers_at_the_desk_and_everyone_else_at_the_front_page(cast: Cast) -> None:
    assert brand(cast.browser("officer").get("/report/")) == "/console/"
    assert brand(cast.browser("admin").get("/report/")) == "/organisations/"
    assert brand(cast.browser("constituent").get("/report/")) == "/"
    assert brand(cast.browser().get("/report/")) == "/"


def test_it_has_a_root_on_a_face_without_a_front_page(cast: Cast) -> None:
    """On the console's own listener nobody is sent to a page of the portal."""
    with override_settings(ROOT_URLCONF=CONSOLE):
        assert cast.browser().get("/").headers["Location"] == "/account/login/"
        assert cast.browser("officer").get("/").headers["Location"] == "/console/"
        assert brand(cast.browser("constituent").get("/keys/")) == "/organisations/own/"


def test_it_marks_the_part_that_a_page_belongs_to(cast: Cast, db: None) -> None:
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.models import Submission
    from tongbao.incidents.rules.intake import Draft

    taken = submit(Draft(summary="x"), key="frame:1", door=Submission.Door.WEB, actor=cast.anonymous)
    shown = page(cast.browser("officer").get(f"/submissions/{taken.submission.public_id}/"))
    current = shown.select(".site-nav [aria-current]")
    assert [each.get_text() for each in current] == ["Triage"]


def test_it_says_that_an_address_only_takes_forms(cast: Cast) -> None:
    answer = cast.browser("officer").get("/console/shift/start/")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "There is no page at this address" in page(answer).get_text()


def test_it_asks_for_patience_while_the_database_is_locked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("tongbao.console.views.desk.board", locked)
    answer = cast.browser("officer").get("/console/")
    assert answer.status_code == 503
    assert "Not available right now" in page(answer).get_text()


def test_it_answers_204_within_the_minute_and_304_to_a_weak_tag(cast: Cast, at: Any) -> None:
    """Also to an officer who has started no shift: the eight hours shown then end at the minute."""
    at(NOON + timedelta(seconds=5))
    desk = cast.browser("officer")
    first = desk.get("/console/")
    version = first.headers["ETag"].removeprefix("W/").strip('"')
    at(NOON + timedelta(seconds=50))
    assert desk.get(f"/console/?v={version}", headers={"HX-Request": "true"}).status_code == 204
    assert desk.get("/console/", headers={"If-None-Match": f'W/"{version}"'}).status_code == 304
    desk.cookies["text-size"] = "larger"
    assert desk.get("/console/", headers={"If-None-Match": f'W/"{version}"'}).status_code == 200
    del desk.cookies["text-size"]
    at(NOON + timedelta(seconds=61))
    assert desk.get(f"/console/?v={version}", headers={"HX-Request": "true"}).status_code == 200
    assert clock.now() > NOON


@pytest.mark.parametrize(
    ("method", "referer", "back"),
    [
        ("get", "", "/follow-up/?a=1"),
        ("post", "http://testserver/follow-up/?b=2", "/follow-up/?b=2"),
        ("post", "http://elsewhere.example/follow-up/", "/"),
        ("post", "", "/"),
    ],
)
def test_it_leads_choices_back_to_the_page(cast: Cast, method: str, referer: str, back: str) -> None:
    answer = getattr(cast.browser(), method)("/follow-up/?a=1", headers={"Referer": referer} if referer else {})
    chosen = page(answer).select_one(".preferences [name=next]")
    assert chosen is not None
    assert chosen["value"] == back
