"""Forms of observations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.observations.rules.life import LONGEST_QUIET, LONGEST_WORDS, USUAL_QUIET, Verdict
from tongbao.parties.choosing import OrganisationField
from tongbao.policy.actors import Actor
from tongbao.ui.forms import Day, Form, Lines

FIXED = "fixed"


class AnswerForm(Form):
    """What a finding is, or that it is mended. For one finding, or for those that are ticked."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (Verdict.CONFIRMED.value, _("Confirmed, we are acting on it")),
            (FIXED, _("Mended")),
            (Verdict.FALSE_POSITIVE.value, _("False positive")),
            (Verdict.UNDETERMINED.value, _("Cannot be determined")),
        ],
        widget=forms.RadioSelect,
    )
    words = Lines(
        label=_("What you found"),
        most=LONGEST_WORDS,
        rows=3,
        required=False,
        help_text=_("Needed for false positives."),
    )
    quiet = forms.IntegerField(
        label=_("For how many days a false positive holds"),
        min_value=1,
        max_value=LONGEST_QUIET,
        initial=USUAL_QUIET,
        help_text=_("Then we ask again if it is still seen."),
    )

    def place(self, path: str) -> str | None:
        return "answer" if path == "verdict" else super().place(path)


class ReassignForm(Form):
    """To whom findings belong."""

    organisation = OrganisationField(
        label=_("Give it to"), required=False, help_text=_("Its code or its exact name. Empty: nobody known.")
    )
    words = Lines(label=_("Because"), most=LONGEST_WORDS, rows=2)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].ask(actor)  # type: ignore[attr-defined]


class MergeForm(Form):
    """Of which finding another becomes a part."""

    into = forms.CharField(
        label=_("Becomes part of"), max_length=20, help_text=_("The identifier at the end of the other one's address.")
    )


class ArchiveForm(Form):
    """A question to the archive of events."""

    shape = forms.ChoiceField(
        label=_("Question"),
        choices=[
            ("address", _("Events of an address, a network or a name")),
            ("owner", _("What an organisation has had, by type")),
            ("days", _("How many events, by day, type and sector")),
            ("hunt", _("Which of these indicators occur")),
            ("spells", _("When each thing was first and last seen")),
        ],
    )
    first = Day(label=_("From"), required=False)
    last = Day(label=_("Until"), required=False)
    address = forms.CharField(label=_("Address, name or network"), max_length=253, required=False)
    owner = forms.CharField(
        label=_("Organisation"), max_length=64, required=False, help_text=_("Its code, as in the directory.")
    )
    indicators = Lines(
        label=_("Indicators"),
        most=8000,
        rows=3,
        required=False,
        help_text=_("One a line: addresses, names, URLs, digests of files. More at once through the API."),
    )


class HandInForm(Form):
    """A file of a feed."""

    file = forms.FileField(label=_("File"))
    report = forms.CharField(
        label=_("Report"), max_length=120, required=False, help_text=_("Only if the name of the file does not say it.")
    )
    scope = forms.CharField(
        label=_("What it covers"),
        max_length=120,
        required=False,
        help_text=_("Files of one report that cover the same are compared: what is missing for days is gone."),
    )
