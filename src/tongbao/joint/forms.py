"""Forms of joint assessments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.joint import rules
from tongbao.ui.forms import Form, Lines


class BeginForm(Form):
    question = Lines(
        label=_("What both tracks are to assess together"),
        most=rules.LONGEST_QUESTION,
        rows=3,
        help_text=_("Those who join read this, and of the case nothing else."),
    )


class JoinForm(Form):
    code = forms.CharField(label=_("Code from the other track"), max_length=40)


class NameForm(Form):
    user = forms.CharField(label=_("E-mail address of a colleague's account"), max_length=254)


class WriteForm(Form):
    text = Lines(label=_("The assessment"), most=rules.LONGEST, rows=10)
    edition = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(Form):
    agrees = forms.TypedChoiceField(
        label=_("Do you sign this edition?"),
        choices=[("yes", _("yes, I agree")), ("no", _("no, I disagree"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )
    words = Lines(
        label=_("In your own words"), most=rules.LONGEST, rows=3, required=False, help_text=_("Needed if you disagree.")
    )
    edition = forms.IntegerField(widget=forms.HiddenInput)
