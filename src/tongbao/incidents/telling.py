"""The form on which an officer settles who is told: the proposals with their reasons, and further recipients."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.incidents.actions.notify import Choice, Dropped, Telling
from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Incident
from tongbao.incidents.queries import Proposed
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.notices import templates
from tongbao.parties import directory
from tongbao.parties.choosing import OrganisationField
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role
from tongbao.ui.forms import Form, Lines, Marking
from tongbao.ui.sentences import problem_sentence


def _usual(incident: Incident) -> int:
    """The marking that the form starts with: mails carry a text up to TLP:GREEN only."""
    return incident.tlp if incident.restricted else min(incident.tlp, TLP.GREEN)


class TellForm(Form):
    """One tick per proposal; unticking a ticked one needs a reason; one further recipient with a reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    tlp = Marking(initial=TLP.GREEN.value)
    extra_zh = Lines(label=_("What else to say, in Chinese"), most=4000, rows=4, required=False)
    extra_en = Lines(label=_("What else to say, in English"), most=4000, rows=4, required=False)
    further = OrganisationField(label=_("Also tell"), required=False)
    further_template = forms.ChoiceField(label=_("with"), required=False)
    further_reason = forms.CharField(label=_("because"), max_length=300, required=False)

    def __init__(self, *args: Any, proposed: list[Proposed], incident: Incident, actor: Actor, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"version": incident.version, "tlp": _usual(incident)})
        super().__init__(*args, **kwargs)
        self.proposed = proposed
        wordings = [(t.code, getattr(t.label, tongue())) for t in templates.shipped().values() if t.cases]
        self.fields["further"].ask(actor)  # type: ignore[attr-defined]
        self.fields["further_template"].choices = wordings  # type: ignore[attr-defined]
        for each in proposed:
            key = each.organisation.public_id
            self.fields[f"tick_{key}"] = forms.BooleanField(
                required=False,
                initial=each.proposal.ticked,
                label=getattr(each.organisation, f"name_{tongue()}"),
            )
            self.fields[f"why_not_{key}"] = forms.CharField(required=False, max_length=300, label=_("If not, why not?"))
            self.fields[f"template_{key}"] = forms.ChoiceField(
                choices=wordings, initial=each.proposal.template, label=_("Text"), required=False
            )

    def rows(self) -> list[dict[str, Any]]:
        """The proposals with their fields, for the page."""
        return [
            {
                "each": each,
                "tick": self[f"tick_{each.organisation.public_id}"],
                "why_not": self[f"why_not_{each.organisation.public_id}"],
                "template": self[f"template_{each.organisation.public_id}"],
            }
            for each in self.proposed
        ]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        for each in self.proposed:
            key = each.organisation.public_id
            if each.proposal.ticked and not cleaned.get(f"tick_{key}") and not cleaned.get(f"why_not_{key}"):
                self.add_error(f"why_not_{key}", problem_sentence(Problem("", "reason-needed")))
        if cleaned.get("further") and not cleaned.get("further_reason"):
            self.add_error("further_reason", problem_sentence(Problem("", "reason-needed")))
        return cleaned

    def telling(self) -> Telling:
        """What the officer settled, as the verb takes it."""
        cleaned = self.cleaned_data
        choices = [self._choice(each) for each in self.proposed if cleaned[f"tick_{each.organisation.public_id}"]]
        if cleaned["further"]:
            choices.append(self._further(cleaned))
        dropped = [
            Dropped(each.organisation.public_id, cleaned[f"why_not_{each.organisation.public_id}"])
            for each in self.proposed
            if each.proposal.ticked and not cleaned[f"tick_{each.organisation.public_id}"]
        ]
        return Telling(
            choices=tuple(choices),
            dropped=tuple(dropped),
            extra_zh=cleaned["extra_zh"],
            extra_en=cleaned["extra_en"],
            tlp=cleaned["tlp"],
        )

    def _choice(self, each: Proposed) -> Choice:
        key = each.organisation.public_id
        return Choice(
            organisation=key,
            seat=each.seat.public_id if each.seat else "",
            template=self.cleaned_data[f"template_{key}"] or each.proposal.template,
            why=tuple(
                {"reason": why.reason} | ({"address": why.address} if why.address else {}) for why in each.proposal.why
            ),
        )

    def _further(self, cleaned: dict[str, Any]) -> Choice:
        organisation = Organisation.objects.get(public_id=cleaned["further"])
        seats = directory.seats_with([organisation.pk], Role.REPORTER)
        return Choice(
            organisation=organisation.public_id,
            seat=seats[0].public_id if seats else "",
            template=cleaned["further_template"],
            added=cleaned["further_reason"],
        )
