"""Forms: plain Django forms whose refusals come from the rules, shown at the field, nothing cleared."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Change, Conflict, Invalid, Problem
from tongbao.ui.sentences import problem_sentence, refusal_sentence

R = TypeVar("R")
F = TypeVar("F", bound="Form")


class Form(forms.Form):
    """Base of every form. ``attempt`` runs a verb and brings what it refuses back to the fields."""

    use_required_attribute = False
    changes: tuple[Change, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = problem_sentence(Problem("", "required"))

    def attempt(self, verb: Callable[[], R]) -> R | None:
        """The verb's result; or None, and the form says what is wrong and where."""
        try:
            return verb()
        except Invalid as refusal:
            self.tell(refusal.problems)
        except Conflict as refusal:
            self.changes = refusal.changes
            self.add_error(None, refusal_sentence(refusal))
        return None

    def tell(self, problems: Iterable[Problem]) -> None:
        """Say each problem at its field, or for the whole form where it has none."""
        for problem in problems:
            self.add_error(self.place(problem.path), problem_sentence(problem))

    def place(self, path: str) -> str | None:
        """The field that a problem's path means."""
        return path if path in self.fields else None

    def done(self, verb: Callable[[], object]) -> bool:
        """Whether the verb was carried out; if not, the form says why."""
        return self.attempt(verb) is not None

    def retype(self, field: str, value: str) -> None:
        """Show another value in a field of a form that was refused, the others as they were typed."""
        typed = QueryDict(mutable=True)
        typed.update(self.data)
        typed[self.add_prefix(field)] = value
        self.data = typed

    def clean(self) -> dict[str, Any] | None:
        """Text that cannot be kept is refused at its field; a time that was left alone stays as exact as it was."""
        for name, field in self.fields.items():
            if isinstance(field, Moment) and name in self.cleaned_data:
                self.cleaned_data[name] = field.exact(self.cleaned_data[name], self.initial.get(name))
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and (code := text.fault(value)):
                self.add_error(name, ValidationError(problem_sentence(Problem(name, code)), code=code))
        return self.cleaned_data


def version_of(data: QueryDict) -> int:
    """The version that a button's form was shown with; 0, which fits nothing, for anything but a number."""
    given = data.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def about(*row: str) -> str:
    """The ``auto_id`` of one of many forms on a page: its controls get ids after the row that it is about."""
    return "-".join((*(part.replace("%", "") for part in row), "%s"))


def as_typed(fresh: F, refused: Form | None) -> F | Form:
    """The refused form, as it was typed, in the place of the fresh one; every other stays fresh."""
    return refused if refused is not None and refused.auto_id == fresh.auto_id else fresh


class Moment(forms.DateTimeField):
    """A time typed in the office's zone, as the browser's own control or ``2026-11-23 14:05``."""

    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"]

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(input_formats=self.input_formats, **options)

    def exact(self, typed: datetime | None, known: Any) -> datetime | None:
        """The controls show no seconds: who has not changed the minute has not changed the time."""
        if typed is None or not isinstance(known, datetime):
            return typed
        return known if typed == known.replace(second=0, microsecond=0) else typed

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(settings.TONGBAO.time_zone))
        return moment


class Day(forms.DateField):
    """A day, as the browser's own control or ``2026-11-23``."""

    input_formats = ["%Y-%m-%d", "%Y/%m/%d"]

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=self.input_formats, **options)


class Lines(forms.CharField):
    """Several lines of text."""

    def __init__(self, *, rows: int = 4, most: int, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=most, strip=True, **options)


def tlp_choices(*levels: TLP) -> list[tuple[int, str]]:
    """Markings to choose from, by their labels."""
    return [(level.value, level.label) for level in (levels or tuple(TLP))]


class Marking(forms.TypedChoiceField):
    """A TLP 2.0 marking."""

    def __init__(self, *levels: TLP, **options: Any) -> None:
        options.setdefault("initial", TLP.AMBER.value)
        options.setdefault("label", _("Marking"))
        super().__init__(choices=tlp_choices(*levels), coerce=int, **options)
