"""What went out to whom and why, and what did not: the gate, the ledger, recalls, the originator's consent."""

import csv
import io
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOON, Cast
from tests.notices.test_delivery import Server
from tests.pages import Browser
from tests.release.ways import drill, sent
from tests.stories import opened, reported, tell
from tongbao.cooperation import actions as agreements
from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Terms
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import delivery
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.operations import enrolment_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.records import things
from tongbao.release import actions, export, queries, steps
from tongbao.release.facts import Thing, Way
from tongbao.release.models import Consent, Outgoing, Recall, Release
from tongbao.release.queries import Filters

pytestmark = pytest.mark.usefixtures("noon")


def lines(notice: Notice) -> dict[tuple[str, str], tuple[str, str]]:
    """What the ledger says: verdict and reason, by the recipient's code and the channel."""
    rows = Release.objects.filter(outgoing__thing_ref=notice.public_id).select_related("organisation")
    return {(row.organisation.code, row.channel): (row.verdict, row.reason) for row in rows if row.organisation}


def told(notice: Notice) -> set[str]:
    return set(notice.receipts.values_list("organisation__code", flat=True))


# Notices go through the rule


def test_it_writes_down_what_went_to_whom(cast: Cast) -> None:
    notice = sent("HARBOUR", "CSIRT-ARC", tlp=TLP.GREEN)
    assert lines(notice) == {
        ("HARBOUR", "portal"): ("release", "marking"),
        ("HARBOUR", "email"): ("release", "marking"),
        ("CSIRT-ARC", "portal"): ("release", "agreement"),
        ("CSIRT-ARC", "email"): ("release", "agreement"),
    }
    row = Release.objects.get(organisation__code="CSIRT-ARC", channel="email")
    assert row.agreement is not None
    assert (row.agreement.partner.code, row.agreement_version) == ("CSIRT-ARC", 1)
    thing = row.outgoing
    assert (thing.thing_kind, thing.thing_ref, thing.tlp, thing.at) == ("notice", notice.public_id, 1, NOON)
    assert thing.digest == steps.digest_of("供電預警", "Energy warning", "內容甲乙丙", "Body text")
    entry = JournalEntry.objects.get(event="release.entered")
    assert notice.public_id in entry.text


def test_it_sends_a_mail_without_content_above_green(cast: Cast) -> None:
    notice = sent("HARBOUR", tlp=TLP.AMBER)
    assert lines(notice) == {
        ("HARBOUR", "portal"): ("release", "marking"),
        ("HARBOUR", "email"): ("redact", "sign-in"),
    }
    server = Server()
    assert delivery.send_due(connect=server.connect) == 1
    (mail,) = server.taken
    assert "Body text" not in mail.get_content()


def test_it_tells_a_partner_nothing_that_the_agreement_does_not_cover(cast: Cast) -> None:
    notice = sent("HARBOUR", "CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    assert told(notice) == {"HARBOUR"}
    assert lines(notice)["CSIRT-ARC", "portal"] == ("withhold", "agreement-ceiling")
    assert not Delivery.objects.filter(receipt__organisation__code="CSIRT-ARC").exists()
    about = sent("CSIRT-ARC", topic="health")
    assert lines(about)["CSIRT-ARC", "email"] == ("withhold", "agreement-topic")
    held = Agreement.objects.get(partner__code="CSIRT-ARC")
    agreements.end_agreement(held.public_id, reason="x", actor=cast.officer)
    assert lines(sent("CSIRT-ARC"))["CSIRT-ARC", "portal"] == ("withhold", "agreement-missing")
    assert lines(sent("CSIRT-ARC", tlp=TLP.CLEAR))["CSIRT-ARC", "portal"] == ("release", "marking")


def test_it_says_on_the_page_of_a_notice_who_was_not_told_and_why(cast: Cast) -> None:
    notice = sent("HARBOUR", "CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    page = Browser(cast.browser("officer")).get(f"/console/notices/{notice.public_id}/")
    said = page.section("Not told, and why")
    assert "CSIRT Arcadia · Duty desk it is marked more narrowly than the agreement allows" in said
    chinese = Browser(cast.browser("officer", "zh-hant")).get(f"/console/notices/{notice.public_id}/")
    assert chinese.has("未通知及理由")


def test_it_keeps_red_for_named_seats(cast: Cast) -> None:
    assert told(sent("HARBOUR", tlp=TLP.RED, seats=False)) == set()
    assert told(sent("HARBOUR", tlp=TLP.RED)) == {"HARBOUR"}


def test_it_keeps_the_tracks_apart(cast: Cast) -> None:
    notice = sent("HARBOUR", "NSB-D", track=Track.NATIONAL_SECURITY)
    assert told(notice) == {"NSB-D"}
    assert lines(notice)["HARBOUR", "portal"] == ("withhold", "other-track")
    covered = Terms(
        name_zh="跨體系",
        name_en="Across tracks",
        ceiling=TLP.GREEN,
        track=Track.NATIONAL_SECURITY.value,
        valid_from=date(2026, 1, 1),
    )
    home = Organisation.objects.get(code="HARBOUR").public_id
    agreements.make_agreement(home, covered, actor=actors.system("test"))
    assert told(sent("HARBOUR", track=Track.NATIONAL_SECURITY)) == {"HARBOUR"}


def test_it_goes_on_telling_those_concerned_by_a_case(cast: Cast) -> None:
    """As before there was a rule: every recipient of a case's notices gets a receipt, and the ledger has a line."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66")
    notices = tell(cast, incident)
    assert sum(len(told(each)) for each in notices) >= 2
    assert not Release.objects.exclude(verdict="release").exists()
    assert Outgoing.objects.count() == len(notices)


# The gate


@pytest.mark.parametrize(
    ("kind", "reason", "mark"), [("drill", "not-enrolled", "【演習】"), ("test", "not-named", "【測試】")]
)
def test_it_lets_a_drill_reach_only_the_enrolled(kind: str, reason: str, mark: str, cast: Cast) -> None:
    frame = drill(cast, kind)
    assert told(sent("HARBOUR", "SUNPOWER", operation=frame)) == set()
    enrolment_actions.enrol(frame.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    notice = sent("HARBOUR", "SUNPOWER", operation=frame)
    assert told(notice) == {"HARBOUR"}
    assert lines(notice)["SUNPOWER", "email"] == ("withhold", reason)
    inboxes = sent("HARBOUR", operation=frame, seats=False)
    assert told(inboxes) == set(), "an organisation as a whole is never enrolled: seats are"
    server = Server()
    assert delivery.send_due(connect=server.connect) == 1
    (mail,) = server.taken
    assert str(mail["Subject"]).startswith(mark)
    assert {"演習": "本訊息屬演習", "測試": "本訊息是聯繫測試"}[mark[1:3]] in mail.get_content()
    portal = Browser(cast.browser("city")).get("/my/inbox/")
    assert portal.has({"drill": "EXERCISE", "test": "TEST"}[kind])


def test_it_closes_the_gate_for_a_mail_that_waits_when_the_seat_is_withdrawn(cast: Cast) -> None:
    frame = drill(cast)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("HARBOUR", "FARHILL")), actor=cast.officer)
    sent("HARBOUR", "FARHILL", operation=frame)
    enrolment_actions.withdraw(frame.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    server = Server()
    delivery.send_due(connect=server.connect)
    assert [str(each["To"]) for each in server.taken] == ["abuse@farhill.example"]
    kept = Delivery.objects.get(receipt__organisation__code="HARBOUR")
    assert (kept.state, kept.attempts) == ("failed", 1)


def test_it_differs_from_the_real_thing_only_in_its_marks(cast: Cast) -> None:
    frame = drill(cast)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    real, played = sent("HARBOUR", tlp=TLP.AMBER), sent("HARBOUR", tlp=TLP.AMBER, operation=frame)
    assert lines(real) == lines(played)
    same = ("template", "title_zh", "title_en", "body_zh", "body_en", "answer_by", "tlp")
    assert [getattr(real, name) for name in same] == [getattr(played, name) for name in same]


# The ledger


def test_it_lists_and_narrows_the_ledger(cast: Cast) -> None:
    sent("HARBOUR")
    with clock.at(NOON + timedelta(days=2)):
        sent("CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    page = Browser(cast.browser("auditor")).get("/releases/")
    assert page.has("Harbour City Government", "CSIRT Arcadia", "withheld", "Energy warning")
    page.send(page.form(field="recipient"), recipient="CSIRT-ARC")
    rows = " ".join(row.get_text(" ") for row in page.page.select("tbody tr"))
    assert "CSIRT Arcadia" in rows
    assert "Harbour" not in rows
    page.send(page.form(field="recipient"), recipient="nobody knows", verdict="")
    assert page.has("Nothing has gone out.")
    page.send(page.form(field="recipient"), recipient="", until="2026-11-24T00:00")
    assert page.has("Harbour City Government")
    assert "Arcadia" not in page.text()
    page.click("Energy warning")
    assert page.has("Version", "Harbour City Government")


def test_it_hands_the_ledger_out_as_a_file_without_formulas(cast: Cast) -> None:
    Organisation.objects.filter(code="HARBOUR").update(name_zh="=HYPERLINK(1)")
    sent("HARBOUR", "CSIRT-ARC")
    response = cast.browser("auditor").get("/releases/csv/")
    content = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert content.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert len(rows) == Release.objects.count()
    assert {row["recipient"] for row in rows if row["recipient_code"] == "HARBOUR"} == {"'=HYPERLINK(1)"}
    assert set(rows[0]) == set(export.HEAD)
    assert JournalEntry.objects.filter(event="release.exported").count() == 1


def test_it_pages_the_ledger(cast: Cast) -> None:
    for _ in range(30):
        sent("HARBOUR")
    page = Browser(cast.browser("officer")).get("/releases/")
    seen = len(page.page.select("tbody tr"))
    page.click("Next page")
    assert seen + len(page.page.select("tbody tr")) == Release.objects.count() == 60


def test_it_shows_the_ledger_as_far_as_one_may_see_the_things(cast: Cast) -> None:
    red = sent("HARBOUR", tlp=TLP.RED)
    secret = sent("NSB-D", track=Track.NATIONAL_SECURITY)
    plain = sent("HARBOUR")
    seen = queries.ledger(cast.officer, Filters())
    assert {row.outgoing.thing_ref for row in seen} == {plain.public_id}
    own = queries.ledger(cast.city, Filters())
    assert {row.outgoing.thing_ref for row in own} == {red.public_id, plain.public_id}
    assert {row.outgoing.thing_ref for row in queries.ledger(cast.bureau, Filters())} == {secret.public_id}
    assert not queries.ledger(cast.stranger, Filters()).exists()


def test_it_does_not_tell_a_recipient_what_was_kept_from_it(cast: Cast) -> None:
    sent("CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    assert not queries.ledger(cast.partner, Filters()).exists()
    assert Release.objects.filter(organisation__code="CSIRT-ARC").count() == 2


@verb
def _enter(thing: Thing, ways: list[Way]) -> Outgoing:
    made = steps.judge(thing, ways, operation=routine(), at=NOON)
    return steps.enter(thing, ways, made, operation=routine(), actor=actors.system("test"), at=NOON)


def test_it_judges_and_enters_ten_thousand_recipients_in_a_moment(cast: Cast) -> None:
    homes = Organisation.objects.bulk_create(
        [
            Organisation(code=f"M{n:05}", name_zh="x", name_en="x", kind="partner" if n % 10 == 0 else "company")
            for n in range(10_000)
        ]
    )
    thing = Thing(kind="notice", ref="n" * 20, digest="0" * 64, marking=Marking(TLP.GREEN))
    ways = [Way(channel="portal", protected=True, organisation=home.pk) for home in homes]
    with CaptureQueriesContext(connection) as asked:
        outgoing = _enter(thing, ways)
    rows = outgoing.releases
    assert (rows.count(), rows.filter(verdict="withhold").count()) == (10_000, 1_000)
    assert len(asked) < 20, "no query for each recipient"
    begun = time.process_time()
    _enter(thing, ways)
    took = time.process_time() - begun
    assert took < 1, f"{took:.2f} s"


# Recalls


def recalled(cast: Cast, *codes: str, **more: Any) -> list[Recall]:
    notice = sent(*(codes or ("HARBOUR", "FARHILL")), **more)
    thing = Outgoing.objects.get(thing_ref=notice.public_id)
    return actions.recall(thing.public_id, reason="個資未遮蔽", actor=cast.officer)


def test_it_calls_back_until_the_recipient_shows_that_it_is_gone(cast: Cast) -> None:
    notice = sent("HARBOUR", "FARHILL")
    page = Browser(cast.browser("officer")).get("/releases/").click("Energy warning")
    page.send(page.form("/recall/"), reason="個資未遮蔽")
    assert page.has("Harbour City Government", "Far Hill Hosting", "not shown to be gone")
    with clock.at(NOON + timedelta(hours=2)):
        own = Browser(cast.browser("city")).get("/my/sharing/")
        assert "Energy warning" in own.section("Called back: please delete it")
        assert own.has("個資未遮蔽")
        own.send(own.form("/confirm/"), evidence=" ")
        assert "evidence" in own.errors()
        own.send(own.form("/confirm/"), evidence="已自信箱與備份刪除")
        assert own.has("Recorded.")
        assert not own.has("個資未遮蔽")
    page.get("/releases/recalls/")
    assert page.has("Far Hill Hosting")
    assert not page.has("Harbour City Government")
    page.send(page.form("/settle/"), reason="該公司已解散，無副本")
    assert page.has("Taken off the red list.", "Nothing is called back.")
    assert page.get("/releases/recalls/?state=all").has("已自信箱與備份刪除", "該公司已解散，無副本")
    done = {row.organisation.code: row for row in Recall.objects.select_related("organisation") if row.organisation}
    assert (done["HARBOUR"].state, done["FARHILL"].state) == ("confirmed", "settled")
    assert done["HARBOUR"].closed_by == cast.country.people["city"]
    assert done["FARHILL"].closed_by == cast.country.people["officer"]
    assert Notice.objects.filter(pk=notice.pk).exists(), "what was sent stays in the record"


def test_it_calls_back_from_some_only_and_once(cast: Cast) -> None:
    notice = sent("HARBOUR", "FARHILL")
    thing = Outgoing.objects.get(thing_ref=notice.public_id).public_id
    home = Organisation.objects.get(code="FARHILL").public_id
    first = actions.recall(thing, reason="x", organisations=(home,), actor=cast.liaison)
    assert [each.organisation_id for each in first] == [Organisation.objects.get(code="FARHILL").pk]
    second = actions.recall(thing, reason="x", actor=cast.officer)
    assert len(second) == 1
    assert Recall.objects.count() == 2


def test_it_calls_nothing_back_that_never_arrived(cast: Cast) -> None:
    notice = sent("CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    thing = Outgoing.objects.get(thing_ref=notice.public_id).public_id
    with pytest.raises(Conflict, match="recall-nobody"):
        actions.recall(thing, reason="x", actor=cast.officer)


def test_it_lets_only_the_recipient_confirm_and_only_an_officer_settle(cast: Cast) -> None:
    (line,) = recalled(cast, "HARBOUR")
    for who in ("stranger", "hoster", "bureau"):
        with pytest.raises(NotFound):
            actions.confirm_recall(line.public_id, evidence="x", actor=getattr(cast, who))
    with pytest.raises(Forbidden):
        actions.confirm_recall(line.public_id, evidence="x", actor=cast.officer)
    with pytest.raises(Forbidden):
        actions.settle_recall(line.public_id, reason="x", actor=cast.handler)
    with pytest.raises(Forbidden):
        actions.settle_recall(line.public_id, reason="x", actor=cast.city)
    with pytest.raises(Invalid):
        actions.settle_recall(line.public_id, reason=" ", actor=cast.officer)
    line.refresh_from_db()
    assert line.state == "open"


def test_it_changes_nothing_by_a_second_word(cast: Cast) -> None:
    (line,) = recalled(cast, "HARBOUR")
    actions.confirm_recall(line.public_id, evidence="第一", actor=cast.city)
    actions.settle_recall(line.public_id, reason="第二", actor=cast.officer)
    line.refresh_from_db()
    assert (line.state, line.evidence) == ("confirmed", "第一")


# Consent


def asked(cast: Cast, to: str = "HARBOUR") -> tuple[Any, Consent]:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    thing = things.found(cast.officer, "incident", incident.public_id)
    homes = [Organisation.objects.get(code=code).public_id for code in ("SUNPOWER", to)]
    made = actions.ask_consent(thing, originator=homes[0], recipient=homes[1], why="協助防護", actor=cast.officer)
    return incident, made


def test_it_asks_the_originator_and_waits_for_the_answer(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    page = Browser(cast.browser("officer")).get(f"/console/consents/new/?kind=incident&thing={incident.public_id}")
    page.send(page.form(), originator="SUNPOWER", recipient="HARBOUR", why="協助防護")
    assert page.has("Asked.", "Sunlight Power Company", "waits for the answer")
    about = incident.subject()
    assert lines(sent("HARBOUR", about=about))["HARBOUR", "portal"] == ("withhold", "consent-waits")
    assert told(sent("MOE-E", about=about)) == {"MOE-E"}, "others are not concerned"
    own = Browser(cast.browser("constituent")).get("/my/sharing/")
    assert own.has("協助防護", "Harbour City Government")
    own.send(own.form("/answer/"), answer="no")
    assert "words" in own.errors()
    own.send(own.form("/answer/"), answer="no", words="尚在鑑識")
    assert own.has("Your answer has been recorded.")
    assert lines(sent("HARBOUR", about=about))["HARBOUR", "portal"] == ("withhold", "consent-refused")
    assert Browser(cast.browser("officer")).get("/releases/consents/").has("尚在鑑識")
    thing = things.found(cast.officer, "incident", incident.public_id)
    homes = [Organisation.objects.get(code=code).public_id for code in ("SUNPOWER", "HARBOUR")]
    with clock.at(NOON + timedelta(hours=1)):
        again = actions.ask_consent(thing, originator=homes[0], recipient=homes[1], why="再請", actor=cast.liaison)
        actions.answer_consent(again.public_id, answer="yes", words="", actor=cast.org_admin)
    assert told(sent("HARBOUR", about=about)) == {"HARBOUR"}, "the last answer counts"


def test_it_takes_the_first_answer_and_only_from_the_originator(cast: Cast) -> None:
    _, made = asked(cast)
    for who in ("city", "stranger", "bureau"):
        with pytest.raises(NotFound):
            actions.answer_consent(made.public_id, answer="yes", words="", actor=getattr(cast, who))
    with pytest.raises(Forbidden):
        actions.answer_consent(made.public_id, answer="yes", words="", actor=cast.officer)
    with pytest.raises(Invalid):
        actions.answer_consent(made.public_id, answer="maybe", words="", actor=cast.constituent)
    actions.answer_consent(made.public_id, answer="yes", words="", actor=cast.constituent)
    with pytest.raises(Conflict, match="consent-answered"):
        actions.answer_consent(made.public_id, answer="no", words="x", actor=cast.constituent)


def test_it_asks_once_and_never_about_red(cast: Cast) -> None:
    incident, _ = asked(cast)
    thing = things.found(cast.officer, "incident", incident.public_id)
    homes = [Organisation.objects.get(code=code).public_id for code in ("SUNPOWER", "HARBOUR")]
    with pytest.raises(Conflict, match="consent-asked"):
        actions.ask_consent(thing, originator=homes[0], recipient=homes[1], why="x", actor=cast.officer)
    with pytest.raises(Invalid) as refused:
        actions.ask_consent(thing, originator=homes[0], recipient=homes[0], why="x", actor=cast.officer)
    assert refused.value.problems[0].code == "consent-same"
    red = opened(cast, title="紅", tlp=TLP.RED)
    thing = things.found(cast.officer, "incident", red.public_id)
    with pytest.raises(Invalid) as refused:
        actions.ask_consent(thing, originator=homes[0], recipient=homes[1], why="x", actor=cast.officer)
    assert refused.value.problems[0].code == "consent-red"
    with pytest.raises(NotFound):
        things.found(cast.handler, "incident", red.public_id)


def test_it_withholds_what_needs_a_consent_that_nobody_has_asked_for(cast: Cast) -> None:
    power, city = (Organisation.objects.get(code=code).pk for code in ("SUNPOWER", "HARBOUR"))
    thing = Thing(
        kind="incident", ref="i" * 20, digest="0" * 64, marking=Marking(TLP.GREEN, owner=power), consent_needed=True
    )
    ways = [Way(channel="api", protected=True, organisation=key) for key in (power, city)]
    made = steps.judge(thing, ways, operation=routine(), at=NOON)
    assert [each.reason for each in made] == ["marking", "consent-needed"], "its originator may always have it"


def test_it_judges_the_public(cast: Cast) -> None:
    ways = [Way(channel="feed", protected=False, feed="cap")]
    for tlp, frame, reason in (
        (TLP.CLEAR, routine(), "marking"),
        (TLP.GREEN, routine(), "marking-narrower"),
        (TLP.CLEAR, drill(cast), "drill-public"),
    ):
        thing = Thing(kind="notice", ref="n" * 20, digest="0" * 64, marking=Marking(tlp))
        assert [each.reason for each in steps.judge(thing, ways, operation=frame, at=NOON)] == [reason]


def test_it_writes_nothing_when_the_sending_fails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's lines and the receipts are one transaction."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr("tongbao.notices.addressing.address", fail)
    with pytest.raises(RuntimeError):
        sent("HARBOUR")
    assert not (Release.objects.exists())
    assert not (Outgoing.objects.exists())
    assert not (Receipt.objects.exists())
