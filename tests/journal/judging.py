"""The verbs of classification, statutory forms and judgement, each with a call that works."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.journal.story import Act, Story
from tests.judging import REPORT, contained, drafted, filed, level_review
from tongbao.approvals import actions as approvals
from tongbao.approvals import networks
from tongbao.approvals.models import Approval
from tongbao.incidents.actions import classification, filings, reviews
from tongbao.incidents.models import Filing, Grounds, Obligation
from tongbao.journal.events import Event
from tongbao.notices.rules import Grade
from tongbao.operations.models import routine
from tongbao.profiles.classify import Impact

WORSE = Grounds(
    impacts=(Impact(dimension="availability", object="core_ci", degree="serious"),), words="調度中心停擺，影響供電"
)


def _begun(d: Any) -> tuple[Filing, Approval]:
    contained(d.cast, d.incident)
    return filed(d.cast, d.incident)


def _finding(d: Any) -> str:
    _, approval = _begun(d)
    return approvals.raise_finding(
        approval.public_id, passage="cause", words="如何確認？", actor=d.cast.reviewer
    ).public_id


def _decide(d: Any) -> Act:
    _, approval = _begun(d)
    version = approval.version
    return lambda actor: approvals.decide(
        approval.public_id, outcome="granted", version=version, grade=Grade.SIGNED_IN, actor=actor
    )


def _on_report(act: Callable[[str], Act]) -> Callable[[Any], Act]:
    return lambda d: act(_begun(d)[1].public_id)


def _withdraw(d: Any) -> Act:
    made = _proposed(d)
    return lambda actor: approvals.withdraw(made.public_id, actor=actor)


def _proposed(d: Any) -> Approval:
    return networks.propose(
        d.home("SUNPOWER").public_id,
        value="203.0.113.200",
        reason="新機房",
        operation=routine().pk,
        actor=d.cast.org_admin,
    )


def _propose(d: Any) -> Act:
    home, operation = d.home("SUNPOWER").public_id, routine().pk
    return lambda actor: networks.propose(
        home, value="203.0.113.201", reason="新機房", operation=operation, actor=actor
    )


def _granted_network(d: Any) -> Act:
    made = _proposed(d)
    approvals.decide(made.public_id, outcome="granted", version=1, grade=Grade.SIGNED_IN, actor=d.cast.officer)
    return lambda actor: networks._take_effect(made.public_id)


def _classify(d: Any) -> Act:
    version = d.version(d.incident)
    return lambda actor: classification.classify_incident(
        d.incident.public_id, regime="TW", grounds=WORSE, version=version, actor=actor
    )


def _begin(d: Any) -> Act:
    return lambda actor: filings.begin(d.incident.public_id, form="containment-notice", actor=actor)


def _save(d: Any) -> Act:
    begun = filings.begin(d.incident.public_id, form="improvement-report", actor=d.cast.constituent)
    return lambda actor: filings.save(begun.public_id, REPORT, version=begun.version, actor=actor)


def _file(d: Any) -> Act:
    contained(d.cast, d.incident)
    draft = drafted(d.cast, d.incident)
    return lambda actor: filings.file(draft.public_id, version=draft.version, actor=actor)


def _hear_judgement(d: Any) -> Act:
    _, approval = _begun(d)
    approvals.decide(
        approval.public_id,
        outcome="granted",
        version=approval.version,
        grade=Grade.SIGNED_IN,
        actor=d.cast.reviewer,
    )
    return lambda actor: filings.hear_judgement(approval.public_id, source="journal:1")


def _asked(d: Any) -> list[Approval]:
    final: Obligation = contained(d.cast, d.incident)
    assert final.due_at is not None
    return reviews.ask_for_time(
        final.public_id, until=final.due_at + timedelta(days=10), reason="鑑識未完成", actor=d.cast.constituent
    )


def _ask(d: Any) -> Act:
    final = contained(d.cast, d.incident)
    assert final.due_at is not None
    until = final.due_at + timedelta(days=10)
    return lambda actor: reviews.ask_for_time(final.public_id, until=until, reason="鑑識未完成", actor=actor)


def _hear_extension(d: Any) -> Act:
    (asked,) = _asked(d)
    approvals.decide(asked.public_id, outcome="granted", version=1, grade=Grade.SIGNED_IN, actor=d.cast.reviewer)
    return lambda actor: reviews.hear_extension(asked.public_id)


def _ask_again(d: Any) -> Act:
    made = _proposed(d)
    officer = d.cast.officer
    approvals.decide(made.public_id, outcome="returned", reason="請補", version=1, grade=Grade.API, actor=officer)
    made.refresh_from_db()
    return lambda actor: approvals.ask_again(made.public_id, reason="附契約", version=made.version, actor=actor)


def _hear_level(d: Any) -> Act:
    waiting = level_review(d.incident)
    approvals.decide(
        waiting.public_id, outcome="granted", version=waiting.version, grade=Grade.API, actor=d.cast.reviewer
    )
    return lambda actor: reviews.hear_level(waiting.public_id)


def _judge(d: Any) -> Act:
    waiting = level_review(d.incident)
    return lambda actor: reviews.judge_level(
        waiting.public_id, grounds=None, reason="", version=waiting.version, grade=Grade.SIGNED_IN, actor=actor
    )


E = Event
JUDGING: dict[str, Story] = {
    "approvals.actions.decide": Story(_decide, {E.APPROVAL_DECIDED}, by="reviewer", refused="auditor"),
    "approvals.actions.give_opinion": Story(
        _on_report(lambda key: lambda actor: approvals.give_opinion(key, agrees=True, words="", actor=actor)),
        {E.APPROVAL_OPINION_GIVEN},
        by="reviewer",
        refused="auditor",
        again=False,
    ),
    "approvals.actions.step_aside": Story(
        _on_report(lambda key: lambda actor: approvals.step_aside(key, reason="曾任職該公司", actor=actor)),
        {E.APPROVAL_OPINION_GIVEN},
        by="reviewer",
        refused="auditor",
        again=False,
    ),
    "approvals.actions.raise_finding": Story(
        _on_report(
            lambda key: lambda actor: approvals.raise_finding(key, passage="cause", words="如何確認？", actor=actor)
        ),
        {E.FINDING_RAISED},
        by="reviewer",
        refused="auditor",
        again=False,
    ),
    "approvals.actions.answer_finding": Story(
        lambda d: (lambda key: lambda actor: approvals.answer_finding(key, words="見附件", actor=actor))(_finding(d)),
        {E.FINDING_ANSWERED},
        by="constituent",
        refused="auditor",
        again=False,
    ),
    "approvals.actions.settle_finding": Story(
        lambda d: (lambda key: lambda actor: approvals.settle_finding(key, actor=actor))(_finding(d)),
        {E.FINDING_SETTLED},
        by="reviewer",
        refused="auditor",
    ),
    "approvals.actions.ask_again": Story(
        _ask_again, {E.APPROVAL_SUBMITTED}, by="org_admin", refused="auditor", again=False
    ),
    "approvals.actions.withdraw": Story(_withdraw, {E.APPROVAL_WITHDRAWN}, by="org_admin", refused="auditor"),
    "approvals.networks.propose": Story(_propose, {E.APPROVAL_SUBMITTED}, by="org_admin", refused="constituent"),
    "approvals.networks._take_effect": Story(_granted_network, {E.NETWORK_ADDED}),
    "incidents.actions.classification.classify_incident": Story(
        _classify, {E.INCIDENT_CLASSIFIED}, refused="constituent"
    ),
    "incidents.actions.filings.begin": Story(_begin, {E.FILING_DRAFTED}, by="constituent", refused="auditor"),
    "incidents.actions.filings.save": Story(_save, {E.FILING_DRAFTED}, by="constituent"),
    "incidents.actions.filings.file": Story(_file, {E.FILING_FILED, E.OBLIGATION_MET}, by="constituent"),
    "incidents.actions.filings.hear_judgement": Story(_hear_judgement, {E.FILING_JUDGED, E.TASK_CREATED}),
    "incidents.actions.reviews.ask_for_time": Story(_ask, {E.APPROVAL_SUBMITTED}, by="constituent", refused="auditor"),
    "incidents.actions.reviews.hear_level": Story(_hear_level, {E.INCIDENT_CLASSIFIED, E.OBLIGATION_MET}),
    "incidents.actions.reviews.hear_extension": Story(_hear_extension, {E.OBLIGATION_EXTENDED}),
    "incidents.actions.reviews.judge_level": Story(
        _judge, {E.APPROVAL_DECIDED, E.OBLIGATION_MET}, by="reviewer", refused="auditor"
    ),
}
