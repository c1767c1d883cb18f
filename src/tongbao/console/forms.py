"""Forms of the duty desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.records.things import KINDS
from tongbao.release.forms import ConsentForm
from tongbao.ui.sentences import word


class AskConsentForm(ConsentForm):
    """What is to be handed on, where it came from, to whom and why."""

    kind = forms.ChoiceField(label=_("Kind"))
    thing = forms.CharField(label=_("Thing (identifier)"), max_length=64)
    field_order = ["kind", "thing"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(kind, word("subject", kind)) for kind in KINDS]  # type: ignore[attr-defined]
