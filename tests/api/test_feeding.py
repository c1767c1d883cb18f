"""A partner's machine reads the warnings that the partner was sent, under the rule of release as it stands now."""

from datetime import datetime

from tests.api.conftest import Make, refused
from tests.conftest import Cast
from tests.notices.warnings import drafted, organisation, warned
from tongbao.cooperation.actions import end_agreement
from tongbao.cooperation.models import Agreement
from tongbao.kernel.markings import TLP
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.notices.rules.content import Kind
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.rules import Draft as Frame
from tongbao.release.models import Release
from tongbao.standards.cap import verdict

ATOM = "{http://www.w3.org/2005/Atom}"


def test_it_feeds_a_partner_its_own_warnings(program: Make, cast: Cast, noon: datetime) -> None:
    notice = warned(cast, "CSIRT-ARC", "SUNPOWER", tlp=TLP.AMBER)
    hidden = warned(cast, "SUNPOWER")
    desk = program("partner")
    feed = desk.get("/receipts.atom")
    assert (feed.status_code, feed.headers["Content-Type"]) == (200, "application/atom+xml")
    text = feed.content.decode()
    assert notice.public_id in text
    assert hidden.public_id not in text
    receipt = Receipt.objects.get(notice=notice, organisation__code="CSIRT-ARC")
    path = f"/receipts/{receipt.public_id}/cap"
    assert path in text
    message = desk.get(path)
    assert (message.status_code, message.headers["Content-Type"]) == (200, "application/cap+xml")
    found = verdict.judge_alone(message.content)
    assert found.ok
    assert found.alert is not None
    assert found.alert.restriction == "TLP:AMBER"
    assert desk.get(path).content == message.content
    (line,) = Release.objects.filter(channel="cap")  # the ledger keeps it, once
    assert (line.organisation, line.verdict, line.agreement is not None) == (receipt.organisation, "release", True)


def test_what_is_not_ones_own_is_not_there(program: Make, cast: Cast, noon: datetime) -> None:
    notice = warned(cast, "CSIRT-ARC")
    receipt = Receipt.objects.get(notice=notice)
    for who in ("constituent", "officer"):
        refused(program(who).get(f"/receipts/{receipt.public_id}/cap"), 404, "not-found")
        assert notice.public_id not in program(who).get("/receipts.atom").content.decode()


def test_an_agreement_that_has_ended_closes_the_feed(program: Make, cast: Cast, noon: datetime) -> None:
    notice = warned(cast, "CSIRT-ARC", tlp=TLP.AMBER)
    receipt, desk = Receipt.objects.get(notice=notice), program("partner")
    assert notice.public_id in desk.get("/receipts.atom").content.decode()
    pact = Agreement.objects.get(partner=organisation("CSIRT-ARC"))
    end_agreement(pact.public_id, reason="ended", actor=cast.liaison)
    assert notice.public_id not in desk.get("/receipts.atom").content.decode()
    refused(desk.get(f"/receipts/{receipt.public_id}/cap"), 404, "not-found")
    assert not Release.objects.filter(channel="cap").exists()


def test_a_drill_is_fed_to_the_enrolled_alone_and_says_that_it_is_one(
    program: Make, cast: Cast, noon: datetime
) -> None:
    frame = frame_actions.begin_operation(
        Frame(kind="drill", code="DRILL", name_zh="演習", name_en="Drill"), actor=cast.officer
    )
    named = Named(organisations=(organisation("SUNPOWER").public_id,))
    enrolment_actions.enrol(frame.public_id, named, actor=cast.officer)
    notice = _drilled(cast, frame.public_id)
    receipt, desk = Receipt.objects.filter(notice=notice).first(), program("constituent")
    assert receipt is not None
    assert "【演習】" in desk.get("/receipts.atom").content.decode()
    found = verdict.judge_alone(desk.get(f"/receipts/{receipt.public_id}/cap").content)
    assert found.alert is not None
    assert found.alert.status == "Exercise"
    enrolment_actions.withdraw(frame.public_id, named, actor=cast.officer)
    assert notice.public_id not in desk.get("/receipts.atom").content.decode()
    refused(desk.get(f"/receipts/{receipt.public_id}/cap"), 404, "not-found")


def _drilled(cast: Cast, frame: str) -> Notice:
    written = drafted(cast, "SUNPOWER")
    draft = drafts.start_draft(frame, event="energy-emergency", values={}, actor=cast.handler)
    draft = drafts.edit_draft(draft.public_id, written.warning, version=draft.version, actor=cast.handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    assert Draft.objects.get(pk=draft.pk).kind == Kind.ALERT
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
