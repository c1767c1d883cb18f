"""Forms of the ledger."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.release.models import Consent
from tongbao.release.rules import Verdict
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.ui.sentences import state, word

LONGEST = 4000


class FilterForm(Form):
    """What the ledger is narrowed to."""

    recipient = forms.CharField(label=_("Recipient (official number or name)"), max_length=120, required=False)
    thing = forms.CharField(label=_("Thing (identifier)"), max_length=64, required=False)
    verdict = forms.ChoiceField(label=_("Verdict"), required=False)
    since = Moment(label=_("From"), required=False)
    until = Moment(label=_("Before"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["verdict"].choices = [("", _("any")), *((v.value, state("release", v.value)[0]) for v in Verdict)]  # type: ignore[attr-defined]


class RecallForm(Form):
    """Why something is called back."""

    reason = Lines(label=_("Why it is called back"), most=LONGEST, rows=3)


class EvidenceForm(Form):
    """What shows that it is gone."""

    evidence = Lines(label=_("What you have deleted or taken back, when and where"), most=LONGEST, rows=3)


class SettleForm(Form):
    """Why an officer takes it off the red list."""

    reason = Lines(label=_("Why it comes off the red list without the recipient's evidence"), most=LONGEST, rows=2)


class ConsentForm(Form):
    """Asking the originator of a thing."""

    originator = forms.CharField(label=_("Originator (official number or name)"), max_length=120)
    recipient = forms.CharField(label=_("To whom it shall go (official number or name)"), max_length=120)
    why = Lines(label=_("Why"), most=LONGEST, rows=3)


class AnswerForm(Form):
    """The originator's answer."""

    answer = forms.ChoiceField(label=_("Answer"), widget=forms.RadioSelect)
    words = Lines(label=_("In your words (needed for a no)"), most=LONGEST, rows=2, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["answer"].choices = [(each, word("consent", each)) for each in Consent.Answer.values]  # type: ignore[attr-defined]
