"""A statutory form keeps itself while it is typed; nothing is lost when it is sent meanwhile."""

from tests.browser.conftest import Visit


def test_it_keeps_what_is_typed(visit: Visit) -> None:
    person = visit("city", "zh-hant")
    page = person.go("/filings/{filing_draft}/edit/")
    page.locator("[name=scope]").fill("打到一半")
    page.locator("[data-autosaved]").filter(has_text="草稿已儲存。").wait_for()
    version = page.locator("[name=version]").input_value()
    page = person.go("/filings/{filing_draft}/edit/")
    assert page.locator("[name=scope]").input_value() == "打到一半"
    assert page.locator("[name=version]").input_value() == version


def test_it_loses_nothing_when_it_is_sent_while_it_is_kept(visit: Visit) -> None:
    person = visit("city", "zh-hant")
    page = person.go("/filings/{filing_draft}/edit/")
    page.locator("[name=control]").fill("先存一次")
    with page.expect_request("**/keep/"):
        pass
    page.locator("[name=control]").fill("再按儲存")
    page.locator("[name=save]").click()
    page.locator(".message.success").wait_for()
    assert page.locator("[name=control]").input_value() == "再按儲存"
