"""What every public page has: skip link, language and text size without JavaScript, the line at its foot."""

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.ui import counting
from tongbao.ui.models import PageViews
from tongbao.ui.preferences import TEXT_SIZES

PUBLIC = ("/", "/report/", "/follow-up/")
LISTS = ("/public/warnings/", "/announcements/", "/lessons-learnt/")


def choose(page: Browser, **choice: str) -> Browser:
    """Press one of the buttons at the foot of the page."""
    form = page.page.find("form", class_="preferences")
    assert form is not None
    data = {name.replace("_", "-"): value for name, value in choice.items()}
    (name, value), *_ = data.items()
    button = form.find("button", attrs={"name": name, "value": value})
    assert button is not None, "a button, not a script"
    following = form.find("input", attrs={"name": "next"})
    return page.post(str(form["action"]), data | ({"next": str(following["value"])} if following else {}))  # type: ignore[index]


@pytest.mark.parametrize("address", PUBLIC)
def test_it_starts_with_a_link_to_the_main_content(address: str, cast: Cast) -> None:
    page = Browser(cast.browser()).get(address)
    first = page.page.find("a")
    assert first is not None
    assert (first["href"], first.get_text()) == ("#main", "Skip to the main content")
    assert page.page.find(id="main") is not None
    assert len(page.page.find_all("h1")) == 1


@pytest.mark.parametrize("address", [*PUBLIC, "/follow-up/?x=1&y=2"])
def test_it_changes_the_language_and_keeps_the_page(address: str, cast: Cast) -> None:
    page = Browser(cast.browser()).get(address)
    english = page.text()
    choose(page, language="zh-hant")
    assert page.at == address
    assert page.page.html["lang"] == "zh-Hant"  # type: ignore[index]
    assert page.text() != english
    choose(page, language="en")
    assert page.page.html["lang"] == "en"  # type: ignore[index]
    assert page.at == address


def test_it_keeps_the_page_of_somebody_who_has_signed_in(cast: Cast, noon: object) -> None:
    incident = opened(cast, reported(cast))
    page = Browser(cast.browser("constituent")).get(f"/my/cases/{incident.public_id}/")
    choose(page, language="zh-hant")
    assert page.at == f"/my/cases/{incident.public_id}/"
    assert page.page.html["lang"] == "zh-Hant"  # type: ignore[index]


def test_it_takes_the_browsers_language_before_one_is_chosen(cast: Cast) -> None:
    client = cast.browser()
    del client.cookies["language"]
    page = Browser(client)
    assert page.get("/", **{"Accept-Language": "zh-TW,zh;q=0.9"}).page.html["lang"] == "zh-Hant"  # type: ignore[index]
    assert page.get("/", **{"Accept-Language": "en-GB"}).page.html["lang"] == "en"  # type: ignore[index]


@pytest.mark.parametrize("size", TEXT_SIZES)
def test_it_sets_the_text_size_without_a_script(size: str, cast: Cast) -> None:
    page = Browser(cast.browser()).get("/report/")
    choose(page, text_size=size)
    assert page.at == "/report/"
    assert f"text-{size}" in page.page.html["class"]  # type: ignore[index]
    pressed = page.page.select('button[name="text-size"][aria-pressed="true"]')
    assert [each["value"] for each in pressed] == [size]
    assert "text-" + size in page.get("/").page.html["class"]  # type: ignore[index]


def test_it_shows_dates_in_minguo_years_if_wanted(cast: Cast, noon: object) -> None:
    incident = opened(cast, reported(cast))
    page = Browser(cast.browser("constituent")).get(f"/my/cases/{incident.public_id}/")
    assert not page.has("Minguo 115")
    choose(page, calendar="minguo")
    assert page.has("Minguo 115-11-2")
    moment = page.page.find("time")
    assert moment is not None
    assert str(moment["datetime"]).startswith("2026-11-2"), "for machines it stays what it is"
    choose(page, language="zh-hant")
    assert page.has("民國 115")
    choose(page, calendar="gregorian")
    assert not page.has("民國 115")


@pytest.mark.parametrize("value", ["", "klingon", "en; Path=/", "large\r\nX: y"])
def test_it_keeps_no_choice_that_is_none(value: str, cast: Cast) -> None:
    client = cast.browser()
    answer = client.post("/preferences/", {"language": value, "text-size": value, "calendar": value})
    assert answer.status_code == 302
    assert not answer.cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""])
def test_it_leads_nowhere_else(target: str, cast: Cast) -> None:
    answer = cast.browser().post("/preferences/", {"language": "en", "next": target})
    assert answer.headers["Location"] == "/"


def test_it_goes_back_to_where_one_was_after_a_refused_form(cast: Cast) -> None:
    page = Browser(cast.browser()).get("/follow-up/")
    page.send(page.form(field="receipt"), receipt="1")
    assert page.status == 422
    choose(page, language="zh-hant")
    assert page.at == "/follow-up/"


@pytest.mark.parametrize("address", PUBLIC)
def test_it_says_whose_it_is_when_it_was_updated_and_how_often_it_was_read(
    address: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "views", counting.Counter())
    page = Browser(cast.browser())
    first = page.get(address).page.find(class_="pageline")
    assert first is not None
    assert "Department: National Coordination Office" in first.get_text()
    assert "Updated:" in first.get_text()
    assert "Views: 1" in first.get_text()
    assert "Views: 2" in page.get(address).text()


@pytest.mark.parametrize("address", LISTS)
def test_it_says_the_same_of_lists_that_are_still_empty(
    address: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "views", counting.Counter())
    page = Browser(cast.browser()).get("/")
    assert page.page.find("a", href=address) is not None, "the front page leads there"
    line = page.get(address).page.find(class_="pageline")
    assert line is not None
    assert "Department: National Coordination Office" in line.get_text()
    assert "Updated:" not in line.get_text()
    assert "Views: 1" in line.get_text()


def test_it_counts_views_without_keeping_who_looked(cast: Cast) -> None:
    counter = counting.Counter()
    for _ in range(counting.MOST):
        counter.hit("home")
    assert PageViews.objects.get(page="home").count == counting.MOST
    assert {field.name for field in PageViews._meta.fields} == {"page", "count"}
    assert counting.Counter().hit("home") == counting.MOST + 1


def test_it_serves_a_strict_policy_with_every_page(cast: Cast) -> None:
    for address in PUBLIC:
        response = cast.browser().get(address)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert b"style=" not in response.content, address
        assert b"onclick" not in response.content, address
