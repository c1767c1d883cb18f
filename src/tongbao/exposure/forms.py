"""Forms of the page that answers whether we are exposed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.exposure import actions, rules
from tongbao.exposure.queries import Concerned
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.ui.forms import Form, Lines, Marking, Moment
from tongbao.ui.templatetags.tongbao import name

MARKINGS = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)


class WhatForm(Form):
    """What is asked for."""

    what = Lines(
        label=_("Addresses, hosts, links, hashes, weaknesses, products"),
        most=rules.LONGEST,
        rows=6,
        help_text=_("hxxp and [.] are understood. A line that names no value is looked for as a word."),
    )


class AskForm(Form):
    """Whom to ask."""

    organisations = forms.MultipleChoiceField(
        label=_("Whom to ask"), widget=forms.CheckboxSelectMultiple, required=False
    )
    words = Lines(label=_("What happened, and what to look for"), most=actions.LONGEST, rows=4)
    tlp = Marking(*MARKINGS, initial=TLP.GREEN.value)
    answer_by = Moment(label=_("Answer by"))

    def __init__(self, *args: Any, found: list[Concerned], **options: Any) -> None:
        chosen = [each.organisation.public_id for each in found]
        options.setdefault("initial", {"answer_by": clock.now() + timedelta(hours=48), "organisations": chosen})
        super().__init__(*args, **options)
        choices = [(each.organisation.public_id, name(each.organisation)) for each in found]
        self.fields["organisations"].choices = choices  # type: ignore[attr-defined]
