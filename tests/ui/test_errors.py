"""Every refusal as a page and as a problem document, in both languages; and addresses that no database could take."""

import re
from typing import Any

import msgspec
import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils.translation import override

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.api import problems
from tongbao.kernel.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Refusal,
    SignInNeeded,
    TooLarge,
    TooMany,
    Unavailable,
    WrongMethod,
)
from tongbao.policy.actors import ANONYMOUS
from tongbao.ui import errors

REFUSALS: list[tuple[Refusal, int, str]] = [
    (NotFound(), 404, "Nothing here"),
    (WrongMethod(method="GET", allowed="POST"), 405, "Nothing here"),
    (Forbidden(actor="user:x", can="a:b:c"), 403, "Not allowed"),
    (Invalid([Problem("title", "required")]), 422, "This could not be done"),
    (Conflict("submission-decided"), 409, "This has changed in the meantime"),
    (TooMany(retry_after=90), 429, "Please wait"),
    (TooLarge("too-large"), 413, "Too large"),
    (Unavailable("unavailable"), 503, "Not available right now"),
    (Refusal("bad-request"), 400, "This could not be done"),
]


def asked(path: str = "/x/", method: str = "get") -> Any:
    request = getattr(RequestFactory(), method)(path)
    request.actor, request.user, request.session = ANONYMOUS, type("U", (), {"is_authenticated": False})(), {}
    return request


@pytest.mark.django_db
@pytest.mark.parametrize(("refusal", "status", "heading"), REFUSALS, ids=lambda each: getattr(each, "code", ""))
def test_it_says_every_refusal_as_a_page(refusal: Refusal, status: int, heading: str) -> None:
    with override("en"):
        response = errors.page(asked(), refusal)
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == status
    assert " ".join(page.h1.get_text().split()) == heading  # type: ignore[union-attr]
    assert f"Status {status}" in page.get_text()
    assert page.find("a", href="/") is not None
    assert response.headers.get("Retry-After") == ("90" if status == 429 else None)


@pytest.mark.parametrize(("refusal", "status", "_heading"), REFUSALS, ids=lambda each: getattr(each, "code", ""))
def test_it_says_every_refusal_as_a_problem_document(refusal: Refusal, status: int, _heading: str) -> None:
    with override("en"):
        english = problems.document(refusal)
    with override("zh-hant"):
        chinese = problems.document(refusal)
    document = msgspec.json.decode(english.content)
    assert english.headers["Content-Type"] == "application/problem+json"
    assert (document["type"], document["status"]) == (f"urn:tongbao:refusal:{refusal.code}", status)
    assert document["title"]
    assert re.search("[\u4e00-\u9fff]", msgspec.json.decode(chinese.content)["title"])
    assert english.headers.get("Retry-After") == ("90" if status == 429 else None)
    if isinstance(refusal, Invalid):
        assert document["problems"] == [{"path": "title", "code": "required", "message": "This is needed."}]


def test_it_asks_for_a_sign_in_where_nobody_has_signed_in() -> None:
    page = errors.page(asked("/my/cases/?state=open"), SignInNeeded())
    assert page.headers["Location"] == "/account/login/?next=%2Fmy%2Fcases%2F%3Fstate%3Dopen"
    assert errors.page(asked("/x/", "post"), SignInNeeded()).headers["Location"].endswith("next=%2F")
    document = problems.document(SignInNeeded())
    assert (document.status_code, document.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tongbao"')


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("exception", "status"), [(RequestDataTooBig(), 413), (TooManyFilesSent(), 413), (ValueError(), 400), (None, 400)]
)
def test_it_says_what_was_wrong_with_a_request(exception: Exception | None, status: int) -> None:
    assert errors.bad_request(asked(), exception).status_code == status


def test_it_has_a_page_for_its_own_faults_that_needs_nothing() -> None:
    response = errors.server_error(asked())
    assert response.status_code == 500
    assert "發生錯誤" in response.content.decode()
    assert "Something went wrong" in response.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_serves_nobody_under_a_name_that_is_not_its_own(method: str) -> None:
    answer = getattr(Client(raise_request_exception=False), method)("/", headers={"host": "evil.example"})
    assert (answer.status_code, b"evil" in answer.content) == (400, False)
    assert answer.content.decode().strip()


def test_it_shows_the_same_page_for_hidden_and_absent(cast: Cast, noon: Any) -> None:
    from tongbao.kernel.markings import TLP

    red = opened(cast, title="紅", tlp=TLP.RED)
    said = {
        Browser(cast.browser("handler")).get(f"/incidents/{key}/").text()
        for key in (red.public_id, "a" * 20, "x", "a" * 300)
    }
    assert len(said) == 1


def test_it_refuses_by_role_before_it_looks(cast: Cast, noon: Any) -> None:
    """Who may not do a step at all learns nothing about what it would be done to."""
    incident = opened(cast)
    said = {
        Browser(cast.browser("constituent")).post(f"/incidents/{key}/close/", {"close-outcome": "x"}).text()
        for key in (incident.public_id, "a" * 20)
    }
    assert len(said) == 1
    assert "Your role does not allow this" in said.pop()


def test_it_turns_a_forged_form_away(cast: Cast, noon: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = cast.browser("officer").cookies
    for address in ("/console/shift/start/", "/report/", "/follow-up/", "/preferences/"):
        response = strict.post(address, {"summary": "x"})
        assert response.status_code == 403, address
        assert "too old or came from another site" in response.content.decode()


def test_it_shows_a_page_to_whoever_opens_the_address_of_a_button(cast: Cast, noon: Any) -> None:
    incident = opened(cast, reported(cast))
    for address in (f"/incidents/{incident.public_id}/close/", "/console/shift/start/", "/preferences/"):
        page = Browser(cast.browser("officer")).get(address)
        assert page.status == 405, address
        assert page.has("There is no page at this address"), address
        assert page.response.headers["Allow"] == "POST"


ADDRESSES = ("/", "/report/", "/follow-up/", "/account/login/", "/incidents/", "/console/", "/console/search/",
             "/console/journal/", "/organisations/", "/my/cases/")  # fmt: skip


@pytest.mark.parametrize("odd", ["q=%00", "%00=x", "state=a%01b", "after=%07", "since=%1F", "next=%00"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_it_reads_no_control_characters_from_an_address(address: str, odd: str, cast: Cast) -> None:
    """PostgreSQL takes no NUL at all: such an address is refused on both databases alike."""
    response = cast.browser("officer").get(f"{address}?{odd}")
    assert response.status_code == 400
    assert "could not be read" in response.content.decode()


ODD = ["q=%FF%FE", "q=%ED%A0%80", "q=" + "x" * 5000, "q[]=1", "=", "&&&", "q=1&q=2", "since=0001-01-01T00:00"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("address", ["/incidents/", "/console/search/", "/console/", "/my/cases/"])
def test_it_reads_any_other_address(address: str, odd: str, cast: Cast) -> None:
    assert cast.browser("officer").get(f"{address}?{odd}").status_code == 200


@pytest.mark.parametrize("error", [OperationalError("database is locked"), OSError(28, "No space left on device")])
def test_it_says_that_nothing_was_kept_when_disk_or_database_fails(
    error: Exception, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongbao.incidents.models import Submission
    from tongbao.portal.views import public

    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(public, "submit", fails)
    page = Browser(cast.browser()).get("/report/")
    page.send(page.form(field="summary"), summary="x")
    assert page.status == 503
    assert page.has("Nothing was kept; please try again in a moment.")
    assert not Submission.objects.exists()


def test_it_does_not_call_every_fault_a_passing_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongbao.portal.views import public

    def fails(*_: Any, **__: Any) -> Any:
        raise OperationalError("no such table: incidents_submission")

    monkeypatch.setattr(public, "submit", fails)
    browser = cast.browser()
    browser.raise_request_exception = False
    page = Browser(browser).get("/report/")
    page.send(page.form(field="summary"), summary="x")
    assert page.status == 500
    assert page.has("Something went wrong")
