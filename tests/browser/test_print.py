"""On paper: what the page says, with where it comes from, and nothing that only a screen can use."""

import re
from io import BytesIO
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from tests.browser.conftest import Visit
from tongbao.kernel import clock

SEEN = """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).map((one) =>
  one.outerHTML.slice(0, 80))"""
CUT = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility() && !one.closest("svg, .visually-hidden"))
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible")
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    "path",
    ["/console/", "/incidents/", "/incidents/{case}/", "/console/notices/{notice}/", "/submissions/{submission}/"],
)
def test_paper_has_no_menus_buttons_or_forms(visit: Visit, path: str) -> None:
    page = visit("officer").go(path)
    page.emulate_media(media="print")
    assert page.evaluate(SEEN, "nav, button, .button, select, input, textarea, .skip, .preferences, .account") == []
    assert page.evaluate(SEEN, "h1")


def test_paper_says_where_it_comes_from(visit: Visit) -> None:
    """The address, when it was printed and for whom; links out with their addresses; facts with their source."""
    person = visit("officer", "zh-hant")
    page = person.go("/incidents/{case}/")
    page.emulate_media(media="print")
    words = page.locator("body").inner_text()
    assert person.site.url + person.site.path("/incidents/{case}/") in words
    assert re.search(rf"列印時間 {clock.now().year}-\d\d-\d\d \d\d:\d\d · 林值勤", words)
    assert "資通安全事件通報應變及演練辦法（115 年）第 11 條" in words
    visitor = visit()
    letters = visitor.go("/demo/mail/")
    letters.get_by_role("row").nth(1).get_by_role("link").click()
    letters.emulate_media(media="print")
    after = letters.locator("main a[href^='http']").first.evaluate(
        "(link) => getComputedStyle(link, '::after').content"
    )
    assert "attr(href)" in after or visitor.site.url in after


@pytest.mark.parametrize("path", ["/a/{link}", "/invitation/{invitation}/"])
def test_paper_keeps_the_secret_of_an_address_that_is_one(visit: Visit, path: str) -> None:
    person = visit()
    page = person.go(path)
    page.emulate_media(media="print")
    secret = person.site.path(path).strip("/").split("/")[-1]
    assert secret not in page.locator("body").inner_text()
    assert "printed" in page.locator("body").inner_text()


def test_a_case_is_printed_whole(visit: Visit) -> None:
    """As PDF on A4: every part is there, nothing is cut off at the side."""
    paper = {"width": 688, "height": 1000}  # A4 without its margins
    page = visit("officer", "zh-hant", viewport=paper).go("/incidents/{case}/")
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    printed = PdfReader(BytesIO(page.pdf(format="A4")))
    words = "".join(each.extract_text() for each in printed.pages)
    words = normalize("NFKC", re.sub(r"\s", "", words))  # fonts give radicals for some characters
    for part in ("電力公司勒索軟體事件", "法定義務", "通知與回覆情形", "處理紀錄", "基本資料", "參與單位", "待辦事項"):
        assert part in words, part
    assert words.count("Averyverylongword") == 20
    assert "日光電力公司" in words
    assert "203[.]0[.]113[.]66" in words
    assert "新增註記" not in words
