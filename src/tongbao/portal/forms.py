"""The portal's forms."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.files.forms import UploadsField
from tongbao.ui.forms import Form, Lines
from tongbao.ui.sentences import problem_sentence


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
        help_text=_("For example 198.51.100.0/24, 2001:db8::/48, AS64496 or example.org."),
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


class WithdrawForm(Form):
    """Closing one's own report."""

    text = Lines(label=_("Why, if you want to say"), most=4000, rows=2, required=False)


class MessageForm(Form):
    """Something to add to a case."""

    text = Lines(label=_("Your message"), most=20_000, rows=5)
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)
