"""Controls written in code are those of Django's templates."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from tongbao.ui.controls import Controls

CHOICES = [("", "–"), ("a<b", 'A "quoted" <b>'), ("Group", [(1, "One"), (2, "Two & three")])]
WIDGETS: list[tuple[forms.Widget, Any]] = [
    (forms.TextInput(attrs={"maxlength": 20, "required": True, "autofocus": False}), 'x" onfocus="alert(1)'),
    (forms.TextInput(), None),
    (forms.NumberInput(attrs={"min": 0}), 0),
    (forms.HiddenInput(), "<script>"),
    (forms.EmailInput(), "a@b.example"),
    (forms.URLInput(), "https://x.example/?a=1&b=2"),
    (forms.DateInput(), "2026-11-26"),
    (forms.TimeInput(), "12:00"),
    (forms.DateTimeInput(), "2026-11-26 12:00"),
    (forms.CheckboxInput(), True),
    (forms.CheckboxInput(), False),
    (forms.PasswordInput(), "secret"),
    (forms.Textarea(attrs={"rows": 4}), "</textarea><script>"),
    (forms.Textarea(), None),
    (forms.Select(choices=CHOICES), "a<b"),
    (forms.Select(choices=CHOICES), 2),
    (forms.SelectMultiple(choices=CHOICES), ["1", "2"]),
    (forms.CheckboxSelectMultiple(choices=CHOICES), ["1"]),
    (forms.RadioSelect(choices=CHOICES, attrs={"class": "wide"}), ""),
    (forms.FileInput(), None),
]


@pytest.mark.parametrize(("widget", "value"), WIDGETS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("attrs", [None, {"id": "id_x", "aria-describedby": "h"}])
def test_as_django_writes_it(widget: forms.Widget, value: Any, attrs: dict[str, Any] | None) -> None:
    ours, theirs = (
        parse_html(widget.render("name<", value, attrs=attrs, renderer=each))
        for each in (Controls(), DjangoTemplates())
    )
    assert ours == theirs
