"""What the pages of statutory forms are made of."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from tongbao.approvals import rules as judging
from tongbao.approvals.models import Approval, Finding
from tongbao.approvals.rules import Difference
from tongbao.incidents import queries
from tongbao.incidents.filing_forms import FilingForm
from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Filing, FilingEdition, Incident, Obligation
from tongbao.incidents.queries import Shown
from tongbao.incidents.rules import filings
from tongbao.incidents.rules.filings import Answers
from tongbao.kernel.refusals import NotFound
from tongbao.parties import legal
from tongbao.parties.models import Organisation
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.profiles.law import law
from tongbao.profiles.model import Form, Label, Profile

Key = tuple[str, str, int | None]


class Row(Struct):
    """One form of one organisation: the obligations that it meets, and what was written so far."""

    form: Form
    profile: Profile
    organisation: Organisation | None
    obligations: list[Shown]
    filings: list[Filing]
    begins: bool = False

    @property
    def open(self) -> bool:
        return any(each.unsettled for each in self.obligations)


class Found(Struct, frozen=True):
    """A statutory form on its page, read as law."""

    filing: Filing
    profile: Profile
    form: Form
    source: Label
    mine: bool

    @property
    def confidence(self) -> str:
        return self.form.basis.confidence


def found(actor: Actor, public_id: str) -> Found:
    """One form that the actor may see. Raises NotFound."""
    rows = Filing.objects.visible_to(actor).select_related("incident__owner", "incident__operation", "organisation")
    filing = rows.filter(public_id=public_id).first()
    if filing is None:
        raise NotFound
    return described(filing, mine=filing.written_by(actor))


def described(filing: Filing, *, mine: bool) -> Found:
    profile = load.by_id(filing.profile)
    form = profile.form(filing.form)
    if form is None:
        raise LookupError(filing.form)
    return Found(filing, profile, form, law(profile).cited(form.basis), mine)


def rows(actor: Actor, incident: Incident) -> list[Row]:
    """The forms of a case as far as the actor may see them: those that the law asks for, then what else was written."""
    held: dict[Key, Row] = {}
    obliged = Obligation.objects.visible_to(actor).filter(incident=incident).exclude(state=Obligation.State.SUPERSEDED)
    if not rules.reads_cases(actor):
        obliged = obliged.filter(organisation=actor.organisation)
    for each in queries.shown(obliged.select_related("organisation").order_by("due_at", "id")):
        form = each.profile.form(_form_of(each))
        if form is not None:
            key = (each.profile.id, form.code, each.row.organisation_id)
            held.setdefault(key, Row(form, each.profile, each.row.organisation, [], [])).obligations.append(each)
    written = Filing.objects.visible_to(actor).filter(incident=incident).select_related("organisation")
    for filing in written.prefetch_related("editions").order_by("created_at", "id"):
        it = described(filing, mine=False)
        key = (it.profile.id, it.form.code, filing.organisation_id)
        held.setdefault(key, Row(it.form, it.profile, filing.organisation, [], [])).filings.append(filing)
    for row in held.values():
        row.begins = _begins(actor, incident, row)
    return list(held.values())


def _form_of(each: Shown) -> str:
    return each.duty.restart_form if each.row.restarted and each.duty.restart_form else each.duty.form


def _begins(actor: Actor, incident: Incident, row: Row) -> bool:
    """Whether the actor may begin this form now: no draft of its own side is there to go on with."""
    if incident.state != Incident.State.OPEN or row.organisation is None or not _may_file(actor, row.organisation):
        return False
    return row.open and not any(each.editable and each.by_office == actor.office for each in row.filings)


def _may_file(actor: Actor, organisation: Organisation) -> bool:
    return rules.may(actor, Can.FILING_FILE, frozenset({organisation.pk}))


def others(actor: Actor, incident: Incident, listed: Iterable[Row]) -> list[Row]:
    """Forms that nobody waits for but that may be written too: of the regimes that cover the organisation."""
    home = incident.owner if actor.office else Organisation.objects.filter(pk=actor.organisation or 0).first()
    if home is None or incident.state != Incident.State.OPEN or not _may_file(actor, home):
        return []
    there = {(row.profile.id, row.form.code) for row in listed if row.organisation == home and not _ended(row)}
    return [
        Row(form, profile, home, [], [])
        for profile in _profiles(incident, home)
        for form in profile.forms
        if (profile.id, form.code) not in there and not form.public and _fits(profile, form, incident)
    ]


def _ended(row: Row) -> bool:
    """Whether nothing is being written there or waited for: it may be written once more."""
    return not row.begins and not any(each.editable for each in row.filings)


def _profiles(incident: Incident, home: Organisation) -> list[Profile]:
    return [load.in_force(regime, incident.aware_at) for regime in legal.kinds(home)]


def _fits(profile: Profile, form: Form, incident: Incident) -> bool:
    """Whether the form is for this kind of incident: homeland security or cyber, or both."""
    kind = profile.homeland_type(incident.homeland_type)
    homeland = {duty.form for duty in profile.homeland_duties}
    return kind is not None if form.code in homeland else kind is None or kind.cyber


def extensions(actor: Actor, incident: Incident) -> list[Approval]:
    """Who was asked for more time in a case, and what came of it."""
    seen = Approval.objects.visible_to(actor).filter(subject_kind=Incident.MARKED, subject_ref=incident.public_id)
    return list(seen.filter(kind="extension").select_related("authority")[:50])


def approval_of(actor: Actor, filing: Filing) -> Approval | None:
    """What judges the form, if the actor may see it."""
    if not filing.approval:
        return None
    return Approval.objects.visible_to(actor).select_related("authority").filter(public_id=filing.approval).first()


def findings(approval: Approval | None) -> dict[str, list[Finding]]:
    """What the reviewers found, by the passage that it is tied to."""
    told: dict[str, list[Finding]] = {}
    for each in approval.findings.select_related("person", "edition") if approval is not None else ():
        told.setdefault(each.passage, []).append(each)
    return told


def items(it: Found, answers: Answers, approval: Approval | None = None) -> list[dict[str, Any]]:
    """The form as it reads, in the language of the page, with the findings beside their passages."""
    told = findings(approval)
    read = filings.reading(it.profile, it.form, answers, tongue())
    return [{"item": each, "findings": told.get(each.field.code, [])} for each in read]


def parts(form: FilingForm, approval: Approval | None) -> list[dict[str, Any]]:
    """The form to fill in, with the findings beside their passages."""
    told = findings(approval)
    return [{"part": each, "findings": told.get(each.field.code, [])} for each in form.parts()]


def edition(it: Found, number: int) -> FilingEdition:
    kept = it.filing.editions.filter(number=number).select_related("author").first()
    if kept is None:
        raise NotFound
    return kept


def differences(it: Found, later: FilingEdition) -> list[Difference]:
    """What an edition says differently from the one before."""
    earlier = it.filing.editions.filter(number__lt=later.number).order_by("-number").first()
    if earlier is None:
        return []
    before, after = (filings.passages(it.profile, it.form, each.answers) for each in (earlier, later))
    return judging.differences(before, after)


def ways(it: Found) -> list[tuple[str, str]]:
    """The ways in which the form may be handed in, the proper one first."""
    route = legal.route(it.profile, it.filing.organisation)
    if route is None:
        return []
    names = {each.code: each.label for each in it.profile.channels}
    codes = [route.channel, *route.fallback]
    return [(code, str(getattr(names[code], tongue())) if code in names else code) for code in codes]


def goes_to(it: Found) -> list[Label]:
    """Who gets what is handed in, by the parts that they play in the law."""
    route = legal.route(it.profile, it.filing.organisation)
    names = {each.code: each.label for each in it.profile.roles}
    return [names[code] for code in (route.to if route else ()) if code in names]


def repeats(it: Found) -> bool:
    """Whether the report has to come once more, because it came another than the proper way."""
    waiting = it.filing.incident.obligations.unsettled().filter(organisation=it.filing.organisation)
    return any("filed-again" in each.duty.met_by and each.duty.form == it.form.code for each in queries.shown(waiting))
