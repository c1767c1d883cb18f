"""A warning from the first word to the evidence: two people, bad input, Update, Cancel, silence."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import NOON, Cast
from tests.notices.conftest import Bench
from tests.notices.test_delivery import Server
from tests.notices.warnings import BLANKS, answered, drafted, handed_in, organisation, seated, warned
from tests.pages import Browser
from tests.release.ways import drill
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import delivery, escalating, previewing, proof, queries, speed, types
from tongbao.notices.actions import audiences, drafts
from tongbao.notices.models import Delivery, Draft, Notice, Reach, Receipt
from tongbao.notices.rules.content import Area, Audience, Kind, Texts
from tongbao.notices.rules.escalation import Move, Step
from tongbao.notices.rules.quorum import Quorum
from tongbao.operations import enrolment_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import routine
from tongbao.parties.actions import groups
from tongbao.parties.models import ContactPoint
from tongbao.policy import actors
from tongbao.standards.cap.model import Severity

pytestmark = pytest.mark.usefixtures("noon")


def later(minutes: int) -> Any:
    return clock.at(NOON + timedelta(minutes=minutes))


def test_it_needs_a_second_person(cast: Cast) -> None:
    draft = handed_in(cast, "SUNPOWER", "HARBOUR")
    with pytest.raises(Conflict, match="second-person-needed"):
        drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.handler)
    with pytest.raises(Forbidden):
        drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.liaison)
    with pytest.raises(NotFound):
        drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.constituent)
    assert not Notice.objects.exists()
    notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer) == notice
    assert Notice.objects.count() == 1
    assert {each.organisation.code for each in notice.receipts.all()} == {"SUNPOWER", "HARBOUR"}
    assert notice.body_zh.endswith("請啟動緊急應變計畫、切換備援，並於三十分鐘內回報能否維持服務。")


def test_what_is_approved_is_what_was_read(cast: Cast) -> None:
    draft = handed_in(cast, "SUNPOWER")
    read = draft.digest
    changed = replace(draft.warning, severity=Severity.EXTREME)
    draft = drafts.edit_draft(draft.public_id, changed, version=draft.version, actor=cast.handler)
    assert draft.state == Draft.State.DRAFTING
    with pytest.raises(Conflict, match="draft-not-open"):
        drafts.approve_draft(draft.public_id, digest=read, actor=cast.officer)
    drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    with pytest.raises(Conflict, match="changed-meanwhile"):
        drafts.approve_draft(draft.public_id, digest=read, actor=cast.officer)


def test_it_lets_one_officer_warn_alone_when_lives_depend_on_it(cast: Cast) -> None:
    calm = drafted(cast, "SUNPOWER", event="vulnerability", who="officer", texts=Texts("題", "T", "文", "B"))
    with pytest.raises(Conflict, match="not-pressing"):
        drafts.break_glass(calm.public_id, because="x", version=calm.version, actor=cast.officer)
    draft = drafted(cast, "SUNPOWER", who="officer")
    notice = drafts.break_glass(draft.public_id, because="無人可會簽", version=draft.version, actor=cast.officer)
    assert notice.receipts.count() == 1
    assert [each.pk for each in queries.desk(cast.officer)["unreviewed"]] == [draft.pk]
    with pytest.raises(Conflict, match="second-person-needed"):
        drafts.review_alone(draft.public_id, words="沒問題", actor=cast.officer)
    drafts.review_alone(draft.public_id, words="處置妥適", actor=cast.handler)
    assert queries.desk(cast.officer)["unreviewed"] == []


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"texts": Texts("題 ${place}", "T", "文", "B")}, "title_zh", "placeholder-open"),
        ({"texts": Texts("題", "", "文", "B")}, "title_en", "required"),
        ({"audience": Audience()}, "audience", "nobody-chosen"),
        ({"audience": Audience(public=True)}, "tlp", "public-needs-clear"),
        ({"audience": Audience(organisations=("a" * 20,))}, "organisations", "choice-unknown"),
        ({"audience": Audience(seats=("a" * 20,))}, "seats", "choice-unknown"),
        ({"audience": Audience(counties=("TW-XXX",))}, "audience_counties", "choice-unknown"),
        ({"area": Area(counties=("TW-XXX",))}, "counties", "choice-unknown"),
        ({"expires_at": NOON}, "expires_at", "expired-before-sent"),
        ({"answer_by": NOON - timedelta(minutes=1)}, "answer_by", "time-not-ahead"),
        ({"answer_by": NOON + timedelta(days=2)}, "answer_by", "answer-after-expiry"),
        ({"quorum": Quorum(0)}, "quorum.seats", "number-outside"),
        ({"plan": (Step(0, Move.SEAT),)}, "plan.1", "number-outside"),
        ({"stand_down": Texts()}, "stand_down.title_zh", "required"),
    ],
)
def test_it_refuses_what_does_not_hold(cast: Cast, changes: dict[str, Any], place: str, code: str) -> None:
    draft = drafted(cast, "SUNPOWER", **changes)
    with pytest.raises(Invalid) as refusal:
        drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    assert (place, code) in [(each.path, each.code) for each in refusal.value.problems]
    draft.refresh_from_db()
    assert draft.state == Draft.State.DRAFTING


def test_a_seat_that_nobody_holds_is_named_to_the_officer(cast: Cast) -> None:
    seat = seated(cast, "SUNPOWER", 3)[-1]
    seat.tenures.update(ends_at=NOON)
    draft = drafted(cast, audience=Audience(seats=(seat.public_id,)))
    with pytest.raises(Invalid) as refusal:
        drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    assert [(each.path, each.code) for each in refusal.value.problems] == [("seats", "seat-empty")]


def test_a_red_draft_is_let_out_by_the_second_person_who_is_named(cast: Cast) -> None:
    draft = handed_in(cast, "SUNPOWER", tlp=TLP.RED)
    with pytest.raises(NotFound):
        drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    page = Browser(cast.browser("handler")).get(f"/warnings/{draft.public_id}/")
    second = cast.country.people["officer"].email
    page.post(f"/warnings/{draft.public_id}/second/", {"user": second})
    assert "sees the draft now" in page.text()
    for stranger in ("nobody@example", cast.country.people["auditor"].email, cast.country.people["constituent"].email):
        with pytest.raises(Invalid):
            drafts.name_second(draft.public_id, user=stranger, actor=cast.handler)
    wider = replace(draft.warning, severity=Severity.EXTREME)
    draft = drafts.edit_draft(draft.public_id, wider, version=draft.version, actor=cast.handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert Notice.objects.visible_to(cast.officer).filter(pk=notice.pk).exists()
    assert not Notice.objects.visible_to(cast.liaison).filter(pk=notice.pk).exists()
    plain = handed_in(cast, "SUNPOWER")
    with pytest.raises(Conflict, match="second-sees-it"):
        drafts.name_second(plain.public_id, user=second, actor=cast.handler)


def test_a_draft_that_is_red_no_more_forgets_whom_it_named(cast: Cast) -> None:
    draft = handed_in(cast, "SUNPOWER", tlp=TLP.RED)
    for tlp in (TLP.GREEN, TLP.RED):
        content = replace(draft.warning, tlp=tlp)
        draft = drafts.edit_draft(draft.public_id, content, version=draft.version, actor=cast.handler)
        assert Draft.objects.visible_to(cast.officer).filter(pk=draft.pk).exists() == (tlp is TLP.GREEN)


def test_it_leaves_no_blank_of_an_unknown_type(cast: Cast) -> None:
    with pytest.raises(Invalid, match="invalid"):
        drafts.start_draft(routine().public_id, event="nonsense", values={}, actor=cast.handler)
    draft = drafts.start_draft(routine().public_id, event="energy-emergency", values={}, actor=cast.handler)
    assert "${place}" in draft.title_zh


def test_every_type_ships_wording_that_can_be_handed_in() -> None:
    for code, each in types.types().items():
        values = dict.fromkeys(each.blanks, BLANKS["place"])
        made = types.begin(code, values, at=NOON, zone="Asia/Taipei")
        assert "${" not in made.texts.title_zh + made.texts.body_en + made.stand_down.body_zh


def test_an_update_goes_to_everyone_who_got_the_old_and_stops_its_escalation(cast: Cast) -> None:
    first = warned(cast, "SUNPOWER", "HARBOUR")
    draft = drafts.start_update(first.public_id, kind=Kind.UPDATE, actor=cast.handler)
    narrower = replace(draft.warning, audience=Audience(organisations=(organisation("FARHILL").public_id,)))
    draft = drafts.edit_draft(draft.public_id, narrower, version=draft.version, actor=cast.handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    second = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert {each.organisation.code for each in second.receipts.all()} == {"SUNPOWER", "HARBOUR", "FARHILL"}
    assert set(first.reaches.values_list("state", flat=True)) == {"closed"}
    assert {each.state for each in second.reaches.all()} == {"open"}
    first.refresh_from_db()
    assert (first.replaced_by.get(), first.title_zh) == (second, "能源緊急狀況：中部各縣市")
    with pytest.raises(Conflict, match="replaced-already"):
        drafts.start_update(first.public_id, kind=Kind.CANCEL, actor=cast.handler)


def test_one_officer_takes_a_false_alarm_back_at_once(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", "HARBOUR")
    ready = Draft.objects.get(replaces=notice, state=Draft.State.PREPARED)
    cancel = drafts.send_prepared(ready.public_id, actor=cast.handler)
    assert (cancel.kind, cancel.title_zh) == ("cancel", "解除：能源緊急狀況：中部各縣市")
    assert {each.organisation.code for each in cancel.receipts.all()} == {"SUNPOWER", "HARBOUR"}
    assert not Reach.objects.open().filter(notice=notice).exists()
    assert not Draft.objects.filter(replaces=cancel).exists()
    assert queries.standing(cast.officer, clock.now()).count() == 0


def test_silence_climbs_to_the_next_seat_the_supervisor_and_the_officer(cast: Cast) -> None:
    seated(cast, "SUNPOWER", 2)
    notice = warned(cast, "SUNPOWER")
    reasons = []
    for minutes in (10, 20, 30, 40):
        with later(minutes):
            escalating.climb()
        found = notice.receipts.order_by("pk").last()
        assert found is not None
        reasons.append((found.organisation.code, found.reasons[-1]["reason"]))
    assert reasons[1:3] == [("SUNPOWER", "silence-seat"), ("MOE-E", "silence-supervised")]
    with later(41):
        assert [each.organisation.code for each in queries.silent(cast.officer, clock.now())] == ["SUNPOWER"]
        assert queries.silent(cast.constituent, clock.now()) == []
    seat = Receipt.objects.filter(notice=notice, organisation__code="SUNPOWER").first()
    assert seat is not None
    assert seat.seat is not None
    with later(45):
        answered(cast, notice, seat.seat, "can-act")
        assert queries.silent(cast.officer, clock.now()) == []
    before = Delivery.objects.count()
    with later(600):
        assert escalating.climb() == 0
    assert Delivery.objects.count() == before


def test_nothing_climbs_after_a_warning_has_run_out(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", expires_at=NOON + timedelta(minutes=35))
    with later(40):
        escalating.climb()
    assert notice.receipts.count() == 1
    assert Reach.objects.get(notice=notice).state == Reach.State.CLOSED


def test_it_resolves_an_audience_with_a_reason_for_each(cast: Cast) -> None:
    group = groups.keep_group(
        None, name_zh="群", name_en="Group", members=["SUNPOWER", "GREENHILL"], actor=actors.system("test")
    )
    kept = audiences.keep_audience(
        None,
        name_zh="金融",
        name_en="Finance",
        audience=Audience(sectors=("finance",)),
        actor=cast.officer,
    )
    asked = Audience(
        sectors=("energy",), counties=("TW-TXG",), groups=(group.public_id,), saved=(kept.public_id,),
        without=(organisation("MOE-E").public_id,),
    )  # fmt: skip
    targets = previewing.of_audience(asked).targets
    found = {each.organisation.code: {why["reason"] for why in each.reasons} for each in targets}
    assert found == {"SUNPOWER": {"sector", "county", "group"}, "GREENHILL": {"group", "sector"}}


def test_it_shows_who_is_mute_and_who_gets_it_twice(cast: Cast) -> None:
    ContactPoint.objects.filter(seat__organisation__code="HARBOUR").update(broken_at=NOON)
    ContactPoint.objects.filter(seat__organisation__code="GREENHILL").update(address="abuse@farhill.example")
    chosen = tuple(organisation(code).public_id for code in ("HARBOUR", "GREENHILL", "FARHILL"))
    found = previewing.of_audience(Audience(organisations=chosen))
    assert [each.code for each in found.mute] == ["HARBOUR"]
    assert {each.code for each in found.twice["abuse@farhill.example"]} == {"GREENHILL", "FARHILL"}


def test_the_preview_says_who_is_reached_by_which_way_and_who_comes_next(cast: Cast, bench: Bench) -> None:
    first, second, *_ = seated(cast, "SUNPOWER", 3)
    ContactPoint.objects.filter(seat__in=[first, second]).update(removed_at=NOON)
    ContactPoint.objects.create(seat=first, kind="sms", address="+886900000123", verified_at=NOON)
    (target,) = previewing.of_draft(drafted(cast, "SUNPOWER")).targets
    assert [(told.seat, [point.kind for point in told.by]) for told in target.told] == [(first, ["sms"])]
    assert target.waiting[0] == second
    page = Browser(cast.browser("handler")).get(f"/warnings/{drafted(cast, 'SUNPOWER').public_id}/")
    assert "SMS +886900000123" in page.section("Whom it reaches now")


def test_the_preview_is_judged_as_what_goes_out_is(cast: Cast) -> None:
    frame = drill(cast)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    codes = ("SUNPOWER", "HARBOUR", "CSIRT-ARC")
    draft = drafted(cast, *codes, operation=frame, tlp=TLP.AMBER_STRICT)
    found = previewing.of_draft(draft)
    assert [each.organisation.code for each in found.targets] == ["HARBOUR"]
    assert {each.organisation.code: each.reason for each in found.withheld} == dict.fromkeys(
        ("SUNPOWER", "CSIRT-ARC"), "not-enrolled"
    )
    assert [told.sign_in for told in found.targets[0].told] == [True]
    page = Browser(cast.browser("handler", "zh-hant")).get(f"/warnings/{draft.public_id}/")
    assert "未納入本次演習" in page.section("目前通知對象")


def test_the_preview_of_an_update_names_everyone_who_got_the_old_one(cast: Cast) -> None:
    before = warned(cast, "SUNPOWER", "HARBOUR")
    update = drafts.start_update(before.public_id, kind=Kind.UPDATE, actor=cast.handler)
    fewer = replace(update.warning, audience=Audience(organisations=(organisation("SUNPOWER").public_id,)))
    update = drafts.edit_draft(update.public_id, fewer, version=update.version, actor=cast.handler)
    found = {each.organisation.code: each.reasons[0]["reason"] for each in previewing.of_draft(update).targets}
    assert found == {"SUNPOWER": "named", "HARBOUR": "had-it"}


def test_a_red_warning_is_for_its_seats_and_its_writers(cast: Cast) -> None:
    draft = handed_in(cast, "SUNPOWER", tlp=TLP.RED)
    assert Draft.objects.visible_to(cast.handler).filter(pk=draft.pk).exists()
    assert not Draft.objects.visible_to(cast.officer).filter(pk=draft.pk).exists()
    assert not Draft.objects.visible_to(cast.auditor).filter(pk=draft.pk).exists()


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_an_officer_warns_over_the_pages(cast: Cast, language: str) -> None:
    handler = Browser(cast.browser("handler", language))
    handler.get("/warnings/").get("/warnings/new/")
    handler.send(handler.form(field="event"), event="energy-emergency")
    handler.send(
        handler.form(field="place_zh"), **{f"{k}_{t}": getattr(v, t) for k, v in BLANKS.items() for t in ("zh", "en")}
    )
    handler.send(handler.form(field="organisations"), organisations="SUNPOWER\nnobody")
    assert handler.status == 422
    handler.send(handler.form(field="organisations"), organisations="SUNPOWER\nHARBOUR", counties=["TW-TXG"])
    assert handler.has("日光電力公司" if language != "en" else "Sunlight Power Company")
    handler.send(handler.form("/submit/"))
    assert not any("approve" in str(form.get("action")) for form in handler.forms())
    officer = Browser(cast.browser("officer", language))
    officer.get("/warnings/")
    officer.get(officer.links("中部各縣市" if language != "en" else "the central counties")[0])
    officer.send(officer.form("/approve/"))
    assert officer.status == 200
    notice = Notice.objects.get(kind="alert")
    assert officer.at == f"/console/notices/{notice.public_id}/"
    receipt = Receipt.objects.get(notice=notice, organisation__code="SUNPOWER")
    Receipt.objects.filter(pk=receipt.pk).update(seat=next(iter(cast.constituent.seats)))
    reader = Browser(cast.browser("constituent", language)).get(f"/my/inbox/{receipt.public_id}/")
    reader.send(reader.form(field="answer"), answer="can-act")
    officer.get(officer.at)
    assert Reach.objects.get(notice=notice, organisation__code="SUNPOWER").state == "met"
    officer.get(f"/notices/{notice.public_id}/evidence/")
    assert officer.has("日光電力公司" if language != "en" else "Sunlight Power Company")
    assert officer.get("/warnings/statistics/").status == 200


def test_the_evidence_is_the_same_in_every_form(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER")
    seat = Receipt.objects.get(notice=notice).seat
    assert seat is not None
    answered(cast, notice, seat, "cannot-act", "=HYPERLINK(1)")
    client = cast.browser("officer")
    told = client.get(f"/notices/{notice.public_id}/evidence.json").json()
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"/notices/{notice.public_id}/evidence.csv").content.decode("utf-8-sig")))
    )
    assert [each["what"] for each in told["events"]] == [row["what"] for row in rows]
    assert "answered" in [row["what"] for row in rows]
    assert [row["words"] for row in rows if row["what"] == "answered"] == ["'=HYPERLINK(1)"]
    assert told["seq"] > 0
    assert len(told["digest"]) == 64
    assert cast.browser("constituent").get(f"/notices/{notice.public_id}/evidence.json").status_code == 403
    assert json.dumps(told)


def test_the_evidence_tells_the_whole_story(cast: Cast) -> None:
    """Who wrote it and let it out, whom silence reached, who was not told and why, what followed; all of it marked."""
    frame = drill(cast)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("SUNPOWER", "MOE-E")), actor=cast.officer)
    notice = warned(cast, "SUNPOWER", "HARBOUR", operation=frame, plan=(Step(5, Move.SUPERVISOR),))
    with later(5):
        escalating.climb()
    with later(6):
        drafts.send_prepared(Draft.objects.get(replaces=notice, state="prepared").public_id, actor=cast.handler)
        client = cast.browser("officer", "zh-hant")
        page = Browser(client).get(f"/notices/{notice.public_id}/evidence/")
        told = client.get(f"/notices/{notice.public_id}/evidence.json").json()
        table = client.get(f"/notices/{notice.public_id}/evidence.csv").content.decode("utf-8-sig")
    found = [(each["what"], each["organisation"], each["by"], each["why"].split(" ")[0]) for each in told["events"]]
    assert [each for each in found if each[0] != "waiting"] == [
        ("written", "", "王承辦", ""),
        ("handed-in", "", "王承辦", ""),
        ("let-out", "", "林值勤", ""),
        ("withheld", "HARBOUR", "", "not-enrolled"),
        ("told", "SUNPOWER", "", "named"),
        ("told", "MOE-E", "", "silence-supervised"),
        ("climbed", "SUNPOWER", "", "supervisor"),
        ("followed", "", "", "cancel"),
        ("sealed", "", "", ""),
    ]
    assert told["status"] == "Exercise"
    assert {row["status"] for row in csv.DictReader(io.StringIO(table))} == {"Exercise"}
    assert page.has("【演習】", "核發 · 林值勤", "未通知 · 該對象未納入本次演習", "未回應，進行下一步 · 上級或監督機關")


def test_what_a_gateway_has_delivered_counts_as_sent_and_as_reached(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER")
    Delivery.objects.update(state="delivered", sent_at=NOON, reported_at=NOON + timedelta(minutes=1))
    told = [(each.what, each.at) for each in proof.of(notice, cast.officer).events]
    assert ("sent", NOON) in told
    assert ("delivered", NOON + timedelta(minutes=1)) in told
    assert "waiting" not in {what for what, _ in told}
    figures = speed.measured(cast.officer)
    assert [row.reached is not None for row in dict(figures.tables).popitem()[1]] == [True]


def test_who_is_told_for_anothers_silence_reads_whose_it_is(cast: Cast) -> None:
    """The ministry in its mail, on the portal and by program; a deputy that it is the deputy's turn."""
    seated(cast, "SUNPOWER", 2)
    notice = warned(cast, "SUNPOWER", plan=(Step(5, Move.SEAT), Step(5, Move.SUPERVISOR)))
    server = Server()
    for minutes in (5, 10):
        with later(minutes):
            escalating.climb()
            delivery.send_due(connect=server.connect)
    said = {str(each["To"]): each.get_content() for each in server.taken}
    assert "日光電力公司為您監督之機關（構），尚未回覆" in said["chen@energy.example"]
    deputy = notice.receipts.order_by("pk")[1]
    assert "尚未回覆，請您代表回覆" in said[str(deputy.deliveries.get().address)]
    assert [to for to, text in said.items() if "尚未回覆" in text] == [
        deputy.deliveries.get().address,
        "chen@energy.example",
    ]
    ministry = notice.receipts.get(organisation__code="MOE-E")
    page = Browser(cast.browser("reviewer")).get(f"/my/inbox/{ministry.public_id}/")
    assert page.has("Sunlight Power Company, which you supervise, has not answered.")


def test_a_mail_says_how_serious_it_is_where_and_until_when(cast: Cast) -> None:
    warned(cast, "SUNPOWER", area=Area(counties=("TW-TXG", "TW-CHA")))
    server = Server()
    delivery.send_due(connect=server.connect)
    (mail,) = server.taken
    assert "地區：臺中市、彰化縣" in mail.get_content()
    assert "Answer by: 2026-11-23 12:30" in mail.get_content()
    drafts.send_prepared(Draft.objects.get(state="prepared").public_id, actor=cast.officer)
    delivery.send_due(connect=server.connect)
    assert "地區" not in server.taken[-1].get_content(), "a Cancel does not say that anybody has to act at once"
