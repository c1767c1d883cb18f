"""The life of a case: opening, editing, telling, answering, closing, reopening, linking, merging."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tongbao.approvals.models import Approval
from tongbao.incidents import queries
from tongbao.incidents.actions import cases, duties, log, notify, submissions, triage
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.jobs.pump import pump
from tongbao.journal import chain
from tongbao.journal import queries as journal
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import actions as notices
from tongbao.notices import links
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.operations.models import Task
from tongbao.parties.actions import organisations
from tongbao.wiring import worker

pytestmark = pytest.mark.usefixtures("noon")


def reported(cast: Cast, who: str = "constituent", level: int | None = 3, **more: Any) -> Submission:
    taken = submit(
        Draft(summary="勒索軟體", level=level, **more),
        key=f"case:{who}:{level}",
        door=Submission.Door.WEB,
        actor=getattr(cast, who),
    )
    return taken.submission


def opened(cast: Cast, submission: Submission | None = None, **draft: Any) -> Incident:
    draft.setdefault("title", "案件")
    if submission is not None and submission.owner is not None:
        draft.setdefault("owner", submission.owner.public_id)
        draft.setdefault("level", submission.level)
    return triage.open_incident(
        IncidentDraft(**draft), submission=submission.public_id if submission else None, actor=cast.officer
    )


def tell(cast: Cast, incident: Incident, **more: Any) -> list[Notice]:
    incident.refresh_from_db()
    choices = tuple(
        notify.Choice(
            organisation=each.organisation.public_id,
            seat=each.seat.public_id if each.seat else "",
            template=each.proposal.template,
            why=tuple({"reason": why.reason, "address": why.address} for why in each.proposal.why),
        )
        for each in queries.concerned(incident, cast.officer)
    )
    return notify.tell(
        incident.public_id, notify.Telling(choices=choices, **more), version=incident.version, actor=cast.officer
    )


def handle() -> None:
    pump(worker.HANDLERS, worker.read_journal)


def states(incident: Incident) -> dict[str, str]:
    rows = incident.obligations.exclude(state=Obligation.State.SUPERSEDED)
    return dict(rows.values_list("duty", "state"))


def test_it_opens_a_case_with_its_reporter_and_its_running_clocks(cast: Cast) -> None:
    submission = reported(cast)
    incident = opened(cast, submission)
    assert incident.number == "TB-2026-00001"
    (power,) = incident.participants.all()
    assert (power.role, power.organisation) == ("victim", cast.country.organisations["SUNPOWER"])
    assert states(incident) == {
        "report": "met", "review": "due", "relay": "waiting", "contain": "due", "final": "waiting",
        "re-review": "no_limit", "meeting": "no_limit", "forward": "no_limit", "public-notice": "no_limit",
    }  # fmt: skip
    submission.refresh_from_db()
    assert (submission.state, submission.incident) == ("accepted", incident)


def test_it_numbers_cases_by_operation_and_year(cast: Cast, at: Any) -> None:
    assert [opened(cast).number for _ in range(2)] == ["TB-2026-00001", "TB-2026-00002"]
    at(NOON.replace(year=2027))
    assert opened(cast).number == "TB-2027-00001"


def test_it_gives_an_anonymous_reporter_a_thread_of_its_own(cast: Cast) -> None:
    taken = submit(Draft(summary="x"), key="a", door=Submission.Door.WEB, actor=cast.anonymous)
    incident = opened(cast, taken.submission)
    participant = incident.participants.get()
    assert (participant.organisation, participant.submission) == (None, taken.submission)
    entry = log.message_by_receipt(taken.submission, words="補充說明")
    assert (entry.participant, entry.by_office, entry.author) == (participant, False, None)


def test_it_lets_nobody_write_by_receipt_to_what_has_been_rejected(cast: Cast) -> None:
    taken = submit(Draft(summary="x"), key="a", door=Submission.Door.WEB, actor=cast.anonymous)
    submissions.reject(taken.submission.public_id, reason="非事件", version=1, actor=cast.officer)
    with pytest.raises(Conflict, match="no-case-yet"):
        log.message_by_receipt(taken.submission, words="x")


def test_it_supersedes_the_clocks_when_the_level_changes(cast: Cast) -> None:
    incident = opened(cast, reported(cast, level=1))
    edited = cases.edit_incident(
        incident.public_id,
        IncidentDraft(title="案件", level=4, owner=cast.country.organisations["SUNPOWER"].public_id),
        version=1,
        actor=cast.handler,
    )
    due = {row.duty: row.due_at for row in edited.obligations.open()}
    assert due == {
        "report": NOON + timedelta(hours=1),
        "review": NOON + timedelta(hours=2),
        "contain": NOON + timedelta(hours=36),
    }
    superseded = edited.obligations.filter(state="superseded").values_list("duty", flat=True)
    assert set(superseded) == {"review", "contain"}
    assert edited.obligations.get(duty="report", state="due").restarted, "the new level has to be reported"


def test_it_shows_the_second_editor_what_the_first_changed(cast: Cast) -> None:
    incident = opened(cast)
    cases.edit_incident(incident.public_id, IncidentDraft(title="甲"), version=1, actor=cast.officer)
    with pytest.raises(Conflict) as refused:
        cases.edit_incident(incident.public_id, IncidentDraft(title="乙"), version=1, actor=cast.handler)
    assert [(c.event, c.by) for c in refused.value.changes] == [("incident.edited", "林值勤")]
    incident.refresh_from_db()
    assert incident.title == "甲"


def test_it_changes_nothing_when_nothing_is_changed(cast: Cast) -> None:
    incident = opened(cast, title="甲")
    written = JournalEntry.objects.count()
    same = IncidentDraft(title="甲", aware_at=incident.aware_at)
    assert cases.edit_incident(incident.public_id, same, version=1, actor=cast.officer).version == 1
    assert JournalEntry.objects.count() == written


def test_it_meets_the_review_by_the_ministrys_answer(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    receipt = Receipt.objects.get(organisation__code="MOE-E")
    notices.answer_by_link(links.token(receipt), code="confirm")
    assert states(incident)["review"] == "due"
    handle()
    review = incident.obligations.get(duty="review")
    approval = Approval.objects.get(kind="level-review", subject_ref=incident.public_id)
    assert (review.state, review.evidence, review.evidence_ref) == ("met", "level-review", approval.public_id)
    assert (approval.state, approval.rulings.get().grade) == ("granted", "link")
    entry = LogEntry.objects.get(incident=incident, kind="evidence")
    assert entry.participant is not None
    assert entry.participant.organisation == receipt.organisation
    assert not entry.by_office


def test_it_hears_an_answer_only_once_however_often_it_is_handled(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    receipt = Receipt.objects.get(organisation__code="MOE-E")
    notices.answer_by_link(links.token(receipt), code="confirm")
    seq = JournalEntry.objects.get(event="receipt.answered").seq
    for _ in range(3):
        duties.hear_answer(receipt.public_id, code="confirm", source=f"journal:{seq}")
    handle()
    assert LogEntry.objects.filter(incident=incident, kind="evidence").count() == 1


def test_it_does_not_take_another_organisations_word_for_it(cast: Cast) -> None:
    """The hoster is asked about an address; nothing it says reviews the level."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66")
    tell(cast, incident)
    receipt = Receipt.objects.get(organisation__code="FARHILL")
    notices.answer(receipt.public_id, code="confirmed", words="已停機", grade=Grade.SIGNED_IN, actor=cast.hoster)
    handle()
    assert states(incident)["review"] == "due"


def test_it_meets_an_obligation_late_when_the_evidence_is_late(cast: Cast, at: Any) -> None:
    incident = opened(cast, reported(cast))
    review = incident.obligations.get(duty="review")
    at(NOON + timedelta(hours=2, seconds=1))
    done = duties.meet(review.public_id, evidence="level-review", words="電話確認第三級", actor=cast.officer)
    assert done.state == "late"


def test_it_lets_the_obliged_report_containment_themselves(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    contain = incident.obligations.get(duty="contain")
    with pytest.raises(NotFound):
        duties.meet(contain.public_id, evidence="containment-notice", words="x", actor=cast.stranger)
    duties.meet(contain.public_id, evidence="containment-notice", words="已復原", actor=cast.constituent)
    assert states(incident)["contain"] == "met"
    with pytest.raises(Conflict, match="obligation-settled"):
        duties.meet(contain.public_id, evidence="containment-notice", words="x", actor=cast.officer)


@pytest.mark.parametrize("evidence", ["submission", "level-review", "nonsense", ""])
def test_it_accepts_only_fitting_evidence(evidence: str, cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    contain = incident.obligations.get(duty="contain")
    with pytest.raises(Invalid):
        duties.meet(contain.public_id, evidence=evidence, words="x", actor=cast.officer)


def test_it_closes_only_when_no_obligation_is_open(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    with pytest.raises(Conflict, match="obligations-open"):
        cases.close_incident(incident.public_id, outcome="完成", version=1, actor=cast.officer)
    for row in incident.obligations.unsettled():
        duties.waive(row.public_id, reason="演練資料", actor=cast.officer)
    incident.refresh_from_db()
    closed = cases.close_incident(incident.public_id, outcome="完成", version=incident.version, actor=cast.officer)
    assert (closed.state, closed.closed_at) == ("closed", NOON)
    with pytest.raises(Conflict, match="incident-not-open"):
        cases.close_incident(incident.public_id, outcome="x", version=closed.version, actor=cast.officer)
    reopened = cases.reopen_incident(incident.public_id, reason="再次發生", version=closed.version, actor=cast.officer)
    assert (reopened.state, reopened.closed_at) == ("open", None)


def test_it_lets_only_a_duty_officer_waive(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    row = incident.obligations.get(duty="review")
    with pytest.raises(Forbidden):
        duties.waive(row.public_id, reason="x", actor=cast.handler)


def test_it_merges_two_cases_and_loses_nobody(cast: Cast) -> None:
    first = opened(cast, reported(cast))
    second = opened(cast, reported(cast, who="city", level=2))
    kept = cases.merge_incident(
        second.public_id, into=first.public_id, reason="同一攻擊", version=second.version, actor=cast.officer
    )
    present = kept.participants.present().values_list("organisation__code", flat=True)
    assert set(present) == {"SUNPOWER", "HARBOUR"}
    assert kept.obligations.filter(organisation__code="HARBOUR", state="due").exists()
    second.refresh_from_db()
    assert (second.state, second.merged_into) == ("merged", first)
    assert Submission.objects.get(owner__code="HARBOUR").incident == first
    with pytest.raises(Conflict):
        cases.merge_incident(second.public_id, into=first.public_id, reason="x", version=2, actor=cast.officer)


def test_it_carries_a_late_answer_over_to_the_merged_case(cast: Cast) -> None:
    first = opened(cast)
    second = opened(cast, reported(cast), tlp=TLP.AMBER)
    tell(cast, second, tlp=TLP.GREEN)
    second.refresh_from_db()
    cases.merge_incident(
        second.public_id, into=first.public_id, reason="同一攻擊", version=second.version, actor=cast.officer
    )
    notices.answer_by_link(links.token(Receipt.objects.get(organisation__code="MOE-E")), code="confirm")
    handle()
    assert first.obligations.get(duty="review").state == "met"


def test_it_merges_nothing_into_something_wider(cast: Cast) -> None:
    wide, narrow = opened(cast, tlp=TLP.GREEN), opened(cast, tlp=TLP.AMBER)
    with pytest.raises(Conflict, match="join-widens"):
        cases.merge_incident(narrow.public_id, into=wide.public_id, reason="x", version=1, actor=cast.officer)


def test_it_links_two_cases_once(cast: Cast) -> None:
    first, second = opened(cast), opened(cast)
    one = cases.link_incidents(first.public_id, other=second.public_id, reason="同源", actor=cast.officer)
    other = cases.link_incidents(second.public_id, other=first.public_id, reason="同源", actor=cast.handler)
    assert one == other
    with pytest.raises(Invalid, match="invalid"):
        cases.link_incidents(first.public_id, other=first.public_id, reason="x", actor=cast.officer)


def test_it_hides_a_red_case_from_everyone_but_the_named(cast: Cast) -> None:
    red = opened(cast, title="紅", tlp=TLP.RED)
    assert Incident.objects.visible_to(cast.officer).filter(pk=red.pk).exists()
    assert not Incident.objects.visible_to(cast.handler).filter(pk=red.pk).exists()
    with pytest.raises(NotFound):
        log.note(red.public_id, words="x", actor=cast.handler)
    task = log.add_task(red.public_id, title="調查", actor=cast.officer)
    assert not Task.objects.visible_to(cast.handler).filter(pk=task.pk).exists()
    cases.name_reader(red.public_id, user="wang@nco.example", actor=cast.officer)
    assert Incident.objects.visible_to(cast.handler).filter(pk=red.pk).exists()
    assert Task.objects.visible_to(cast.handler).filter(pk=task.pk).exists()


def test_it_narrows_a_case_and_everything_on_it(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    task = log.add_task(incident.public_id, title="調查", actor=cast.officer)
    narrowed = IncidentDraft(title="案件", level=3, tlp=TLP.RED, owner=cast.country.organisations["SUNPOWER"].public_id)
    cases.edit_incident(incident.public_id, narrowed, version=1, actor=cast.officer)
    for who in (cast.handler, cast.constituent):
        assert not Incident.objects.visible_to(who).exists()
        assert not LogEntry.objects.visible_to(who).filter(incident=incident).exists()
        assert not Obligation.objects.visible_to(who).exists()
    assert not Task.objects.visible_to(cast.handler).filter(pk=task.pk).exists()


def test_it_keeps_threads_private(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66")
    tell(cast, incident)
    threads = {p.organisation.code: p for p in incident.participants.all() if p.organisation}
    log.message(incident.public_id, thread=threads["FARHILL"].public_id, words="主機業者", actor=cast.hoster)
    log.message(incident.public_id, thread=threads["SUNPOWER"].public_id, words="給電力公司", actor=cast.officer)
    log.note(incident.public_id, words="內部", actor=cast.officer)

    def words(who: str) -> set[str]:
        rows = LogEntry.objects.visible_to(getattr(cast, who)).filter(kind__in=["message", "note"])
        return set(rows.values_list("text", flat=True))

    assert words("hoster") == {"主機業者"}
    assert words("constituent") == {"給電力公司"}
    assert words("officer") == {"主機業者", "給電力公司", "內部"}
    with pytest.raises(NotFound):
        log.message(incident.public_id, thread=threads["SUNPOWER"].public_id, words="x", actor=cast.hoster)
    with pytest.raises(Invalid):
        log.message(incident.public_id, thread=threads["FARHILL"].public_id, words="x", tlp=TLP.RED, actor=cast.officer)


def test_it_tells_each_recipient_once_with_a_reason(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66\n203.0.113.67")
    sent = tell(cast, incident)
    assert {notice.template for notice in sent} == {"review_request", "owner_warning", "containment_request"}
    assert Receipt.objects.count() == 3
    assert Delivery.objects.count() == 3
    hoster = Receipt.objects.get(organisation__code="FARHILL")
    assert [why["address"] for why in hoster.reasons] == ["203.0.113.66", "203.0.113.67"]
    roles = dict(incident.participants.values_list("organisation__code", "role"))
    assert roles == {"SUNPOWER": "victim", "MOE-E": "reviewer", "FARHILL": "owner"}


@pytest.mark.parametrize(
    ("telling", "field"),
    [
        ({"choices": ()}, "choices"),
        ({"choices": ("x",)}, "choices"),
        ({"choices": ("ok",), "extra_zh": "a\x00"}, "extra_zh"),
        ({"choices": ("ok",), "tlp": 9}, "tlp"),
        ({"choices": ("unknown-template",)}, "choices"),
        ({"choices": ("no-reason",)}, "choices"),
    ],
)
def test_it_sends_nothing_when_something_is_wrong(telling: dict[str, Any], field: str, cast: Cast) -> None:
    incident = opened(cast)
    bank = cast.country.organisations["GREENHILL"].public_id
    made = {
        "x": notify.Choice("aaaaaaaaaaaaaaaaaaaa", "", "information", added="x"),
        "ok": notify.Choice(bank, "", "information", added="x"),
        "unknown-template": notify.Choice(bank, "", "nope", added="x"),
        "no-reason": notify.Choice(bank, "", "information"),
    }
    values = telling | {"choices": tuple(made[each] for each in telling["choices"])}
    with pytest.raises(Invalid) as refused:
        notify.tell(incident.public_id, notify.Telling(**values), version=1, actor=cast.officer)
    assert refused.value.problems[0].path == field
    assert not Notice.objects.exists()


def test_it_sends_no_mail_to_a_compromised_organisation(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    power = cast.country.organisations["SUNPOWER"]
    organisations.mark_compromised(power.public_id, compromised=True, reason="郵件伺服器遭入侵", actor=cast.officer)
    tell(cast, incident)
    receipt = Receipt.objects.get(organisation=power)
    assert not receipt.deliveries.exists()
    assert Receipt.objects.visible_to(cast.constituent).filter(pk=receipt.pk).exists()


def test_it_finds_cases_by_two_chinese_characters_and_english_prefixes(cast: Cast) -> None:
    incident = opened(
        cast, reported(cast), title="調度中心勒索軟體事件", summary="Phishing led to ransomware", systems="FS-03"
    )
    opened(cast, title="無關")

    def found(who: str, text: str) -> list[Incident]:
        return queries.search(getattr(cast, who), queries.Filters(text=text))

    for text in ("勒索", "軟體事件", "phish", "ransom", "FS-03", "日光電力", incident.number, incident.reference[:4]):
        assert found("officer", text) == [incident], text
    assert found("constituent", "勒索") == [incident]
    for text in ("phish", "FS-03", incident.number):
        assert found("constituent", text) == [], "only handlers search what only handlers see"
    for text in ("不存在", "zzz", '"', "勒索 zzz", "%", "*"):
        assert found("officer", text) == [], text


def test_it_pages_through_cases_without_missing_or_repeating_one(cast: Cast) -> None:
    for at in range(7):
        with clock.at(NOON + timedelta(minutes=at // 3)):
            opened(cast, title=f"案件{at}")
    seen: list[int] = []
    cursor = ""
    while True:
        page = queries.newest(cast.officer, queries.Filters(), cursor, size=2)
        seen += [row.pk for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 7


def test_it_leaves_an_unbroken_journal(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    notices.answer_by_link(links.token(Receipt.objects.get(organisation__code="MOE-E")), code="confirm")
    handle()
    verdict = chain.verify(journal.rows(), seals={}, head=journal.head())
    assert verdict.first_break is None
    assert verdict.checked == JournalEntry.objects.count()


def test_it_lets_participants_leave_no_trace_of_others(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66")
    tell(cast, incident)
    assert set(Participant.objects.visible_to(cast.hoster).values_list("organisation__code", flat=True)) == {"FARHILL"}
