"""What hangs on a case: the submission it came from, its obligations, a notice, a task."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from bench.frame import Plan, stamp
from tongbao.incidents.models import Grounds
from tongbao.incidents.rules import duties
from tongbao.incidents.rules.intake import Draft
from tongbao.kernel import canonical
from tongbao.policy.models import UNTIMED
from tongbao.profiles.clocks import Moments
from tongbao.profiles.model import Profile

if TYPE_CHECKING:
    from bench.case import Maker


NOTHING = canonical.text(Grounds())


class Told(Struct, frozen=True):
    """What was reported."""

    summary: str
    description: str
    kind: str
    level: int | None
    aware: datetime
    received: datetime


def submission(maker: "Maker", plan: Plan, told: Told, incident: int | None, state: str = "accepted") -> int:
    """What came in: with a case when it was accepted, else in ``state``."""
    rng, tables, frame, owner = maker.rng, maker.tables, maker.frame, plan.owner
    draft = Draft(
        summary=told.summary[:200],
        description=told.description,
        type=told.kind,
        level=told.level,
        aware_at=told.aware,
    )
    content = canonical.text(draft)
    digest = canonical.digest(content)
    decided = state not in ("new", "quarantined")
    key = tables.submissions.add(
        maker.id(), frame.operation, rng.choice(("web", "web", "api")), stamp(told.received), content, digest,
        rng.randbytes(32).hex(), draft.summary, stamp(told.aware), told.level, "zh-hant",
        owner.key if owner else None, None, state, "flood" if state == "quarantined" else "",
        stamp(plan.opened) if decided else None, rng.choice(frame.officers) if decided else None, incident,
        2 if decided else 1, 2, owner.track if owner else 0,
    )  # fmt: skip
    tables.keys.add(rng.randbytes(32).hex(), digest, key, stamp(told.received))
    if owner:
        tables.audience.add("submission", key, "organisation", owner.key, stamp(UNTIMED))
    names = [owner.zh, owner.en] if owner else []
    maker.doc("submission", key, [draft.summary, told.description, "", "", "", *names])
    return key


def reviewer(plan: Plan, profile: Profile) -> int | None:
    """Who reviews the level of the owner's incidents."""
    entity = profile.entity_type(plan.owner.entity_type) if plan.owner else None
    if entity is None or plan.owner is None:
        return None
    return plan.owner.supervisor if entity.reviewer == "supervisor" else plan.owner.ministry


def obligations(
    maker: "Maker", plan: Plan, told: Told, incident: int, submission: int | None, closed: datetime | None
) -> None:
    """What the law required; settled in a closed case, half of it open in an open one."""
    rng, frame, owner = maker.rng, maker.frame, plan.owner
    if owner is None:
        return
    situation = duties.Situation(
        profile=frame.profile,
        entity_type=owner.entity_type,
        rank=told.level or 0,
        facts={},
        moments=Moments(aware=told.aware, received=told.received),
        reporter=owner.key,
        reviewer=reviewer(plan, frame.profile),
        authority=frame.office,
    )
    for due in duties.derive(situation):
        open_ = closed is None and due.duty != "report" and rng.random() < 0.5
        if due.state != "due" and not open_:
            continue  # what waited for nothing was never met: a closed case has none of it
        settled = told.received if due.duty == "report" else told.received + timedelta(hours=rng.uniform(1, 60))
        state = due.state if open_ else duties.settled_as(due.due_at, settled)
        maker.tables.duties.add(
            maker.id(), frame.operation, submission, incident, incident, frame.profile.regime, frame.profile.id,
            due.duty, due.variant, told.level, due.role, due.organisation, _stamp(due.starts_at), _stamp(due.due_at),
            _stamp(due.due_at), int(due.restarted), state, None if open_ else stamp(settled),
            "" if open_ else "submission", stamp(told.received),
        )  # fmt: skip


def classification(maker: "Maker", told: Told, incident: int) -> None:
    """The level as it was reported."""
    if told.level is None:
        return
    profile = maker.frame.profile
    maker.tables.findings.add(
        maker.id(), incident, profile.regime, profile.id, "", told.level, NOTHING, "[]", "reporter", "system:bench",
        stamp(told.received),
    )  # fmt: skip


def _stamp(moment: datetime | None) -> str | None:
    return stamp(moment) if moment is not None else None


def notice(maker: "Maker", plan: Plan, ref: str, tlp: int) -> None:
    """A notice to one to three recipients; nearly all have answered."""
    rng, tables, frame = maker.rng, maker.tables, maker.frame
    sent = plan.opened + timedelta(minutes=40)
    title = f"案件 {ref[:4]}-{ref[4:8]} 知會事項".upper()
    key = tables.notices.add(
        maker.id(), frame.operation, "incident", ref, "information", title, f"Information on case {ref[:8]}",
        "本單位正處理資通安全事件，請回覆已收到。",
        "A security incident is being handled. Please say that you have received this.",
        stamp(sent + timedelta(hours=24)), stamp(sent), rng.choice(frame.officers), min(tlp, 3), 0,
    )  # fmt: skip
    homes = {home.key: home for home in [plan.owner, plan.other, *rng.sample(frame.homes, 1)] if home}
    for home in list(homes.values())[: rng.choice((1, 2, 3))]:
        tables.audience.add("notice", key, "organisation", home.key, stamp(UNTIMED))
        answered = rng.random() < (0.7 if plan.open else 0.97)
        reasons = json.dumps([{"reason": "address-owner", "address": "198.18.0.1"}])
        receipt = tables.receipts.add(
            maker.id(), frame.operation, key, home.key, home.seat, reasons, stamp(sent),
            stamp(sent + timedelta(days=14)), stamp(sent + timedelta(hours=3)) if answered else None,
            "received" if answered else "", "link" if answered else "",
        )  # fmt: skip
        if home.contact is not None:
            tables.deliveries.add(
                maker.id(), receipt, home.contact, "email", home.address, "zh-hant", "sent", stamp(sent), 1,
                stamp(sent + timedelta(seconds=20)), "250 OK",
            )  # fmt: skip


def task(maker: "Maker", plan: Plan, ref: str, tlp: int, closed: datetime | None) -> None:
    rng, frame = maker.rng, maker.frame
    due = plan.opened + timedelta(hours=rng.uniform(4, 200))
    track = plan.owner.track if plan.owner else 0
    maker.tables.tasks.add(
        maker.id(), frame.operation, "incident", ref, "向通報機關索取防火牆日誌", stamp(due), stamp(plan.opened),
        stamp(min(due, closed)) if closed else None, tlp, track,
    )  # fmt: skip
