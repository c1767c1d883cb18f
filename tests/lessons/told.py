"""A closed case, and a lesson of it that gives nothing away."""

from typing import Any

from tests.conftest import Cast
from tests.stories import handle, opened, reported, settled
from tongbao.approvals import actions as judging
from tongbao.approvals.models import Approval
from tongbao.incidents.actions import cases
from tongbao.incidents.models import Incident
from tongbao.lessons import actions
from tongbao.lessons.actions import Draft
from tongbao.lessons.models import Lesson
from tongbao.notices.rules import Grade

WORDS = {
    "title_zh": "遠端維護帳號遭盜用",
    "title_en": "A remote maintenance account was taken over",
    "happened_zh": "廠商帳號未啟用多因子驗證，遭人登入並加密檔案。",
    "happened_en": "A vendor's account without a second factor was used to encrypt files.",
    "helped_zh": "離線備份於一日內還原。",
    "helped_en": "Offline backups were restored within a day.",
    "change_zh": "遠端維護一律啟用多因子驗證。",
    "change_en": "A second factor for every remote account.",
}


def closed(cast: Cast, **draft: Any) -> Incident:
    """A case of the power company's, closed."""
    draft.setdefault("addresses", "203.0.113.66\nportal.evil-host.example")
    draft.setdefault("systems", "SCADA-GW-07")
    report = reported(cast, contact_name="張聯絡", key=f"lesson {draft}")
    incident = settled(cast, opened(cast, report, **draft))
    done = cases.close_incident(incident.public_id, outcome="已復原", version=incident.version, actor=cast.officer)
    assert done.state == "closed"
    return done


def lesson(cast: Cast, incident: Incident | None = None, **changes: Any) -> Lesson:
    case = incident or closed(cast)
    return actions.write_lesson(case.public_id, Draft(**(WORDS | changes)), actor=cast.handler)


def handed_in(cast: Cast, found: Lesson) -> Approval:
    found.refresh_from_db()
    actions.hand_in_lesson(found.public_id, version=found.version, actor=cast.handler)
    found.refresh_from_db()
    return Approval.objects.get(public_id=found.approval)


def judged(cast: Cast, found: Lesson, outcome: Any = "granted", reason: str = "") -> Lesson:
    """Handed in by one, judged by another, and heard."""
    waiting = handed_in(cast, found)
    judging.decide(
        waiting.public_id,
        outcome=outcome,
        reason=reason,
        version=waiting.version,
        grade=Grade.SIGNED_IN,
        actor=cast.officer,
    )
    handle()
    found.refresh_from_db()
    return found
