"""The verbs of joint assessments: begin, join by code, name, write, sign."""

import secrets

from django.conf import settings

from tongbao.accounts.models import User
from tongbao.incidents import lookup
from tongbao.incidents.models import Incident
from tongbao.joint import rules
from tongbao.joint.models import JointAssessment, JointEdition, JointParty, JointSignature
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, ids
from tongbao.kernel.checks import sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.parties.models import Organisation, Tenure, current
from tongbao.policy import throttle
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import grant, mark
from tongbao.policy.require import require


@verb
def begin_joint(incident: str, *, question: str, actor: Actor) -> tuple[JointAssessment, str]:
    """Begin a joint assessment in an open case. Returns it with the code by which somebody of the other track joins: it
    is shown once, and handed over as the two tracks hand things over."""
    case = lookup.incident(actor, incident)
    require(actor, Can.INCIDENT_EDIT, case)
    require(actor, Can.JOINT_WRITE)
    if case.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    code = secrets.token_hex(8)
    now = clock.now()
    made = JointAssessment.objects.create(
        operation=case.operation,
        incident=case,
        question=sound("question", question, most=rules.LONGEST_QUESTION),
        begun_at=now,
        code_mac=_mac(code),
        code_ends_at=now + rules.CODE_HOLDS,
        tlp=TLP.RED,
    )
    mark(made, Marking(TLP.RED, Track.ADMINISTRATIVE))
    _name(made, _self(actor))
    record(Event.JOINT_BEGUN, actor=actor, subject=made, refs=[case])
    return made, code


@verb
def join_joint(code: str, *, actor: Actor) -> JointAssessment:
    """Join by the code of the other track. It works once, for the track that is missing; a wrong one tells nothing."""
    require(actor, Can.JOINT_WRITE)
    rows = JointAssessment.objects.select_for_update(of=("self",))
    found = rows.filter(code_mac=_mac(code.strip().lower())).first()
    rules.may_use(found.code_ends_at if found else None, clock.now())
    if found is None:
        raise NotFound
    rules.may_join(Track(_self(actor).seat.organisation.track), found.tracks)
    found.code_mac = None
    found.save(update_fields=["code_mac"])
    _name(found, _self(actor))
    record(Event.JOINT_JOINED, actor=actor, subject=found)
    return found


@verb
def name_in_joint(public_id: str, *, user: str, actor: Actor) -> JointAssessment:
    """Name a colleague, by the address that they sign in with: of the own organisation only. A repeat changes
    nothing."""
    found = _locked(public_id, actor)
    own = Tenure.objects.filter(current(clock.now()), seat__organisation=actor.organisation)
    held = own.filter(person__user__email=user.strip().lower(), person__user__is_active=True)
    tenure = held.select_related("seat__organisation", "person__user").first()
    if tenure is None:
        raise Invalid.one("user", "account-unknown")
    if _name(found, tenure):
        record(Event.JOINT_NAMED, actor=actor, subject=found, refs=[tenure.person.user])
    return found


@verb
def write_joint(public_id: str, *, text: str, edition: int, actor: Actor) -> JointAssessment:
    """Write the next edition on top of the one that was read; it is unsigned. The same text changes nothing."""
    found = _locked(public_id, actor)
    said = sound("text", text, most=rules.LONGEST)
    if found.text == said:
        return found
    if found.edition != edition:
        raise Conflict("changed-meanwhile")
    found.text, found.edition = said, found.edition + 1
    found.save(update_fields=["text", "edition"])
    made = {"number": found.edition, "text": said, "author_id": actor.user, "at": clock.now()}
    JointEdition.objects.create(assessment=found, **made)
    record(Event.JOINT_WRITTEN, actor=actor, subject=found, edition=found.edition)
    return found


@verb
def sign_joint(public_id: str, *, edition: int, agrees: bool, words: str = "", actor: Actor) -> JointSignature:
    """Sign the present edition, or say why not. Once for each edition; a repeat changes nothing."""
    found = _locked(public_id, actor)
    party = found.parties.filter(user=actor.account).first()
    if party is None:
        raise NotFound
    rules.may_sign(found.edition, edition)
    said = sound("words", words, most=rules.LONGEST, needed=not agrees)
    held = party.signatures.filter(edition=edition).first()
    if held is not None and (held.agrees, held.words) == (agrees, said):
        return held
    if held is not None:
        raise Conflict("joint-signed")
    made = JointSignature.objects.create(party=party, edition=edition, agrees=agrees, words=said, at=clock.now())
    record(Event.JOINT_SIGNED, actor=actor, subject=found, edition=edition, agrees=agrees)
    return made


def try_code(actor: Actor) -> None:
    """Count one attempt at a code; raises TooMany. Outside the verb: a refused attempt counts too."""
    throttle.check("joint-code", actor.reference, limit=rules.TRIES)
    throttle.take("joint-code", actor.reference, limit=rules.TRIES)


def _mac(code: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "joint-code", code)


def _locked(public_id: str, actor: Actor) -> JointAssessment:
    rows = JointAssessment.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.select_related("incident").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.JOINT_WRITE, found)
    return found


def _self(actor: Actor) -> Tenure:
    """The seat by which the actor takes part."""
    held = Tenure.objects.filter(
        current(clock.now()), person__user=actor.account, seat__organisation=actor.organisation
    )
    found = held.select_related("seat__organisation", "person__user").first()
    if found is None:
        raise NotFound
    return found


def _name(found: JointAssessment, tenure: Tenure) -> bool:
    """Whether somebody has been named who was not."""
    home: Organisation = tenure.seat.organisation
    user: User | None = tenure.person.user
    if user is None:
        return False
    _party, fresh = JointParty.objects.get_or_create(
        assessment=found, user=user, defaults={"organisation": home, "track": home.track, "named_at": clock.now()}
    )
    grant(found, Grant(Grantee.USER, user.pk))
    return fresh
