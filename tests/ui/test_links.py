"""Addresses and fixed words are worked out once, and are what Django would say each time."""

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from tongbao.ui import links

CONSOLE, PORTAL = "tongbao.wiring.urls.console", "tongbao.wiring.urls.portal"


def written(text: str, **values: object) -> str:
    return Template(text).render(Context(values))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("console:now", ()),
        ("incidents:detail", ("a5cfg2u24lombez5xkao",)),
        ("incidents:detail", ("part0",)),
        ("incidents:meet", ("case-1", "obligation_2")),
        ("cast:sign_in_as", ("officer",)),
    ],
)
def test_it_says_the_address_that_django_says(name: str, parts: tuple[str, ...]) -> None:
    try:
        expected = reverse(name, args=parts)
    except NoReverseMatch:
        with pytest.raises(NoReverseMatch):
            links.address(name, *parts)
    else:
        assert links.address(name, *parts) == expected
        assert links.address(name, *parts) == expected, "the second time too"


@pytest.mark.parametrize("part", ["a/b", "", "{}", "<b>", "../x", "é"])
def test_it_leaves_to_django_what_is_no_slug(part: object) -> None:
    with pytest.raises(NoReverseMatch):
        links.address("incidents:detail", part)


def test_it_knows_each_face_for_itself() -> None:
    with override_settings(ROOT_URLCONF=CONSOLE):
        assert links.address("console:now") == "/console/"
    with override_settings(ROOT_URLCONF=PORTAL), pytest.raises(NoReverseMatch):
        links.address("console:now")


def test_a_template_names_pages_as_ever() -> None:
    assert written('{% url "incidents:detail" key %}', key="abc") == "/incidents/abc/"
    assert written('{% url "console:now" as desk %}<a href="{{ desk }}">') == '<a href="/console/">'
    assert written('{% url "no:such" as desk %}[{{ desk }}]') == "[]"
    with pytest.raises(NoReverseMatch):
        written('{% url "incidents:detail" key %}', key="a b")
    with pytest.raises(NoReverseMatch):
        written('{% url "no:such" %}')


def test_fixed_words_follow_the_language_of_each_reader() -> None:
    page = Template(
        '{% translate "Due" %}|{% translate "Small" context "text size" %}|{% translate "Due" as due %}{{ due }}'
    )
    for _again in range(2):
        with translation.override("en"):
            assert page.render(Context()) == "Due|Small|Due"
        with translation.override("zh-hant"):
            due, small, named = page.render(Context()).split("|")
            assert due == named == translation.gettext("Due") != "Due"
            assert small == translation.pgettext("text size", "Small") != "Small"


def test_words_that_a_variable_names_are_looked_up_each_time() -> None:
    page = Template("{% translate word %}")
    with translation.override("zh-hant"):
        assert page.render(Context({"word": "Due"})) == translation.gettext("Due")
        assert page.render(Context({"word": "<Case>"})) == "&lt;Case&gt;"
