"""The first page of the desk keeps itself up to date by asking; nothing that the reader is doing is disturbed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Visit

EVERY = 15_000


@pytest.fixture
def desk(visit: Visit) -> Person:
    """An officer at the first page, with a clock that can be moved."""
    person = visit("officer", fresh=True)
    person.page.clock.install()
    person.go("/console/")
    return person


def poll(page: Page) -> int:
    """Let the time pass until the page asks again; the status of the answer."""
    with page.expect_response(lambda response: "/console/?v=" in response.url) as answer:
        page.clock.fast_forward(EVERY)
    return answer.value.status


def report(visit: Visit, summary: str) -> None:
    page = visit("constituent").go("/report/")
    page.get_by_label("What happened, in one sentence").fill(summary)
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#receipt")).to_be_visible()


def test_a_new_submission_appears_without_loading_the_page_again(desk: Person, visit: Visit) -> None:
    page = desk.page
    page.evaluate("() => { window.untouched = true }")
    report(visit, "A phishing mail in our name")
    assert poll(page) == 200
    expect(page.get_by_role("link", name="A phishing mail in our name")).to_be_visible()
    assert page.evaluate("() => window.untouched")


def test_while_nothing_changes_the_answer_is_empty(desk: Person) -> None:
    """204 to the page's own question, 304 to the browser's. What is shown to the minute changes each minute."""
    assert 204 in (poll(desk.page), poll(desk.page))
    first = desk.context.request.get(f"{desk.site.url}/console/")
    tag = {"If-None-Match": first.headers["etag"]}
    answers = [desk.context.request.get(f"{desk.site.url}/console/", headers=tag).status for _ in range(2)]
    assert 304 in answers


def test_what_the_reader_holds_stays_held(desk: Person, visit: Visit) -> None:
    """Links keep the focus; and no page that refreshes itself has a field to type in."""
    page = desk.page
    link = page.get_by_role("link", name="市府網站首頁遭置換")
    link.focus()
    report(visit, "Another phishing mail")
    assert poll(page) == 200
    expect(page.get_by_role("link", name="Another phishing mail")).to_be_visible()
    expect(link).to_be_focused()
    assert page.locator("[hx-trigger] :is(input:not([type=hidden]), textarea, select)").count() == 0
    for path in ("/incidents/{case}/", "/console/triage/", "/submissions/{submission}/", "/incidents/{case}/tell/"):
        assert desk.go(path).locator("[hx-trigger]").count() == 0


def test_it_says_so_when_the_server_does_not_answer(desk: Person) -> None:
    page = desk.page
    warning = page.get_by_text("This page is not being refreshed")
    expect(warning).to_be_hidden()
    desk.context.set_offline(True)
    page.clock.fast_forward(EVERY)
    expect(warning).to_be_visible()
    desk.context.set_offline(False)
    poll(page)
    expect(warning).to_be_hidden()
    desk.complaints[:] = [
        each for each in desk.complaints if "ERR_INTERNET_DISCONNECTED" not in each and "htmx:" not in each
    ]


def test_it_leads_to_the_sign_in_when_the_session_has_ended(desk: Person) -> None:
    page = desk.page
    desk.context.clear_cookies(name="sessionid")
    page.clock.fast_forward(EVERY)
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
