"""The verbs of work on cases and reports, of mail and of handing on, each with a call that works."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from tests.conftest import NOON
from tests.journal.story import Act, Story
from tests.observations.feeds import POWER, deliver, finding, named, ssh
from tests.stories import opened, reported
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.incidents import handing_on, mailing
from tongbao.incidents.actions import (
    informing,
    inquiries,
    mails,
    observed,
    playbooks,
    splitting,
    supplements,
    transfers,
    triage,
)
from tongbao.incidents.actions.splitting import Split
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.handing_on import Bundle
from tongbao.incidents.mailing import Opened
from tongbao.incidents.models import Inquiry, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.events import Event
from tongbao.notices.incoming import placing
from tongbao.notices.models import Incoming
from tongbao.observations.actions import findings
from tongbao.parties.models import ContactPoint
from tongbao.standards import letters
from tongbao.wiring import worker

E = Event
PARTNER = "CSIRT-ARC"
BUNDLE = Bundle(
    format=handing_on.FORMAT,
    sender=PARTNER,
    to="NCO",
    sent_at=NOON.isoformat(),
    reference="ARC-1",
    title="x",
    summary="",
    type="fraud/phishing",
    tlp="TLP:AMBER",
    aware_at=NOON.isoformat(),
    note="x",
    named=(("domain", "evil.example"),),
)


def _inform_participants(d: Any) -> Act:
    asks = {"kind": "webhook", "cases": "joined", "cases_since": NOON, "verified_at": NOON}
    ContactPoint.objects.create(seat=d.seat(), address="https://cases.sunpower.example/", **asks)
    (happening,) = [
        each
        for each in worker.read_journal(frozenset({E.PARTICIPANT_ADDED}), 0, 100)
        if ("organisation", d.home("SUNPOWER").public_id) in each.refs and d.incident.subject() in each.refs
    ]
    return lambda actor: informing.inform_participants(happening)


def _ask(d: Any) -> Act:
    thread, due = d.thread("SUNPOWER"), NOON + timedelta(days=1)
    return lambda actor: inquiries.ask(d.incident.public_id, threads=[thread], words="x", due_at=due, actor=actor)


def _asked(d: Any) -> str:
    made: Inquiry = _ask(d)(d.cast.officer)[0]
    return made.public_id


def _answer(d: Any) -> Act:
    asked = _asked(d)
    return lambda actor: inquiries.answer(asked, words="x", actor=actor)


def _settle(d: Any) -> Act:
    asked = _asked(d)
    return lambda actor: inquiries.settle(asked, note="x", actor=actor)


def _arrived(words: str) -> tuple[Opened, Incoming]:
    """A mail that is no answer to a notice."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "wang@mail.example", "csirt@nco.example", "x"
    message["Message-ID"] = f"<{words}@mail.example>"
    message.set_content(words)
    raw = message.as_bytes()
    return mailing.opened(letters.read(raw)), placing.take_mail(raw)


def _first_mail(d: Any) -> Act:
    came, found = _arrived("first")
    return lambda actor: mails.begun(came, [], found, key="mail:first")


def _continued(d: Any) -> Act:
    came, found = _arrived("later")
    return lambda actor: mails.continued(d.citizen.public_id, came, [], found)


def _open_from_finding(d: Any) -> Act:
    deliver(ssh(POWER), named("scan_ssh"), actor=d.cast.officer)
    found = finding(POWER)
    findings.acknowledge([found.public_id], verdict="confirmed", actor=d.cast.constituent)
    draft = IncidentDraft(title="x", owner=d.home("SUNPOWER").public_id, addresses=POWER, level=2)
    return lambda actor: observed.open_from_finding(found.public_id, draft, actor=actor)


def _begin_playbook(d: Any) -> Act:
    return lambda actor: playbooks.begin_playbook(d.incident.public_id, playbook="phishing", actor=actor)


def _split(d: Any) -> Act:
    case, parts = opened(d.cast, title="兩案"), [_anonymous(d, "nobody"), _anonymous(d, "somebody")]
    for each in parts:
        triage.merge_submission(each.public_id, into=case.public_id, version=d.version(each), actor=d.cast.officer)
    version, split = d.version(case), Split((parts[1].public_id,), title="x", reason="x")
    return lambda actor: splitting.split_incident(case.public_id, split, version=version, actor=actor)


def _anonymous(d: Any, key: str = "nobody") -> Submission:
    return reported(d.cast, "anonymous", key=key, summary=key)


def _correct_by_receipt(d: Any) -> Act:
    held = _anonymous(d)
    return lambda actor: supplements.correct_by_receipt(held, Draft(summary="y"))


def _withdraw_by_receipt(d: Any) -> Act:
    held = _anonymous(d)
    return lambda actor: supplements.withdraw_by_receipt(held, words="x")


def _hand_on(d: Any) -> Act:
    case = opened(d.cast, title="x", type="fraud/phishing", addresses="evil.example").public_id
    return lambda actor: transfers.hand_on(case, organisation=PARTNER, kind="bundle", note="x", actor=actor)


def _come_back(d: Any) -> Act:
    upload = Received(store.write([b"{}"]), "bundle.json", "application/json")
    return lambda actor: transfers.come_back(d.incident.public_id, BUNDLE, "0" * 64, upload, code=PARTNER, actor=actor)


def _note_arrival(d: Any) -> Act:
    return lambda actor: transfers.note_arrival(d.waiting.public_id, BUNDLE, "0" * 64, code=PARTNER, actor=actor)


CASEWORK: dict[str, Story] = {
    "incidents.actions.inquiries.ask": Story(_ask, {E.INQUIRY_ASKED}, refused="auditor", again=False),
    "incidents.actions.inquiries.answer": Story(_answer, {E.INQUIRY_ANSWERED}, by="constituent", refused="auditor"),
    "incidents.actions.inquiries.settle": Story(_settle, {E.INQUIRY_SETTLED}, refused="auditor"),
    "incidents.actions.mails.continued": Story(_continued, {E.LOG_ENTERED, E.INCOMING_SETTLED}),
    "incidents.actions.mails.begun": Story(_first_mail, {E.SUBMISSION_RECEIVED, E.SUBMISSION_MAILED}),
    "incidents.actions.observed.open_from_finding": Story(
        _open_from_finding, {E.FEED_FINDING_OPENED_CASE, E.INCIDENT_OPENED}, refused="auditor"
    ),
    "incidents.actions.playbooks.begin_playbook": Story(
        _begin_playbook, {E.PLAYBOOK_BEGUN, E.TASK_CREATED}, refused="auditor"
    ),
    "incidents.actions.splitting.split_incident": Story(
        _split, {E.INCIDENT_SPLIT, E.INCIDENT_OPENED}, refused="auditor"
    ),
    "incidents.actions.supplements.add": Story(
        lambda d: lambda actor: supplements.add(d.waiting.public_id, words="x", actor=actor),
        {E.SUBMISSION_SUPPLEMENTED},
        refused="auditor",
        again=False,
    ),
    "incidents.actions.supplements.correct": Story(
        lambda d: lambda actor: supplements.correct(d.waiting.public_id, Draft(summary="y", level=2), actor=actor),
        {E.SUBMISSION_SUPPLEMENTED},
        by="city",
        refused="auditor",
    ),
    "incidents.actions.supplements.correct_by_receipt": Story(_correct_by_receipt, {E.SUBMISSION_SUPPLEMENTED}),
    "incidents.actions.supplements.withdraw_by_receipt": Story(
        _withdraw_by_receipt, {E.SUBMISSION_SUPPLEMENTED, E.SUBMISSION_WITHDRAWN}
    ),
    "incidents.actions.informing.inform_participants": Story(_inform_participants, {E.RELEASE_ENTERED}),
    "incidents.actions.transfers.hand_on": Story(
        _hand_on, {E.INCIDENT_HANDED_ON, E.TRANSFER_KEPT}, refused="auditor", again=False
    ),
    "incidents.actions.transfers.come_back": Story(_come_back, {E.TRANSFER_KEPT}, refused="auditor", again=False),
    "incidents.actions.transfers.note_arrival": Story(_note_arrival, {E.TRANSFER_KEPT}, refused="auditor", again=False),
}
