"""The form of a classification: the decision table and the facts of one profile, as the profile has them."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.incidents.assessment import Standing
from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Grounds, Incident
from tongbao.incidents.obliging import GIVEN
from tongbao.kernel import canonical
from tongbao.kernel.refusals import Problem
from tongbao.profiles.classify import Impact
from tongbao.profiles.model import Item, Profile
from tongbao.ui.forms import Form, Lines
from tongbao.ui.sentences import problem_sentence


class Row(Struct, frozen=True):
    """One object of the decision table, with the control of each dimension that the profile defines for it."""

    object: Item
    cells: list[BoundField | None]


class ClassifyForm(Form):
    """What happened to what, and how badly. ``shown`` is the digest of the grounds whose outcome was on the page."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, incident: Incident, standing: Standing, **kwargs: Any) -> None:
        self.profile: Profile = standing.profile
        held = standing.found.basis if standing.found is not None else Grounds()
        super().__init__(*args, initial={"version": incident.version} | initial_of(held), **kwargs)
        severity, language = self.profile.severity, tongue()
        degrees = [("", _("not affected")), *((each.code, getattr(each.label, language)) for each in severity.degrees)]
        for each in severity.cells:
            self.fields[_cell(each.dimension, each.object)] = forms.ChoiceField(
                choices=degrees, required=False, label=self._label(each.dimension, each.object)
            )
        for fact in self.profile.facts:
            if fact.kind == "flag" and fact.code not in GIVEN:
                label = getattr(fact.label, language)
                self.fields[f"fact-{fact.code}"] = forms.BooleanField(label=label, required=False)
        if severity.cells:
            self.fields["tolerable"] = _minutes(_("Tolerable interruption of the system, in minutes"))
            self.fields["outage"] = _minutes(_("Actual or expected interruption, in minutes"))
        label, helps = (
            (_("Why this degree"), _("The law does not define it.")) if severity.cells else (_("Remarks"), "")
        )
        self.fields["words"] = Lines(label=label, most=4000, rows=3, required=False, help_text=helps)

    def _label(self, dimension: str, object_: str) -> str:
        severity, language = self.profile.severity, tongue()
        parts = ((severity.objects, object_), (severity.dimensions, dimension))
        return " · ".join(getattr(each.label, language) for items, code in parts for each in items if each.code == code)

    def table(self) -> list[Row]:
        """The decision table with its controls."""
        severity = self.profile.severity
        return (
            [
                Row(each, [self._control(dimension.code, each.code) for dimension in severity.dimensions])
                for each in severity.objects
            ]
            if severity.cells
            else []
        )

    def _control(self, dimension: str, object_: str) -> BoundField | None:
        name = _cell(dimension, object_)
        return self[name] if name in self.fields else None

    def flags(self) -> list[BoundField]:
        """The facts that the profile asks about."""
        return [self[name] for name in self.fields if name.startswith("fact-")]

    def rest(self) -> list[BoundField]:
        return [self[name] for name in ("tolerable", "outage", "words") if name in self.fields]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.profile.severity.cells and not self.grounds().impacts and not self.errors:
            self.add_error(None, problem_sentence(Problem("impacts", "impact-missing")))
        return cleaned

    def grounds(self) -> Grounds:
        """What was typed, as the verb takes it."""
        given = self.cleaned_data
        impacts = (
            Impact(cell.dimension, cell.object, degree)
            for cell in self.profile.severity.cells
            if (degree := given.get(_cell(cell.dimension, cell.object)))
        )
        return Grounds(
            impacts=tuple(impacts),
            facts={name.removeprefix("fact-"): True for name, value in given.items() if name[:5] == "fact-" and value},
            tolerable=given.get("tolerable"),
            outage=given.get("outage"),
            words=given.get("words", ""),
        )

    def as_shown(self) -> bool:
        """Whether the outcome of just these grounds was on the page."""
        return bool(self.cleaned_data["shown"] == self.digest())

    def digest(self) -> str:
        return canonical.digest(canonical.text(self.grounds()))

    def show_again(self) -> None:
        """The outcome of these grounds is on the page now."""
        self.retype("shown", self.digest())


def initial_of(grounds: Grounds) -> dict[str, Any]:
    """The last grounds, as the form shows them at first."""
    cells = {_cell(each.dimension, each.object): each.degree for each in grounds.impacts}
    facts = {f"fact-{code}": value for code, value in grounds.facts.items()}
    rest = {"tolerable": grounds.tolerable, "outage": grounds.outage, "words": grounds.words}
    return {**cells, **facts, **rest}


def _cell(dimension: str, object_: str) -> str:
    return f"cell-{dimension}-{object_}"


def _minutes(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=60 * 24 * 366)
