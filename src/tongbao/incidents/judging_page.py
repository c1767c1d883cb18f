"""What the pages of judging a level and of asking for more time are made of."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval, Edition
from tongbao.incidents import classifying, impact_fields, queries, reviewing
from tongbao.incidents.forms import tongue
from tongbao.incidents.impact_fields import Line
from tongbao.incidents.models import Classification, Grounds, Incident, Obligation
from tongbao.incidents.queries import Shown
from tongbao.kernel import canonical
from tongbao.kernel.refusals import NotFound, Problem
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import classify, clocks, load
from tongbao.profiles.classify import Finding
from tongbao.profiles.model import ApprovalKind, Label, Profile
from tongbao.ui.forms import Form, Lines
from tongbao.ui.sentences import problem_sentence

CELLS = "cell"


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


class LevelForm(Form):
    """The level is right, or other grounds say why not. ``shown``: digest of the grounds whose outcome was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    verdict = forms.ChoiceField(
        label=_("Judgement"),
        choices=[("confirm", _("The level is right")), ("change", _("The level is another one"))],
        widget=forms.RadioSelect,
    )
    reason = Lines(
        label=_("Reason"), most=2000, rows=3, required=False, help_text=_("Needed when the level is another one.")
    )

    def __init__(self, *args: Any, judged: Judged, **options: Any) -> None:
        held = judged.grounds
        facts = {f"fact-{code}": value for code, value in held.facts.items()}
        initial = {
            "version": judged.approval.version,
            "verdict": "confirm",
            "tolerable": held.tolerable,
            "outage": held.outage,
            "words": held.words,
        }
        super().__init__(*args, initial=initial | facts | impact_fields.initial(CELLS, held.impacts), **options)
        self.judged = judged
        self.fields.update(impact_fields.controls(CELLS, judged.profile))
        for fact in judged.profile.facts if not judged.profile.severity.cells else ():
            if fact.kind == "flag":
                label = getattr(fact.label, tongue())
                self.fields[f"fact-{fact.code}"] = forms.BooleanField(label=label, required=False)
        if judged.profile.severity.cells:
            self.fields["tolerable"] = _minutes(_("Tolerable interruption of the system, in minutes"))
            self.fields["outage"] = _minutes(_("Actual or expected interruption, in minutes"))
        self.fields["words"] = Lines(label=_("Why this degree"), most=4000, rows=3, required=False)

    def table(self) -> list[Line]:
        return impact_fields.table(self, CELLS, self.judged.profile) if self.judged.profile.severity.cells else []

    def flags(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("fact-")]

    def rest(self) -> list[Any]:
        return [self[name] for name in ("tolerable", "outage", "words") if name in self.fields]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == "change":
            if not cleaned.get("reason"):
                self.add_error("reason", problem_sentence(Problem("reason", "required")))
            if self.judged.profile.severity.cells and not self._typed().impacts:
                self.add_error(None, problem_sentence(Problem("impacts", "required")))
        return cleaned

    def grounds(self) -> Grounds | None:
        """None: the level is confirmed."""
        return self._typed() if self.cleaned_data["verdict"] == "change" else None

    def decides(self) -> bool:
        """Whether this is the decision; what other grounds come to has to have been shown before."""
        grounds = self.grounds()
        if grounds is None or self.cleaned_data["shown"] == _digest(grounds):
            return True
        self.retype("shown", _digest(grounds))
        return False

    def outcome(self) -> Finding | None:
        """What other grounds come to."""
        if not self.is_bound or not self.is_valid() or (grounds := self.grounds()) is None:
            return None
        profile = self.judged.profile
        entity_type = classifying.entity_type_of(self.judged.incident, profile.regime)
        facts = clocks.values(profile, entity_type=entity_type, rank=0, facts=grounds.facts)
        return classify.classify(profile, grounds.impacts, facts)

    def _typed(self) -> Grounds:
        given = self.cleaned_data
        return Grounds(
            impacts=impact_fields.impacts(CELLS, self.judged.profile, given),
            facts={name.removeprefix("fact-"): True for name, value in given.items() if name[:5] == "fact-" and value},
            tolerable=given.get("tolerable"),
            outage=given.get("outage"),
            words=given.get("words", ""),
        )


def _digest(grounds: Grounds) -> str:
    return canonical.digest(canonical.text(grounds))


def _minutes(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=60 * 24 * 366)
