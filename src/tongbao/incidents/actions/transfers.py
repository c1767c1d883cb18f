"""Handing a case on: as indicators, or as a signed bundle to another team and back. The rule of release decides."""

import hashlib

from django.conf import settings
from msgspec import Struct

from tongbao.files import steps as files
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.incidents import handing_on, observing, steps
from tongbao.incidents.actions import submissions
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.handing_on import Bundle
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission, Transfer
from tongbao.incidents.rules import intake
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Invalid
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.release import rules
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way
from tongbao.release.rules import Decision

KINDS = ("stix", "misp", "bundle")
LONGEST = 4000


class Handed(Struct, frozen=True):
    """What the rule has decided; ``content`` empty: it stays here, and the ledger says why."""

    decision: Decision
    content: bytes
    name: str


@verb
def hand_on(public_id: str, *, organisation: str, kind: str, note: str = "", actor: Actor) -> Handed:
    """A case for an organisation, in one of ``KINDS``. Whether it may have it is the rule of release's to say;
    either way the ledger keeps it. A bundle for a team that the case came from is its way back."""
    incident = locked(public_id, actor)
    require(actor, Can.NOTICE_SEND, incident)
    if kind not in KINDS:
        raise Invalid.one("kind", "choice-unknown", value=kind[:40])
    to = directory.named(organisation, actor)
    if to is None:
        raise Invalid.one("organisation", "organisation-unknown", value=organisation[:40])
    said = sound("note", note, most=LONGEST) if note.strip() else ""
    came = incident_came_from(incident, to)
    content = _content(incident, to, kind, said, came)
    digest = hashlib.sha256(content).hexdigest()
    decision = _judged(incident, to, digest, actor)
    name = f"{incident.reference}.{kind}.json"
    if decision.verdict is not rules.Verdict.RELEASE:
        return Handed(decision, b"", name)
    if kind == "bundle":
        made = {"organisation": to, "incident": incident, "digest": digest, "answers": came, "note": said}
        _keep(Transfer.Direction.OUT, actor, **made)
    record(Event.INCIDENT_HANDED_ON, actor=actor, subject=incident, refs=[to], kind=kind, digest=digest)
    steps.write(incident, f"→ {to.name_zh} / {to.name_en}: {kind}", kind=LogEntry.Kind.STEP, actor=actor)
    return Handed(decision, content, name)


def receive(raw: bytes, *, actor: Actor) -> Transfer:
    """A bundle of a partner: a new report, or the answer to a case that we handed over. The same one again changes
    nothing. Raises Invalid for one that nobody known has signed, or that is for somebody else."""
    bundle, code = handing_on.verified(raw)
    digest = hashlib.sha256(raw).hexdigest()
    held = Transfer.objects.visible_to(actor).filter(digest=digest).first()
    if held is not None:
        return held
    office = directory.office()
    if office is None or bundle.to != office.code:
        raise Invalid.one("file", "bundle-not-ours", value=bundle.to[:40])
    upload = Received(store.write([raw]), "bundle.json", "application/json")
    sent = Transfer.objects.visible_to(actor).filter(digest=bundle.answers, organisation__code=code)
    sent = sent.filter(direction=Transfer.Direction.OUT)
    first = sent.select_related("incident").first() if bundle.answers else None
    if first is not None and first.incident is not None:
        return come_back(first.incident.public_id, bundle, digest, upload, code=code, actor=actor)
    taken = submissions.submit(
        _draft(bundle, code),
        key=f"bundle:{digest}",
        door=Submission.Door.API,
        uploads=[upload],
        actor=actor,
    )
    return note_arrival(taken.submission.public_id, bundle, digest, code=code, actor=actor)


@verb
def note_arrival(public_id: str, bundle: Bundle, digest: str, *, code: str, actor: Actor) -> Transfer:
    """A report has come as a bundle: whose, so that it can go back."""
    submission = submissions.locked(public_id, actor)
    require(actor, Can.SUBMISSION_TRIAGE, submission)
    made = {"organisation": Organisation.objects.get(code=code), "submission": submission, "note": bundle.note}
    return _keep(Transfer.Direction.IN, actor, **made, digest=digest, answers=bundle.answers)


@verb
def come_back(public_id: str, bundle: Bundle, digest: str, upload: Received, *, code: str, actor: Actor) -> Transfer:
    """What a partner has found of a case that we handed over: into that partner's own thread."""
    incident, partner = locked(public_id, actor), Organisation.objects.get(code=code)
    require(actor, Can.INCIDENT_LOG, incident)
    part = steps.join(incident, role=Participant.Role.HELPER, organisation=partner, actor=actor)
    words = "\n".join([bundle.note, *(value for _, value in bundle.named[:200])]).strip() or bundle.title
    said = {"kind": LogEntry.Kind.MESSAGE, "participant": part, "by_office": False}
    entry = steps.write(incident, words, **said, actor=actor)  # type: ignore[arg-type]
    files.keep_all([upload], subject=entry, actor=actor)
    observing.note_case(incident, words, tlp=entry.tlp)
    made = {"organisation": partner, "incident": incident, "note": bundle.note, "answers": bundle.answers}
    return _keep(Transfer.Direction.IN, actor, **made, digest=digest)


def incident_came_from(incident: Incident, partner: Organisation) -> str:
    """The digest of the bundle with which a case came from a partner, or empty."""
    rows = Transfer.objects.filter(direction=Transfer.Direction.IN, organisation=partner)
    mine = rows.filter(submission__incident=incident) | rows.filter(incident=incident)
    return mine.order_by("-at", "-id").values_list("digest", flat=True).first() or ""


def _content(incident: Incident, to: Organisation, kind: str, note: str, answers: str) -> bytes:
    sheet = handing_on.sheet(incident)
    if kind != "bundle":
        return handing_on.written(kind, sheet)
    office = directory.office()
    return handing_on.sign(
        Bundle(
            format=handing_on.FORMAT,
            sender=office.code if office is not None else "",
            to=to.code,
            sent_at=clock.now().isoformat(),
            reference=incident.reference,
            title=incident.title,
            summary="",
            type=incident.type,
            tlp=incident.tlp_label,
            aware_at=incident.aware_at.isoformat(),
            note=note,
            named=tuple((each.kind, each.value) for each in sheet.named if not each.harmless),
            answers=answers,
        )
    )


def _judged(incident: Incident, to: Organisation, digest: str, actor: Actor) -> Decision:
    now = clock.now()
    thing = Thing(
        kind=Incident.MARKED,
        ref=incident.public_id,
        title_zh=incident.title,
        title_en=incident.title,
        digest=digest,
        marking=incident.marking(),
        topic="incident",
        categories=frozenset({"network", "technical"}),
        origins=(incident.subject(),),
    )
    ways = [Way(channel="export", protected=True, organisation=to.pk)]
    decisions = release.judge(thing, ways, operation=incident.operation, at=now)
    release.enter(thing, ways, decisions, operation=incident.operation, actor=actor, at=now)
    return decisions[0]


def _draft(bundle: Bundle, code: str) -> intake.Draft:
    words = [f"{code} {bundle.reference} ({bundle.tlp})", bundle.note, *(value for _, value in bundle.named[:500])]
    return intake.Draft(
        summary=bundle.title[:200] or bundle.reference,
        description="\n".join(filter(None, words))[:20_000],
        other=f"{bundle.tlp} · {settings.TONGBAO.jurisdiction}",
        contact_name=code[:120],
    )


def _keep(direction: Transfer.Direction, actor: Actor, **about: object) -> Transfer:
    made = Transfer.objects.create(direction=direction, at=clock.now(), author_id=actor.user, **about)
    refs = [each for each in (made.incident, made.submission, made.organisation) if each is not None]
    record(Event.TRANSFER_KEPT, actor=actor, subject=made, refs=refs, direction=direction, digest=made.digest)
    return made
