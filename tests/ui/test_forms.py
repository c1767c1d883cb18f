"""Forms: the summary comes first, errors stand at their fields, nothing is cleared, times are the office's."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from tests.conftest import Cast
from tests.pages import Browser
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Change, Conflict, Invalid, NotFound, Problem
from tongbao.ui.forms import Form, Lines, Marking, Moment


class Sample(Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label="Title", max_length=10)
    text = Lines(label="Text", most=20, required=False)
    at = Moment(label="At", required=False)
    tlp = Marking(TLP.GREEN, TLP.AMBER)


GOOD = {"version": "1", "title": "x", "tlp": "2"}


def refuse(error: Exception) -> Any:
    def verb() -> None:
        raise error

    return verb


def drawn(form: Form) -> BeautifulSoup:
    template = Template('{% problems form %}<form>{% include "ui/fields.html" %}</form>')
    context = Context({"form": form, "request": RequestFactory().get("/")})
    return BeautifulSoup(template.render(context), "html.parser")


def test_it_reads_a_moment_in_the_offices_zone() -> None:
    form = Sample(GOOD | {"at": "2026-11-23T12:00"})
    assert form.is_valid()
    assert form.cleaned_data["at"] == datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["2026-11-23T12:00:30", "2026-11-23 12:00", "2026/11/23 12:00"])
def test_it_reads_moments_as_people_type_them(typed: str) -> None:
    assert Sample(GOOD | {"at": typed}).is_valid()


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01 00:00", "115-11-23 12:00", "9999999-01-01T00:00"])
def test_it_refuses_what_is_no_moment(typed: str) -> None:
    assert set(Sample(GOOD | {"at": typed}).errors) == {"at"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a\u202eb", None),
        ("a\ufffdb", "Save the text as UTF-8"),
        ("a\x07b", "control characters"),
        ("x" * 11, "at most 10 characters"),
        ("   ", "This is needed."),
    ],
)
def test_it_refuses_text_that_cannot_be_kept(value: str, said: str | None) -> None:
    form = Sample(GOOD | {"title": value})
    if said is None:
        assert form.is_valid()
    else:
        assert said.lower() in str(form.errors["title"]).lower()


def test_it_brings_refusals_of_a_verb_back_to_their_fields() -> None:
    form = Sample(GOOD)
    assert form.is_valid()
    refusal = Invalid([Problem("title", "required"), Problem("elsewhere", "reason-needed")])
    assert form.attempt(refuse(refusal)) is None
    assert set(form.errors) == {"title", "__all__"}
    assert not form.done(refuse(refusal))


def test_it_shows_what_changed_meanwhile() -> None:
    form = Sample(GOOD)
    assert form.is_valid()
    change = Change("incident.edited", datetime(2026, 11, 23, tzinfo=UTC), "林值勤")
    form.attempt(refuse(Conflict("changed-meanwhile").showing([change])))
    assert form.changes == (change,)
    assert "changed this meanwhile" in str(form.errors["__all__"])


def test_it_lets_other_refusals_pass() -> None:
    form = Sample(GOOD)
    assert form.is_valid()
    with pytest.raises(NotFound):
        form.attempt(refuse(NotFound()))


def test_it_gives_the_verbs_own_answer() -> None:
    form = Sample(GOOD)
    assert form.is_valid()
    assert form.attempt(lambda: 42) == 42


def test_it_lets_a_refused_form_be_sent_again_on_top_of_what_changed() -> None:
    form = Sample(GOOD | {"title": ""})
    assert not form.is_valid()
    form.retype("version", "7")
    assert (form["version"].value(), form["tlp"].value()) == ("7", "2")


def test_it_offers_only_the_markings_it_was_given() -> None:
    assert not Sample(GOOD | {"tlp": "4"}).is_valid()
    assert [label for _, label in Sample().fields["tlp"].choices] == ["TLP:GREEN", "TLP:AMBER"]  # type: ignore[attr-defined]


def test_it_draws_a_summary_whose_links_lead_to_the_fields() -> None:
    form = Sample({"version": "x", "title": "", "at": "nonsense", "tlp": "2"})
    page = drawn(form)
    summary = page.find(attrs={"data-errors": True})
    assert summary is not None
    assert summary.find(attrs={"role": "alert"}) is not None  # type: ignore[union-attr]
    for link in summary.find_all("a"):  # type: ignore[union-attr]
        assert page.find(id=str(link["href"]).removeprefix("#")) is not None, link
    assert "Title: This is needed." in summary.get_text()
    field = page.find(id="id_title")
    assert field is not None
    assert field["aria-invalid"] == "true"  # type: ignore[index]
    noted = str(field["aria-describedby"]).split()  # type: ignore[index]
    assert all(page.find(id=each) is not None for each in noted)
    assert page.find(id="id_at")["value"] == "nonsense"  # type: ignore[index]
    assert page.find("label", attrs={"for": "id_title"}) is not None


def test_it_draws_no_summary_when_nothing_is_wrong() -> None:
    assert drawn(Sample(GOOD)).find(attrs={"data-errors": True}) is None
    assert drawn(Sample()).find(attrs={"data-errors": True}) is None


def test_it_speaks_chinese() -> None:
    with override("zh-hant"):
        form = Sample(GOOD | {"title": ""})
        assert "此欄必填。" in str(form.errors["title"])


FORMS = {
    "/report/": ("anonymous", "summary"),
    "/follow-up/": ("anonymous", "receipt"),
    "/keys/": ("constituent", "label"),
    "/incidents/new/": ("officer", "title"),
    "/organisations/new/": ("officer", "code"),
    "/groups/new/": ("admin", "name_zh"),
    "/incidents/import/": ("officer", "file"),
    "/organisations/import/": ("admin", "file"),
}


@pytest.mark.parametrize("address", FORMS)
def test_it_answers_an_empty_form_with_the_summary_first(address: str, cast: Cast) -> None:
    who, needed = FORMS[address]
    page = Browser(cast.browser(who)).get(address)
    page.send(page.form(field=needed), **{needed: None if needed == "file" else ""})
    assert page.status == 422, page.text()
    assert needed in page.errors()
    assert page.page.title is not None
    assert page.page.title.get_text().startswith("Error: ")
    main = page.page.find(id="main")
    assert main is not None
    summary, form = main.find(attrs={"data-errors": True}), page.form(field=needed)  # type: ignore[union-attr]
    order = list(main.descendants)  # type: ignore[union-attr]
    assert order.index(summary) < order.index(form)  # type: ignore[arg-type]


def test_it_keeps_every_text_of_a_large_form_exactly(cast: Cast) -> None:
    """White space at the ends aside: line ends, markup and odd characters come back as typed."""
    odd = 'a\r\nb <b>&amp;</b> "quoted" 「引號」\u202e'
    page = Browser(cast.browser("officer")).get("/incidents/new/")
    page.send(page.form(field="title"), title="", summary=odd, systems="FS-03", addresses="1.2.3.4")
    assert page.status == 422
    assert page.value("summary").replace("\r\n", "\n") == odd.replace("\r\n", "\n")
    assert (page.value("systems"), page.value("addresses")) == ("FS-03", "1.2.3.4")


@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput({"id": "a", "maxlength": 3, "autofocus": True, "hidden": False, "title": '"<&'}),
        forms.Textarea({"rows": 2, "id": "a"}),
        forms.DateTimeInput({"type": "datetime-local"}),
        forms.CheckboxInput({"id": "a"}),
        forms.Select({"id": "a", "multiple": True}, choices=[("x", "X"), ("g", [("y", "<Y>")])]),
    ],
)
@pytest.mark.parametrize("value", [None, "", "x", '<"&'])
def test_its_controls_are_djangos_written_more_quickly(widget: forms.Widget, value: str | None) -> None:
    ours = BeautifulSoup(widget.render("n", value), "html.parser")
    django = BeautifulSoup(widget.render("n", value, renderer=DjangoTemplates()), "html.parser")
    for mine, theirs in zip(ours.find_all(), django.find_all(), strict=True):
        assert (mine.name, mine.attrs, mine.get_text().split()) == (
            theirs.name,
            theirs.attrs,
            theirs.get_text().split(),
        )
