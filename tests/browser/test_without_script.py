"""Everything without JavaScript: choices, forms, files, paging; what was typed comes back when it is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Site, Visit
from tests.instance import PASSWORD


@pytest.fixture
def plain(visit: Visit) -> Visit:
    """A browser with scripts switched off."""

    def come(who: str = "anonymous", language: str = "en", **options: Any) -> Person:
        return visit(who, language, java_script_enabled=False, **options)

    return come


def size_of(page: Page) -> str:
    return page.locator("html").get_attribute("class") or ""


@pytest.mark.parametrize("path", ["/incidents/?state=open&level=2", "/console/"])
def test_language_text_size_and_calendar_are_chosen_on_the_page_where_one_is(plain: Visit, path: str) -> None:
    """On every page, and the page stays: with its filters, and where the browser knows it already."""
    person = plain("officer")
    page = person.go(path)
    page.get_by_role("button", name="Larger").click()
    assert person.path() == path
    assert size_of(page) == "text-larger"
    expect(page.get_by_role("button", name="Larger")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="中文").click()
    assert person.path() == path
    assert page.locator("html").get_attribute("lang") == "zh-Hant"
    page.get_by_role("button", name="民國").click()
    assert person.path() == path
    expect(page.get_by_text(re.compile(r"民國 ?\d{3}")).first).to_be_visible()
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Medium").click()
    assert size_of(page) == "text-medium"
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_choice_on_a_refused_form_leads_back_to_the_form(plain: Visit) -> None:
    person = plain("officer")
    page = person.go("/incidents/{case}/")
    page.get_by_text("Add a note").click()
    page.get_by_role("button", name="Add the note").click()
    assert person.path().endswith("/note/")
    page.get_by_role("button", name="Larger").click()
    assert person.path() == person.site.path("/incidents/{case}/")
    assert size_of(page) == "text-larger"


def test_a_public_page_says_whose_it_is_how_old_and_how_often_read(plain: Visit) -> None:
    page = plain("anonymous", "zh-hant").go("/")
    line = page.locator(".pageline")
    expect(line).to_contain_text("發布單位：國家通報協調中心")
    expect(line).to_contain_text(re.compile(r"更新日期：\d{4}-\d\d-\d\d"))
    expect(line).to_contain_text(re.compile(r"瀏覽次數：\d+"))
    page.get_by_role("button", name="民國").click()
    expect(line).to_contain_text(re.compile(r"更新日期：民國 ?\d{3} ?年?-\d\d-\d\d"))
    for path in ("/report/", "/follow-up/"):
        page.goto(page.url.rstrip("/") + path if page.url.endswith("/") else path)
        expect(page.locator(".pageline li")).to_have_count(3)
        page.go_back()


def test_a_report_is_made_with_a_file_and_followed_up(plain: Visit, tmp_path: Path) -> None:
    (tmp_path / "紀錄.txt").write_text("deny tcp 203.0.113.66", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("")
    page = plain("constituent").go("/report/")
    page.get_by_label("What exactly did you see?").fill("Two letters,\nboth with our name.")
    page.get_by_label("Files").set_input_files(tmp_path / "empty.txt")
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("[data-errors] li")).to_have_count(2)
    expect(page.get_by_label("What exactly did you see?")).to_have_value("Two letters,\nboth with our name.")
    page.get_by_label("What happened, in one sentence").fill("Letters in our name")
    page.get_by_label("Files").set_input_files(tmp_path / "紀錄.txt")
    page.get_by_role("button", name="Send the report").click()
    number = page.locator("#receipt").text_content() or ""

    page = plain().go("/follow-up/")
    page.get_by_label("Receipt number").fill(number)
    page.get_by_role("button", name="Show the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Letters in our name")

    page = plain("officer").go("/console/triage/")
    page.get_by_role("link", name="Letters in our name").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="紀錄.txt").click()
    assert download.value.path().read_text(encoding="utf-8") == "deny tcp 203.0.113.66"


def test_a_reporter_without_a_name_reads_and_writes_by_the_receipt(plain: Visit, site: Site) -> None:
    page = plain().go("/follow-up/")
    page.get_by_label("Receipt number").fill(site.at["receipt_number"])
    page.get_by_role("button", name="Show the report").click()
    expect(page.get_by_text("請先拔除網路線。")).to_be_visible()
    page.get_by_label("Your message").fill("Done. It still blinks.")
    page.get_by_role("button", name="Send the message").click()
    expect(page.locator(".entry.own")).to_contain_text("Done. It still blinks.")
    page.get_by_role("button", name="Done: forget on this device").click()
    assert page.goto(f"{site.url}/follow-up/case/").status == 404  # type: ignore[union-attr]


def test_wrong_numbers_are_answered_kindly_and_then_not_at_all(plain: Visit) -> None:
    page = plain(extra_http_headers={"X-Forwarded-For": "198.51.100.9"}).go("/follow-up/")
    for _ in range(4):
        page.get_by_label("Receipt number").fill("0000 0000 0000 0000")
        page.get_by_role("button", name="Show the report").click()
        if page.get_by_role("heading", name="Please wait").is_visible():
            break
        expect(page.locator("[data-errors]")).to_contain_text("There is no report with this number")
        expect(page.get_by_label("Receipt number")).to_have_value("0000 0000 0000 0000")
    expect(page.get_by_role("heading", name="Please wait")).to_be_visible()
    expect(page.get_by_role("link", name="To the first page")).to_be_visible()


def test_lists_have_pages(plain: Visit) -> None:
    page = plain("officer").go("/incidents/")
    rows = page.locator("tbody th a")
    numbers = rows.all_text_contents()
    assert len(numbers) == 50
    page.get_by_role("link", name="Next page").click()
    expect(rows.first).not_to_have_text(numbers[0])
    others = rows.all_text_contents()
    assert others
    assert not set(others) & set(numbers)
    page.get_by_role("link", name="First page").click()
    expect(rows).to_have_text(numbers)


@pytest.mark.parametrize(
    ("path", "unfold", "field", "button"),
    [
        ("/incidents/{case}/", "Meet or waive", "Why it need not be met", "Waive"),
        ("/incidents/{case}/", "Write in this thread", "Text", "Send the message"),
        ("/incidents/{case}/", "Link another case", "Why they belong together", "Link"),
        ("/console/notices/{notice}/", "Answered by telephone", "Who spoke, and what", "Record"),
        ("/organisations/{organisation}/", "Invite a person to this seat", "E-mail address to sign in with", "Invite"),
        ("/organisations/{organisation}/", "Add a contact point", "Address or number", "Add"),
        ("/operations/{operation}/", "Record a decision", "What was decided", "Record"),
    ],
)
def test_a_refused_form_among_many_comes_back_open_and_as_it_was_typed(
    plain: Visit, path: str, unfold: str, field: str, button: str
) -> None:
    """What is typed is too little or wrong; the one form that was sent says so, and its neighbours stay folded."""
    page = plain("officer").go(path)
    part = page.locator("details").filter(has_text=unfold).first
    part.locator("summary").click()
    control = part.get_by_label(field, exact=False).first
    typed = "" if button in ("Waive", "Send the message") else "not quite"
    control.fill(typed)
    part.get_by_role("button", name=button, exact=True).click()
    summary = page.locator("[data-errors]")
    expect(summary).to_be_visible()
    opened = page.locator("details[open]").filter(has_text=unfold)
    expect(opened).to_have_count(1)
    expect(opened.get_by_label(field).first).to_have_value(typed)
    target = (summary.get_by_role("link").first.get_attribute("href") or "").removeprefix("#")
    expect(opened.locator(f"[id='{target}']")).to_be_visible()


def test_the_people_on_the_answer_page_of_a_signed_link_need_no_script(plain: Visit) -> None:
    page = plain().go("/a/{link}")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.locator("[data-errors]")).to_be_visible()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer has been recorded.")).to_be_visible()


def test_signing_in_and_out_needs_no_script(plain: Visit) -> None:
    person = plain()
    page = person.go("/my/inbox/")
    page.locator("[name=login]").fill("chang@sunpower.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert person.path() == "/my/inbox/"
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_an_officer_starts_at_the_desk(plain: Visit) -> None:
    person = plain()
    page = person.go("/account/login/")
    page.locator("[name=login]").fill("lin@nco.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert person.path() == "/console/"
    assert page.locator(".brand").get_attribute("href") == "/console/"


def test_a_body_that_is_too_large_gets_a_page(plain: Visit, site: Site, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(26 * 1024 * 1024))
    page = plain("constituent").go("/report/")
    page.get_by_label("What happened, in one sentence").fill("See the file")
    page.get_by_label("Files").set_input_files(tmp_path / "large.bin")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("25 MiB").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
