"""Forms of an agreement."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.cooperation import rules
from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Category, Terms, Topic
from tongbao.kernel.markings import TLP, Track
from tongbao.policy.actors import Actor
from tongbao.ui.forms import Day, Form, Lines, tlp_choices
from tongbao.ui.sentences import word


class TermsForm(Form):
    """What an agreement says."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=rules.LONGEST_NAME)
    name_en = forms.CharField(label=_("Name in English"), max_length=rules.LONGEST_NAME)
    topics = forms.MultipleChoiceField(
        label=_("Topics"), widget=forms.CheckboxSelectMultiple, required=False, help_text=_("None: all of them.")
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories of data"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None: all of them."),
    )
    ceiling = forms.TypedChoiceField(
        label=_("Up to the marking"), coerce=int, choices=tlp_choices(), initial=TLP.AMBER.value
    )
    track = forms.TypedChoiceField(label=_("Track"), coerce=int)
    caveats = Lines(label=_("Caveats"), most=rules.LONGEST_TEXT, rows=3, required=False)
    retention_days = forms.IntegerField(label=_("Kept for at most (days)"), required=False)
    valid_from = Day(label=_("Valid from"))
    valid_until = Day(label=_("Valid until"), required=False)
    signed_on = Day(label=_("Signed on"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "topics": [(each.value, word("topic", each.value)) for each in Topic],
            "categories": [(each.value, word("category", each.value)) for each in Category],
            "track": [(t.value, word("track", t.value)) for t in Track if t in actor.tracks],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def terms(self) -> Terms:
        """What was typed, as the verbs take it."""
        given = {name: self.cleaned_data[name] for name in Terms.__struct_fields__}
        return Terms(**given | {name: tuple(given[name]) for name in ("topics", "categories")})


class AgreementForm(TermsForm):
    """A new agreement: with whom, and what it says."""

    partner = forms.CharField(label=_("Partner (official number or name)"), max_length=120)
    field_order = ["partner"]


class EndForm(Form):
    """Why an agreement ends."""

    reason = Lines(label=_("Why it ends"), most=rules.LONGEST_TEXT, rows=2)


def initial(agreement: Agreement) -> dict[str, Any]:
    return {name: getattr(agreement, name) for name in (*Terms.__struct_fields__, "version")}
