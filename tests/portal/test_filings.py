"""An organisation fills in its statutory forms: drafts, checking, handing in, editions, printing; and only its own."""

import io
from datetime import datetime, timedelta

import pypdf
import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import handle, opened, reported, tell
from tongbao.approvals import actions as judging
from tongbao.approvals.models import Approval
from tongbao.approvals.rules import Outcome
from tongbao.incidents.actions import filings, reviews
from tongbao.incidents.models import Filing, Incident, Obligation
from tongbao.incidents.rules.filings import Answers
from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.notices.rules import Grade
from tongbao.operations.models import Task
from tongbao.policy.actors import Actor

pytestmark = pytest.mark.usefixtures("noon")

REPORT = {
    "times": "2026-11-23 08:00 – 2026-11-23 11:00",
    "scope": "檔案伺服器一台",
    "control": "隔離並還原",
    "handling": "鑑識完成",
    "cause": "弱密碼",
    "tracking": "每季檢查",
    "measures__0__words": "全面啟用多因子驗證",
    "measures__0__aspect": "technical",
    "measures__0__due": "2026-12-31",
    "measures__0__tracking": "每月抽查",
}


def browser(cast: Cast, who: str = "constituent", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language))


@pytest.fixture
def incident(cast: Cast) -> Incident:
    return opened(cast, reported(cast))


def forms_of(page: Browser, incident: Incident) -> Browser:
    page.get(f"/my/cases/{incident.public_id}/")
    return page.get(next(link for link in page.links() if link.endswith("/forms/")))


def begun(page: Browser, incident: Incident, code: str) -> Browser:
    page.get(f"/cases/{incident.public_id}/forms/")
    form = next(f for f in page.forms() if (f.find(attrs={"name": "form"}) or {}).get("value") == code)
    return page.send(form)


def handed_in(page: Browser) -> Browser:
    """What is filled in is checked and handed in."""
    page.send(page.form(field="version"), check="1")
    assert page.at.endswith("/check/"), page.text()
    return page.send(page.form(field="version"))


def report_of(cast: Cast, incident: Incident) -> Filing:
    """The improvement report, handed in."""
    page = begun(browser(cast), incident, "improvement-report")
    page.send(page.form(field="version"), check="1", **REPORT)
    page.send(page.form(field="version"))
    return Filing.objects.get(form="improvement-report")


def test_it_lists_what_the_law_asks_for(cast: Cast, incident: Incident) -> None:
    page = forms_of(browser(cast), incident)
    assert page.has("Statutory forms", "Notice that damage control or recovery is complete", "not written yet")
    assert page.has("Sunlight Power Company", "due")
    chinese = forms_of(browser(cast, language="zh-hant"), incident)
    assert chinese.has("完成損害控制或復原作業通知", "資通安全事件調查、處理及改善報告")


def test_it_keeps_a_draft_however_incomplete(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "containment-notice")
    assert page.value("agency") == "日光電力公司", "filled in from the case"
    page.send(page.form(field="version"), save="1", course="已隔離主機")
    assert page.has("The draft is kept.")
    assert page.value("course") == "已隔離主機"
    page.send(page.form(field="version"), check="1")
    assert page.status == 422
    assert page.has("There is a problem", "This is needed.", "Change the answers")
    assert not page.has("Hand it in")
    assert Filing.objects.get().state == Filing.State.DRAFT


def test_it_keeps_a_draft_while_it_is_typed(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "containment-notice")
    filing = Filing.objects.get()
    answer = page.client.post(f"/filings/{filing.public_id}/keep/", {"version": 1, "course": "還在打字"})
    assert answer.json() == {"said": "The draft is kept.", "version": 2}
    stale = page.client.post(f"/filings/{filing.public_id}/keep/", {"version": 1, "course": "舊視窗"})
    assert stale.status_code == 422
    filing.refresh_from_db()
    assert filing.answers.texts["course"] == "還在打字"


def test_it_brings_a_form_that_somebody_else_has_saved_back_as_it_was_typed(cast: Cast, incident: Incident) -> None:
    mine = begun(browser(cast), incident, "containment-notice")
    other = browser(cast).get(mine.at)
    other.send(other.form(field="version"), save="1", course="同事寫的")
    mine.send(mine.form(field="version"), save="1", course="我寫的")
    assert mine.status == 422
    assert mine.has("Somebody else has changed this meanwhile.")
    assert mine.value("course") == "我寫的"
    mine.send(mine.form(field="version"), save="1")
    assert Filing.objects.get().answers.texts["course"] == "我寫的"


def test_it_meets_the_obligation_by_what_is_handed_in(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "containment-notice")
    page.send(
        page.form(field="version"), check="1", contained_at="2026-11-23T11:30", outcome="both", course="隔離、還原"
    )
    assert page.has("Check the answers", "damage control", "both completed", "2026-11-23 11:30")
    page.send(page.form(field="version"))
    assert page.has("Handed in.", "Edition 1")
    filing = Filing.objects.get()
    assert filing.state == Filing.State.FILED
    contain = incident.obligations.get(duty="contain")
    assert (contain.state, contain.evidence, contain.evidence_ref) == ("met", "containment-notice", filing.public_id)
    incident.refresh_from_db()
    assert incident.contained_at == datetime.fromisoformat("2026-11-23T11:30+08:00")
    assert browser(cast).get(f"/filings/{filing.public_id}/edit/").status == 404, "handed in stays as it is"


def test_it_asks_why_another_way_was_taken_and_for_the_report_once_more(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "containment-notice")
    page.send(page.form(field="version"), check="1", contained_at="2026-11-23T11:30", outcome="both", course="隔離")
    choices = [str(each["value"]) for each in page.form(field="channel").find_all("option")]
    assert len(choices) > 1, "the ways of the profile"
    page.send(page.form(field="channel"), channel=choices[1])
    assert page.status == 422
    assert page.has("Say why.")
    page.send(page.form(field="channel"), channel=choices[1], reason="通報系統停機")
    assert page.has("not by the proper way:", "通報系統停機")
    assert incident.obligations.filter(duty="file-again", state="no_limit").exists()
    page = begun(page, incident, "first-report")
    form = page.form(field="version")
    page.send(form, check="1", measures="離線", **{"level-availability-core": "serious"})
    page.send(page.form(field="again"), again="on")
    assert page.has("once more, by the proper way")
    assert incident.obligations.get(duty="file-again").evidence == "filed-again"


def test_it_shows_findings_beside_their_passages_and_files_again(cast: Cast, incident: Incident) -> None:
    filing = report_of(cast, incident)
    approval = Approval.objects.get(public_id=filing.approval)
    judging.raise_finding(approval.public_id, passage="cause", words="根因沒有佐證", actor=cast.reviewer)
    judging.decide(
        approval.public_id, outcome="returned", reason="請補佐證", version=1, grade=Grade.API, actor=cast.reviewer
    )
    handle()
    page = browser(cast).get(f"/filings/{filing.public_id}/")
    assert page.has("returned", "根因沒有佐證", "Fill in and hand in again")
    page.click("Fill in and hand in again")
    beside = page.page.find(attrs={"name": "cause"}).find_parent(attrs={"class": "panel"})
    assert "根因沒有佐證" in beside.get_text()
    assert page.has("It was returned", "請補佐證")
    page.send(page.form(field="version"), check="1", cause="弱密碼，見附件稽核紀錄")
    page.send(page.form(field="version"))
    assert page.has("Edition 2", "What it says differently from the edition before", "added:", "見附件稽核紀錄")
    first = browser(cast).get(f"/filings/{filing.public_id}/editions/1/")
    assert not first.has("見附件稽核紀錄")
    approval.refresh_from_db()
    assert approval.state == Approval.State.SUBMITTED
    assert approval.editions.count() == 2


def test_it_makes_tasks_of_the_measures_of_an_accepted_report(cast: Cast, incident: Incident) -> None:
    filing = report_of(cast, incident)
    approval = Approval.objects.get(public_id=filing.approval)
    judging.decide(approval.public_id, outcome="granted", version=1, grade=Grade.API, actor=cast.reviewer)
    handle()
    filing.refresh_from_db()
    assert filing.state == Filing.State.ACCEPTED
    task = Task.objects.get(title="全面啟用多因子驗證")
    assert task.due_at == datetime.fromisoformat("2026-12-31T23:59+08:00")


def test_it_makes_room_for_more_measures_without_javascript(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "improvement-report")
    assert page.form(field="measures-1-words")
    page.send(page.form(field="version"), save="1", measures__0__words="甲", measures__1__words="乙")
    assert page.form(field="measures-3-words")
    page.send(page.form(field="version"), check="1")
    assert page.has("Until: This is needed.")


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_it_prints_the_form_in_the_official_order(cast: Cast, incident: Incident, language: str) -> None:
    filing = report_of(cast, incident)
    edition = filing.editions.get()
    page = browser(cast, language=language).get(f"/filings/{filing.public_id}/print/")
    labels = [str(each.get_text()) for each in page.page.find_all("th", scope="row")]
    numbered = [label for label in labels if label[:1].isdigit()]
    assert [label.partition(".")[0] for label in numbered] == [str(n) for n in range(1, 8)]
    assert page.has(edition.digest, "TW-2026", "弱密碼")
    assert page.has("技術" if language == "zh-hant" else "technical")
    got = page.client.get(f"/filings/{filing.public_id}/pdf/")
    assert got.headers["Content-Type"] == "application/pdf"
    words = "".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(got.content)).pages)
    assert "弱密碼" in words
    assert edition.digest[:16] in words.replace("\n", "")


def test_it_marks_what_has_not_been_handed_in(cast: Cast, incident: Incident) -> None:
    page = begun(browser(cast), incident, "containment-notice")
    page.get(page.at.replace("/edit/", "/print/"))
    assert page.has("Draft: not handed in")


def contained_in_the_city(cast: Cast) -> tuple[Browser, Obligation]:
    """A case of the city's that is under control: the report on it has a time now."""
    incident = opened(cast, reported(cast, "city", level=2))
    page = begun(browser(cast, "city"), incident, "containment-notice")
    page.send(page.form(field="version"), check="1", contained_at="2026-11-23T11:30", outcome="both", course="隔離")
    page.send(page.form(field="version"))
    page.get(f"/cases/{incident.public_id}/forms/")
    return page, incident.obligations.get(duty="final")


def judge_of(cast: Cast, approval: Approval) -> Actor:
    return cast.interior if approval.authority is not None else cast.officer


def test_it_asks_for_more_time_and_gets_it_from_everybody(cast: Cast) -> None:
    page, final = contained_in_the_city(cast)
    page.click("Ask for more time")
    assert page.has("All of these have to consent", "Ministry of the Interior")
    page.send(page.form(field="until"), until="2026-11-23T09:00", reason="鑑識未完成")
    assert page.status == 422
    page.send(page.form(field="until"), until="2027-02-01T09:00", reason="鑑識未完成")
    assert page.has("More time was asked for.", "Longer times asked for")
    page.get(f"/obligations/{final.public_id}/extension/")
    page.send(page.form(field="until"), until="2027-02-01T09:00", reason="鑑識未完成")
    assert page.has("An extension has been asked for already")
    asked = list(Approval.objects.filter(kind="extension").order_by("id"))
    assert len(asked) == 2
    for each in asked:
        final.refresh_from_db()
        assert final.extended_from is None, "not before all have consented"
        judging.decide(each.public_id, outcome="granted", version=1, grade=Grade.API, actor=judge_of(cast, each))
        handle()
    final.refresh_from_db()
    assert final.due_at == datetime.fromisoformat("2027-02-01T09:00+08:00")
    assert page.get(f"/obligations/{final.public_id}/extension/").has("extended from")


def test_it_moves_no_time_that_one_of_those_asked_has_refused(cast: Cast) -> None:
    _, final = contained_in_the_city(cast)
    asked = reviews.ask_for_time(final.public_id, until=NOON + timedelta(days=90), reason="鑑識未完成", actor=cast.city)
    for number, each in enumerate(asked):
        outcome: Outcome = "granted" if number else "refused"
        actor = judge_of(cast, each)
        judging.decide(each.public_id, outcome=outcome, reason="如說明", version=1, grade=Grade.API, actor=actor)
        handle()
    final.refresh_from_db()
    assert final.extended_from is None


def test_it_hides_the_forms_of_others(cast: Cast, incident: Incident) -> None:
    filing = report_of(cast, incident)
    tell(cast, incident)
    begun(browser(cast), incident, "containment-notice")
    draft = Filing.objects.get(form="containment-notice")
    for who in ("stranger", "city", "hoster", "partner", "bureau"):
        page = browser(cast, who)
        for where in ("", "edit/", "check/", "print/", "pdf/", "editions/1/"):
            assert page.get(f"/filings/{filing.public_id}/{where}").status == 404, (who, where)
            assert page.get(f"/filings/{draft.public_id}/{where}").status == 404, (who, where)
        assert page.get(f"/cases/{incident.public_id}/forms/").status == 404
    for who in ("officer", "handler", "reviewer"):
        page = browser(cast, who)
        assert page.get(f"/filings/{filing.public_id}/").status == 200
        assert page.get(f"/filings/{filing.public_id}/edit/").status == 404, "not theirs to write"
        for where in ("", "edit/", "print/", "pdf/"):
            assert page.get(f"/filings/{draft.public_id}/{where}").status == 404, "a draft is its writer's"


def test_it_lets_nobody_else_write_a_returned_form(cast: Cast, incident: Incident) -> None:
    filing = report_of(cast, incident)
    judging.decide(filing.approval, outcome="returned", reason="請補", version=1, grade=Grade.API, actor=cast.reviewer)
    handle()
    filing.refresh_from_db()
    with pytest.raises(Conflict, match="filing-not-yours"):
        filings.save(filing.public_id, Answers(), version=filing.version, actor=cast.officer)


def test_it_lets_only_those_obliged_write_a_public_notice(cast: Cast, incident: Incident) -> None:
    with pytest.raises(Invalid) as refused:
        filings.begin(incident.public_id, form="public-notice", actor=cast.constituent)
    assert refused.value.problems[0].code == "form-not-yours"
    assert not Obligation.objects.filter(duty="public-notice", organisation__code="SUNPOWER").exists()


def test_it_fills_in_only_what_the_organisation_itself_has_said(cast: Cast) -> None:
    incident = opened(
        cast, reported(cast, description="凌晨發現檔案遭加密", measures="已離線"), summary="僅供承辦人之研判"
    )
    page = begun(browser(cast), incident, "first-report")
    assert page.value("description") == "凌晨發現檔案遭加密"
    assert page.value("measures") == "已離線"
    assert "僅供承辦人之研判" not in page.response.content.decode()
    taken_down = filings.begin(incident.public_id, form="level-change", actor=cast.officer)
    assert "僅供承辦人之研判" not in taken_down.draft, "the organisation reads what the office takes down for it"
