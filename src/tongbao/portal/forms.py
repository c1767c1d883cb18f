"""The portal's forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.files.forms import UploadsField
from tongbao.incidents.forms import homeland_choices, level_choices, type_choices
from tongbao.incidents.rules.intake import LENGTHS, Draft
from tongbao.profiles.model import Profile
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.ui.sentences import problem_sentence


class ReportForm(Form):
    """A submission from the public; a signed-in constituent's has the statutory parts too."""

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    website = forms.CharField(
        required=False,
        label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    summary = forms.CharField(
        label=_("What happened, in one sentence"),
        max_length=LENGTHS["summary"],
        help_text=_("For example: our mail server sends spam."),
    )
    description = Lines(
        label=_("What exactly did you see?"),
        most=LENGTHS["description"],
        rows=8,
        required=False,
        help_text=_("What, in which order, what you have kept. Please do not send passwords."),
    )
    type = forms.ChoiceField(label=_("Kind of incident"), required=False)
    homeland_type = forms.ChoiceField(
        label=_("Homeland security incident"),
        required=False,
        help_text=_("Violence, disease, chemicals, radiation, accidents at critical infrastructure and the like."),
    )
    aware_at = Moment(label=_("When did you notice it?"), required=False, help_text=_("Empty means now."))
    occurred_at = Moment(label=_("When did it happen, as far as you know?"), required=False)
    level = forms.TypedChoiceField(
        label=_("Level by your own assessment"), coerce=int, empty_value=None, required=False
    )
    systems = Lines(
        label=_("Systems concerned"),
        most=LENGTHS["systems"],
        rows=3,
        required=False,
        help_text=_("One per line."),
    )
    addresses = Lines(
        label=_("Addresses, hosts or links involved"),
        most=LENGTHS["addresses"],
        rows=3,
        required=False,
        help_text=_("One per line. Written as hxxp or with [.] is fine."),
    )
    measures = Lines(label=_("What have you done so far?"), most=LENGTHS["measures"], rows=3, required=False)
    support = Lines(label=_("What help do you need?"), most=LENGTHS["support"], rows=3, required=False)
    other = Lines(label=_("Anything else"), most=LENGTHS["other"], rows=2, required=False)
    contact_name = forms.CharField(label=_("Your name"), max_length=LENGTHS["contact_name"], required=False)
    contact_email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=LENGTHS["contact_email"],
        required=False,
        help_text=_("Only if you want us to write to you. You can follow up without it."),
    )
    contact_telephone = forms.CharField(
        label=_("Your telephone number"), max_length=LENGTHS["contact_telephone"], required=False
    )
    contact_safe = forms.BooleanField(
        label=_("These contacts do not depend on the system that was hit"), required=False
    )
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)

    def __init__(self, *args: Any, profile: Profile, constituent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = type_choices()  # type: ignore[attr-defined]
        self.fields["level"].choices = level_choices(profile)  # type: ignore[attr-defined]
        self.fields["homeland_type"].choices = homeland_choices(profile)  # type: ignore[attr-defined]
        if not constituent:
            del self.fields["level"], self.fields["homeland_type"]

    def draft(self) -> Draft:
        """What was typed, as every door hands it in."""
        known = {name: value for name, value in self.cleaned_data.items() if name in Draft.__struct_fields__}
        return Draft(**known)


class ReceiptForm(Form):
    """The number under which a report was taken."""

    receipt = forms.CharField(
        label=_("Receipt number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("16 digits; spaces do not matter."),
    )


class NetworkChangeForm(Form):
    """A change to one's own networks, for the office to approve."""

    value = forms.CharField(
        label=_("Network, address or domain"),
        max_length=200,
        help_text=_("For example 198.51.100.0/24, 2001:db8::/48 or example.org."),
    )
    ends = forms.TypedChoiceField(
        label=_("Change"),
        choices=[("no", _("It is ours from now on")), ("yes", _("It is no longer ours"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="no",
    )
    reason = Lines(
        label=_("Reason and proof"),
        most=2000,
        rows=4,
        help_text=_("Where the office can see that this is so: a registry entry, a contract."),
    )


class MessageForm(Form):
    """Something to add to a case."""

    text = Lines(label=_("Your message"), most=20_000, rows=5)
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)
