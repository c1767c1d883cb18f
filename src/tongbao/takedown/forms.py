"""Forms of the takedown desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.markings import TLP
from tongbao.parties.choosing import OrganisationField
from tongbao.policy.actors import Actor
from tongbao.takedown import rules
from tongbao.takedown.contacts import Contact
from tongbao.ui.forms import Form, Lines, Marking
from tongbao.ui.sentences import choices

MARKINGS = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)


class OpenForm(Form):
    """A site to be taken down."""

    places = Lines(
        label=_("Links or host"),
        most=rules.LONGEST,
        rows=3,
        help_text=_("Of one host; hxxp and [.] are understood. Links that reports name are added."),
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=lambda: choices("takedown_kind"), initial="phishing")
    address = forms.CharField(
        label=_("Address (IP) of the host"),
        max_length=45,
        required=False,
        help_text=_("As you have looked it up; this product looks nothing up outside."),
    )
    words = Lines(label=_("Note"), most=rules.LONGEST, rows=2, required=False)
    tlp = Marking(*MARKINGS, initial=TLP.GREEN.value)
    operation = forms.CharField(widget=forms.HiddenInput, required=False)


class AddForm(Form):
    """What is new of a site."""

    places = Lines(label=_("Further links"), most=rules.LONGEST, rows=2, required=False)
    address = forms.CharField(label=_("Address (IP) now"), max_length=45, required=False)


class AskForm(Form):
    """Whom to ask, and what to say besides the template."""

    organisation = OrganisationField(label=_("Whom to ask"))
    part = forms.ChoiceField(label=_("Asked as"), choices=lambda: choices("takedown_part"))
    words = Lines(label=_("What else to say"), most=rules.LONGEST, rows=3, required=False)
    tlp = Marking(*MARKINGS, initial=TLP.GREEN.value)

    def __init__(self, *args: Any, actor: Actor, found: list[Contact], **options: Any) -> None:
        first = found[0] if found else None
        start = {"organisation": first.organisation.public_id, "part": first.part.value} if first else {}
        options.setdefault("initial", start)
        super().__init__(*args, **options)
        self.fields["organisation"].ask(actor)  # type: ignore[attr-defined]


class CheckForm(Form):
    """What a look at the site has found."""

    verdict = forms.ChoiceField(
        label=_("What you found"), choices=lambda: choices("takedown_verdict"), widget=forms.RadioSelect
    )
    words = Lines(label=_("How you looked"), most=rules.LONGEST, rows=2, required=False)


class DropForm(Form):
    words = Lines(label=_("Why it is no longer asked for"), most=rules.LONGEST, rows=2)
