"""The verbs of operations, agreements and the ledger, each with a call that works."""

from datetime import date
from typing import Any

from tests.journal.story import Act, Story
from tongbao.cooperation import actions as agreements
from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Terms
from tongbao.journal.events import Event
from tongbao.kernel.markings import TLP
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft
from tongbao.records import things
from tongbao.release import actions, export
from tongbao.release.models import Outgoing

E = Event
POWER = Named(organisations=("SUNPOWER",))


def drill(d: Any, kind: str = "drill", code: str = "DRILL1") -> Operation:
    draft = Draft(kind=kind, code=code, name_zh="演習", name_en="Drill")
    return frame_actions.begin_operation(draft, actor=d.cast.officer)


def terms(**changes: Any) -> Terms:
    given = {"name_zh": "協議", "name_en": "Agreement", "ceiling": TLP.AMBER, "valid_from": date(2026, 1, 1)}
    return Terms(**given | changes)


def _held(d: Any) -> Agreement:
    return agreements.make_agreement(d.home("GREENHILL").public_id, terms(), actor=d.cast.officer)


def _enrol(d: Any) -> Act:
    frame = drill(d).public_id
    return lambda actor: enrolment_actions.enrol(frame, POWER, actor=actor)


def _withdraw(d: Any) -> Act:
    frame = drill(d).public_id
    enrolment_actions.enrol(frame, POWER, actor=d.cast.officer)
    return lambda actor: enrolment_actions.withdraw(frame, POWER, actor=actor)


def _end(d: Any) -> Act:
    frame = drill(d).public_id
    return lambda actor: frame_actions.end_operation(frame, reason="x", actor=actor)


def _amend(d: Any) -> Act:
    held = _held(d)
    return lambda actor: agreements.amend_agreement(
        held.public_id, terms(ceiling=TLP.GREEN), version=held.version, actor=actor
    )


def _end_agreement(d: Any) -> Act:
    held = _held(d)
    return lambda actor: agreements.end_agreement(held.public_id, reason="x", actor=actor)


def _told(d: Any) -> str:
    return Outgoing.objects.filter(releases__organisation__code="MOE-E").order_by("pk")[0].public_id


def _recall(d: Any) -> Act:
    told, home = _told(d), (d.home("MOE-E").public_id,)
    return lambda actor: actions.recall(told, reason="x", organisations=home, actor=actor)


def _line(d: Any) -> str:
    home = (d.home("MOE-E").public_id,)
    return actions.recall(_told(d), reason="x", organisations=home, actor=d.cast.officer)[0].public_id


def _confirm(d: Any) -> Act:
    line = _line(d)
    return lambda actor: actions.confirm_recall(line, evidence="x", actor=actor)


def _settle(d: Any) -> Act:
    line = _line(d)
    return lambda actor: actions.settle_recall(line, reason="x", actor=actor)


def _ask(d: Any) -> Act:
    thing = things.found(d.cast.officer, "incident", d.incident.public_id)
    power, to = d.home("SUNPOWER").public_id, d.home("HARBOUR").public_id
    return lambda actor: actions.ask_consent(thing, originator=power, recipient=to, why="x", actor=actor)


def _answer(d: Any) -> Act:
    asked = _ask(d)(d.cast.officer).public_id
    return lambda actor: actions.answer_consent(asked, answer="yes", words="", actor=actor)


SHARING: dict[str, Story] = {
    "operations.frame_actions.begin_operation": Story(
        lambda d: (
            lambda actor: frame_actions.begin_operation(
                Draft(kind="event", code="EV1", name_zh="大型活動", name_en="Event"), actor=actor
            )
        ),
        {E.OPERATION_BEGUN},
        refused="handler",
    ),
    "operations.frame_actions.end_operation": Story(_end, {E.OPERATION_ENDED}, refused="handler"),
    "operations.enrolment_actions.enrol": Story(_enrol, {E.SEATS_ENROLLED}, refused="handler"),
    "operations.enrolment_actions.withdraw": Story(_withdraw, {E.SEATS_WITHDRAWN}, refused="handler"),
    "cooperation.actions.make_agreement": Story(
        lambda d: lambda actor: agreements.make_agreement(d.home("GREENHILL").public_id, terms(), actor=actor),
        {E.AGREEMENT_MADE},
        by="liaison",
        refused="handler",
        again=False,
    ),
    "cooperation.actions.amend_agreement": Story(_amend, {E.AGREEMENT_AMENDED}, by="liaison", refused="handler"),
    "cooperation.actions.end_agreement": Story(_end_agreement, {E.AGREEMENT_ENDED}, refused="auditor"),
    "release.actions.recall": Story(_recall, {E.RECALL_ASKED}, refused="handler"),
    "release.actions.confirm_recall": Story(_confirm, {E.RECALL_CONFIRMED}, by="reviewer", refused="officer"),
    "release.actions.settle_recall": Story(_settle, {E.RECALL_SETTLED}, refused="handler"),
    "release.actions.ask_consent": Story(_ask, {E.CONSENT_ASKED}, by="handler", refused="auditor"),
    "release.actions.answer_consent": Story(_answer, {E.CONSENT_ANSWERED}, by="constituent", refused="officer"),
    "release.export.note_export": Story(
        lambda d: lambda actor: export.note_export(actor=actor), {E.RELEASE_EXPORTED}, refused="admin", again=False
    ),
}
