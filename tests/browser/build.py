"""``python -m tests.browser.build PASSWORD``: an instance with something on every page; prints where it is.

The document printed: ``at``, the parts of addresses by name, and ``sessions``, a session key for each of the cast.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django


class Upload:
    """A small text file, as a form would send it."""

    def __init__(self, name: str) -> None:
        self.name: str | None = name
        self.content_type: str | None = "text/plain"

    def chunks(self) -> Iterator[bytes]:
        yield b"2026-11-26 06:12 deny tcp 203.0.113.66"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
    django.setup()
    from tests.browser.statutory import papers
    from tongbao.wiring import preparing
    from tongbao.wiring.demo import country

    preparing.prepare()
    built = country.build(sys.argv[1])
    at = {
        **organisations(built),
        **told_case(built),
        **other_cases(built),
        **submissions(built),
        **operation(built),
        **sharing(built),
        **papers(built),
        **helping(built),
        **takedowns(built),
        **lessons(built),
        **joint(built),
        **watching(built),
        **warnings(built),
        **feeds(built),
    }
    sessions = {who: session(user) for who, user in built.people.items()}
    json.dump({"at": at, "sessions": sessions}, sys.stdout)


def feeds(country: Any) -> dict[str, str]:
    """A file with refused lines and other columns, its findings told to their owner, one of them confirmed."""
    from tests.observations.feeds import NOBODY, POWER, deliver, finding, named, ssh
    from tongbao.kernel import clock
    from tongbao.notices.models import Receipt
    from tongbao.observations import digests
    from tongbao.observations.actions import findings
    from tongbao.parties.standing import actor_of

    officer, owner = (actor_of(country.people[who]) for who in ("officer", "constituent"))
    today = clock.now().date()
    content = ssh(POWER, "198.51.100.24", NOBODY, day=today, hour=0).replace(b"serverid_raw", b"surprise")
    run = deliver(content + b"never,198.51.100.9,22\n", named("scan_ssh", today), actor=officer)
    with clock.at(clock.now() + timedelta(minutes=11)):
        digests.send_due()
    key = finding(POWER).public_id
    findings.acknowledge([key], verdict="confirmed", words="確有此服務", actor=owner)
    receipt = Receipt.objects.get(notice__template="findings", organisation__code="SUNPOWER")
    return {
        "feed_run": run.public_id,
        "feed_finding": key,
        "feed_unowned": finding(NOBODY).public_id,
        "feed_receipt": receipt.public_id,
    }


def _partner_alert() -> str:
    """A partner's warning that came in and is faulty: it is listed with what is wrong."""
    from tests.notices.test_partners import quake
    from tongbao.notices.partners import described, taking
    from tongbao.standards.cap import writing

    broken = writing.serialise(quake()).replace(b"<certainty>Observed</certainty>", b"", 1)
    return taking.take(broken, described.NOTHING)[0].public_id


def warnings(country: Any) -> dict[str, str]:
    """A warning that went out and was answered by one of three, one that waits for a second person, one being
    written, one sent by an officer alone; recipients kept under a name."""
    from msgspec.structs import replace

    from tongbao.files import store
    from tongbao.files.steps import Received
    from tongbao.notices import actions
    from tongbao.notices.actions import audiences, drafts, enclosing
    from tongbao.notices.models import Draft, Receipt
    from tongbao.notices.rules import Grade
    from tongbao.notices.rules.content import Area, Audience
    from tongbao.operations.models import routine
    from tongbao.parties.standing import actor_of
    from tongbao.profiles.model import Label

    officer, handler = (actor_of(country.people[who]) for who in ("officer", "handler"))
    blanks = {
        "place": Label("the central counties", "中部各縣市"),
        "time": Label("14:37", "14:37"),
        "what": Label("electricity", "電力"),
        "duration": Label("four hours", "四小時"),
    }
    named = Audience(
        organisations=tuple(country.organisations[c].public_id for c in ("SUNPOWER", "HARBOUR", "FARHILL"))
    )

    def drafted(actor: Any, **changes: Any) -> Any:
        """With a file."""
        made = drafts.start_draft(routine().public_id, event="energy-emergency", values=blanks, actor=actor)
        where = Area(counties=("TW-TXG", "TW-CHA"), circle="24.15,120.67 25")
        content = replace(made.warning, **({"audience": named, "area": where} | changes))
        made = drafts.edit_draft(made.public_id, content, version=made.version, actor=actor)
        map_of = Received(store.write([b"24.15,120.67"]), "撤離路線 evacuation.txt", "text/plain")
        return enclosing.enclose(made.public_id, [map_of], version=made.version, actor=actor)

    first = drafted(handler)
    first = drafts.submit_draft(first.public_id, version=first.version, actor=handler)
    notice = drafts.approve_draft(first.public_id, digest=first.digest, actor=officer)
    receipt = Receipt.objects.get(notice=notice, organisation=country.organisations["SUNPOWER"])
    actions.answer(receipt.public_id, code="can-act", grade=Grade.TELEPHONE, actor=officer)
    ready = Draft.objects.get(replaces=notice, state=Draft.State.PREPARED)
    public = drafted(handler, audience=Audience(public=True), tlp=0)
    public = drafts.submit_draft(public.public_id, version=public.version, actor=handler)
    everybody = drafts.approve_draft(public.public_id, digest=public.digest, actor=officer)
    waiting = drafted(handler)
    waiting = drafts.submit_draft(waiting.public_id, version=waiting.version, actor=handler)
    writing = drafts.start_draft(routine().public_id, event="cyber-attack", values={}, actor=officer)
    alone = drafted(handler)
    drafts.break_glass(alone.public_id, because="無人可會簽，情況緊急", version=alone.version, actor=handler)
    kept = audiences.keep_audience(
        None,
        name_zh="能源與金融",
        name_en="Energy and finance",
        audience=Audience(sectors=("energy", "finance")),
        actor=officer,
    )
    return {
        "partner_alert": _partner_alert(),
        "warning": notice.public_id,
        "warning_public": everybody.public_id,
        "draft": writing.public_id,
        "draft_waiting": waiting.public_id,
        "draft_alone": alone.public_id,
        "draft_ready": ready.public_id,
        "audience": kept.public_id,
    }


def told_case(country: Any) -> dict[str, str]:
    """A case with notices, one of them answered, a thread with a file, a note, tasks done, open and late."""
    from tongbao.files import steps as files
    from tongbao.files.models import StoredFile
    from tongbao.incidents import queries
    from tongbao.incidents.actions import log, notify, triage
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.actions.triage import IncidentDraft
    from tongbao.incidents.models import Participant, Submission
    from tongbao.incidents.rules.intake import Draft
    from tongbao.kernel import clock
    from tongbao.kernel.markings import TLP
    from tongbao.notices import actions, links
    from tongbao.notices.models import Receipt
    from tongbao.notices.rules import Grade
    from tongbao.operations import actions as operations
    from tongbao.parties.standing import actor_of

    officer, power = actor_of(country.people["officer"]), actor_of(country.people["constituent"])
    taken = submit(
        Draft(
            summary="調度中心檔案伺服器遭勒索軟體加密",
            description="凌晨發現共用資料夾遭加密。",
            level=3,
            type="malicious-code/infected-system",
            systems="FS-03",
            addresses="203.0.113.66",
            measures="已離線",
            contact_name="張聯絡",
        ),
        key="browser:power",
        door=Submission.Door.WEB,
        uploads=files.receive([Upload("紀錄.txt")]),
        actor=power,
    )
    case = triage.open_incident(
        IncidentDraft(
            title="電力公司勒索軟體事件",
            summary="調度系統未受影響。",
            type="malicious-code/infected-system",
            level=3,
            tlp=TLP.GREEN,
            owner=country.organisations["SUNPOWER"].public_id,
            systems="FS-03",
            addresses="203.0.113.66",
        ),
        submission=taken.submission.public_id,
        actor=officer,
    )
    choices = tuple(
        notify.Choice(
            organisation=each.organisation.public_id,
            seat=each.seat.public_id if each.seat else "",
            template=each.proposal.template,
            why=tuple({"reason": why.reason, "address": why.address} for why in each.proposal.why),
        )
        for each in queries.concerned(case, officer)
    )
    notify.tell(case.public_id, notify.Telling(choices=choices), version=case.version, actor=officer)
    thread = Participant.objects.get(incident=case, organisation__code="SUNPOWER").public_id
    log.message(
        case.public_id,
        thread=thread,
        words="已將伺服器離線。\n\n是否需要記憶體傾印？",
        uploads=files.receive([Upload("防火牆.log")]),
        actor=power,
    )
    log.message(case.public_id, thread=thread, words="請提供。", actor=officer)
    log.message(case.public_id, thread=thread, words="已上傳。", actor=power)
    log.note(case.public_id, words="Averyverylongword" * 20, tlp=TLP.AMBER, actor=officer)
    done = log.add_task(case.public_id, title="調閱連線紀錄", actor=officer)
    operations.finish_task(done.public_id, outcome="已調閱", actor=officer)
    log.add_task(case.public_id, title="請主機業者提供用戶資料", due_at=clock.now() - timedelta(hours=2), actor=officer)
    receipts = {each.organisation.code: each for each in Receipt.objects.select_related("organisation")}
    actions.answer(
        receipts["MOE-E"].public_id,
        code="confirm",
        words="同意。",
        grade=Grade.SIGNED_IN,
        actor=actor_of(country.people["reviewer"]),
    )
    attached = StoredFile.objects.filter(subject_ref=taken.submission.public_id).get()
    return {
        "file": attached.public_id,
        "case": case.public_id,
        "submission_decided": taken.submission.public_id,
        "notice": receipts["MOE-E"].notice.public_id,
        "incoming": incoming(receipts["MOE-E"]),
        "receipt": receipts["SUNPOWER"].public_id,
        "receipt_answered": receipts["MOE-E"].public_id,
        "link": links.token(receipts["FARHILL"]),
    }


def incoming(receipt: Any) -> str:
    """Somebody has replied, and it cannot be told what was meant."""
    from tongbao.notices.incoming import placing

    code = receipt.deliveries.get().reply_code
    said = f"From: chen@energy.example\nSubject: Re: 通知 [TB-{code}]\nMIME-Version: 1.0\n"
    said += "Content-Type: text/plain; charset=utf-8\n\n請來電說明。\n"
    return placing.take_mail(said.encode()).public_id


def other_cases(country: Any) -> dict[str, str]:
    """An overdue case, a closed, a merged, a TLP:RED one, enough for two pages; one that began with a receipt."""
    from tongbao.incidents.actions import cases, duties, log, triage
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.actions.triage import IncidentDraft
    from tongbao.incidents.models import Participant, Submission
    from tongbao.incidents.rules.intake import Draft
    from tongbao.kernel import clock
    from tongbao.kernel.markings import TLP
    from tongbao.parties.standing import actor_of
    from tongbao.policy.actors import ANONYMOUS

    officer = actor_of(country.people["officer"])

    def opened(title: str, **known: Any) -> Any:
        return triage.open_incident(IncidentDraft(title=title, **known), actor=officer)

    with clock.at(clock.now() - timedelta(hours=30)):
        city = submit(
            Draft(summary="掛號系統遭入侵", level=4),
            key="browser:late",
            door=Submission.Door.WEB,
            actor=actor_of(country.people["city"]),
        )
        late = triage.open_incident(
            IncidentDraft(title="市立醫院個資外洩", level=4, owner=country.organisations["HARBOUR"].public_id),
            submission=city.submission.public_id,
            actor=officer,
        )
    red = opened("紅色案件", level=4, tlp=TLP.RED)
    closed = opened("誤報的小案件", level=1)
    for each in closed.obligations.all():
        duties.waive(each.public_id, reason="誤報", actor=officer)
    closed.refresh_from_db()
    cases.close_incident(closed.public_id, outcome="誤報。", version=closed.version, actor=officer)
    merged = opened("重複案件", level=1)
    cases.merge_incident(
        merged.public_id, into=late.public_id, reason="同一事件", version=merged.version, actor=officer
    )
    cases.link_incidents(late.public_id, other=red.public_id, reason="同一來源", actor=officer)
    for number in range(50):
        opened(f"釣魚網站 {number}", level=1 + number % 4, owner=country.organisations["GREENHILL"].public_id)
    reported = submit(Draft(summary="電腦好像中毒了"), key="browser:citizen", door=Submission.Door.WEB, actor=ANONYMOUS)
    followed = triage.open_incident(
        IncidentDraft(title="民眾電腦中毒", level=1), submission=reported.submission.public_id, actor=officer
    )
    thread = Participant.objects.get(incident=followed).public_id
    log.message(followed.public_id, thread=thread, words="請先拔除網路線。", actor=officer)
    return {
        "case_closed": closed.public_id,
        "case_late": late.public_id,
        "case_merged": merged.public_id,
        "case_red": red.public_id,
        "receipt_number": reported.receipt,
    }


def submissions(country: Any) -> dict[str, str]:
    """Submissions that wait, one set aside, one rejected."""
    from tongbao.incidents.actions.submissions import reject, submit
    from tongbao.incidents.models import Submission
    from tongbao.incidents.rules.intake import Arrival, Draft
    from tongbao.parties.standing import actor_of
    from tongbao.policy.actors import ANONYMOUS

    def taken(name: str, draft: Draft, *, who: Any = ANONYMOUS, trap: bool = False) -> Any:
        arrival = Arrival(trap_filled=trap)
        key = f"browser:{name}"
        return submit(draft, key=key, door=Submission.Door.WEB, arrival=arrival, actor=who).submission

    city = actor_of(country.people["city"])
    new = taken("new", Draft(summary="市府網站首頁遭置換", level=2, description="陌生圖片", systems="入口網"), who=city)
    for number in range(2):
        taken(f"more{number}", Draft(summary=f"收到可疑郵件 {number}"))
    aside = taken("aside", Draft(summary="垃圾訊息"), trap=True)
    rejected = taken("rejected", Draft(summary="電費怎麼繳"))
    officer = actor_of(country.people["officer"])
    reject(rejected.public_id, reason="非資安事件。", version=rejected.version, actor=officer)
    return {
        "submission": new.public_id,
        "submission_aside": aside.public_id,
        "submission_rejected": rejected.public_id,
    }


def organisations(country: Any) -> dict[str, str]:
    """An organisation with everything on it, one that is listed only, a group, an invitation, imports."""
    from tests.standards.exports import TICKET, exported
    from tongbao.accounts.actions import issue_token
    from tongbao.incidents.actions import imports as case_imports
    from tongbao.kernel.markings import TLP
    from tongbao.parties.actions import contacts, imports, seats
    from tongbao.parties.actions.organisations import OrganisationDraft, create_organisation, mark_compromised
    from tongbao.parties.models import Seat, SharingGroup
    from tongbao.parties.standing import actor_of
    from tongbao.policy.can import Can

    admin, officer = actor_of(country.people["admin"]), actor_of(country.people["officer"])
    arcadia = country.organisations["CSIRT-ARC"]
    seat = Seat.objects.get(organisation=arcadia)
    inviting = Seat.objects.get(organisation=country.organisations["GREENHILL"])
    _, secret = seats.offer_seat(inviting.public_id, name="Nova Guest", email="nova@greenhill.example", actor=admin)
    contacts.add_contact(seat.public_id, kind="telephone", address="+999 555 0100", actor=admin)
    mark_compromised(arcadia.public_id, compromised=True, reason="Mail server taken over.", actor=officer)
    listed = create_organisation(
        OrganisationDraft(code="LISTED", name_zh="未納管公司", name_en="Listed Company", kind="company"), actor=admin
    )
    lines = "code,name_zh,name_en,kind\nNEW,新機關,New Agency,agency\nBAD,,Bad,agency\n"
    kept = imports.receive_import(lines.encode(), name="單位名錄.csv", actor=admin)
    faulty = imports.receive_import(b"code,nonsense\nX,Y\n", name="faulty.csv", actor=admin)
    foreign = case_imports.receive_import(
        exported(TICKET, {"id": 8}), name="舊系統案件.json", product="rtir", tlp=TLP.GREEN, actor=officer
    )
    for who in ("officer", "constituent"):
        actor = actor_of(country.people[who])
        issue_token(actor=actor, label="監控平台", scopes=[Can.SUBMISSION_CREATE.value], days=90)
    return {
        "organisation": country.organisations["SUNPOWER"].public_id,
        "organisation_compromised": arcadia.public_id,
        "organisation_listed": listed.public_id,
        "group": SharingGroup.objects.get().public_id,
        "invitation": secret,
        "import": kept.public_id,
        "import_faulty": faulty.public_id,
        "case_import": foreign.public_id,
    }


def operation(country: Any) -> dict[str, str]:
    """The routine operation, with a fact, a decision and a task."""
    from tongbao.operations import actions
    from tongbao.operations.models import routine
    from tongbao.parties.standing import actor_of

    officer, frame = actor_of(country.people["officer"]), routine()
    actions.record_fact(frame.public_id, words="氣象署發布颱風警報。", source="中央氣象署", actor=officer)
    actions.record_decision(frame.public_id, words="加強值勤。", reason="通訊可能中斷。", actor=officer)
    actions.add_task(frame.public_id, title="確認備援通訊", actor=officer)
    return {"operation": frame.public_id}


def sharing(country: Any) -> dict[str, str]:
    """A test with enrolments and a task of a constituent's, an agreement, a recall, a request for consent."""
    from tongbao.cooperation.models import Agreement
    from tongbao.incidents.models import Incident
    from tongbao.operations import actions, enrolment_actions, frame_actions
    from tongbao.operations.enrolment_actions import Named
    from tongbao.operations.models import routine
    from tongbao.operations.rules import Draft
    from tongbao.parties.models import Seat
    from tongbao.parties.standing import actor_of
    from tongbao.records import things
    from tongbao.release import actions as release
    from tongbao.release.models import Outgoing

    officer = actor_of(country.people["officer"])
    draft = Draft(kind="test", code="CALL1", name_zh="通聯測試", name_en="Call-tree test", parent=routine().public_id)
    test = frame_actions.begin_operation(draft, actor=officer)
    enrolment_actions.enrol(test.public_id, Named(organisations=("SUNPOWER", "HARBOUR")), actor=officer)
    seat = Seat.objects.get(tenures__person__user=country.people["constituent"])
    actions.add_task(test.public_id, title="回報備援電力", assignee=seat.public_id, actor=officer)
    power = country.organisations["SUNPOWER"]
    outgoing = Outgoing.objects.filter(releases__organisation=power).order_by("pk")[0]
    release.recall(outgoing.public_id, reason="個資未遮蔽。", organisations=(power.public_id,), actor=officer)
    case = Incident.objects.get(title="電力公司勒索軟體事件")
    home, to = power.public_id, country.organisations["HARBOUR"].public_id
    thing = things.found(officer, "incident", case.public_id)
    release.ask_consent(thing, originator=home, recipient=to, why="協助防護。", actor=officer)
    return {
        "operation_test": test.public_id,
        "agreement": Agreement.objects.get(partner__code="CSIRT-ARC").public_id,
        "outgoing": outgoing.public_id,
    }


def helping(country: Any) -> dict[str, str]:
    """Help that the power company offers and was asked for, and its application for the alliance."""
    from tongbao.assistance.actions import capabilities, membership
    from tongbao.assistance.actions import helping as asking
    from tongbao.assistance.rules import Terms
    from tongbao.incidents.models import Incident
    from tongbao.kernel import clock
    from tongbao.parties.standing import actor_of

    people = {who: actor_of(country.people[who]) for who in ("officer", "org_admin")}
    offer = Terms(
        kind="forensics", summary="磁碟與記憶體鑑識，二人", languages="zh, en", capacity=2, terms="平日八時至十八時"
    )
    made = capabilities.offer_capability(offer, actor=people["org_admin"])
    capabilities.vet_capability(made.public_id, fit=True, words="已查證實績。", version=1, actor=people["officer"])
    asked = asking.ask_for_help(
        Incident.objects.get(title="電力公司勒索軟體事件").public_id,
        kind="forensics",
        words="兩部伺服器需製作映像並分析。",
        tlp=1,
        answer_by=clock.now() + timedelta(hours=24),
        capabilities=[made.public_id],
        actor=people["officer"],
    )
    part = asked.engagements.get()
    asking.answer_help(part.public_id, offers=True, words="明日起可派二人。", actor=people["org_admin"])
    joined = membership.apply_for_membership("具備實驗室與鑑識人力。", actor=people["org_admin"])
    return {
        "capability": made.public_id,
        "help_request": asked.public_id,
        "engagement": part.public_id,
        "membership": joined.public_id,
    }


def joint(country: Any) -> dict[str, str]:
    """A joint assessment that the other track has signed and the officer not yet."""
    from tongbao.incidents.models import Incident
    from tongbao.joint import actions
    from tongbao.parties.standing import actor_of

    officer, bureau = (actor_of(country.people[who]) for who in ("officer", "bureau"))
    case = Incident.objects.get(title="電力公司勒索軟體事件").public_id
    made, code = actions.begin_joint(case, question="是否同一行為者所為？", actor=officer)
    actions.join_joint(code, actor=bureau)
    actions.write_joint(made.public_id, text="研判為同一行為者。", edition=0, actor=officer)
    actions.write_joint(made.public_id, text="研判極可能為同一行為者。", edition=1, actor=bureau)
    actions.sign_joint(made.public_id, edition=2, agrees=True, words="依既有情資。", actor=bureau)
    return {"joint": made.public_id}


def lessons(country: Any) -> dict[str, str]:
    """A lesson with something in it that names its case, and one that everybody reads."""
    from tests.lessons.told import WORDS
    from tongbao.approvals import actions as judging
    from tongbao.approvals.models import Approval
    from tongbao.incidents.models import Incident
    from tongbao.kernel.markings import TLP
    from tongbao.lessons import actions
    from tongbao.lessons.actions import Draft
    from tongbao.notices.rules import Grade
    from tongbao.parties.standing import actor_of

    officer, handler = (actor_of(country.people[who]) for who in ("officer", "handler"))
    case = Incident.objects.filter(state=Incident.State.CLOSED, tlp__lt=TLP.RED).order_by("id")[0]
    telling = Draft(**(WORDS | {"helped_zh": f"參見 {case.number}", "change_en": ""}))
    made = actions.write_lesson(case.public_id, telling, actor=handler)
    other = actions.write_lesson(case.public_id, Draft(**WORDS, reach=TLP.CLEAR), actor=handler)
    done = actions.hand_in_lesson(other.public_id, version=other.version, actor=handler)
    waiting = Approval.objects.get(public_id=done.approval)
    judging.decide(waiting.public_id, outcome="granted", version=waiting.version, grade=Grade.SIGNED_IN, actor=officer)
    actions.hear_decision(waiting.public_id)
    return {"lesson": made.public_id, "lesson_published": other.public_id}


def takedowns(country: Any) -> dict[str, str]:
    """A page that citizens reported; its hoster was asked, has refused, and a look found it still up."""
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.models import Submission
    from tongbao.incidents.rules.intake import Draft, Entrance
    from tongbao.parties.standing import actor_of
    from tongbao.policy.actors import ANONYMOUS
    from tongbao.takedown import actions

    officer = actor_of(country.people["officer"])
    links = ("https://login.bank-safe.example/verify", "https://login.bank-safe.example/a/very/long/way?id=" + "x" * 80)
    for link in links:
        draft = Draft(summary="可疑網址", description=link, entrance=Entrance.SUSPICIOUS)
        submit(draft, key=link, door=Submission.Door.WEB, actor=ANONYMOUS)
    made = actions.open_takedown(actions.Draft(places=links[0], address="203.0.113.80"), actor=officer)
    home = country.organisations["FARHILL"].public_id
    actions.ask_takedown(made.public_id, organisation=home, part="hoster", words="請儘速處理", tlp=1, actor=officer)
    actions.check_takedown(made.public_id, verdict="up", words="以外部網路查看", actor=officer)
    return {"takedown": made.public_id}


def watching(country: Any) -> dict[str, str]:
    """Watches of the officer and the handler, a hand-over that nobody has accepted, an alert about a late duty."""
    from tongbao.incidents.models import Obligation
    from tongbao.kernel import clock
    from tongbao.parties.models import Person
    from tongbao.parties.standing import actor_of
    from tongbao.watching import left
    from tongbao.watching.actions import watches
    from tongbao.watching.models import Alert

    officer, now = actor_of(country.people["officer"]), clock.now()
    made = []
    for who, begins in (("officer", -4), ("handler", 4)):
        person = Person.objects.get(user=country.people[who]).public_id
        times = [(now + timedelta(hours=begins), now + timedelta(hours=begins + 8))]
        made += watches.plan_watches(person, times, actor=officer)
    items = [(each.kind, each.thing.public_id) for each in left.proposed(officer)]
    written = watches.write_hand_over(made[0].public_id, notes="請留意電力案。", items=items, actor=officer)
    duty = Obligation.objects.visible_to(officer).open().filter(organisation__code="SUNPOWER").first()
    assert duty is not None
    assert duty.due_at is not None
    alert = Alert.objects.create(operation=duty.operation, reason="overdue", obligation=duty, moment=duty.due_at)
    return {"watch": made[0].public_id, "hand_over": written.public_id, "alert": alert.public_id}


def session(user: Any) -> str:
    """The key of a session in which ``user`` has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    kept = SessionStore()
    kept[SESSION_KEY] = str(user.pk)
    kept[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    kept[HASH_SESSION_KEY] = user.get_session_auth_hash()
    kept.create()
    return str(kept.session_key)


if __name__ == "__main__":
    main()
