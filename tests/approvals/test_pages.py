"""Whoever judges reads what is asked, says what is wrong with which passage, and decides on exactly that."""

from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import handle, opened, reported, tell
from tongbao.approvals import actions as judging
from tongbao.approvals.models import Approval, Finding
from tongbao.incidents.actions import classification, filings
from tongbao.incidents.models import Filing, Grounds, Incident
from tongbao.incidents.rules.filings import Answers, Measure
from tongbao.kernel.refusals import Conflict
from tongbao.notices.rules import Grade
from tongbao.operations.models import Task
from tongbao.parties.models import Network, Organisation
from tongbao.policy.can import Role
from tongbao.profiles import load
from tongbao.profiles.classify import Impact

pytestmark = pytest.mark.usefixtures("noon")

TEXTS = {
    "times": "2026-11-23 08:00 – 11:00",
    "scope": "檔案伺服器一台",
    "control": "隔離並還原",
    "handling": "鑑識完成",
    "cause": "弱密碼",
    "tracking": "每季檢查",
}
MEASURES = {"measures": (Measure(words="多因子驗證", due=date(2026, 12, 31), tracking="每月"),)}


def browser(cast: Cast, who: str = "reviewer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language))


@pytest.fixture
def incident(cast: Cast) -> Incident:
    made = opened(cast, reported(cast), title="檔案伺服器加密")
    tell(cast, made)
    return made


@pytest.fixture
def report(cast: Cast, incident: Incident) -> Approval:
    """The improvement report of the power company, which its ministry judges."""
    filing = filings.begin(incident.public_id, form="improvement-report", actor=cast.constituent)
    answers = Answers(texts=TEXTS, measures=MEASURES)
    filing = filings.save(filing.public_id, answers, version=filing.version, actor=cast.constituent)
    filings.file(filing.public_id, version=filing.version, actor=cast.constituent)
    return Approval.objects.get(kind="improvement-report")


def test_it_lists_what_waits_for_whom(cast: Cast, report: Approval) -> None:
    page = browser(cast).get("/approvals/").click("Waits for our judgement")
    assert page.has("improvement report", "Sunlight Power Company", "waits for judgement", "review")
    own = browser(cast, "constituent").get("/approvals/")
    assert own.has("improvement report", "Ministry of Energy")
    assert own.get("/approvals/?view=waiting").has("Nothing here.")
    assert own.get("/approvals/?view=returned").has("Nothing here.")
    assert own.get("/approvals/?kind=extension").has("Nothing here.")
    assert own.get("/approvals/?state=granted").has("Nothing here.")
    assert own.get("/approvals/?kind=improvement-report&state=submitted").has("1 in all")
    assert browser(cast, "stranger").get("/approvals/").has("Nothing here.")
    assert browser(cast, "stranger").get(f"/approvals/{report.public_id}/").status == 404
    assert browser(cast, language="zh-hant").get(f"/approvals/{report.public_id}/").has("審核", "事件根因分析")


def test_it_ties_findings_to_passages_and_returns_the_report(cast: Cast, report: Approval) -> None:
    page = browser(cast).get(f"/approvals/{report.public_id}/")
    assert page.has(report.latest().digest, "The root cause is shown, not guessed", "弱密碼")
    form = next(f for f in page.forms() if (f.find(attrs={"name": "passage"}) or {}).get("value") == "cause")
    page.send(form, words="")
    assert page.status == 422
    form = next(f for f in page.forms() if (f.find(attrs={"name": "passage"}) or {}).get("value") == "cause")
    page.send(form, words="沒有佐證", criterion="cause")
    assert page.has("The finding is recorded.", "沒有佐證")
    page.click("Grant")
    assert page.has("Findings that are not settled")
    page.send(page.form(field="version"))
    assert page.status == 422
    assert page.has("1 findings are still open.")
    page.get(f"/approvals/{report.public_id}/").click("Return")
    page.send(page.form(field="version"), reason="")
    assert page.status == 422
    page.send(page.form(field="version"), reason="請補佐證")
    assert page.has("The decision is recorded.", "請補佐證", "returned")
    assert browser(cast, "constituent").get("/approvals/?view=returned").has("improvement report")
    own = browser(cast, "constituent").get(f"/approvals/{report.public_id}/")
    own.send(own.form("/answer/"), words="已補登入紀錄")
    assert own.has("The answer is recorded.", "已補登入紀錄", "answered")
    assert not any("withdraw" in str(form.get("action")) for form in own.forms()), "the law has it judged"
    page.get(f"/approvals/{report.public_id}/").send(page.form("/settle/"))
    assert page.has("The finding is settled.")
    assert Finding.objects.get().state == Finding.State.SETTLED


def test_it_grants_exactly_what_was_read(cast: Cast, report: Approval) -> None:
    page = browser(cast).get(f"/approvals/{report.public_id}/decide/granted/")
    assert page.has("What is decided", report.latest().digest, "Criteria that are met")
    page.send(page.form(field="version"), criteria=["complete", "cause"])
    assert page.has("granted", "All statutory items are there")
    ruling = report.rulings.get()
    assert (ruling.digest, ruling.criteria, ruling.grade) == (
        report.latest().digest,
        ["cause", "complete"],
        Grade.SIGNED_IN,
    )
    again = browser(cast).get(f"/approvals/{report.public_id}/decide/refused/")
    again.send(again.form(field="version"), reason="反悔")
    assert again.status == 422
    assert again.has("This does not wait for judgement now.")


def test_it_decides_nothing_on_a_page_that_has_grown_old(cast: Cast, report: Approval) -> None:
    page = browser(cast).get(f"/approvals/{report.public_id}/decide/granted/")
    judging.decide(report.public_id, outcome="returned", reason="x", version=1, grade=Grade.API, actor=cast.reviewer)
    page.send(page.form(field="version"))
    assert page.status == 422
    assert page.has("Somebody else has changed this meanwhile.")


def test_it_hears_several_reviewers_and_lets_one_step_aside(cast: Cast, report: Approval) -> None:
    page = browser(cast).get(f"/approvals/{report.public_id}/")
    page.send(page.form("/opinion/"), agrees="no", words="")
    assert page.status == 422
    page.send(page.form("/opinion/"), agrees="yes", words="可行")
    assert page.has("Your opinion is recorded.", "would grant it", "可行")
    page.send(page.form("/aside/"), reason="曾任職該公司")
    assert page.has("You have stepped aside here", "has stepped aside", "曾任職該公司")
    assert not page.links("Grant")
    with pytest.raises(Conflict, match="approval-aside"):
        judging.decide(report.public_id, outcome="granted", version=1, grade=Grade.API, actor=cast.reviewer)
    judging.decide(report.public_id, outcome="returned", reason="x", version=1, grade=Grade.API, actor=cast.officer)
    handle()
    again = Filing.objects.get(approval=report.public_id)
    filings.file(again.public_id, version=again.version, actor=cast.constituent)
    assert not page.get(page.at).links("Grant"), "a tie does not end with a new edition"


def test_it_lets_nobody_judge_what_is_the_own_organisations(cast: Cast, report: Approval) -> None:
    page = browser(cast, "constituent").get(f"/approvals/{report.public_id}/")
    assert not page.links("Grant")
    for where in ("decide/granted/", "level/"):
        assert page.get(f"/approvals/{report.public_id}/{where}").status in (403, 404)


def test_it_judges_a_level_and_shows_first_what_another_one_would_be(cast: Cast, incident: Incident) -> None:
    incident.refresh_from_db()
    minor = Grounds(impacts=(Impact("availability", "core", "minor"),))
    classification.classify_incident(
        incident.public_id, regime="TW", grounds=minor, version=incident.version, actor=cast.officer
    )
    approval = Approval.objects.get(kind="level-review", state="submitted")
    page = browser(cast).get(f"/approvals/{approval.public_id}/").click("Judge the level")
    assert page.has("The level is right", "What was handed in")
    page.send(page.form(field="verdict"), verdict="change", reason="")
    assert page.status == 422
    changed = {"verdict": "change", "reason": "涉及核心業務", "cell-availability-core": "serious"}
    page.send(page.form(field="verdict"), **changed)
    assert page.has("By these grounds it is:", "Nothing has been decided yet.")
    approval.refresh_from_db()
    assert approval.state == Approval.State.SUBMITTED
    page.send(page.form(field="verdict"))
    assert page.has("The level is judged.")
    incident.refresh_from_db()
    assert incident.classifications.current().get(regime="TW").by == "reviewer"
    assert incident.obligations.filter(duty="review", state="met").exists()


def test_it_confirms_a_level(cast: Cast, incident: Incident) -> None:
    approval = Approval.objects.get(kind="level-review", state="submitted")
    page = browser(cast).get(f"/approvals/{approval.public_id}/level/")
    page.send(page.form(field="verdict"), verdict="confirm")
    assert page.has("The level is judged.")
    assert incident.obligations.get(duty="review").evidence == "level-review"


def test_it_counts_a_level_that_was_granted_elsewhere_as_reviewed(cast: Cast, incident: Incident) -> None:
    approval = Approval.objects.get(kind="level-review", state="submitted")
    judging.decide(approval.public_id, outcome="granted", version=1, grade=Grade.API, actor=cast.reviewer)
    handle()
    assert incident.obligations.get(duty="review").state == "met"
    assert incident.classifications.current().get(regime="TW").by == "reviewer"


def test_it_changes_networks_only_once_the_office_has_approved(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    assert browser(cast, "constituent").get("/my/networks/propose/").status == 403
    page = browser(cast, "org_admin").get(f"/organisations/{home.public_id}/").click("Propose a change")
    page.send(page.form(field="value"), value="不是網段", reason="x")
    assert page.status == 422
    page.send(page.form(field="value"), value="203.0.113.128/25", reason="")
    assert page.status == 422
    page.send(page.form(field="value"), value="203.0.113.128/25", reason="電信契約")
    assert page.has("Proposed.", "203.0.113.128/25", "電信契約", "waits for judgement")
    approval = Approval.objects.get(kind="network-change")
    handle()
    assert not Network.objects.filter(value="203.0.113.128/25").exists()
    judging.decide(
        approval.public_id, outcome="returned", reason="請附契約", version=1, grade=Grade.API, actor=cast.officer
    )
    page.get(f"/approvals/{approval.public_id}/")
    page.send(page.form("/again/"), reason="電信契約，附影本編號 88")
    assert page.has("It is handed in again.", "附影本編號 88", "edition 2")
    officer = browser(cast, "officer").get(f"/approvals/{approval.public_id}/").click("Grant")
    officer.send(officer.form(field="version"), criteria="ownership")
    handle()
    assert Network.objects.filter(value="203.0.113.128/25", organisation=home).exists()
    assert page.get(f"/approvals/{approval.public_id}/").has("granted")


def test_it_takes_a_request_back(cast: Cast) -> None:
    page = browser(cast, "org_admin").get("/my/networks/propose/")
    page.send(page.form(field="value"), value="203.0.113.128/25", reason="電信契約")
    page.send(page.form("/withdraw/"))
    assert page.has("It is taken back.", "withdrawn")
    officer = browser(cast, "officer").get(page.at)
    assert not officer.links("Grant")


def test_it_takes_no_statutory_paper_back(cast: Cast, report: Approval) -> None:
    with pytest.raises(Conflict, match="approval-statutory"):
        judging.withdraw(report.public_id, actor=cast.constituent)
    with pytest.raises(Conflict, match="approval-statutory"):
        judging.ask_again(report.public_id, reason="x", version=1, actor=cast.constituent)
    assert Role.REVIEWER in cast.reviewer.roles


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[None]:
    """A law under which the written report of a homeland security incident is only filed for record."""
    shipped = (resources.files("tongbao.profiles") / "data" / "TW-2021.toml").read_text(encoding="utf-8")
    assert shipped.count('state = "recordation"') == 1
    (tmp_path / "TW-2021.toml").write_text(shipped.replace('state = "recordation"', 'state = "record"'), "utf-8")
    load.use(tmp_path)
    yield
    load.use(None)


@pytest.mark.usefixtures("recorded")
def test_it_takes_on_record_what_nobody_decides_on(cast: Cast) -> None:
    home = Organisation.objects.get(code="HARBOUR").public_id
    case = opened(cast, title="不明粉末", homeland_type="biological", owner=home)
    begun = filings.begin(case.public_id, form="homeland-written", actor=cast.city)
    texts = {"course": "接獲通報後封鎖", "casualties": "輕傷四人", "response": "生物病原組到場"}
    answers = Answers(texts=texts, measures={"lessons": MEASURES["measures"]})
    kept = filings.save(begun.public_id, answers, version=begun.version, actor=cast.city)
    filings.file(kept.public_id, version=kept.version, actor=cast.city)
    kept.refresh_from_db()
    assert kept.state == Filing.State.ACCEPTED
    page = browser(cast, "officer").get(f"/approvals/{kept.approval}/")
    assert page.has("filed for record", "nobody decides on it")
    assert not page.links("Grant")
    assert Task.objects.filter(title="多因子驗證").exists()
