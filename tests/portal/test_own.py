"""What a constituent finds after signing in: own cases, own inbox, own organisation, and nothing of others."""

from datetime import datetime, timedelta

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.stories import handle, opened, receipt_of, reported, settled, tell
from tests.web import filled
from tongbao.incidents.actions import cases
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import LogEntry
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Receipt
from tongbao.parties.models import ContactPoint, Organisation, Seat

pytestmark = pytest.mark.usefixtures("noon")


def browser(cast: Cast, who: str = "constituent", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language))


def test_it_lists_own_cases_and_reports(cast: Cast) -> None:
    incident = opened(cast, reported(cast), title="我方案件")
    opened(cast, reported(cast, "city", level=2), title="他方案件")
    reported(cast, key="second", summary="另一件通報")
    page = browser(cast).get("/my/cases/")
    assert page.has("我方案件", incident.reference, "另一件通報", "waits for a decision")
    assert not page.has("他方案件")
    assert not page.has(incident.number)
    page.click("Closed")
    assert page.has("Your organisation takes part in no case.")
    page.click("Open")
    assert page.has("我方案件")
    assert browser(cast, "stranger").get("/my/cases/").has("Your organisation takes part in no case.")


def test_it_shows_the_own_part_of_a_case(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66", summary="僅供承辦人")
    tell(cast, incident)
    page = browser(cast).get(f"/my/cases/{incident.public_id}/")
    assert page.has("Your part: organisation hit", "because your organisation takes part in it")
    duties_of = page.section("What the law requires of you")
    assert "Regulations Governing the Reporting" in duties_of
    assert "review the level" not in duties_of, "another organisation's duty"
    for words in ("僅供承辦人", "Far Hill", "Ministry of Energy", "203.0.113.66", incident.number):
        assert not page.has(words), words
    assert browser(cast, "stranger").get(f"/my/cases/{incident.public_id}/").status == 404


def test_it_writes_in_the_own_thread(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = browser(cast).get(f"/my/cases/{incident.public_id}/")
    page.send(page.form(field="text"), text="", attachments=upload("x.txt"))
    assert page.status == 422
    page.send(page.form(field="text"), text="已更換憑證", attachments=upload("清單.txt"))
    assert page.has("You", "已更換憑證", "清單.txt")
    entry = LogEntry.objects.get(text="已更換憑證")
    assert entry.author == cast.country.people["constituent"]
    assert not entry.by_office


def test_it_reports_an_obligation_as_done(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    contain = incident.obligations.get(duty="contain")
    page = browser(cast).get(f"/my/cases/{incident.public_id}/")
    form = page.form(f"/my/obligations/{contain.public_id}/meet/")
    page.send(form, text="")
    assert page.status == 422
    page.send(page.form(f"/my/obligations/{contain.public_id}/meet/"), text="長" * 4001)
    assert page.status == 422
    assert page.value("text") == "長" * 4001
    page.send(page.form(f"/my/obligations/{contain.public_id}/meet/"), text="已復原，完成損害控制")
    assert page.has("Recorded.")
    contain.refresh_from_db()
    assert contain.state == "met"
    review = incident.obligations.get(duty="review")
    stranger = browser(cast)
    stranger.post(f"/my/obligations/{review.public_id}/meet/", {"evidence": "level-review", "text": "x"})
    assert stranger.status == 404, "the ministry's"


def test_it_finds_notices_in_the_inbox_and_answers_them(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    page = browser(cast, "reviewer").get("/my/inbox/")
    assert "please review the level" in page.section("Waiting for your answer")
    page.click("please review the level")
    assert page.has("The law gives you until 2026-11-23 14:00 to review it.", "法定等級審核期限：2026-11-23 14:00。")
    receipt = receipt_of("MOE-E")
    assert receipt.read_at == NOON
    page.send(page.form(field="answer"))
    assert page.errors()["answer_0"]
    page.send(page.form(field="answer"), answer="differ", text="")
    assert page.errors()["text"]
    assert page.value("answer") == "differ"
    page.send(page.form(field="answer"), answer="confirm")
    assert page.has("Your answer has been recorded.", "We confirm the level", "signed in")
    page.send(page.form(field="answer"), answer="confirm")
    assert page.has("This answer had been given before; nothing changed.")
    handle()
    assert incident.obligations.get(duty="review").state == "met"
    page.get("/my/inbox/")
    assert "please review the level" in page.section("Answered")
    assert "Nothing here." in page.section("Waiting for your answer")


def test_it_says_when_an_answer_comes_late(cast: Cast) -> None:
    tell(cast, opened(cast, reported(cast), tlp=TLP.GREEN))
    with clock.at(NOON + timedelta(hours=5)):
        page = browser(cast, "reviewer").get(f"/my/inbox/{receipt_of('MOE-E').public_id}/")
        page.send(page.form(field="answer"), answer="confirm")
        assert page.has("late")


def test_it_shows_a_notice_to_its_recipient_only(cast: Cast) -> None:
    tell(cast, opened(cast, reported(cast), tlp=TLP.GREEN))
    receipt = receipt_of("MOE-E")
    for who in ("constituent", "stranger", "interior"):
        assert browser(cast, who).get(f"/my/inbox/{receipt.public_id}/").status == 404, who
    assert Receipt.objects.get(pk=receipt.pk).read_at is None
    officer = browser(cast, "officer").get(f"/my/inbox/{receipt.public_id}/")
    assert officer.status == 200
    assert Receipt.objects.get(pk=receipt.pk).read_at is None, "an officer's look is not the recipient's"


def test_it_notes_the_reading_of_a_restricted_notice(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.AMBER_STRICT)
    tell(cast, incident, tlp=TLP.AMBER_STRICT)
    page = browser(cast, "reviewer").get("/my/inbox/")
    assert page.has("Restricted: open to read")
    assert not page.has("please review the level")
    page.click("Restricted: open to read")
    assert page.has("please review the level")
    subjects = JournalEntry.objects.filter(event="access.read").values_list("actor", "subject_kind")
    assert (cast.reviewer.reference, "notice") in set(subjects)


def test_it_keeps_a_narrowed_case_away_but_not_the_report(cast: Cast) -> None:
    """What was handed in stays one's own; the case that it led to is hidden, as if there were none."""
    incident = opened(cast, reported(cast, "city", level=2, summary="市府網站遭置換"))
    red = IncidentDraft(title="x", level=2, tlp=TLP.RED, owner=cast.country.organisations["HARBOUR"].public_id)
    cases.edit_incident(incident.public_id, red, version=incident.version, actor=cast.officer)
    page = browser(cast, "city").get("/my/cases/")
    assert page.has("市府網站遭置換", "a case was opened")
    assert not page.links(incident.reference)
    assert page.get(f"/my/cases/{incident.public_id}/").status == 404


def test_it_closes_the_talk_with_the_case(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    settled(cast, incident)
    cases.close_incident(incident.public_id, outcome="內部結論", version=incident.version, actor=cast.officer)
    page = browser(cast).get(f"/my/cases/{incident.public_id}/")
    assert page.has("closed")
    assert not page.has("內部結論")
    assert not [form for form in page.forms() if form.find("textarea")]
    page.post(f"/my/cases/{incident.public_id}/", {"text": "還有"})
    assert "not open any more" in page.errors()[""]


# --- my organisation ---


def test_it_shows_the_own_organisation(cast: Cast) -> None:
    page = browser(cast).get("/organisations/own/")
    assert page.has("Sunlight Power Company", "CI provider", "energy", "Ministry of Energy", "198.51.100.0/24")
    assert page.has("張聯絡", "chang@sunpower.example", "verified", "Energy sharing group")
    assert not page.forms(), "a reporter changes nothing here"
    assert browser(cast, "stranger").get(page.at).status == 404
    assert browser(cast).get("/organisations/").status == 403


def test_it_lets_an_administrator_keep_it(cast: Cast) -> None:
    """Names, seats, contact points, networks; verifying an address stays the office's."""
    page = browser(cast, "org_admin").get("/organisations/own/")
    own = page.at
    page.click("Edit")
    assert page.value("name_en") == "Sunlight Power Company"
    assert not page.page.find(attrs={"name": "kind"})
    page.send(page.form(field="name_en"), name_zh="", name_en="Sunlight Power Ltd")
    assert page.errors()["name_zh"]
    assert page.value("name_en") == "Sunlight Power Ltd"
    page.send(page.form(field="name_en"), name_zh="日光電力", name_en="Sunlight Power Ltd")
    assert page.has("Sunlight Power Ltd")
    page.send(page.form("/seats/"), title_zh="夜間值班", title_en="Night desk", rank="3", roles=["reporter"])
    night = Seat.objects.get(title_en="Night desk")
    page.send(page.form(f"/seats/{night.public_id}/contacts/"), kind="telephone", address="call me", out_of_band="on")
    assert page.status == 422
    assert "not a telephone number" in page.text()
    refused = filled(page.form(f"/seats/{night.public_id}/contacts/"))
    assert (refused["address"], refused["kind"], refused["out_of_band"]) == ("call me", "telephone", "on")
    page.send(page.form(f"/seats/{night.public_id}/contacts/"), kind="email", address="night@sunpower.example")
    assert page.has("night@sunpower.example", "not verified")
    point = ContactPoint.objects.get(address="night@sunpower.example")
    assert not [form for form in page.forms() if str(form.get("action")).endswith("/verify/")]
    page.send(page.form(f"/contacts/{point.public_id}/remove/"))
    assert not page.has("night@sunpower.example")
    assert not [form for form in page.forms() if form.get("action") == f"{own}networks/"], "the office approves these"


def test_it_shows_the_second_editor_that_something_changed(cast: Cast) -> None:
    power = Organisation.objects.get(code="SUNPOWER")
    first, second = (
        browser(cast, who).get(f"/organisations/{power.public_id}/edit/") for who in ("org_admin", "officer")
    )
    first.send(first.form(field="name_en"), name_en="First")
    second.send(second.form(field="name_en"), name_en="Second")
    assert "changed this meanwhile" in second.errors()[""]
    assert second.value("name_en") == "Second"
    power.refresh_from_db()
    assert power.name_en == "First"


def test_it_asks_for_a_sign_in_and_comes_back(cast: Cast, noon: datetime) -> None:
    for address in ("/my/cases/", "/my/inbox/", "/organisations/own/", "/keys/"):
        page = browser(cast, "anonymous").get(address)
        assert page.at == f"/account/login/?next={address.replace('/', '%2F')}", address
