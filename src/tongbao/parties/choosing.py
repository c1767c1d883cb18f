"""The field that names an organisation: thousands are no list to scroll, so it is typed and the server helps."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.refusals import Problem
from tongbao.parties import directory, search
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.ui.sentences import problem_sentence
from tongbao.ui.templatetags.tongbao import name

SUGGESTED = 200
"""A browser is told of so many organisations; of more it is told of none."""
PROPOSED = 5
"""So many are named when a text is no organisation's code or name but a part of some."""


class Suggesting(forms.TextInput):
    """A text input with what may be typed."""

    known: tuple[str, ...] = ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        if not self.known:
            return super().render(name, value, attrs, renderer)
        key = f"{(attrs or {}).get('id', name)}-known"
        control = super().render(name, value, {**(attrs or {}), "list": key}, renderer)
        options = format_html_join("", '\n<option value="{}"></option>', ((each,) for each in self.known))
        return format_html('{}<datalist id="{}">{}\n</datalist>', control, key, options)


class OrganisationField(forms.CharField):
    """An organisation that the actor sees, by its code or exact name, as in the directory. Its value is the public id.

    A form says who is asked, :meth:`ask`, before it is shown or cleaned.
    """

    widget = Suggesting
    _actor: Actor

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("Its code or its exact name, as in the directory."))
        super().__init__(max_length=200, **options)

    def ask(self, actor: Actor) -> None:
        """Whose directory it is."""
        self._actor = actor
        rows = list(Organisation.objects.visible_to(actor).order_by("code")[: SUGGESTED + 1])
        self.widget.known = tuple(map(_label, rows)) if len(rows) <= SUGGESTED else ()

    def prepare_value(self, value: Any) -> Any:
        """A public id is shown as code and name; what was typed stays as it was typed."""
        if not value:
            return value
        found = Organisation.objects.visible_to(self._actor).filter(public_id=value).first()
        return _label(found) if found else value

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        if found := directory.named(typed, self._actor) or self._labelled(typed):
            return found.public_id
        if near := search.organisations(self._actor, typed)[:PROPOSED]:
            names = ", ".join(map(_label, near))
            raise ValidationError(problem_sentence(Problem("", "organisation-near", {"value": typed, "names": names})))
        raise ValidationError(problem_sentence(Problem("", "organisation-unknown", {"value": typed})))

    def _labelled(self, typed: str) -> Organisation | None:
        """The one that the browser suggested."""
        found = directory.named(typed.split(maxsplit=1)[0], self._actor)
        return found if found and _label(found) == typed else None


def _label(organisation: Organisation) -> str:
    return f"{organisation.code} {name(organisation)}"
