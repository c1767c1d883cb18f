"""Three entrances, one receipt: correcting, adding, closing; the same thing by many folded into one."""

from typing import Any

import pytest

from tests.conftest import Cast
from tests.pages import Browser, upload
from tests.portal.test_report import receipt, unhurried
from tests.stories import opened
from tongbao.incidents import queries
from tongbao.incidents.actions import submissions, supplements
from tongbao.incidents.models import Participant, Submission, Supplement
from tongbao.incidents.rules import intake
from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.policy.actors import ANONYMOUS

pytestmark = pytest.mark.usefixtures("noon")
__all__ = ["unhurried"]


def sent(cast: Cast, way: str, language: str = "en", **fields: Any) -> Browser:
    page = Browser(cast.browser(language=language)).get(f"/report/{way}")
    return page.send(page.form(field="summary"), **fields)


def following(cast: Cast, number: str, language: str = "en") -> Browser:
    page = Browser(cast.browser(language=language)).get("/follow-up/")
    return page.send(page.form(field="receipt"), receipt=number)


def test_it_leads_to_three_entrances(cast: Cast) -> None:
    page = Browser(cast.browser(language="zh-hant")).get("/")
    assert {"/report/", "/report/weakness/", "/report/suspicious/"} <= set(page.links())
    for way in ("weakness/", "suspicious/"):
        assert page.get(f"/report/{way}").status == 200
        assert not page.page.find(attrs={"name": "measures"})


def test_it_takes_a_weakness_without_a_name(cast: Cast) -> None:
    fields = {"summary": "登入頁接受任何密碼", "systems": "CityPortal 2.1", "description": "步驟…"}
    page = sent(cast, "weakness/", **fields)
    assert page.status == 201
    row = Submission.objects.get()
    assert (row.entrance, row.owner, row.obligations.count()) == ("weakness", None, 0)
    assert sent(cast, "weakness/", summary="x", description="y").errors().keys() == {"systems"}


def test_it_takes_a_link_without_a_sentence(cast: Cast) -> None:
    page = sent(cast, "suspicious/", addresses="hxxp://bank[.]evil[.]example/login\n0912-345-678")
    assert page.status == 201
    row = Submission.objects.get()
    assert row.summary == "Suspicious: hxxp://bank[.]evil[.]example/login"
    assert row.observables.filter(kind="url", value="http://bank.evil.example/login").exists()
    assert "addresses" in sent(cast, "suspicious/").errors()
    assert sent(cast, "suspicious/", attachments=upload("圖.png", b"\x89PNG\r\n\x1a\n")).status == 201


def test_it_says_what_happens_by_when_and_how_long_the_number_holds(cast: Cast) -> None:
    page = sent(cast, "suspicious/", addresses="http://evil.example/")
    assert page.has("What happens next", "2026-11-24 12:00", "730 days")


def test_it_shows_a_reporter_everything_that_is_kept_and_lets_it_be_corrected(cast: Cast) -> None:
    number = receipt(sent(cast, "", summary="打錯字", description="第一版", contact_email="a@b.example"))
    page = following(cast, number)
    assert page.has("第一版", "a@b.example", "The number holds until")
    page.click("Correct or complete it")
    page.send(page.form(field="summary"), summary="改正後", description="第二版")
    assert page.at == "/follow-up/case/"
    assert page.has("改正後", "第二版")
    row = Submission.objects.get()
    assert (row.summary, row.draft.description, row.supplements.get().kind) == ("改正後", "第一版", "correction")
    officer = Browser(cast.browser("officer")).get(f"/submissions/{row.public_id}/")
    assert officer.has("第二版", "correction")


def test_it_goes_both_ways_before_there_is_a_case(cast: Cast) -> None:
    number = receipt(sent(cast, "weakness/", summary="弱點", systems="X", description="y"))
    row = Submission.objects.get()
    officer = Browser(cast.browser("officer", "zh-hant")).get(f"/submissions/{row.public_id}/")
    officer.send(officer.form("/message/"), text="請問是哪個版本？")
    page = following(cast, number, "zh-hant")
    assert page.has("請問是哪個版本？")
    page.send(page.form(field="text"), text="2.1 版", attachments=upload("記錄.txt", b"log"))
    assert officer.get(f"/submissions/{row.public_id}/").has("2.1 版", "記錄.txt")
    assert page.links("記錄.txt")


def test_it_lets_a_reporter_close_the_own_report(cast: Cast) -> None:
    number = receipt(sent(cast, "", summary="誤會"))
    page = following(cast, number)
    page.send(page.form("/withdraw/"), withdraw__text="原來是家人")
    row = Submission.objects.get()
    assert (row.state, page.has("closed by the reporter", "原來是家人")) == ("withdrawn", True)
    assert not page.page.find("textarea")
    with pytest.raises(Conflict):
        supplements.correct_by_receipt(row, Draft(summary="x"))
    assert supplements.withdraw_by_receipt(row, words="").state == "withdrawn", "a repeat changes nothing"


def test_it_ends_a_reporters_part_in_a_case(cast: Cast) -> None:
    number = receipt(sent(cast, "", summary="收到可疑簡訊"))
    incident = opened(cast, Submission.objects.get())
    page = following(cast, number)
    page.send(page.form("/withdraw/"))
    assert Participant.objects.get(incident=incident).left_at is not None
    assert incident.log.filter(participant__isnull=False, by_office=False).exists()
    assert not page.page.find("textarea")


def test_it_lets_no_duty_end_by_withdrawal(cast: Cast) -> None:
    taken = submissions.submit(Draft(summary="x"), key="k", door=Submission.Door.WEB, actor=cast.constituent)
    with pytest.raises(Conflict):
        supplements.withdraw_by_receipt(taken.submission, words="")


def test_it_lets_a_number_end(cast: Cast, noon: Any) -> None:
    from datetime import timedelta

    number = receipt(sent(cast, "", summary="舊案"))
    with clock.at(noon + timedelta(days=731)):
        assert following(cast, number).status == 422


# --- the same thing by many ---


def citizen(number: int, link: str = "http://bank.evil.example/login", **more: Any) -> submissions.Taken:
    draft = Draft(
        summary=f"可疑簡訊 {number}",
        addresses=link,
        description=f"第 {number} 則",
        entrance=Entrance.SUSPICIOUS,
        **more,
    )
    return submissions.submit(draft, key=f"c{number}", door=Submission.Door.WEB, actor=ANONYMOUS)


def test_it_folds_the_same_link_before_a_person_sees_it(cast: Cast) -> None:
    first = citizen(0).submission
    for number in range(1, 6):
        citizen(number, "hxxps://bank[.]evil[.]example/login".replace("hxxps", "hxxp"))
    citizen(9, "http://other.example/")
    waiting = queries.with_alike(queries.waiting_submissions(cast.officer))
    assert [(each.pk == first.pk, each.alike_count) for each in waiting] == [(True, 5), (False, None)]
    page = Browser(cast.browser("officer")).get("/console/triage/")
    assert page.has("+5")
    page.get(f"/submissions/{first.public_id}/")
    assert page.has("5 reports more of the same")


def test_it_decides_on_them_together_with_a_thread_each(cast: Cast) -> None:
    numbers = [citizen(number).receipt for number in range(4)]
    first = Submission.objects.order_by("id")[0]
    incident = opened(cast, first)
    assert Participant.objects.filter(incident=incident, organisation=None).count() == 4
    pages = [following(cast, number) for number in numbers]
    pages[1].send(pages[1].form(field="text"), text="我點了連結")
    assert pages[1].get("/follow-up/case/").has("我點了連結")
    assert not pages[2].get("/follow-up/case/").has("我點了連結")
    assert set(Submission.objects.values_list("state", flat=True)) == {"accepted", "merged"}


def test_it_rejects_them_together_and_tells_each_why(cast: Cast) -> None:
    numbers = [citizen(number).receipt for number in range(2)]
    first = Submission.objects.order_by("id")[0]
    submissions.reject(first.public_id, reason="銀行的真網站", version=1, actor=cast.officer)
    assert following(cast, numbers[1]).has("銀行的真網站")


def test_it_lets_an_officer_take_one_out(cast: Cast) -> None:
    citizen(0)
    other = citizen(1).submission
    page = Browser(cast.browser("officer")).get(f"/submissions/{other.public_id}/")
    page.send(page.form("/release/"))
    other.refresh_from_db()
    assert (other.state, other.folded_into) == ("new", None)


@pytest.mark.parametrize(
    ("draft", "folds"),
    [
        (Draft(summary="x", addresses="http://evil.example/", entrance=Entrance.INCIDENT), False),
        (Draft(summary="x", addresses="https://www.google.com/", entrance=Entrance.SUSPICIOUS), False),
        (Draft(summary="x", description="沒有網址", entrance=Entrance.SUSPICIOUS), False),
        (Draft(summary="x", description="http://evil.example/", entrance=Entrance.SUSPICIOUS), True),
    ],
)
def test_it_folds_only_what_names_the_same_thing(draft: Draft, folds: bool) -> None:
    assert bool(intake.alike(draft)) is folds


def test_it_folds_links_that_are_another_for_every_victim(cast: Cast) -> None:
    def digest(link: str) -> str:
        return intake.alike(Draft(summary="x", addresses=link, entrance=Entrance.SUSPICIOUS))

    page = digest("hxxp://evil[.]example/v?u=0081")
    assert page == digest("http://evil.example/v?u=0082#a") == digest("http://evil.example/v")
    assert page != digest("http://evil.example/w?u=0081")


# --- by telephone ---


def test_it_types_a_call_that_the_organisation_completes(cast: Cast) -> None:
    officer = Browser(cast.browser("officer", "zh-hant")).get("/submissions/call/")
    power = cast.country.organisations["SUNPOWER"]
    done = officer.send(
        officer.form(field="organisation"),
        organisation=power.public_id,
        summary="調度系統遭入侵",
        contact_name="張聯絡",
        contact_telephone="02-1234-5678",
        level="3",
    )
    assert done.status == 201
    row = Submission.objects.get()
    assert (row.door, row.owner, row.obligations.filter(state="met").count()) == ("telephone", power, 1)
    number = receipt(done)
    assert following(cast, number).has("調度系統遭入侵")
    own = Browser(cast.browser("constituent", "zh-hant")).get("/my/cases/")
    own.click("調度系統遭入侵")
    own.get(f"/my/reports/{row.public_id}/correct/")
    assert own.value("summary") == "調度系統遭入侵"
    own.send(own.form(field="summary"), systems="SCADA-7", addresses="203.0.113.9", measures="已隔離", level="4")
    row.refresh_from_db()
    assert (row.level, supplements.current(row).systems) == (4, "SCADA-7")
    assert own.has("SCADA-7", "已隔離")
    page = officer.get(f"/submissions/{row.public_id}/")
    assert page.value("systems") == "SCADA-7"


def test_it_keeps_an_organisations_report_from_others(cast: Cast) -> None:
    taken = submissions.submit(Draft(summary="x"), key="k", door=Submission.Door.WEB, actor=cast.constituent)
    for who in ("city", "partner", "officer"):
        assert Browser(cast.browser(who)).get(f"/my/reports/{taken.submission.public_id}/").status == 404
    with pytest.raises(NotFound):
        supplements.correct(taken.submission.public_id, Draft(summary="y"), actor=cast.city)
    with pytest.raises(NotFound):
        supplements.correct(taken.submission.public_id, Draft(summary="y"), actor=cast.officer)
    assert not Supplement.objects.exists()
