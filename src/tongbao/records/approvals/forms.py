"""Forms of those who judge and of those who handed in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.approvals.actions import LONGEST
from tongbao.incidents.forms import tongue
from tongbao.profiles.model import ApprovalKind
from tongbao.ui.forms import Form, Lines


class DecideForm(Form):
    """Granting, returning or refusing, once it has been read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    criteria = forms.MultipleChoiceField(
        label=_("Criteria that are met"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = Lines(label=_("Reason"), most=LONGEST, rows=4, required=False)

    def __init__(self, *args: Any, kind: ApprovalKind, outcome: str, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(each.code, getattr(each.label, tongue())) for each in kind.criteria]
        self.fields["criteria"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["criteria"]
        if outcome != "granted":
            self.fields["reason"].required = True


class FindingForm(Form):
    """Something that is not right with a passage."""

    passage = forms.CharField(widget=forms.HiddenInput)
    criterion = forms.ChoiceField(label=_("Criterion"), required=False)
    words = Lines(label=_("What is not right"), most=LONGEST, rows=2)

    def __init__(self, *args: Any, kind: ApprovalKind, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", "–"), *((each.code, getattr(each.label, tongue())) for each in kind.criteria)]
        self.fields["criterion"].choices = choices  # type: ignore[attr-defined]
        if not kind.criteria:
            del self.fields["criterion"]

    def place(self, path: str) -> str | None:
        return super().place("words" if path == "text" else path)


class AnswerForm(Form):
    """What whoever handed it in says to a finding."""

    words = Lines(label=_("Answer"), most=LONGEST, rows=2)

    def place(self, path: str) -> str | None:
        return super().place("words" if path == "text" else path)


class OpinionForm(Form):
    """What one of several reviewers thinks."""

    agrees = forms.TypedChoiceField(
        label=_("Your opinion"),
        choices=[("yes", _("It can be granted")), ("no", _("It cannot be granted"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    words = Lines(label=_("Why"), most=LONGEST, rows=2, required=False, help_text=_("Needed when it cannot."))

    def place(self, path: str) -> str | None:
        return super().place("words" if path == "text" else path)


class AsideForm(Form):
    """A conflict of interest."""

    reason = Lines(label=_("What ties you to it"), most=LONGEST, rows=2)


class AgainForm(Form):
    """The same once more, with another reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Lines(label=_("Reason"), most=LONGEST, rows=4)
