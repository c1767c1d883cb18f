"""Grounds as a form: the decision table and the facts of one profile, as the profile has them. What they come to is
shown before anything follows from it."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from tongbao.incidents import impact_fields
from tongbao.incidents.assessment import Standing
from tongbao.incidents.forms import tongue
from tongbao.incidents.impact_fields import Line
from tongbao.incidents.models import Grounds, Incident
from tongbao.incidents.obliging import GIVEN
from tongbao.kernel import canonical
from tongbao.kernel.refusals import Problem
from tongbao.profiles.model import Profile
from tongbao.ui.forms import Form, Lines
from tongbao.ui.sentences import problem_sentence

CELLS = "cell"


class GroundsForm(Form):
    """What happened to what, and how badly. ``shown`` is the digest of the grounds whose outcome was on the page."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(
        self, *args: Any, profile: Profile, held: Grounds, initial: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, initial=(initial or {}) | _initial(held), **options)
        self.profile = profile
        self.fields.update(impact_fields.controls(CELLS, profile))
        for fact in profile.facts:
            if fact.kind == "flag" and fact.code not in GIVEN:
                label = getattr(fact.label, tongue())
                self.fields[f"fact-{fact.code}"] = forms.BooleanField(label=label, required=False)
        if profile.severity.cells:
            self.fields["tolerable"] = _minutes(_("Tolerable interruption of the system, in minutes"))
            self.fields["outage"] = _minutes(_("Actual or expected interruption, in minutes"))
        words, helps = (
            (_("Why this degree"), _("The law does not define it.")) if profile.severity.cells else (_("Remarks"), "")
        )
        self.fields["words"] = Lines(label=words, most=4000, rows=3, required=False, help_text=helps)

    def table(self) -> list[Line]:
        """The decision table with its controls; empty where the profile has none."""
        return impact_fields.table(self, CELLS, self.profile) if self.profile.severity.cells else []

    def flags(self) -> list[BoundField]:
        """The facts that the profile asks about."""
        return [self[name] for name in self.fields if name.startswith("fact-")]

    def rest(self) -> list[BoundField]:
        return [self[name] for name in ("tolerable", "outage", "words") if name in self.fields]

    def typed(self) -> Grounds:
        """What was typed, as the verbs take it."""
        given = self.cleaned_data
        return Grounds(
            impacts=impact_fields.impacts(CELLS, self.profile, given),
            facts={name.removeprefix("fact-"): True for name, value in given.items() if name[:5] == "fact-" and value},
            tolerable=given.get("tolerable"),
            outage=given.get("outage"),
            words=given.get("words", ""),
        )

    def want_impacts(self) -> None:
        """Refuse grounds that say of nothing how badly it is affected, where the level follows from that."""
        if self.profile.severity.cells and not self.typed().impacts:
            self.add_error(None, problem_sentence(Problem("impacts", "impact-missing")))

    def as_shown(self) -> bool:
        """Whether the outcome of just these grounds was on the page."""
        return bool(self.cleaned_data["shown"] == self._digest())

    def show_again(self) -> None:
        """The outcome of these grounds is on the page now."""
        self.retype("shown", self._digest())

    def _digest(self) -> str:
        return canonical.digest(canonical.text(self.typed()))


class ClassifyForm(GroundsForm):
    """The office's own finding under one regime."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, incident: Incident, standing: Standing, **options: Any) -> None:
        held = standing.found.basis if standing.found is not None else Grounds()
        first = {"version": incident.version}
        super().__init__(*args, profile=standing.profile, held=held, initial=first, **options)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            self.want_impacts()
        return cleaned


def _initial(grounds: Grounds) -> dict[str, Any]:
    """The last grounds, as the form shows them at first."""
    facts = {f"fact-{code}": value for code, value in grounds.facts.items()}
    rest = {"tolerable": grounds.tolerable, "outage": grounds.outage, "words": grounds.words}
    return impact_fields.initial(CELLS, grounds.impacts) | facts | rest


def _minutes(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=60 * 24 * 366)
