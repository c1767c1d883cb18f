"""The law as pages: read as law, with sources and how sure each figure is; what two say differently; who responds."""

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tongbao.profiles import load
from tongbao.records import conditions

pytestmark = pytest.mark.usefixtures("noon")


def page(cast: Cast, path: str, language: str = "en") -> Browser:
    return Browser(cast.browser(language=language)).get(f"/law/{path}")


def test_it_lists_every_law_and_says_which_is_in_force(cast: Cast) -> None:
    browser = page(cast, "")
    assert browser.has("regulation of 2021", "regulation of 2026", "NIS2", "in force")
    browser.click("regulation of 2026")
    assert browser.at == "/law/TW-2026/"


def test_it_reads_as_law(cast: Cast) -> None:
    clocks = page(cast, "TW-2026/").section("What is required of whom by when")
    for words in (
        "8 hours from receipt",
        "up to incident level 2",
        "from incident level 3 (major) on",
        "government agency",
        "starts anew when the level changes",
        "Regulations Governing the Reporting, Response and Drills of Cyber Security Incidents (2026), Art. 11",
        "this office",
        "not verified",
    ):
        assert words in clocks, words
    assert "entity_type" not in clocks, "conditions are said in words"


def test_it_says_of_every_cell_how_sure_it_is(cast: Cast) -> None:
    table = page(cast, "TW-2026/").page.find("caption", string="Decision table")
    assert table is not None
    rows = {row.find("th").get_text(): row.get_text() for row in table.find_parent("table").find_all("tr")[1:]}  # type: ignore[union-attr]
    core = next(
        text for name, text in rows.items() if name.startswith("core business information or core ICT system of")
    )
    plain = next(text for name, text in rows.items() if name.startswith("non-core"))
    assert "not verified" in core
    assert "not verified" not in plain


def test_it_is_chinese_for_those_who_read_chinese(cast: Cast) -> None:
    browser = page(cast, "TW-2026/", "zh-hant")
    assert browser.has("第二級事件", "8 小時", "公務機關", "本機關", "未查證", "第 7、12 條", "（開設後）")
    assert "after opening" not in browser.text()


def test_it_tells_two_laws_apart_part_by_part(cast: Cast) -> None:
    browser = page(cast, "TW-2021/to/TW-2026/")
    assert browser.has("report the result of the review", "relay/enterprise-lower", "removed", "government-controlled")
    levels = browser.section("how a level is found")
    assert "sensitive information: disclosed" in levels
    assert "第三級事件（重大） / incident level 3 (major)" in levels
    assert "minor: 3" not in levels, "no level stands bare"
    assert "not verified" in levels or "not verified" in browser.section("clocks")
    assert page(cast, "TW-2026/to/TW-2026/").has("They say the same.")
    assert page(cast, "TW-2021/to/TW-1999/").status == 404


def test_it_says_who_commands_who_staffs_and_how_fast(cast: Cast) -> None:
    browser = page(cast, "TW-2026/response/")
    highest = browser.section("Level One response centre (highest)")
    for words in (
        "Commander Vice Premier",
        "In place within 1 hour",
        "biological response group",
        "Health and Welfare",
    ):
        assert words in highest, words
    assert "named by the competent authority" in browser.section("response team (first rung)")
    assert page(cast, "EU-NIS2/response/").status == 404


@pytest.mark.parametrize("profile_id", [profile.id for profile in load.known()])
def test_it_has_words_for_every_condition_of_the_law(profile_id: str) -> None:
    profile = load.by_id(profile_id)
    conditional = [each.when for each in (*profile.all_duties, *profile.cadences) if each.when != "true"]
    assert [when for when in conditional if not conditions.in_words(profile, when)] == []
    assert conditions.in_words(profile, "level <= 2 || major") == []
