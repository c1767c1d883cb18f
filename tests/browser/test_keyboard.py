"""The keyboard: single keys only in a list that holds the focus, a way to everything, and where one is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

HELD = """() => document.activeElement.closest("[data-row]")?.querySelector("a").textContent
  ?? document.activeElement.tagName"""
LIST = "[data-keys]"


def held(page: Page) -> str:
    """The link of the row that has the focus; else what has it."""
    found: str = page.evaluate(HELD)
    return found


def test_single_keys_move_and_open_only_while_the_list_has_the_focus(visit: Visit) -> None:
    page = visit("officer").go("/console/triage/")
    titles = page.locator(f"{LIST} tbody th a").all_text_contents()
    assert len(titles) >= 3

    page.keyboard.press("j")  # the page has the focus, not the list
    assert held(page) == "BODY"
    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert held(page) == "MAIN"
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.locator(LIST).focus()
    steps = [("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)]
    for key, at in steps:
        page.keyboard.press(key)
        assert held(page) == titles[at], (key, at)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/submissions/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[1])
    page.go_back()
    page.locator(LIST).focus()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url("**/submissions/*/")


def test_single_keys_do_nothing_with_a_modifier_or_while_one_types(visit: Visit) -> None:
    page = visit("officer").go("/incidents/")
    page.locator(LIST).focus()
    page.keyboard.press("Control+j")
    assert held(page) == "DIV"
    page.get_by_role("searchbox").press_sequentially("jk?a")
    expect(page.get_by_role("searchbox")).to_have_value("jk?a")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_every_key_has_a_button_that_can_be_seen(visit: Visit) -> None:
    page = visit("officer").go("/console/triage/")
    titles = page.locator(f"{LIST} tbody th a").all_text_contents()
    page.get_by_role("button", name="Next").click()
    assert held(page) == titles[0]
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Previous").click()
    assert held(page) == titles[1]
    page.get_by_role("button", name="Keys ?").click()
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    shown = set("".join(dialog.locator("kbd").all_text_contents()).replace("Enter", "⏎"))
    assert shown == set("jka?⏎")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url("**/submissions/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[1])


def test_question_mark_shows_the_keys_and_hides_them(visit: Visit) -> None:
    page = visit("officer").go("/incidents/")
    page.locator(LIST).focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_single_keys_can_be_switched_off_and_on(visit: Visit) -> None:
    page = visit("officer").go("/console/triage/")
    page.get_by_role("button", name="Switch single keys off").click()
    expect(page.get_by_role("button", name="Switch single keys on")).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_have_count(0)
    group = page.get_by_role("group", name="Submissions")
    group.focus()
    page.keyboard.press("j")
    assert held(page) == "DIV"
    page.get_by_role("button", name="Switch single keys on").click()
    group.focus()
    page.keyboard.press("j")
    assert held(page) == page.locator(f"{LIST} tbody th a").first.text_content()


def test_the_first_stop_leads_past_the_menu(visit: Visit) -> None:
    page = visit("officer").go("/incidents/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.getElementById('main').contains(document.activeElement)")


def test_a_refused_form_takes_the_focus_to_its_errors_and_they_lead_to_the_fields(visit: Visit) -> None:
    page = visit("officer").go("/incidents/new/")
    page.get_by_label("Summary for handlers").fill("typed, and not lost")
    page.get_by_role("button", name="Open the case").click()
    errors = page.locator("[data-errors]")
    expect(errors).to_be_focused()
    expect(errors.get_by_role("heading")).to_have_text("There is a problem")
    assert page.title().startswith("Error:")
    errors.get_by_role("link", name="Title").click()
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Summary for handlers")).to_have_value("typed, and not lost")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_outlined(visit: Visit, scheme: str) -> None:
    """Each stop of the Tab key on a page with all kinds of controls."""
    page = visit("officer", color_scheme=scheme).go("/incidents/{case}/")
    outlined = """() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      const what = document.activeElement.outerHTML.slice(0, 80);
      return [what, outlineStyle, parseFloat(outlineWidth), top < innerHeight &&
        (top >= 0 || (bottom > 0 && bottom - top > innerHeight))];
    }"""
    for _ in range(30):
        page.keyboard.press("Tab")
        what, style, width, seen = page.evaluate(outlined)
        assert style == "solid", what
        assert width >= 2, what
        assert seen, what


@pytest.mark.parametrize(("width", "size"), [(390, "larger"), (1280, "medium")])
def test_targets_are_large_enough_and_nothing_runs_off_the_side(visit: Visit, width: int, size: str) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels, links in a sentence or a cell aside; 1.4.10: no sideways scrolling."""
    person = visit("officer", viewport={"width": width, "height": 800})
    person.prefer(text_size=size)
    small = """() => [...document.querySelectorAll(
        "button, .button, summary, select, input:not([type=hidden]), .site-nav a, .account a")]
      .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
      .map((one) => [one, one.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24)
      .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
    over = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in ("/console/", "/console/triage/", "/incidents/{case}/", "/organisations/{organisation}/", "/keys/"):
        page = person.go(path)
        assert page.evaluate(small) == [], path
        assert page.evaluate(over) == 0, path
