"""Three stories from first contact to closure, in Chinese and without JavaScript. Threads stay private throughout."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.portal.test_entrances import following
from tests.portal.test_report import receipt
from tests.stories import handle, settled, tell
from tongbao.incidents import queries
from tongbao.incidents.actions import inquiries, participants, supplements
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Incident, Inquiry, LogEntry, Participant, Submission
from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.journal import chain
from tongbao.journal import queries as journal
from tongbao.kernel import clock
from tongbao.operations.models import Task
from tongbao.policy.actors import ANONYMOUS

pytestmark = pytest.mark.usefixtures("noon")
ZH = "zh-hant"
HOSTERS = ("http://bank.evil.example/login", "http://secure-greenhill.example/", "http://203.0.113.66/gh/")


def desk(cast: Cast, path: str, who: str = "officer") -> Browser:
    return Browser(cast.browser(who, ZH)).get(path)


def accept(cast: Cast, submission: Submission, **fields: Any) -> Incident:
    """The officer opens a case with what is suggested."""
    page = desk(cast, f"/submissions/{submission.public_id}/")
    page.send(page.form("/accept/"), **fields)
    submission.refresh_from_db()
    assert submission.incident is not None, page.text()[:1500]
    return submission.incident


def close(cast: Cast, incident: Incident, outcome: str, finding: str = "incident") -> None:
    settled(cast, incident)
    page = desk(cast, f"/incidents/{incident.public_id}/")
    page.send(page.form("/close/"), close__outcome=outcome, close__finding=finding)
    incident.refresh_from_db()
    assert (incident.state, incident.finding) == ("closed", finding), page.text()[:1500]


def unbroken() -> bool:
    return chain.verify(journal.rows(), seals={}, head=journal.head()).first_break is None


def private(cast: Cast, incident: Incident, words: dict[str, str]) -> None:
    """Each sees its own words and no other's: on the page, in the rows, by search and by program."""
    for who, own in words.items():
        actor = getattr(cast, who)
        page = Browser(cast.browser(who, ZH)).get(f"/my/cases/{incident.public_id}/")
        texts = " ".join(LogEntry.objects.visible_to(actor).values_list("text", flat=True))
        asked = " ".join(Inquiry.objects.visible_to(actor).values_list("question__text", flat=True))
        assert own in page.text() + texts, who
        for other in set(words.values()) - {own}:
            assert other not in page.response.content.decode() + texts + asked, (who, other)
        assert not queries.search(actor, queries.Filters(text=next(iter(set(words.values()) - {own})))), who


def test_a_phishing_campaign(cast: Cast) -> None:
    """200 citizens, one bank, three hosters, a foreign CSIRT."""
    numbers = []
    for n in range(200):
        draft = Draft(
            summary=f"可疑簡訊 {n}", addresses=HOSTERS[n % 3].replace("http", "hxxp"), entrance=Entrance.SUSPICIOUS
        )
        numbers.append(submit(draft, key=f"citizen:{n}", door=Submission.Door.WEB, actor=ANONYMOUS).receipt)
    triage = desk(cast, "/console/triage/")
    waiting = list(queries.waiting_submissions(cast.officer))
    assert len(waiting) == 3, "one row a link, not 200"
    assert triage.has("+66")

    incident = accept(cast, waiting[0], title="假冒青山銀行釣魚", type="fraud/phishing")
    for each in waiting[1:]:
        page = desk(cast, f"/submissions/{each.public_id}/")
        page.send(page.form("/merge/"), into=incident.number)
    assert Participant.objects.filter(incident=incident, organisation=None).count() == 200

    for home, role in (("GREENHILL", "owner"), ("FARHILL", "source"), ("CSIRT-ARC", "helper")):
        participants.add_participant(incident.public_id, organisation=home, role=role, actor=cast.officer)
    page = desk(cast, f"/incidents/{incident.public_id}/")
    page.send(page.form("/playbook/"), playbook="phishing")
    assert Task.objects.filter(subject_ref=incident.public_id).count() == 5
    parts = {each.organisation.code: each for each in incident.participants.exclude(organisation=None)}  # type: ignore[union-attr]
    for code, words in (("FARHILL", "請下架 hosterword"), ("GREENHILL", "請提醒客戶 bankword")):
        page.get(f"/incidents/{incident.public_id}/")
        page.send(
            page.form("/ask/"), ask__threads=parts[code].public_id, ask__text=words, ask__due_at="2026-11-23T18:00"
        )
    arcadia = parts["CSIRT-ARC"]
    page.get(f"/incidents/{incident.public_id}/?thread={arcadia.public_id}")
    page.send(page.form(f"/threads/{arcadia.public_id}/message/"), message__text="registrar in Arcadia partnerword")

    hoster = Browser(cast.browser("hoster", ZH)).get(f"/my/cases/{incident.public_id}/")
    asked = Inquiry.objects.get(participant=parts["FARHILL"])
    hoster.send(
        hoster.form(f"/my/inquiries/{asked.public_id}/"), text="已下架 hosterword 附套件", attachments=upload("kit.zip")
    )
    bank = Inquiry.objects.get(participant=parts["GREENHILL"])
    with clock.at(NOON + timedelta(hours=8)):
        inquiries.settle(bank.public_id, note="來電：已公告", actor=cast.officer)
        bank.refresh_from_db()
        assert bank.standing == "late"

    victim = following(cast, numbers[7], ZH)
    victim.send(victim.form(field="text"), text="我輸入了密碼 citizenword")
    private(cast, incident, {"hoster": "hosterword", "stranger": "bankword", "partner": "partnerword"})
    others = following(cast, numbers[8], ZH)
    assert not any(others.has(word) for word in ("citizenword", "hosterword", "bankword", "partnerword"))
    assert following(cast, numbers[7], ZH).has("citizenword")

    tell(cast, incident)
    handle()
    close(cast, incident, "三個網頁均已下架")
    assert following(cast, numbers[199], ZH).status == 200
    assert desk(cast, "/console/triage/").page.find(attrs={"data-row": True}) is None
    late = submit(
        Draft(summary="晚到", addresses=HOSTERS[0], entrance=Entrance.SUSPICIOUS),
        key="late",
        door=Submission.Door.WEB,
        actor=ANONYMOUS,
    )
    assert desk(cast, f"/submissions/{late.submission.public_id}/").has(incident.number), "the next one finds its case"
    assert unbroken()


def test_an_intrusion_by_telephone(cast: Cast) -> None:
    """A provider of critical infrastructure calls, completes the report in the portal, answers, and the case ends."""
    power = cast.country.organisations["SUNPOWER"]
    page = desk(cast, "/submissions/call/")
    page.send(
        page.form(field="organisation"),
        organisation=power.public_id,
        summary="調度系統遭入侵",
        contact_name="張聯絡",
        contact_telephone="0912-345-678",
        level="3",
    )
    assert page.has("請將下列編號念給來電者")
    row = Submission.objects.get()
    assert row.obligations.filter(duty="report", state="met").exists(), "the call is the report"

    own = Browser(cast.browser("constituent", ZH)).get("/my/cases/").click("調度系統遭入侵")
    own.click("更正或補齊")
    fields = {"systems": "SCADA-7", "addresses": "203.0.113.9", "measures": "已斷網", "level": "4"}
    own.send(own.form(field="summary"), **fields, description="遠端桌面遭利用")
    own.send(own.form(field="text"), text="補充日誌 powerword", attachments=upload("rdp.log"))

    incident = accept(cast, row, title="電力調度系統入侵")
    assert (incident.level, incident.owner) == (4, power)
    assert list(incident.addresses.values_list("value", flat=True)) == ["203.0.113.9"]
    assert incident.obligations.filter(state="due").exists()
    assert desk(cast, f"/incidents/{incident.public_id}/evidence/").has("rdp.log", "SHA-256")
    participants.add_participant(incident.public_id, organisation="FARHILL", role="source", actor=cast.officer)
    parts = {each.organisation.code: each for each in incident.participants.exclude(organisation=None)}  # type: ignore[union-attr]
    due = NOON + timedelta(hours=6)
    for code, words in (("SUNPOWER", "請提供管理者清單 victimword"), ("FARHILL", "誰在用這個位址 sourceword")):
        threads = [parts[code].public_id]
        inquiries.ask(incident.public_id, threads=threads, words=words, due_at=due, actor=cast.officer)
    victim = Browser(cast.browser("constituent", ZH)).get(f"/my/cases/{incident.public_id}/")
    mine = Inquiry.objects.get(participant=parts["SUNPOWER"])
    victim.send(victim.form(f"/my/inquiries/{mine.public_id}/"), text="清單 victimword 如附")
    private(cast, incident, {"constituent": "victimword", "hoster": "sourceword"})
    tell(cast, incident)
    close(cast, incident, "已復原並更換帳密")
    assert unbroken()


def test_a_weakness_without_a_name(cast: Cast) -> None:
    """Somebody without a name finds a weakness of a city's page, is asked, answers, hears how it ends."""
    page = Browser(cast.browser(language=ZH)).get("/report/weakness/")
    page.send(
        page.form(field="summary"),
        summary="市府入口網可讀他人申請案",
        systems="CityPortal 2.1",
        description="改網址中的編號即可",
        other="90 天後公開",
    )
    number = receipt(page)
    row = Submission.objects.get()
    assert (row.entrance, row.reporter, row.obligations.count()) == ("weakness", None, 0)
    supplements.add(row.public_id, words="請問是否需要登入？ finderword", actor=cast.officer)
    finder = following(cast, number, ZH)
    assert finder.has("finderword")
    finder.send(finder.form(field="text"), text="不需要 finderword")
    assert desk(cast, f"/submissions/{row.public_id}/").value("type") == "vulnerable/vulnerable-system"

    city = cast.country.organisations["HARBOUR"]
    incident = accept(cast, row, title="市府入口網弱點")
    participants.add_participant(incident.public_id, organisation="HARBOUR", role="owner", actor=cast.officer)
    part = Participant.objects.get(incident=incident, organisation=city)
    words = "貴府網站有弱點 cityword"
    due = NOON + timedelta(days=7)
    inquiries.ask(incident.public_id, threads=[part.public_id], words=words, due_at=due, actor=cast.officer)
    owner = Browser(cast.browser("city", ZH)).get(f"/my/cases/{incident.public_id}/")
    assert not owner.has("finderword")
    mine = Inquiry.objects.get()
    owner.send(owner.form(f"/my/inquiries/{mine.public_id}/"), text="已修補 cityword")

    finder.get("/follow-up/case/")
    assert not finder.has("cityword")
    finder.send(finder.form(field="text"), text="謝謝 finderword")
    assert not Browser(cast.browser("city", ZH)).get(f"/my/cases/{incident.public_id}/").has("finderword")
    close(cast, incident, "已修補", finding="near-miss")
    assert finder.get("/follow-up/case/").has("已結案") or finder.has("closed")
    stored = " ".join(str(value) for value in Submission.objects.values().get().values())
    assert "127.0.0.1" not in stored
    assert unbroken()
