"""Deciding on submissions: the list, the page of one, and each of the ways to decide."""

from datetime import datetime, timedelta

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.rules.intake import Arrival, Draft
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.policy.actors import ANONYMOUS

pytestmark = pytest.mark.usefixtures("noon")


def page_of(cast: Cast, submission: Submission, who: str = "officer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language)).get(f"/submissions/{submission.public_id}/")


def aside() -> Submission:
    return submit(
        Draft(summary="您中獎了"),
        key="trap",
        door=Submission.Door.WEB,
        arrival=Arrival(trap_filled=True),
        actor=ANONYMOUS,
    ).submission


def test_it_lists_what_waits_the_oldest_first(cast: Cast) -> None:
    reported(cast, "city", summary="第一件")
    with clock.at(NOON + timedelta(minutes=1)):
        reported(cast, "anonymous", summary="第二件")
    aside()
    page = Browser(cast.browser("officer")).get("/console/triage/")
    rows = [row.get_text(" ") for row in page.page.select("tr[data-row]")]
    assert ["第一件" in rows[0], "第二件" in rows[1], len(rows)] == [True, True, 2]
    assert "anonymous" in rows[1]
    assert page.has("Waiting (2)", "Set aside (1)")
    page.click("Set aside")
    assert page.has("您中獎了", "A field was filled in that people do not see.")


def test_it_shows_everything_as_it_came(cast: Cast) -> None:
    submission = reported(
        cast,
        description="螢幕出現勒索訊息\n第二行",
        systems="FS-03",
        addresses="hxxp://evil[.]example/a\n198.51.100.23",
        measures="已離線",
        support="請協助鑑識",
        other="無",
        contact_name="張聯絡",
        contact_safe=True,
        type="malicious-code/infected-system",
        aware_at=NOON - timedelta(minutes=30),
        occurred_at=NOON - timedelta(hours=3),
    )
    page = page_of(cast, submission)
    for words in (
        "螢幕出現勒索訊息 第二行",
        "hxxp://evil[.]example/a 198[.]51[.]100[.]23",
        "FS-03",
        "已離線",
        "請協助鑑識",
        "張聯絡",
        "not on the system that was hit",
        "2026-11-23 11:30",
        "2026-11-23 09:00",
        "through the form",
    ):
        assert page.has(words), words
    running = page.section("Obligations that run already")
    assert "report the incident Sunlight Power Company" in running
    assert "review the level Ministry of Energy 2026-11-23 14:00 · in 2 h 0 min due" in running
    assert page.has("You see this because your seat in the office handles cases.")


def test_it_proposes_the_reporters_own_words_for_the_case(cast: Cast) -> None:
    submission = reported(cast, systems="FS-03", addresses="203.0.113.66", aware_at=NOON - timedelta(minutes=30))
    page = page_of(cast, submission)
    assert page.value("title") == submission.summary
    assert page.value("level") == "3"
    assert page.value("owner") == "SUNPOWER Sunlight Power Company"
    assert page.value("addresses") == "203.0.113.66"
    assert page.value("aware_at") == "2026-11-23T11:30"
    page.send(page.form("/accept/"))
    incident = Incident.objects.get()
    assert page.at == f"/incidents/{incident.public_id}/"
    assert page.has(f"Case {incident.number} is open.", "Sunlight Power Company", "203[.]0[.]113[.]66")


def test_it_keeps_what_the_officer_typed_when_a_case_is_refused(cast: Cast) -> None:
    page = page_of(cast, reported(cast))
    page.send(page.form("/accept/"), title=" ", summary="研判：勒索", addresses="not an address!", tlp="3")
    assert page.status == 422
    assert set(page.errors()) == {"title"}
    assert page.value("summary") == "研判：勒索"
    assert page.value("tlp") == "3"
    page.send(page.form("/accept/"), title="案件", addresses="not an address!")
    assert "neither an address" in page.errors()["addresses"]
    assert page.value("title") == "案件"
    assert not Incident.objects.exists()


def test_it_adds_a_second_report_to_the_case_that_exists(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66")
    second = reported(cast, "anonymous", summary="電力公司網頁打不開", addresses="203.0.113.66")
    page = page_of(cast, second)
    assert incident.number in page.section("Perhaps the same")
    page.send(page.form("/merge/"), into="TB-2026-99999")
    assert page.errors()["into"].endswith("Choose another case that you can see.")
    assert page.value("into") == "TB-2026-99999"
    page.send(page.form("/merge/"), into=incident.reference.lower())
    assert page.at == f"/incidents/{incident.public_id}/"
    assert page.has("anonymous reporter", "+ 電力公司網頁打不開")
    second.refresh_from_db()
    assert (second.state, second.incident) == ("merged", incident)


def test_it_joins_nothing_to_a_wider_case(cast: Cast) -> None:
    wide = opened(cast, tlp=TLP.GREEN)
    page = page_of(cast, reported(cast))
    page.send(page.form("/merge/"), into=wide.number)
    assert "more narrowly than the case" in page.errors()[""]


def test_it_rejects_with_a_reason_that_the_reporter_reads(cast: Cast) -> None:
    submission = reported(cast, "anonymous", summary="鄰居很吵")
    page = page_of(cast, submission)
    page.send(page.form("/reject/"), reason="")
    assert page.errors()["reason"]
    assert page.send(page.form("/reject/"), reason="非資安事件，請洽 1999。").at == "/console/triage/"
    assert page.has("The reporter is told the reason under the receipt number.")
    again = page_of(cast, submission)
    assert again.has("非資安事件，請洽 1999。", "林值勤")
    assert not [form for form in again.forms() if str(form.get("action", "")).endswith("/accept/")]


def test_it_refuses_a_reason_too_long_to_keep_instead_of_cutting_it(cast: Cast) -> None:
    page = page_of(cast, reported(cast, "anonymous"))
    page.send(page.form("/reject/"), reason="長" * 2001)
    assert page.status == 422
    assert page.value("reason") == "長" * 2001
    assert Submission.objects.get().state == "new"


def test_it_releases_from_quarantine(cast: Cast) -> None:
    found = aside()
    page = page_of(cast, found)
    assert page.section("Set aside").startswith("Set aside A field was filled in")
    page.send(page.form("/release/"))
    assert Submission.objects.get().state == "new"
    assert "Set aside" not in page.text()


def test_it_shows_the_second_officer_what_the_first_decided(cast: Cast) -> None:
    """Both have the page open; the slower one sees what happened, and nothing of it is undone."""
    submission = reported(cast)
    first, second = page_of(cast, submission), page_of(cast, submission, "handler")
    first.send(first.form("/accept/"), title="甲的案件")
    second.send(second.form("/reject/"), reason="乙認為不是")
    assert second.status == 422
    assert second.has("Somebody else has changed this meanwhile.", "opened a case from the submission (林值勤)")
    assert Incident.objects.get().title == "甲的案件"
    submission.refresh_from_db()
    assert submission.state == "accepted"


def test_it_speaks_chinese(cast: Cast) -> None:
    page = page_of(cast, reported(cast), language="zh-hant")
    assert page.page.html["lang"] == "zh-Hant"  # type: ignore[index]
    assert page.has("日光電力公司", "審核事件等級", "立案")


@pytest.mark.parametrize(
    ("who", "status"), [("liaison", 200), ("auditor", 200), ("constituent", 403), ("admin", 403), ("bureau", 403)]
)
def test_it_is_read_by_case_readers_and_decided_by_few(who: str, status: int, cast: Cast) -> None:
    submission = reported(cast)
    page = page_of(cast, submission, who)
    assert page.status == status
    assert not [form for form in page.forms() if str(form.get("action", "")).endswith("/accept/")]
    refused = page.client.post(f"/submissions/{submission.public_id}/reject/", {"reason": "x", "version": "1"})
    assert refused.status_code == 403
    assert Submission.objects.get().state == "new"


def test_it_opens_a_case_that_begins_at_the_desk(cast: Cast, noon: datetime) -> None:
    page = Browser(cast.browser("handler")).get("/incidents/").click("New case")
    page.send(page.form(field="title"), title="", level="2")
    assert page.errors()["title"]
    assert page.value("level") == "2"
    page.send(page.form(field="title"), title="來電：水庫監控異常", level="2", aware_at="2026-11-23T13:00")
    assert page.errors()["aware_at"].endswith("This time lies in the future.")
    page.send(page.form(field="title"), aware_at="2026-11-23T11:00")
    incident = Incident.objects.get()
    assert (incident.title, incident.level, incident.aware_at) == (
        "來電：水庫監控異常",
        2,
        noon - timedelta(hours=1),
    )
