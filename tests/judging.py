"""Beginnings of stories about judging: a level that waits for review, a report that waits for acceptance."""

from datetime import timedelta
from typing import Any

from tests.conftest import NOON, Cast
from tests.stories import handle
from tongbao.approvals import actions as approvals
from tongbao.approvals.models import Approval
from tongbao.approvals.rules import Outcome
from tongbao.incidents.actions import duties, filings
from tongbao.incidents.models import Filing, Incident, Obligation
from tongbao.incidents.rules.filings import Answers, Measure
from tongbao.kernel import clock
from tongbao.notices.rules import Grade

REPORT = Answers(
    texts={
        "times": "2026-11-23 11:30 至 2026-11-23 12:00",
        "scope": "調度中心檔案伺服器 FS-03",
        "control": "已隔離並切換至備援",
        "handling": "清除惡意程式並重設憑證",
        "cause": "遠端桌面弱密碼遭猜測",
        "tracking": "每月回報",
    },
    measures={
        "measures": (
            Measure(
                words="遠端登入改採多因子驗證",
                aspect="technical",
                due=(NOON + timedelta(days=60)).date(),
                tracking="稽核",
            ),
        )
    },
)
"""An improvement report with everything that the law asks for."""


def judged(cast: Cast, approval: Approval, outcome: Outcome = "granted", *, who: str = "reviewer", **more: Any) -> None:
    """Somebody decides, and the workers hear it."""
    approval.refresh_from_db()
    more.setdefault("reason", "" if outcome == "granted" else "請補充原因分析")
    approvals.decide(
        approval.public_id,
        outcome=outcome,
        version=approval.version,
        grade=Grade.SIGNED_IN,
        actor=getattr(cast, who),
        **more,
    )
    handle()


def level_review(incident: Incident) -> Approval:
    """The level of a case, waiting for its reviewer."""
    return Approval.objects.get(kind="level-review", subject_ref=incident.public_id)


def contained(cast: Cast, incident: Incident) -> Obligation:
    """The damage is contained: the clock of the improvement report starts. That obligation."""
    due = incident.obligations.get(duty="contain", state="due")
    duties.meet(due.public_id, evidence="containment-notice", words="已隔離", actor=cast.constituent)
    return incident.obligations.get(duty="final", state="due")


def drafted(cast: Cast, incident: Incident, form: str = "improvement-report", answers: Answers = REPORT) -> Filing:
    """A form of the organisation hit, filled in and not filed."""
    begun = filings.begin(incident.public_id, form=form, actor=cast.constituent)
    return filings.save(begun.public_id, answers, version=begun.version, actor=cast.constituent)


def filed(cast: Cast, incident: Incident) -> tuple[Filing, Approval]:
    """The improvement report handed in, and what judges it."""
    with clock.at(clock.now() + timedelta(minutes=1)):
        draft = drafted(cast, incident)
        filings.file(draft.public_id, version=draft.version, actor=cast.constituent)
    draft.refresh_from_db()
    return draft, Approval.objects.get(public_id=draft.approval)
