"""What the pages of judging a level and of asking for more time are made of."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval, Edition
from tongbao.incidents import classifying, queries, reviewing
from tongbao.incidents.grounds_form import GroundsForm
from tongbao.incidents.models import Classification, Grounds, Incident, Obligation
from tongbao.incidents.queries import Shown
from tongbao.kernel.refusals import NotFound, Problem
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.profiles.classify import Finding
from tongbao.profiles.model import ApprovalKind, Label, Profile
from tongbao.ui.forms import Lines
from tongbao.ui.sentences import problem_sentence


class Asking(Struct, frozen=True):
    """An obligation whose time may be moved. ``consents``: the part in the law, and who plays it (None: the office)."""

    shown: Shown
    incident: Incident
    consents: list[tuple[Label, Organisation | None]]


def obligation(actor: Actor, public_id: str) -> Asking:
    """An obligation of a case that the actor may see and whose time the law allows to be moved. Raises NotFound."""
    rows = Obligation.objects.visible_to(actor).select_related("incident__operation", "organisation")
    shown = queries.shown(rows.filter(public_id=public_id))
    if not shown or shown[0].row.incident is None or not shown[0].duty.extendable_by:
        raise NotFound
    each = shown[0]
    incident = each.row.incident
    assert incident is not None  # noqa: S101 - looked at above
    parts = reviewing.consent_of(each.row, each.profile)
    homes = Organisation.objects.in_bulk({key for key in parts.values() if key is not None})
    names = {role.code: role.label for role in each.profile.roles}
    consents = [(names.get(role, Label(role, role)), homes.get(key or 0)) for role, key in parts.items()]
    return Asking(each, incident, consents)


class Judged(Struct, frozen=True):
    """A level to be judged: what was handed in, and on which grounds it rests."""

    approval: Approval
    edition: Edition
    kind: ApprovalKind
    incident: Incident
    profile: Profile
    found: Classification | None

    @property
    def grounds(self) -> Grounds:
        return self.found.basis if self.found is not None else Grounds()


def level(actor: Actor, public_id: str) -> Judged:
    """The level that the actor may see. Raises NotFound."""
    seen = Approval.objects.visible_to(actor).filter(public_id=public_id, kind=reviewing.LEVEL)
    approval = seen.select_related("submitter", "authority").first()
    incident = Incident.objects.filter(public_id=approval.subject_ref).first() if approval is not None else None
    if approval is None or incident is None or not approvals.standing(approval, actor).by_authority:
        raise NotFound
    profile = load.in_force(load.by_id(approval.profile).regime, incident.aware_at)
    found = incident.classifications.current().filter(regime=profile.regime).first()
    return Judged(approval, approval.latest(), approvals.kind_of(profile, reviewing.LEVEL), incident, profile, found)


class LevelForm(GroundsForm):
    """The level is right, or other grounds say why not."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("Judgement"),
        choices=[("confirm", _("The level is right")), ("change", _("The level is another one"))],
        widget=forms.RadioSelect,
    )
    reason = Lines(
        label=_("Reason"), most=2000, rows=3, required=False, help_text=_("Needed when the level is another one.")
    )

    def __init__(self, *args: Any, judged: Judged, **options: Any) -> None:
        first = {"version": judged.approval.version, "verdict": "confirm"}
        super().__init__(*args, profile=judged.profile, held=judged.grounds, initial=first, **options)
        self.judged = judged

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == "change":
            if not cleaned.get("reason"):
                self.add_error("reason", problem_sentence(Problem("reason", "required")))
            self.want_impacts()
        return cleaned

    def grounds(self) -> Grounds | None:
        """None: the level is confirmed."""
        return self.typed() if self.cleaned_data["verdict"] == "change" else None

    def decides(self) -> bool:
        """Whether this is the decision; what other grounds come to has to have been shown before."""
        if self.grounds() is None or self.as_shown():
            return True
        self.show_again()
        return False

    def outcome(self) -> Finding | None:
        """What other grounds come to."""
        if not self.is_bound or not self.is_valid() or (grounds := self.grounds()) is None:
            return None
        return classifying.judged(self.judged.incident, self.profile.regime, grounds)[1]
