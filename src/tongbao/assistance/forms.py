"""Forms of helping."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.assistance import kinds, rules
from tongbao.assistance.models import Capability
from tongbao.assistance.queries import Candidate
from tongbao.assistance.rules import Terms
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.ui.forms import Day, Form, Lines, Marking, Moment
from tongbao.ui.sentences import problem_sentence
from tongbao.ui.templatetags.tongbao import name

MARKINGS = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)


def kind_choices() -> list[tuple[str, str]]:
    return [(code, name(kind.label)) for code, kind in kinds.kinds().items()]


class OfferForm(Form):
    """What help is offered."""

    kind = forms.ChoiceField(label=_("Kind of help"), choices=kind_choices)
    summary = Lines(label=_("What you can do"), most=rules.LONGEST, rows=4)
    languages = forms.CharField(label=_("Languages"), max_length=rules.LONGEST_LINE, required=False)
    capacity = forms.IntegerField(label=_("Cases at a time"), initial=1)
    terms = Lines(label=_("Terms"), most=rules.LONGEST, rows=3, required=False)
    valid_until = Day(label=_("Valid until"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def given(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in Terms.__struct_fields__})


def offered(capability: Capability) -> dict[str, Any]:
    return {name: getattr(capability, name) for name in (*Terms.__struct_fields__, "version")}


class VetForm(Form):
    """Whether what is offered can be relied on, and why."""

    fit = forms.TypedChoiceField(
        label=_("Can it be relied on?"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )
    words = Lines(label=_("What was looked at, and found"), most=rules.LONGEST, rows=3)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AskForm(Form):
    """Help wanted in a case."""

    words = Lines(
        label=_("What is needed"),
        most=rules.LONGEST,
        rows=5,
        help_text=_("Those who are asked read this, and of the case nothing else."),
    )
    tlp = Marking(*MARKINGS, initial=TLP.AMBER.value)
    answer_by = Moment(label=_("Answer by"))
    capabilities = forms.MultipleChoiceField(
        label=_("Whom to ask"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, candidates: list[Candidate], **options: Any) -> None:
        options.setdefault("initial", {"answer_by": clock.now() + timedelta(hours=24)})
        super().__init__(*args, **options)
        self.fields["capabilities"].choices = [  # type: ignore[attr-defined]
            (each.row.public_id, self._said(each)) for each in candidates if not each.why
        ]

    @staticmethod
    def _said(each: Candidate) -> str:
        return f"{name(each.row.organisation)} · {each.row.summary[:120]}"


def said(candidate: Candidate) -> str:
    """Why somebody cannot be asked."""
    return problem_sentence(Problem("", candidate.why, {"value": name(candidate.row.organisation)}))


class AnswerForm(Form):
    """Whether one can help."""

    offers = forms.TypedChoiceField(
        label=_("Can you help?"),
        choices=[("yes", _("yes, we offer to")), ("no", _("no, not now"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )
    words = Lines(label=_("From when, with whom, on which terms"), most=rules.LONGEST, rows=3, required=False)


class WordsForm(Form):
    """A step that needs words."""

    words = Lines(label=_("In a few words"), most=rules.LONGEST, rows=3)


class ReportForm(Form):
    """What was done, and found."""

    words = Lines(label=_("What you did and found"), most=rules.LONGEST, rows=5)


class ApplyForm(Form):
    """Why an organisation wants to join the alliance."""

    statement = Lines(label=_("Who you are, and what you would bring"), most=rules.LONGEST, rows=5)


class SignForm(Form):
    signed_on = Day(label=_("Signed on"))
