"""The central story in a browser, with JavaScript, in Chinese: reported, decided, told, answered, closed."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, Visit
from tests.instance import PASSWORD

TITLE = "配電中心網站遭置換"


def test_it_carries_a_report_to_a_closed_case(site: Site, visit: Visit) -> None:
    known = len(site.instance.letters())

    # The power company signs in and reports.
    company = visit("anonymous", "zh-hant")
    page = company.go("/")
    page.get_by_role("link", name="登入").first.click()
    page.get_by_label("電子信箱").fill("chang@sunpower.example")
    page.get_by_label("密碼").fill(PASSWORD)
    page.get_by_role("button", name="登入", exact=True).click()
    page.get_by_role("navigation", name="主選單").get_by_role("link", name="通報").click()
    page.get_by_label("請以一句話說明發生何事").fill(TITLE)
    page.get_by_label("自行評估的事件等級").select_option(label="第三級事件（重大）")
    page.get_by_label("涉及的位址、主機或連結").fill("hxxp://203.0.113[.]77/login")
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("heading", name="已收到您的通報")).to_be_visible()
    expect(page.locator("#receipt")).to_have_text(re.compile(r"(\d{4} ){3}\d{4}"))

    # The duty officer finds it on the first page, and makes it a case.
    desk = visit("officer", "zh-hant").go("/console/")
    desk.get_by_role("link", name=TITLE).click()
    desk.get_by_role("button", name="立案").click()
    expect(desk.get_by_role("status").filter(has_text="已立案")).to_be_visible()
    expect(duty(desk, "審核事件等級")).to_contain_text("待履行")
    expect(desk.get_by_text("已取代")).to_have_count(0)  # what the form showed to the minute is what was reported

    # Those concerned are proposed; the officer looks at both languages and sends.
    desk.get_by_role("link", name="通知相關單位").click()
    expect(desk.get_by_role("checkbox", name=re.compile("能源部"))).to_be_checked()
    desk.get_by_role("checkbox", name=re.compile("日光電力公司")).check()
    desk.get_by_role("button", name="預覽內容").click()
    expect(desk.get_by_text("Please answer whether you confirm the level.")).to_be_visible()
    desk.get_by_role("button", name="立即發送").click()
    expect(
        desk.get_by_role("group", name="通知與回覆情形").get_by_role("row", name=re.compile("能源部"))
    ).to_be_visible()
    case = desk.url
    wait(desk, lambda: len(site.instance.letters()) >= known + 3, "letters")

    # The ministry opens its mail, follows the signed link, and answers.
    ministry = visit("anonymous", "zh-hant").go("/demo/mail/")
    ministry.get_by_role("row", name=re.compile("chen@energy.example")).first.get_by_role("link").click()
    ministry.locator("main a[href*='/a/']").click()
    ministry.get_by_label("確認通報等級").check()
    ministry.get_by_role("button", name="送出回覆").click()
    expect(ministry.get_by_role("status").filter(has_text="已記錄您的回覆")).to_be_visible()
    wait(desk, lambda: "已履行" in (duty(desk, "審核事件等級").text_content() or ""), "reviewed", case)

    # The company answers in its inbox; nothing is open any more, and the officer closes the case.
    page.get_by_role("navigation", name="主選單").get_by_role("link", name="收件匣").click()
    page.get_by_role("group", name="待您回覆").get_by_role("link", name=re.compile("損害控制")).first.click()
    page.get_by_label("已完成損害控制或復原").check()
    page.get_by_role("button", name="送出回覆").click()
    expect(page.get_by_role("status").filter(has_text="已記錄您的回覆")).to_be_visible()
    wait(desk, lambda: "已履行" in (duty(desk, "完成損害控制").text_content() or ""), "contained", case)
    for _ in ("relay", "final"):
        desk.get_by_text("登記履行或免予履行").first.click()
        desk.get_by_label("理由").first.fill("併結案報告說明")
        desk.get_by_role("button", name="免予履行").first.click()
    desk.get_by_label("處理結果", exact=True).last.fill("網站已復原，漏洞已修補。")
    desk.get_by_role("button", name="結案").click()
    expect(desk.locator(".page-head").get_by_text("已結案")).to_be_visible()


def duty(page: Page, name: str) -> Locator:
    """The row of an obligation on the page of a case."""
    return page.get_by_role("group", name="法定義務").get_by_role("row", name=re.compile(name)).first


def wait(page: Page, done: Callable[[], bool], what: str, again: str = "") -> None:
    """Until ``done`` says so; the page is loaded again meanwhile."""
    for _ in range(75):
        if done():
            return
        page.wait_for_timeout(200)
        if again:
            page.goto(again)
    raise AssertionError(f"not within 15 s: {what}")
