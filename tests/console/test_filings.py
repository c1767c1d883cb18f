"""The office's side of statutory forms: what was handed in, what it takes down itself, what the public reads."""

from datetime import datetime

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import handle, opened, reported, tell
from tongbao.approvals.models import Approval
from tongbao.incidents.actions import filings
from tongbao.incidents.models import Filing, Incident, LogEntry, Submission
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.models import mark

pytestmark = pytest.mark.usefixtures("noon")

SECRET = "供應商甲之韌體金鑰外洩"
NOTICE = {
    "time": "2026-11-23T08:00",
    "cause": SECRET,
    "impact": "約三千筆個資",
    "control": "已控制",
    "improvement": "檢討委外管理",
    "cause__withheld": "涉及營業秘密",
}


def browser(cast: Cast, who: str = "officer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language))


def begun(page: Browser, incident: Incident, code: str, organisation: str = "") -> Browser:
    page.get(f"/cases/{incident.public_id}/forms/")
    for form in page.forms():
        values = {field.get("name"): field.get("value") for field in form.find_all("input")}
        if values.get("form") == code and (not organisation or values["organisation"] == organisation):
            return page.send(form)
    raise AssertionError(f"no form {code} to begin: {page.text()[:2000]}")


def handed_in(page: Browser, **answers: str) -> Browser:
    page.send(page.form(field="version"), check="1", **answers)
    assert page.at.endswith("/check/"), page.text()
    assert page.status == 200, page.text()
    return page.send(page.form(field="version"))


def test_it_takes_down_a_homeland_security_report(cast: Cast) -> None:
    home = Organisation.objects.get(code="HARBOUR")
    page = browser(cast).get("/incidents/new/")
    page.send(
        page.form(field="title"), title="港區不明粉末", homeland_type="biological", owner=home.public_id, level=""
    )
    incident = Incident.objects.get(title="港區不明粉末")
    assert incident.homeland_type == "biological"
    page.get(f"/cases/{incident.public_id}/forms/")
    assert page.has("Report of a homeland security incident")
    assert not page.has("Notice that damage control")
    begun(page, incident, "homeland-report")
    assert page.value("type") == "biological"
    handed_in(
        page,
        place="三號碼頭倉庫",
        injured="4",
        agent="疑似炭疽桿菌",
        source="港警現場回報，可信度高",
        measures="封鎖現場並採檢",
        description="包裹內有不明粉末",
        time="2026-11-23T10:30",
    )
    assert page.has("Edition 1", "疑似炭疽桿菌", "taken down by the office")
    chinese = browser(cast, language="zh-hant").get(page.at)
    assert chinese.has("國土安全事件通報單", "武器、裝置或致病（毒）物質", "生物")
    printed = chinese.get(chinese.at + "print/")
    assert printed.has("三號碼頭倉庫", "單位自訂")
    met = incident.obligations.exclude(evidence="").values_list("evidence", flat=True)
    assert list(met) == ["homeland-report"]


def test_it_carries_the_homeland_type_from_the_report_to_the_case(cast: Cast) -> None:
    page = browser(cast, "city").get("/report/")
    page.send(page.form(field="summary"), summary="車站不明粉末", homeland_type="biological", level="")
    taken = Submission.objects.get()
    assert taken.homeland_type == "biological"
    officer = browser(cast).get(f"/submissions/{taken.public_id}/")
    assert officer.has("Homeland security incident", "biological")
    officer.send(officer.form("/accept/"))
    incident = Incident.objects.get()
    assert incident.homeland_type == "biological"
    assert "biological" in officer.get(f"/incidents/{incident.public_id}/").section("Facts")
    own = browser(cast, "city").get(f"/cases/{incident.public_id}/forms/")
    assert own.has("Report of a homeland security incident")
    assert not browser(cast, "anonymous").get("/report/").page.find(attrs={"name": "homeland_type"})


def test_it_keeps_the_homeland_type_when_a_case_is_edited(cast: Cast) -> None:
    incident = opened(cast, homeland_type="biological", owner=Organisation.objects.get(code="HARBOUR").public_id)
    page = browser(cast).get(f"/incidents/{incident.public_id}/edit/")
    page.send(page.form(field="title"), title="改了標題")
    incident.refresh_from_db()
    assert (incident.title, incident.homeland_type) == ("改了標題", "biological")


def test_it_reads_what_was_handed_in_edition_by_edition(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    filing = filings.begin(incident.public_id, form="containment-notice", actor=cast.constituent)
    page = browser(cast).get(f"/incidents/{incident.public_id}/").click("Statutory forms")
    assert not page.has("draft"), "a draft is its writer's"
    answers = filing.answers
    texts = answers.texts | {"contained_at": "2026-11-23T11:00:00+08:00", "outcome": "both", "course": "已隔離"}
    filing = filings.save(filing.public_id, type(answers)(texts=texts), version=filing.version, actor=cast.constituent)
    filings.file(filing.public_id, version=filing.version, actor=cast.constituent)
    page.get(page.at).click("filed")
    assert page.has("已隔離", filing.editions.get().digest, "張聯絡")
    assert not page.links("Fill in and hand in again")


def test_it_records_that_a_restricted_cases_form_was_read(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    filing = filings.begin(incident.public_id, form="homeland-report", actor=cast.officer)
    mark(incident, Marking(TLP.AMBER_STRICT, Track.ADMINISTRATIVE, incident.owner_id))
    before = JournalEntry.objects.filter(event="access.read").count()
    assert incident.restricted
    browser(cast).get(f"/filings/{filing.public_id}/edit/")
    assert JournalEntry.objects.filter(event="access.read").count() > before


@pytest.fixture
def major(cast: Cast) -> Incident:
    made = opened(cast, reported(cast, level=4), title="關鍵設施重大事件", level=4)
    tell(cast, made)
    return made


def published(cast: Cast, major: Incident) -> Filing:
    """A notice of the ministry's, approved by the office."""
    energy = Organisation.objects.get(code="MOE-E")
    page = begun(browser(cast, "reviewer"), major, "public-notice", energy.public_id)
    page.send(page.form(field="version"), check="1", **NOTICE)
    assert page.has("everybody can read it", "Kept from the public:", "涉及營業秘密")
    page.send(page.form(field="version"))
    assert not browser(cast, "anonymous").get("/announcements/").has("Ministry of Energy"), "not before it is approved"
    approval = Approval.objects.get(kind="public-notice")
    officer = browser(cast).get(f"/approvals/{approval.public_id}/")
    assert officer.has(SECRET, "涉及營業秘密"), "whoever approves reads what is withheld, and why"
    officer.click("Grant")
    officer.send(officer.form(field="version"), criteria="withheld")
    handle()
    return Filing.objects.get(form="public-notice")


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_it_publishes_a_notice_without_what_is_withheld(cast: Cast, major: Incident, language: str) -> None:
    filing = published(cast, major)
    assert filing.state == Filing.State.ACCEPTED
    page = browser(cast, "anonymous", language).get("/")
    page.get("/announcements/")
    page.get(next(link for link in page.links() if link.endswith(f"/{filing.public_id}/")))
    assert page.has("約三千筆個資", "已控制")
    assert page.has("依法不予公開。" if language == "zh-hant" else "Kept from the public as the law allows.")
    told = page.response.content.decode()
    for kept in (SECRET, "涉及營業秘密", major.title, major.number, major.reference, filing.editions.get().digest):
        assert kept not in told, kept
    major.obligations.get(duty="public-notice", evidence="public-notice")


def test_it_lets_nobody_find_what_is_withheld(cast: Cast, major: Incident) -> None:
    filing = published(cast, major)
    assert browser(cast, "constituent").get(f"/filings/{filing.public_id}/").status == 404, "the ministry's, not theirs"
    assert browser(cast, "constituent").get(f"/approvals/{filing.approval}/").status == 404
    for who in ("constituent", "stranger", "city"):
        page = browser(cast, who)
        assert SECRET not in page.get(f"/announcements/{filing.public_id}/").response.content.decode()
        assert SECRET not in page.get(f"/my/cases/{major.public_id}/").response.content.decode()
    assert not browser(cast).get("/console/search/?q=韌體金鑰").has("關鍵設施重大事件")
    assert not LogEntry.objects.filter(text__contains="韌體金鑰").exists()


def test_it_publishes_the_offices_own_notice_at_once(cast: Cast, major: Incident) -> None:
    office = Organisation.objects.get(code="NCO")
    made = filings.begin(major.public_id, form="public-notice", organisation=office.public_id, actor=cast.officer)
    page = handed_in(browser(cast).get(f"/filings/{made.public_id}/edit/"), **NOTICE)
    assert page.has("Edition 1")
    assert not Approval.objects.filter(kind="public-notice").exists(), "nobody in the office could judge it"
    assert browser(cast, "anonymous").get("/announcements/").has("National Coordination Office")


def test_it_publishes_nothing_of_a_drill_or_of_the_other_track(cast: Cast, major: Incident) -> None:
    filing = published(cast, major)
    drill = Operation.objects.create(code="DR1", name_zh="演習", name_en="Drill", kind="drill", mode="exercise")
    Filing.objects.filter(pk=filing.pk).update(operation=drill)
    assert browser(cast, "anonymous").get(f"/announcements/{filing.public_id}/").status == 404
    assert browser(cast).get(f"/filings/{filing.public_id}/print/").has("EXERCISE Drill")
    Filing.objects.filter(pk=filing.pk).update(operation=major.operation)
    assert browser(cast, "anonymous").get(f"/announcements/{filing.public_id}/").status == 200
    Incident.objects.filter(pk=major.pk).update(track=Track.NATIONAL_SECURITY)
    assert browser(cast, "anonymous").get(f"/announcements/{filing.public_id}/").status == 404
    assert browser(cast, "anonymous").get("/announcements/").has("There is no public notice.")


def test_it_shows_no_draft_and_nothing_refused_in_public(cast: Cast, major: Incident) -> None:
    filing = published(cast, major)
    for state in (Filing.State.DRAFT, Filing.State.FILED, Filing.State.RETURNED, Filing.State.REFUSED):
        Filing.objects.filter(pk=filing.pk).update(state=state)
        assert browser(cast, "anonymous").get(f"/announcements/{filing.public_id}/").status == 404, state


def test_it_meets_the_nis2_duties_in_english(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    made = filings.begin(incident.public_id, form="early-warning", regime="EU-NIS2", actor=cast.constituent)
    page = Browser(cast.browser("constituent")).get(f"/filings/{made.public_id}/edit/")
    handed_in(page, malicious="yes", cross_border="unknown", aware_at="2026-11-23T09:00")
    assert page.has("Early warning", "not known yet", "Directive")
    assert made.created_at == datetime.fromisoformat("2026-11-23T12:00+08:00")
