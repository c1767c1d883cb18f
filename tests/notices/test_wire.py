"""A warning as CAP, in the public feed, and as a drill: the same but for its marks, and only to the enrolled."""

from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from tests.conftest import Cast
from tests.notices.warnings import BLANKS, drafted, organisation, warned
from tests.pages import Browser
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.notices import settling, wire
from tongbao.notices.actions import drafts
from tongbao.notices.models import Delivery, Draft, Notice
from tongbao.notices.rules import Outcome
from tongbao.notices.rules.content import Area, Audience
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft as Frame
from tongbao.parties.models import ContactPoint
from tongbao.standards.cap import verdict

pytestmark = pytest.mark.usefixtures("noon")
WHERE = Area(counties=("TW-TXG",), polygon="24.0,120.5 24.0,121.0 24.4,121.0 24.0,120.5", circle="24.15,120.67 25")


def judged(notice: Notice) -> Any:
    (found,) = verdict.judge(wire.message(notice), at=clock.now())
    assert found.ok, found.findings
    return found.alert


def frame(cast: Cast, kind: str, *codes: str) -> Operation:
    made = frame_actions.begin_operation(
        Frame(kind=kind, code=f"{kind[:4].upper()}-1", name_zh="演習", name_en="Drill"), actor=cast.officer
    )
    if codes:
        named = Named(organisations=tuple(organisation(code).public_id for code in codes))
        enrolment_actions.enrol(made.public_id, named, actor=cast.officer)
    return made


def in_frame(cast: Cast, operation: Operation, *codes: str) -> Notice:
    made = drafts.start_draft(operation.public_id, event="energy-emergency", values=BLANKS, actor=cast.handler)
    chosen = Audience(organisations=tuple(organisation(code).public_id for code in codes))
    made = drafts.edit_draft(
        made.public_id, replace(made.warning, audience=chosen), version=made.version, actor=cast.handler
    )
    made = drafts.submit_draft(made.public_id, version=made.version, actor=cast.handler)
    return drafts.approve_draft(made.public_id, digest=made.digest, actor=cast.officer)


def test_a_warning_is_a_cap_message_in_both_languages(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", area=WHERE)
    alert = judged(notice)
    assert (alert.status, alert.msg_type, alert.scope) == ("Actual", "Alert", "Restricted")
    assert [each.language for each in alert.infos] == ["zh-TW", "en-US"]
    assert alert.infos[1].headline == "Energy emergency: the central counties"
    assert alert.infos[0].areas[0].description == "臺中市"
    assert alert.infos[0].areas[0].geocodes[0].value == "66"
    ready = Draft.objects.get(replaces=notice, state=Draft.State.PREPARED)
    cancel = judged(drafts.send_prepared(ready.public_id, actor=cast.handler))
    assert cancel.msg_type == "Cancel"
    assert [each.identifier for each in cancel.references] == [wire.identifier(notice)]


@pytest.mark.parametrize(
    ("area", "place", "code"),
    [
        (Area(polygon="nonsense"), "area.polygon", "polygon-unreadable"),
        (Area(polygon="24,120 25,121 24,121 25,120 24,120"), "area.polygon", "polygon-crosses"),
        (Area(polygon="24,120 25,121 24,121"), "area.polygon", "polygon-few"),
        (Area(polygon=" ".join(["24,120"] * 6000)), "area.polygon", "points-many"),
        (Area(circle="24,120 90000"), "area.circle", "circle-radius"),
    ],
)
def test_it_refuses_an_area_that_cannot_be_drawn(cast: Cast, area: Area, place: str, code: str) -> None:
    draft = drafted(cast, "SUNPOWER", area=area)
    with pytest.raises(Invalid) as refusal:
        drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    assert (place, code) in [(each.path, each.code) for each in refusal.value.problems]


def test_everybody_reads_a_public_warning_and_no_other(cast: Cast) -> None:
    hidden = warned(cast, "SUNPOWER")
    shown = warned(cast, audience=Audience(public=True), tlp=TLP.CLEAR)
    anybody = cast.browser()
    page = anybody.get("/public/warnings/").content.decode()
    assert shown.public_id in page
    assert hidden.public_id not in page
    feed = etree.fromstring(anybody.get("/public/warnings/feed.atom").content)
    links = [each.get("href") for each in feed.iter("{http://www.w3.org/2005/Atom}link") if each.get("type")]
    assert len(links) == 1
    message = anybody.get(links[0].partition("/public")[1] + links[0].partition("/public")[2])
    (found,) = verdict.judge(message.content, at=clock.now())
    assert found.actionable
    assert anybody.get(f"/public/warnings/{hidden.public_id}/").status_code == 404
    assert anybody.get(f"/public/warnings/{hidden.public_id}.cap").status_code == 404


def test_an_exercise_differs_only_in_its_marks_and_reaches_only_the_enrolled(cast: Cast) -> None:
    real = warned(cast, "SUNPOWER", "HARBOUR")
    drill = frame(cast, "drill", "SUNPOWER")
    same = in_frame(cast, drill, "SUNPOWER", "HARBOUR")
    assert {each.organisation.code for each in real.receipts.all()} == {"SUNPOWER", "HARBOUR"}
    assert {each.organisation.code for each in same.receipts.all()} == {"SUNPOWER"}
    assert not Delivery.objects.filter(receipt__notice=same).exclude(receipt__organisation__code="SUNPOWER").exists()
    first, second = judged(real), judged(same)
    assert (first.status, second.status) == ("Actual", "Exercise")
    assert second.infos[0].headline == f"【演習】{first.infos[0].headline}"
    assert second.infos[1].headline == f"EXERCISE: {first.infos[1].headline}"
    assert (first.note, "本訊息屬演習" in second.note) == ("", True)
    assert second.infos[0].description == first.infos[0].description
    assert second.infos[0].instruction.endswith(first.infos[0].instruction)


@pytest.mark.parametrize(("kind", "zh", "en"), [("drill", "【演習】", "EXERCISE"), ("test", "【測試】", "TEST")])
def test_every_page_paper_and_file_of_a_drill_says_what_it_is(cast: Cast, kind: str, zh: str, en: str) -> None:
    made = in_frame(cast, frame(cast, kind, "SUNPOWER"), "SUNPOWER")
    ready = Draft.objects.get(replaces=made, state=Draft.State.PREPARED)
    notice, browser = f"/console/notices/{made.public_id}/", Browser(cast.browser("officer", "zh-hant"))
    for path in (
        *("/warnings/", f"/warnings/{ready.public_id}/", f"/warnings/{ready.public_id}/edit/", "/warnings/new/"),
        *(notice, f"{notice}call-sheet/", f"/notices/{made.public_id}/evidence/", "/console/notices/", "/releases/"),
    ):
        assert browser.get(path).has(zh), path
    assert zh in cast.browser("officer", "zh-hant").get(f"{notice}call-sheet.csv").content.decode()


def test_a_warning_is_begun_in_daily_work_unless_somebody_chooses_a_drill(cast: Cast) -> None:
    frame(cast, "drill", "SUNPOWER")
    choices = Browser(cast.browser("officer")).get("/warnings/new/").page.select_one("[name=operation]").text
    assert choices.index("Routine") < choices.index("EXERCISE: Drill")


def test_a_drill_is_never_public(cast: Cast) -> None:
    drill = frame(cast, "drill", "SUNPOWER")
    made = drafts.start_draft(drill.public_id, event="energy-emergency", values=BLANKS, actor=cast.handler)
    open_to_all = replace(made.warning, audience=Audience(public=True), tlp=TLP.CLEAR)
    made = drafts.edit_draft(made.public_id, open_to_all, version=made.version, actor=cast.handler)
    with pytest.raises(Invalid) as refusal:
        drafts.submit_draft(made.public_id, version=made.version, actor=cast.handler)
    assert ("public", "drill-public") in [(each.path, each.code) for each in refusal.value.problems]


def test_one_button_tests_the_chain_of_command(cast: Cast) -> None:
    with pytest.raises(Conflict, match="nobody-to-test"):
        drafts.test_call_tree(frame(cast, "drill", "SUNPOWER").public_id, actor=cast.handler)
    test = frame(cast, "test", "SUNPOWER", "HARBOUR")
    notice = drafts.test_call_tree(test.public_id, actor=cast.handler)
    assert {each.organisation.code for each in notice.receipts.all()} == {"SUNPOWER", "HARBOUR"}
    assert judged(notice).status == "Test"
    ContactPoint.objects.update(last_reached_at=None)
    sent = list(Delivery.objects.filter(receipt__notice=notice).select_related("receipt__notice", "contact"))
    settling.settle([(each, Outcome(sent=True, reply="250 taken")) for each in sent], lease="")
    reached = ContactPoint.objects.filter(last_reached_at__isnull=False)
    assert set(reached.values_list("pk", flat=True)) == {each.contact_id for each in sent} != set()
    assert set(notice.reaches.exclude(sent_at=None).values_list("organisation__code", flat=True)) == {
        "SUNPOWER",
        "HARBOUR",
    }
