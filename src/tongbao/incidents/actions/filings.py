"""Statutory forms: drafting, filing, filing again; what a judgement does to them."""

from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db.models import Q

from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval
from tongbao.incidents import obliging, reviewing, steps
from tongbao.incidents.models import Filing, FilingEdition, Incident, LogEntry, Obligation
from tongbao.incidents.rules import filings
from tongbao.incidents.rules.filings import Answers
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock, text
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.operations import steps as operations
from tongbao.parties import legal
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.profiles.model import Form, Profile, Route

EDITABLE = frozenset({Filing.State.DRAFT, Filing.State.RETURNED})


@verb
def begin(public_id: str, *, form: str, regime: str = "", organisation: str = "", actor: Actor) -> Filing:
    """Begin a statutory form for a case, or go on with the draft that is there. Filled in with what is known.

    The office may draft for the organisation whose report it takes down (``organisation``: public id).
    """
    incident = _case(public_id, actor)
    owner = _whose(incident, organisation, actor)
    if regime and regime not in load.regimes():
        raise Invalid.one("regime", "choice-unknown", value=regime[:40])
    profile = load.in_force(regime or settings.TONGBAO.jurisdiction, incident.aware_at)
    wanted = profile.form(form)
    if wanted is None:
        raise Invalid.one("form", "choice-unknown", value=form[:40])
    obligation = _obligation(incident, profile, wanted, owner)
    if wanted.public and obligation is None and not actor.office:
        raise Invalid.one("form", "form-not-yours")
    held = Filing.objects.filter(
        incident=incident, form=form, profile=profile.id, organisation=owner, by_office=actor.office, state__in=EDITABLE
    )
    filing = held.first()
    if filing is None:
        filing = Filing(
            operation_id=incident.operation_id,
            incident=incident,
            obligation=obligation,
            profile=profile.id,
            form=form,
            organisation=owner,
            by_office=actor.office,
            draft=canonical.text(_filled(profile, incident, wanted, owner)),
            saved_at=clock.now(),
            created_at=clock.now(),
        )
        require(actor, Can.FILING_FILE, filing)
        filing.save(force_insert=True)
        record(Event.FILING_DRAFTED, actor=actor, subject=filing, refs=[incident], form=form)
    return filing


@verb
def save(public_id: str, answers: Answers, *, version: int, actor: Actor) -> Filing:
    """Keep a draft as it stands, complete or not. The same draft again changes nothing."""
    filing = locked(public_id, actor)
    require(actor, Can.FILING_FILE, filing)
    _editable(filing, version, actor)
    _, form = _law(filing)
    if problems := filings.readable(form, answers):
        raise Invalid(problems)
    draft = canonical.text(answers)
    if draft != filing.draft:
        filing.draft, filing.saved_at = draft, clock.now()
        filing.version += 1
        filing.save(update_fields=["draft", "saved_at", "version"])
        record(Event.FILING_DRAFTED, actor=actor, subject=filing, refs=[filing.incident], form=filing.form)
    return filing


@verb
def file(
    public_id: str, *, version: int, channel: str = "", reason: str = "", again: bool = False, actor: Actor
) -> FilingEdition:
    """File what was drafted. It meets the obligations that ask for it, and is handed in where it is judged.

    ``channel`` empty: the proper way. Another one needs a reason, and the report ``again`` once the way works.
    Raises Invalid naming every field that is not complete.
    """
    filing = locked(public_id, actor)
    require(actor, Can.FILING_FILE, filing)
    _editable(filing, version, actor)
    profile, form = _law(filing)
    if problems := filings.faults(profile, form, filing.answers, clock.now()):
        raise Invalid(problems)
    route = legal.route(profile, filing.organisation)
    proper = _channel(route, channel, reason)
    edition = _edition(filing, channel, reason, proper=proper, again=again, actor=actor)
    incident = filing.incident
    filing.state, filing.version = Filing.State.FILED, filing.version + 1
    _state_moments(incident, form, filing.answers)
    _hand_in(filing, profile, form, actor)
    filing.save(update_fields=["state", "version", "approval"])
    record(
        Event.FILING_FILED,
        actor=actor,
        subject=filing,
        refs=[incident],
        form=form.code,
        edition=edition.digest,
        channel=channel,
        again=again,
    )
    if filing.state == Filing.State.ACCEPTED:
        _accepted(filing, form, actor)
    if not (form.public and filing.approval):  # what is published on approval has been published only then
        _settle(filing, "filed-again" if again else form.evidence, edition, actor)
    thread = incident.participants.filter(left_at=None, organisation=filing.organisation).first()
    words = f"{form.label.zh} / {form.label.en}（{edition.number}）"
    steps.write(incident, words, kind=LogEntry.Kind.EVIDENCE, participant=thread, actor=actor)
    obliging.oblige(incident, actor)
    return edition


@verb
def hear_judgement(approval_id: str, *, source: str) -> None:
    """What a decision on a filed form does: accepted (its measures become tasks), returned or refused.

    Called by a handler, at least once: a repeat changes nothing.
    """
    actor = actors.system("approvals")
    filing = Filing.objects.select_for_update(of=("self",)).select_related("incident__operation").filter(
        approval=approval_id
    ).first()  # fmt: skip
    approval = Approval.objects.filter(public_id=approval_id).first()
    if filing is None or approval is None:
        return
    state = {
        Approval.State.GRANTED: Filing.State.ACCEPTED,
        Approval.State.RETURNED: Filing.State.RETURNED,
        Approval.State.REFUSED: Filing.State.REFUSED,
    }.get(Approval.State(approval.state))
    if state is None or filing.state == state:
        return
    filing.state, filing.version = state, filing.version + 1
    filing.save(update_fields=["state", "version"])
    record(Event.FILING_JUDGED, actor=actor, subject=filing, refs=[filing.incident], state=state, source=source)
    if state == Filing.State.ACCEPTED:
        _accepted(filing, _law(filing)[1], actor)


def _accepted(filing: Filing, form: Form, actor: Actor) -> None:
    """What follows from an accepted form: its measures are tracked; a public notice stands in public from now on."""
    _track(filing, actor)
    if form.public:
        _settle(filing, form.evidence, filing.editions.order_by("-number")[0], actor)


def _settle(filing: Filing, evidence: str, edition: FilingEdition, actor: Actor) -> None:
    """What was filed is the evidence for the obligations that ask for it."""
    rows = filing.incident.obligations.unsettled().filter(organisation=filing.organisation)
    obliging.settle(rows, evidence=evidence, ref=filing.public_id, at=edition.at, actor=actor)


def locked(public_id: str, actor: Actor) -> Filing:
    """The filing, locked; hidden is not found."""
    seen = Filing.objects.visible_to(actor).filter(public_id=public_id).values("pk")
    rows = Filing.objects.select_for_update(of=("self",)).select_related("incident__operation", "organisation")
    found = rows.filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    return found


def _case(public_id: str, actor: Actor) -> Incident:
    rows = Incident.objects.visible_to(actor).select_related("owner", "operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    if found.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    return found


def _whose(incident: Incident, organisation: str, actor: Actor) -> Organisation | None:
    """Whose form it is: the own organisation's, or the one that the office writes for."""
    own = Organisation.objects.filter(pk=actor.organisation or 0).first()
    if not actor.office or (own is not None and own.public_id == organisation):
        return own
    if not organisation:
        return incident.owner
    present = incident.participants.filter(left_at=None, organisation__public_id=organisation)
    found = present.select_related("organisation").first()
    if found is None:
        raise Invalid.one("organisation", "organisation-unknown", value=organisation[:40])
    return found.organisation


def _obligation(incident: Incident, profile: Profile, form: Form, owner: Organisation | None) -> Obligation | None:
    """The open obligation that this form meets, the one due first."""
    for row in incident.obligations.unsettled().filter(profile=profile.id, organisation=owner):
        duty = profile.duty(row.key)
        if duty is not None and form.evidence in duty.met_by:
            return row
    return None


def _filled(profile: Profile, incident: Incident, form: Form, owner: Organisation | None) -> Answers:
    """What the form's owner knows already: what it reported itself, and how serious its case was found to be.

    What handlers have written down is theirs: it fills in only what is the office's own.
    """
    ours = owner is not None and owner.pk == obliging.office_key()
    told = _told(incident, owner)
    about = incident if ours or (owner is not None and owner.pk == incident.owner_id) else None
    found = about.classifications.current().filter(regime=profile.regime).first() if about is not None else None
    changed = about.classifications.order_by("-id").values_list("at", flat=True).first() if about is not None else None
    zone = ZoneInfo(profile.time_zone)
    moments = [each.astimezone(zone) for each in (incident.aware_at, incident.contained_at) if each]
    known = {
        "owner": owner.name_zh if owner else "",
        "aware_at": incident.aware_at.isoformat(),
        "summary": (incident.summary if ours else told.description) or told.summary or incident.title,
        "measures": told.measures,
        "support": told.support,
        "other": told.other,
        "homeland_type": incident.homeland_type,
        "level_changed_at": changed.isoformat() if changed else "",
        "times": " – ".join(f"{each:%Y-%m-%d %H:%M}" for each in moments),
    }
    texts = {field.code: known[field.filled] for field in form.fields if known.get(field.filled)}
    impacts = {field.code: found.basis.impacts for field in form.fields if field.filled == "impacts" and found}
    return Answers(texts=texts, impacts={code: each for code, each in impacts.items() if each})


def _told(incident: Incident, owner: Organisation | None) -> Draft:
    """What the organisation itself reported first."""
    own = incident.submissions.filter(owner=owner).order_by("id").first() if owner is not None else None
    return msgspec.json.decode(own.content, type=Draft) if own is not None else Draft(summary="")


def _law(filing: Filing) -> tuple[Profile, Form]:
    profile = load.by_id(filing.profile)
    form = profile.form(filing.form)
    if form is None:
        raise LookupError(filing.form)
    return profile, form


def _editable(filing: Filing, version: int, actor: Actor) -> None:
    if not filing.written_by(actor):
        raise Conflict("filing-not-yours")
    if filing.state not in EDITABLE:
        raise Conflict("filing-filed")
    if filing.version != version:
        raise Conflict("changed-meanwhile")


def _channel(route: Route | None, channel: str, reason: str) -> bool:
    """Whether it came the proper way. Raises Invalid for an unknown way, or one without its reason."""
    if route is None or channel in ("", route.channel):
        return True
    if channel not in route.fallback:
        raise Invalid.one("channel", "choice-unknown", value=channel[:40])
    if route.reason_needed and not reason.strip():
        raise Invalid.one("reason", "reason-needed")
    if fault := text.fault(reason):
        raise Invalid.one("reason", fault)
    return not route.file_again


def _edition(filing: Filing, channel: str, reason: str, *, proper: bool, again: bool, actor: Actor) -> FilingEdition:
    last = filing.editions.order_by("-number").first()
    return FilingEdition.objects.create(
        filing=filing,
        number=last.number + 1 if last else 1,
        content=filing.draft,
        digest=canonical.digest(filing.draft),
        at=clock.now(),
        author_id=actor.user,
        by_office=actor.office,
        channel=channel,
        channel_reason=reason.strip()[:300],
        proper=proper,
        again=again,
    )


def _state_moments(incident: Incident, form: Form, answers: Answers) -> None:
    """A form may state when something happened that another clock waits for."""
    changed = []
    for trigger, field in form.states.items():
        moment = filings.moment_of(answers.texts.get(field, ""))
        if moment is not None and trigger in ("contained", "handled"):
            setattr(incident, f"{trigger}_at", moment)
            changed.append(f"{trigger}_at")
    if changed:
        incident.save(update_fields=changed)


def _hand_in(filing: Filing, profile: Profile, form: Form, actor: Actor) -> None:
    """Where the law has the form judged, its reviewer gets it; after a return as a new edition.

    The office does not judge what is its own: nobody in it could.
    """
    if not form.approval:
        return
    passages, terms = filings.passages(profile, form, filing.answers), {"filing": filing.public_id}
    held = Approval.objects.filter(public_id=filing.approval).first() if filing.approval else None
    if held is not None:
        approvals.hand_in_again(held, passages, terms, actor=actor)
        return
    kind = approvals.kind_of(profile, form.approval)
    whose = Q(origin__owner=filing.organisation) | Q(origin=None, submission__owner=filing.organisation)
    review = filing.incident.obligations.filter(whose, duty="review").order_by("-id").first()
    judge = review.organisation_id if review is not None and "reviewer" in kind.by else None
    office = obliging.office_key()
    if filing.organisation_id is not None and filing.organisation_id == office and judge in (None, office):
        return
    made = approvals.hand_in(
        reviewing.paper(
            filing.incident,
            kind=form.approval,
            profile=profile,
            passages=passages,
            terms=terms,
            submitter=filing.organisation_id,
            authority=judge,
            title=f"{form.label.zh} {filing.incident.reference}",
        ),
        actor=actor,
    )
    filing.approval = made.public_id
    if made.state == Approval.State.GRANTED:  # filed for record: nobody decides
        filing.state = Filing.State.ACCEPTED


def _track(filing: Filing, actor: Actor) -> None:
    """The measures of an accepted report become tasks with their due dates."""
    incident = filing.incident
    zone = load.by_id(filing.profile).time_zone
    for rows in filing.answers.measures.values():
        for row in rows:
            operations.create_task(
                incident.operation,
                title=row.words.strip(),
                about=incident.subject(),
                organisation=filing.organisation_id,
                due_at=filings.end_of(row.due, zone) if row.due else None,
                marking=incident.marking(),
                actor=actor,
            )
