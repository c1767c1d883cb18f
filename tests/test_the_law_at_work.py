"""The law from the first word to the last paper, over the pages, without JavaScript: a major cyber incident and a
biological one in Chinese, a NIS2 one in English; every duty met by what was written, every form printed."""

import io
from datetime import datetime, timedelta
from typing import Any

import pypdf
import pytest

from tests.conftest import NOON, Cast
from tests.judging import REPORT
from tests.pages import Browser
from tests.stories import handle, opened, reported, tell
from tongbao.approvals.models import Approval
from tongbao.incidents.actions import filings
from tongbao.incidents.models import Filing, Incident, Obligation, Submission
from tongbao.kernel import clock
from tongbao.operations.models import Task
from tongbao.parties.models import Organisation
from tongbao.profiles import load

pytestmark = pytest.mark.usefixtures("noon")

ACCEPTED = {"due", "waiting"}


class Day:
    """What the people do, one after the other, each at their own browser, in one language."""

    def __init__(self, cast: Cast, at: Any, language: str) -> None:
        self.cast, self.at, self.language, self.now = cast, at, language, NOON
        self.printed: set[str] = set()

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        self.at(self.now)
        return self.now

    def at_desk(self, who: str) -> Browser:
        return Browser(self.cast.browser(who, self.language))

    def writes(self, who: str, incident: Incident, form: str, **answers: str) -> Filing:
        """Begin a statutory form, fill it in, check it, hand it in, print it."""
        page = self.at_desk(who).get(f"/cases/{incident.public_id}/forms/")
        begin = next(each for each in page.forms() if (each.find(attrs={"name": "form"}) or {}).get("value") == form)
        page.send(begin)
        page.send(page.form(field="version"), check="1", **answers)
        assert page.at.endswith("/check/"), page.text()
        assert page.status == 200, page.text()
        page.send(page.form(field="version"))
        filing = Filing.objects.get(incident=incident, form=form, state__in=["filed", "accepted"])
        self.prints(page, filing)
        return filing

    def prints(self, page: Browser, filing: Filing) -> None:
        paper = page.get(f"/filings/{filing.public_id}/print/")
        assert paper.status == 200
        assert filing.latest().digest in paper.text()  # type: ignore[union-attr]
        pdf = page.client.get(f"/filings/{filing.public_id}/pdf/")
        assert pdf.content.startswith(b"%PDF-")
        self.printed.add(filing.form)

    def grants(self, who: str, approval: Approval) -> None:
        page = self.at_desk(who).get(f"/approvals/{approval.public_id}/decide/granted/")
        page.send(page.form(field="version"))
        assert page.status == 200, page.text()
        handle()

    def records(self, who: str, obligation: Obligation, words: str) -> None:
        """A duty that is met by an entry of the office."""
        page = self.at_desk(who).get(f"/incidents/{obligation.incident.public_id}/")  # type: ignore[union-attr]
        page.send(page.form(f"/obligations/{obligation.public_id}/meet/"), text=words)
        assert page.status == 200, page.text()

    def closes(self, incident: Incident) -> None:
        page = self.at_desk("officer").get(f"/incidents/{incident.public_id}/")
        page.send(page.form("/close/"), close__outcome="復原完成，改善措施列管。")
        incident.refresh_from_db()
        assert incident.state == "closed", page.text()


@pytest.fixture
def day(cast: Cast, at: Any) -> Any:
    return lambda language: Day(cast, at, language)


def states(incident: Incident, regime: str = "TW") -> dict[str, str]:
    rows = incident.obligations.filter(regime=regime).exclude(state="superseded").order_by("id")
    return dict(rows.values_list("duty", "state"))


def test_it_carries_a_major_incident_through_every_stage_in_chinese(day: Any, cast: Cast) -> None:
    it: Day = day("zh-hant")
    page = it.at_desk("constituent").get("/report/")
    page.send(page.form(field="summary"), summary="調度中心伺服器遭勒索軟體加密", level="3", key=None)
    handed = Submission.objects.get()
    it.later(minutes=10)
    page = it.at_desk("officer").get(f"/submissions/{handed.public_id}/")
    page.send(page.form("/accept/"), title="電力公司勒索軟體事件")
    incident = Incident.objects.get()
    tell(cast, incident)
    assert states(incident) | {"report": "met", "review": "due", "contain": "due", "relay": "waiting"} == states(
        incident
    )

    # The ministry judges the level; the ministry's own duty to relay it starts with that.
    it.later(minutes=30)
    level = Approval.objects.get(kind="level-review")
    page = it.at_desk("reviewer").get(f"/approvals/{level.public_id}/level/")
    assert page.has("第三級")
    page.send(page.form(field="version"))
    assert page.status == 200, page.text()
    handle()
    assert (states(incident)["review"], states(incident)["relay"]) == ("met", "due")
    it.records("officer", incident.obligations.get(duty="relay", state="due"), "已轉送主管機關")

    # Contained in time, by the notice that the law asks for; its month starts then.
    it.later(hours=5)
    it.writes(
        "constituent",
        incident,
        "containment-notice",
        contained_at="2026-11-23T16:30",
        outcome="both",
        course="隔離主機並自備份還原",
    )
    final = incident.obligations.get(duty="final")
    assert (states(incident)["contain"], final.state) == ("met", "due")
    assert final.due_at is not None
    assert (final.due_at.month, final.due_at.day) == (12, 23)

    # More time by consent; the improvement report is returned once, and then accepted.
    page = it.at_desk("constituent").get(f"/obligations/{final.public_id}/extension/")
    page.send(page.form(field="until"), until="2026-12-31T17:00", reason="鑑識機構報告未完成")
    it.grants("reviewer", Approval.objects.get(kind="extension"))
    final.refresh_from_db()
    assert final.extended_from is not None
    it.later(days=20)
    (measure,) = REPORT.measures["measures"]
    rows = {
        "measures__0__words": measure.words,
        "measures__0__aspect": measure.aspect,
        "measures__0__due": "2027-01-22",
        "measures__0__tracking": measure.tracking,
    }
    report = it.writes("constituent", incident, "improvement-report", **REPORT.texts, **rows)
    approval = Approval.objects.get(public_id=report.approval)
    page = it.at_desk("reviewer").get(f"/approvals/{approval.public_id}/decide/returned/")
    page.send(page.form(field="version"), reason="根因請補佐證")
    handle()
    page = it.at_desk("constituent").get(f"/filings/{report.public_id}/edit/")
    page.send(page.form(field="version"), check="1", cause="弱密碼，登入紀錄佐證如附")
    page.send(page.form(field="version"))
    assert page.has("弱密碼，登入紀錄佐證如附")
    it.grants("reviewer", approval)
    report.refresh_from_db()
    assert (report.state, [each.number for each in report.editions.order_by("number")]) == ("accepted", [1, 2])
    assert Task.objects.get(subject_ref=incident.public_id).title == measure.words

    # What the public has to know.
    energy = Organisation.objects.get(code="MOE-E")
    page = it.at_desk("reviewer").get(f"/cases/{incident.public_id}/forms/")
    assert page.has(energy.name_zh)
    it.closes(incident)
    assert {"containment-notice", "improvement-report"} <= it.printed
    assert set(states(incident).values()) <= {"met", "no_limit"}


def test_it_carries_a_biological_incident_through_every_stage_in_chinese(day: Any, cast: Cast) -> None:
    it: Day = day("zh-hant")
    home = Organisation.objects.get(code="HARBOUR")
    page = it.at_desk("officer").get("/incidents/new/")
    page.send(
        page.form(field="title"), title="港區不明粉末", homeland_type="biological", owner=home.public_id, level=""
    )
    incident = Incident.objects.get()
    written = set(Obligation.objects.filter(incident=incident).values_list("duty", flat=True))
    assert {"homeland-report", "joint-assessment", "homeland-follow-up", "homeland-written"} <= written
    it.later(minutes=15)
    it.writes(
        "officer",
        incident,
        "homeland-report",
        place="三號碼頭倉庫",
        injured="4",
        agent="疑似炭疽桿菌",
        source="港警現場回報，可信度高",
        measures="封鎖現場並採檢",
        description="包裹內有不明粉末",
        time="2026-11-23T10:30",
    )
    it.records("officer", incident.obligations.get(duty="joint-assessment"), "與疾管署會商，列為生物病原事件")
    it.later(hours=3)
    it.writes(
        "officer",
        incident,
        "homeland-follow-up",
        time="2026-11-23T14:30",
        scale="倉庫一棟",
        nature="檢驗陰性",
        casualties="4 人不適，均已返家",
        measures="解除封鎖",
    )
    it.later(days=2)
    written_report = it.writes(
        "officer",
        incident,
        "homeland-written",
        course="包裹由快遞送達，開封後不適",
        casualties="4 人輕傷",
        response="封鎖、採檢、檢驗",
        lessons__0__words="收發單位增設檢疫櫃",
        lessons__0__due="2027-03-31",
        lessons__0__tracking="季報",
    )
    if written_report.approval:
        it.grants("officer", Approval.objects.get(public_id=written_report.approval))
    it.closes(incident)
    assert it.printed == {"homeland-report", "homeland-follow-up", "homeland-written"}
    assert not incident.obligations.filter(state__in=ACCEPTED).exists()


def test_it_carries_a_nis2_incident_through_every_stage_in_english(day: Any, cast: Cast) -> None:
    it: Day = day("en")
    page = it.at_desk("hoster").get("/report/")
    page.send(page.form(field="summary"), summary="Customer portals down", key=None)
    handed = Submission.objects.get()
    page = it.at_desk("officer").get(f"/submissions/{handed.public_id}/")
    page.send(page.form("/accept/"), title="Outage of hosted portals", tlp="1")
    incident = Incident.objects.get()
    tell(cast, incident)

    # An officer finds it significant, having seen what follows.
    page = it.at_desk("officer").get(f"/incidents/{incident.public_id}/classification/EU-NIS2/")
    page.send(page.form(field="words"), fact__severe_disruption="on", words="Two of three data halls are down")
    form = page.form(field="words")
    form["action"] = form.find("button", formaction=True)["formaction"]  # type: ignore[index]
    page.send(form)
    assert page.has("significant under NIS2")
    assert states(incident, "EU-NIS2")["early_warning"] in {"due", "met"}

    it.later(hours=4)
    it.writes("hoster", incident, "early-warning", malicious="unknown", cross_border="yes", aware_at="2026-11-23T12:00")
    it.later(hours=2)
    it.records("officer", incident.obligations.get(duty="reply"), "First feedback and guidance sent")
    it.later(hours=38)
    it.writes("hoster", incident, "notification", severity="High", impact="Three member states, 40,000 users")
    final = incident.obligations.get(duty="final", regime="EU-NIS2")
    assert final.due_at is not None
    assert (final.due_at - clock.now()).days in {29, 30, 31}
    it.later(days=25)
    it.writes(
        "hoster", incident, "final-report", description="Power failure", cause="UPS firmware", mitigation="Replaced"
    )
    assert "due" not in states(incident, "EU-NIS2").values()
    assert it.printed == {"early-warning", "notification", "final-report"}


@pytest.mark.once
@pytest.mark.parametrize("language", ["zh-hant", "en"])
@pytest.mark.parametrize("regime", ["TW", "EU-NIS2"])
def test_it_prints_every_statutory_form_in_its_official_order(cast: Cast, regime: str, language: str) -> None:
    incident = opened(cast, reported(cast))
    profile = load.in_force(regime, incident.aware_at)
    for form in profile.forms:
        made = filings.begin(incident.public_id, form=form.code, regime=regime, actor=cast.officer)
        desk = cast.browser("officer", language)
        words = Browser(desk).get(f"/filings/{made.public_id}/print/").text()
        named = [each.label.zh if language == "zh-hant" else each.label.en for each in form.fields]
        places = [words.index(each) for each in named]
        assert places == sorted(places), form.code
        paper = pypdf.PdfReader(io.BytesIO(desk.get(f"/filings/{made.public_id}/pdf/").content))
        assert "".join("".join(page.extract_text() for page in paper.pages).split())
