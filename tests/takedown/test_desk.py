"""A phishing page: reported by many, asked for, reminded, down, back, and down for good."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened
from tests.takedown.sites import ADDRESS, HOST, LINK, asked, begun, reported
from tongbao.incidents.actions import log
from tongbao.jobs.pump import pump
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import actions as answering
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.rules import Draft
from tongbao.takedown import actions, contacts, queries
from tongbao.takedown import reported as naming
from tongbao.takedown.models import Takedown, TakedownStep
from tongbao.takedown.rules import State
from tongbao.ui.sentences import known
from tongbao.wiring import worker

pytestmark = pytest.mark.usefixtures("noon")


def test_it_goes_from_reports_to_a_site_that_is_down_on_the_pages(cast: Cast, at: Any) -> None:
    reported(LINK, LINK, f"{LINK}?id=2")
    desk = Browser(cast.browser("officer")).get("/takedowns/reported/")
    assert desk.has("login[.]bank-safe[.]example", "hxxps://login[.]bank-safe[.]example/verify")
    desk.click("Begin a takedown: login[.]bank-safe[.]example")
    desk.send(desk.form(field="places"), address="not an address")
    assert set(desk.errors()) == {"address"}
    desk.send(desk.form(field="places"), address=ADDRESS)
    assert desk.has("nobody asked yet", "3 reports name it", "hosts the address", "203[.]0[.]113[.]0/24")
    assert desk.has("hxxps://login[.]bank-safe[.]example/verify?id=2"), "links of all reports are in it"

    desk.send(desk.form("/ask/"), words="Customer 4711")
    assert desk.has("Recorded.", "asked", "sent", "the notice")
    notice = Notice.objects.get(template="takedown_request")
    assert "hxxps://login[.]bank-safe[.]example/verify" in notice.body_zh
    assert "https://" not in notice.body_zh + notice.body_en, "nobody opens a link by a slip of the hand"
    at(NOON + timedelta(hours=25))
    desk.get("/takedowns/?due=1").click("login[.]bank-safe[.]example")
    desk.send(desk.form("/check/"), verdict="up", words="From another network")
    desk.send(desk.form("/ask/"))
    assert desk.has("reminded", "still up", "From another network")
    at(NOON + timedelta(hours=30))
    desk.send(desk.form("/check/"), verdict="down")
    assert desk.has("down")
    assert not desk.has("No longer ask for it")
    at(NOON + timedelta(days=5))
    desk.send(desk.form("/check/"), verdict="up")
    assert desk.has("has come back")
    desk.send(desk.form("/ask/"))
    found = Takedown.objects.get()
    assert (found.state, found.returns, found.reminders) == (State.ASKED, 1, 1)

    desk.get("/takedowns/figures/")
    assert desk.has("30.0", "Hours run from the first request to the first look that found the site down")
    file = cast.browser("officer").get("/takedowns/figures/?as=csv").content.decode("utf-8-sig").splitlines()
    assert file[0].startswith("hoster,asked,down,up,refused,dropped,returned,reminders,hours")
    assert "FARHILL" in file[1]


def test_it_is_used_in_chinese(cast: Cast) -> None:
    reported(LINK)
    found = begun(cast)
    desk = Browser(cast.browser("officer", "zh-hant")).get("/takedowns/reported/")
    assert desk.has("遭通報網站")
    desk.get(f"/takedowns/{found.public_id}/")
    desk.send(desk.form("/ask/"), words="請儘速處理")
    assert desk.has("已請求下架")
    desk.send(desk.form("/drop/"), words="")
    assert set(desk.errors()) == {"words"}
    desk.send(desk.form("/drop/"), words="誤報")
    assert desk.has("不再追蹤")


def test_an_answer_becomes_a_step_and_a_claim_a_reason_to_look(cast: Cast) -> None:
    found = begun(cast)
    step = asked(cast, found)
    receipt = Receipt.objects.get(notice=step.notice)
    said: dict[str, Any] = {"grade": Grade.SIGNED_IN, "actor": cast.hoster}
    answering.answer(receipt.public_id, code="refused", words="Court order needed", **said)
    pump(worker.HANDLERS, worker.read_journal)
    found.refresh_from_db()
    assert found.state == State.REFUSED
    heard = found.steps.get(kind="answered")
    assert (heard.result, heard.words) == ("refused", "Court order needed")
    assert heard.organisation_id == receipt.organisation_id
    asked(cast, found)
    with clock.at(NOON + timedelta(hours=1)):
        answering.answer(receipt.public_id, code="removed", words="", **said)
        pump(worker.HANDLERS, worker.read_journal)
        pump(worker.HANDLERS, worker.read_journal)
    found.refresh_from_db()
    assert found.state == State.ASKED, "nobody's word makes it down"
    assert found.check_due_at == NOON + timedelta(hours=1), "but it is looked at now"
    assert found.steps.filter(kind="answered").count() == 2


def test_it_finds_who_can_take_it_down_in_the_directory_alone(cast: Cast) -> None:
    found = begun(cast, places="http://shop.farhill.example/x", address="192.0.2.10")
    known = {(each.organisation.code, each.part, each.why) for each in contacts.contacts(found, cast.officer)}
    assert known == {("HARBOUR", "hoster", "192.0.2.0/25"), ("FARHILL", "domain", "farhill.example")}
    asked(cast, found, "GREENHILL", "registrar")
    other = begun(cast, places="https://www.farhill.example/y", address="")
    again = {(each.organisation.code, each.part, each.why) for each in contacts.contacts(other, cast.officer)}
    assert ("GREENHILL", "registrar", "shop.farhill.example") in again, "whom an officer has found out once"
    alone = begun(cast, places="http://203.0.113.7/login", address="")
    assert (alone.host, alone.address) == ("203.0.113.7", "203.0.113.7")
    assert [each.organisation.code for each in contacts.contacts(alone, cast.officer)] == ["FARHILL"]


def test_a_host_is_taken_down_once_and_gets_what_is_new(cast: Cast) -> None:
    found = begun(cast)
    assert begun(cast).pk == found.pk
    assert found.steps.count() == 1, "nothing new changes nothing"
    reported(f"{LINK}/two")
    again = begun(cast, places=HOST, address="203.0.113.81")
    assert again.links == [LINK, f"{LINK}/two"]
    assert (again.address, again.steps.count()) == ("203.0.113.81", 2)
    with pytest.raises(Invalid) as other:
        actions.add_to_takedown(found.public_id, places="https://else.example/", address="", actor=cast.officer)
    assert other.value.problems[0].code == "host-another"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"places": "nothing to see"}, {"places": "host-missing"}),
        ({"places": "https://a.example/ https://b.example/"}, {"places": "hosts-several"}),
        ({"places": ""}, {"places": "required"}),
        ({"kind": "magic", "tlp": 9}, {"kind": "choice-unknown", "tlp": "choice-unknown"}),
        ({"address": "300.1.1.1"}, {"address": "address-unreadable"}),
        ({"address": "fe80::1%<b>"}, {"address": "address-unreadable"}),
        ({"words": "x" * 4001}, {"words": "too-long"}),
        ({"operation": "nowhere"}, {"operation": "choice-unknown"}),
    ],
)
def test_it_refuses_what_cannot_be_one(cast: Cast, changes: dict[str, Any], places: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        begun(cast, **changes)
    assert {each.path: each.code for each in refused.value.problems} == places
    assert not Takedown.objects.exists()


def test_it_ends_and_takes_no_further_step(cast: Cast) -> None:
    found = begun(cast)
    actions.drop_takedown(found.public_id, words="Harmless", actor=cast.officer)
    actions.drop_takedown(found.public_id, words="Again", actor=cast.officer)
    for act in (
        lambda: asked(cast, found),
        lambda: actions.check_takedown(found.public_id, verdict="up", actor=cast.officer),
        lambda: actions.add_to_takedown(found.public_id, places=LINK, address="", actor=cast.officer),
    ):
        with pytest.raises(Conflict):
            act()
    assert found.steps.count() == 2
    assert begun(cast).pk != found.pk, "a new report begins anew"


def test_the_rule_of_release_decides_and_what_it_withholds_changes_nothing(cast: Cast) -> None:
    """A foreign team needs an agreement for what is not for everybody: for TLP:AMBER there is none that reaches."""
    found = begun(cast)
    step = asked(cast, found, "CSIRT-ARC", "registrar", tlp=TLP.AMBER_STRICT)
    found.refresh_from_db()
    assert (step.result, found.state, found.asked_at) == ("withheld", State.OPEN, None)
    assert not Receipt.objects.filter(notice=step.notice).exists()
    with pytest.raises(Invalid):
        asked(cast, found, "NSB-D")
    with pytest.raises(Invalid):
        asked(cast, found, part="neighbour")


def test_nothing_restricted_is_listed_taken_along_or_told_more_widely(cast: Cast) -> None:
    case = opened(cast, title="祕密案", tlp=TLP.AMBER_STRICT)
    log.note(case.public_id, words=f"seen at {LINK}", actor=cast.officer)
    assert naming.by_host(cast.officer) == []
    with pytest.raises(Invalid) as wider:
        begun(cast, tlp=TLP.GREEN)
    assert wider.value.problems[0].code == "notice-wider"
    found = begun(cast, places=HOST, tlp=TLP.AMBER_STRICT)
    assert found.links == []
    page = Browser(cast.browser("officer")).get("/takedowns/")
    assert not page.has("bank-safe"), "a list shows a restricted thing without its content"
    with pytest.raises(Invalid):
        asked(cast, found, tlp=TLP.GREEN)


def test_it_is_the_offices_own_and_another_tracks_is_not_there(cast: Cast) -> None:
    found = begun(cast)
    for who in ("constituent", "stranger", "partner", "admin"):
        assert not Takedown.objects.visible_to(getattr(cast, who)).exists()
        assert cast.browser(who).get(f"/takedowns/{found.public_id}/").status_code in {403, 404}
    with pytest.raises(NotFound):
        actions.check_takedown(found.public_id, verdict="down", actor=cast.constituent)
    with pytest.raises(Forbidden):
        actions.check_takedown(found.public_id, verdict="down", actor=cast.auditor)
    Takedown.objects.update(track=Track.NATIONAL_SECURITY)
    assert cast.browser("officer").get(f"/takedowns/{found.public_id}/").status_code == 404
    other = begun(cast)
    assert other.pk != found.pk, "that it is being taken down on the other track does not show"
    assert queries.figures(cast.officer, NOON - timedelta(days=1), NOON + timedelta(days=1), at=NOON) == []


def test_drills_are_no_figures(cast: Cast) -> None:
    asked(cast, begun(cast))
    span = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert [each.asked for each in queries.figures(cast.officer, *span, at=NOON)] == [1]
    drill = Draft(kind="drill", code="DRILL1", name_zh="年度演習", name_en="Annual drill")
    frame = frame_actions.begin_operation(drill, actor=cast.officer)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("FARHILL",)), actor=cast.officer)
    step = asked(cast, begun(cast, operation=frame.public_id))
    assert (step.result, step.takedown.operation_id) == ("sent", frame.pk)
    assert [each.asked for each in queries.figures(cast.officer, *span, at=NOON)] == [1]


def test_the_journal_names_no_host(cast: Cast) -> None:
    reported(LINK)
    found = begun(cast)
    asked(cast, found)
    actions.check_takedown(found.public_id, verdict="unclear", words="x", actor=cast.officer)
    text = " ".join(JournalEntry.objects.filter(subject_id=found.public_id).values_list("text", flat=True))
    assert "takedown.checked" in text
    assert "bank-safe" not in text


def test_many_reports_are_read_at_once(cast: Cast, django_assert_max_num_queries: Any) -> None:
    reported(*(f"https://h{n}.bad.example/{n}" for n in range(30)))
    with django_assert_max_num_queries(4):
        assert len(naming.by_host(cast.officer)) == 30


def test_every_step_has_a_word() -> None:
    assert known("takedown_step") == frozenset(TakedownStep.Kind.values)
