"""The decision table of a profile as controls: how badly each object suffered, dimension by dimension."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.incidents.forms import tongue
from tongbao.profiles.classify import Impact
from tongbao.profiles.model import Item, Profile


class Line(Struct, frozen=True):
    """One object of the table, with a control for each dimension that the profile defines for it."""

    object: Item
    cells: list[BoundField | None]


def names(code: str, profile: Profile) -> list[tuple[str, str, str]]:
    """The name of every control, with its dimension and object."""
    return [(f"{code}-{c.dimension}-{c.object}", c.dimension, c.object) for c in profile.severity.cells]


def controls(code: str, profile: Profile) -> dict[str, forms.Field]:
    """One choice of degree for every cell of the decision table."""
    severity, language = profile.severity, tongue()
    degrees = [("", _("not affected")), *((each.code, getattr(each.label, language)) for each in severity.degrees)]
    words = {each.code: getattr(each.label, language) for each in (*severity.dimensions, *severity.objects)}
    return {
        name: forms.ChoiceField(choices=degrees, required=False, label=f"{words[object_]} · {words[dimension]}")
        for name, dimension, object_ in names(code, profile)
    }


def initial(code: str, impacts: tuple[Impact, ...]) -> dict[str, str]:
    return {f"{code}-{each.dimension}-{each.object}": each.degree for each in impacts}


def table(form: forms.Form, code: str, profile: Profile) -> list[Line]:
    """The table with its controls, for the page."""
    severity = profile.severity
    return [
        Line(each, [_bound(form, f"{code}-{d.code}-{each.code}") for d in severity.dimensions])
        for each in severity.objects
    ]


def _bound(form: forms.Form, name: str) -> BoundField | None:
    return form[name] if name in form.fields else None


def impacts(code: str, profile: Profile, typed: dict[str, Any]) -> tuple[Impact, ...]:
    """What was chosen."""
    chosen = ((dimension, object_, typed.get(name)) for name, dimension, object_ in names(code, profile))
    return tuple(Impact(dimension, object_, degree) for dimension, object_, degree in chosen if degree)
