"""Forms of accounts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tongbao.accounts.models import User
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.sentences import word


class PasswordForm(Form):
    """The first password of an invited account."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        max_length=200,
        help_text=_("At least 12 characters. A sentence is easier to remember than a word."),
    )
    again = forms.CharField(
        label=_("The password again"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        max_length=200,
    )

    def __init__(self, *args: Any, email: str, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = User(email=email, name=name)  # never stored: a password must not be like these

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords differ."))
        elif cleaned.get("password"):
            try:
                validate_password(cleaned["password"], self.user)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class TokenForm(Form):
    """A key for programs."""

    label = forms.CharField(label=_("What is it for?"), max_length=120)
    days = forms.IntegerField(label=_("Good for how many days?"), min_value=1, max_value=366, initial=90)
    scopes = forms.MultipleChoiceField(label=_("What may it do?"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (can.value, word("can", can.value)) for can in Can if rules.holds(actor, can)
        ]
