"""Statutory forms as people fill them in: one Django form built from the profile's fields."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.incidents import impact_fields
from tongbao.incidents.forms import tongue
from tongbao.incidents.impact_fields import Line
from tongbao.incidents.rules import filings
from tongbao.incidents.rules.filings import ASPECTS, LENGTHS, MOST_MEASURES, Answers, Measure
from tongbao.profiles.model import Field, Label, Profile
from tongbao.profiles.model import Form as Statute
from tongbao.ui.forms import Form, Lines, Moment

SPARE = 2
"""Empty rows behind those that are filled in; saving makes new ones."""
MEASURE = ("words", "aspect", "person", "due", "tracking")


class Part(Struct, frozen=True):
    """One item of the form on the page. ``bound``: its own control; ``rows``: those of measures; ``table``: the
    decision table."""

    number: int
    field: Field
    bound: Any
    withheld: Any
    rows: list[list[Any]]
    table: list[Line]


class FilingForm(Form):
    """The fields of a statutory form. Everything may be left out while it is a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, profile: Profile, statute: Statute, answers: Answers, **options: Any) -> None:
        options["initial"] = {**_initial(statute, answers), **options.get("initial", {})}
        super().__init__(*args, **options)
        self.profile, self.statute = profile, statute
        self._rows: dict[str, list[tuple[str, ...]]] = {}
        for field in statute.fields:
            self._add(field, answers)

    def _add(self, field: Field, answers: Answers) -> None:
        if field.kind == "measures":
            self._table(field, len(answers.measures.get(field.code, ())))
        else:
            self.fields[field.code] = _control(self.profile, field, self.statute.fields.index(field) + 1)
        if field.kind == "impacts":
            self.fields.update(impact_fields.controls(field.code, self.profile))
        if field.withholdable:
            self.fields[f"{field.code}-withheld"] = forms.CharField(
                label=_("Keep this part from the public, because"),
                max_length=LENGTHS["line"],
                required=False,
                help_text=_("Empty: the public reads it."),
            )

    def _table(self, field: Field, held: int) -> None:
        """Rows of controls: those that are filled in or were sent, and some spare ones."""
        sent = _highest(self.data, field.code) if self.is_bound else 0
        count = min(max(held + SPARE, sent), MOST_MEASURES)
        self._rows[field.code] = [tuple(f"{field.code}-{i}-{name}" for name in MEASURE) for i in range(count)]
        for row in self._rows[field.code]:
            self.fields.update(zip(row, self._measure(), strict=True))

    def _measure(self) -> list[forms.Field]:
        aspects = [("", "–"), *((code, _in_tongue(label)) for code, label in ASPECTS.items())]
        return [
            Lines(label=_("Measure"), most=LENGTHS["text"], rows=2, required=False),
            forms.ChoiceField(label=_("Kind"), choices=aspects, required=False),
            forms.CharField(label=_("Who does it"), max_length=LENGTHS["line"], required=False),
            forms.DateField(
                label=_("Until"),
                required=False,
                input_formats=["%Y-%m-%d", "%Y/%m/%d"],
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            ),
            Lines(label=_("How its effect is followed up"), most=LENGTHS["text"], rows=2, required=False),
        ]

    def place(self, path: str) -> str | None:
        """``measures.0.due`` is the field ``measures-0-due``; what a table lacks as a whole stands at its first row."""
        name = path.replace(".", "-")
        if name in self.fields:
            return name
        rows = self._rows.get(path)
        return rows[0][0] if rows else None

    def parts(self) -> Iterator[Part]:
        """The items in the official order, each with its controls."""
        for number, field in enumerate(self.statute.fields, 1):
            withheld = f"{field.code}-withheld"
            yield Part(
                number,
                field,
                self[field.code] if field.code in self.fields else None,
                self[withheld] if withheld in self.fields else None,
                [[self[name] for name in row] for row in self._rows.get(field.code, [])],
                impact_fields.table(self, field.code, self.profile) if field.kind == "impacts" else [],
            )

    def answers(self) -> Answers:
        """What was typed, as it is kept. Empty rows are none."""
        kept = self.cleaned_data
        texts, measures, impacts, withheld = {}, {}, {}, {}
        for field in self.statute.fields:
            if value := _text(kept.get(field.code)):
                texts[field.code] = value
            if reason := kept.get(f"{field.code}-withheld"):
                withheld[field.code] = reason
            if field.kind == "measures":
                measures[field.code] = tuple(self._measures(field.code))
            if field.kind == "impacts":
                impacts[field.code] = impact_fields.impacts(field.code, self.profile, kept)
        return Answers(
            texts=texts,
            measures={code: rows for code, rows in measures.items() if rows},
            impacts={code: rows for code, rows in impacts.items() if rows},
            withheld=withheld,
        )

    def _measures(self, code: str) -> Iterator[Measure]:
        for row in self._rows[code]:
            words, aspect, person, due, tracking = (self.cleaned_data.get(name) or "" for name in row)
            if any((words, aspect, person, due, tracking)):
                until = due if isinstance(due, date) else None
                yield Measure(words=words, aspect=aspect, person=person, due=until, tracking=tracking)


class HandInForm(Form):
    """Handing in what was checked: which way it goes, and why not the proper one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("Way"), required=False)
    reason = Lines(
        label=_("Why another way"),
        most=300,
        rows=2,
        required=False,
        help_text=_("Needed for every way but the proper one."),
    )
    again = forms.BooleanField(label=_("This is the report once more, by the proper way"), required=False)

    def __init__(self, *args: Any, ways: list[tuple[str, str]], repeats: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["channel"].choices = ways  # type: ignore[attr-defined]
        if len(ways) < 2:
            del self.fields["channel"], self.fields["reason"]
        if not repeats:
            del self.fields["again"]


class BeginForm(Form):
    """Which form to begin, under which regime, for whom."""

    form = forms.CharField(max_length=40)
    regime = forms.CharField(max_length=20)
    organisation = forms.CharField(max_length=20, required=False)


class ExtensionForm(Form):
    """More time for an obligation."""

    until = Moment(label=_("Extend it until"))
    reason = Lines(label=_("Reason"), most=2000, rows=4)


def _in_tongue(label: Label) -> str:
    return str(getattr(label, tongue()))


def _control(profile: Profile, field: Field, number: int) -> forms.Field:
    """The control of one field. Nothing is required before it is handed in."""
    label, help_text = f"{number}. {_in_tongue(field.label)}", _in_tongue(field.help) if field.help else ""
    most = LENGTHS.get(field.kind, LENGTHS["text"])
    given: dict[str, Any] = {"label": label, "help_text": help_text, "required": False}
    if field.kind in ("choice", "flag"):
        items = filings.choices_of(profile, field)
        choices = [("", _("Not known yet")), *((each.code, _in_tongue(each.label)) for each in items)]
        return forms.ChoiceField(choices=choices, **given)
    if field.kind == "time":
        return Moment(**given)
    if field.kind == "number":
        return forms.CharField(max_length=most, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **given)
    if field.kind == "impacts":
        return Lines(most=LENGTHS["text"], rows=2, **(given | {"label": _("Why, in words")}))
    if field.kind == "text":
        return Lines(most=most, rows=5, **given)
    return forms.CharField(max_length=most, **given)


def _highest(data: Any, code: str) -> int:
    """How many rows of measures were sent."""
    missing = (i for i in range(MOST_MEASURES) if not any(f"{code}-{i}-{name}" in data for name in MEASURE))
    return next(missing, MOST_MEASURES)


def _initial(statute: Statute, answers: Answers) -> dict[str, Any]:
    """What the form shows at first: the draft as it was kept."""
    found: dict[str, Any] = {f"{code}-withheld": reason for code, reason in answers.withheld.items()}
    for field in statute.fields:
        value = answers.texts.get(field.code, "")
        found[field.code] = (filings.moment_of(value) or value) if field.kind == "time" else value
        for i, row in enumerate(answers.measures.get(field.code, ())):
            found |= {f"{field.code}-{i}-{name}": getattr(row, name) for name in MEASURE}
        found |= impact_fields.initial(field.code, answers.impacts.get(field.code, ()))
    return found


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return str(value).strip() if value else ""
