"""Forms of watching."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongbao.parties.models import Person
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.watching.left import Left
from tongbao.watching.rules import roster

LONGEST = 8000


class PlanForm(Form):
    """Put somebody on the roster, for one day or the same hours on several."""

    person = forms.ChoiceField(label=_("Officer"))
    day = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    start = forms.TimeField(
        label=pgettext_lazy("time", "From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(
        label=pgettext_lazy("time", "Until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("An hour before the first is on the next day."),
    )
    days = forms.IntegerField(label=_("On how many days in a row"), min_value=1, max_value=roster.MOST_DAYS, initial=1)

    def __init__(self, *args: Any, officers: Sequence[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = choices(officers)  # type: ignore[attr-defined]

    def times(self) -> list[tuple[datetime, datetime]]:
        """The times that were asked for, by the office's clock on the wall."""
        given = self.cleaned_data
        day: date = given["day"]
        zone = ZoneInfo(settings.TONGBAO.time_zone)
        return roster.times(day, given["start"], given["end"], zone, days=given["days"])


class ChangeForm(Form):
    """Another officer or other times."""

    person = forms.ChoiceField(label=_("Officer"))
    starts_at = Moment(label=pgettext_lazy("time", "From"))
    ends_at = Moment(label=pgettext_lazy("time", "Until"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, officers: Sequence[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = choices(officers)  # type: ignore[attr-defined]


class HandOverForm(Form):
    """What is left to the next officer."""

    items = forms.MultipleChoiceField(
        label=_("To look after"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    notes = Lines(
        label=_("Notes"),
        most=LONGEST,
        rows=8,
        required=False,
        help_text=_("What happened, what to watch, whom to call. Case readers all read this: no restricted facts."),
    )

    def __init__(self, *args: Any, proposed: Sequence[Left], label: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"].choices = [(each.key, label(each)) for each in proposed]  # type: ignore[attr-defined]

    def picked(self) -> list[tuple[str, str]]:
        """The things that were left ticked, as kind and public id."""
        parts = (each.partition(":") for each in self.cleaned_data["items"])
        return [(kind, ref) for kind, _colon, ref in parts]


class AnswerForm(Form):
    """What one does about an alert."""

    text = Lines(label=_("What are you doing about it?"), most=2000, rows=2, required=False)


def choices(officers: Sequence[Person]) -> list[tuple[str, str]]:
    return [(each.public_id, each.name) for each in officers]
