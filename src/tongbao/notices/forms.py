"""The form under a notice."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongbao.notices import offers
from tongbao.notices.models import Notice
from tongbao.ui.forms import Form, Lines


class AnswerForm(Form):
    """The answers that a notice offers, and words to go with them."""

    answer = forms.ChoiceField(label=_("Your answer"), widget=forms.RadioSelect)
    text = Lines(label=_("In your words"), most=4000, rows=3, required=False)

    def __init__(self, *args: Any, notice: Notice, blind_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tongue = "zh" if (get_language() or "").startswith("zh") else "en"
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            (each.code, getattr(each.label, tongue)) for each in offers.of(notice) if each.blind or not blind_only
        ]


class SettleForm(Form):
    """What was done about a message that could not be placed."""

    note = Lines(label=_("What you did"), most=2000, rows=3)
