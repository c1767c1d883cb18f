"""Two tracks assess a case together: by a code, in editions, with signatures; and nobody else knows of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened
from tongbao.joint import actions
from tongbao.joint.models import JointAssessment
from tongbao.joint.rules import Standing
from tongbao.journal.models import JournalEntry
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, TooMany

pytestmark = pytest.mark.usefixtures("noon")
WORDS = "研判為同一行為者"


def joined(cast: Cast) -> JointAssessment:
    made, code = actions.begin_joint(opened(cast).public_id, question="Same actor?", actor=cast.officer)
    return actions.join_joint(code, actor=cast.bureau) and made


def test_it_goes_from_a_code_to_an_assessment_that_both_have_signed(cast: Cast) -> None:
    case = opened(cast)
    desk = Browser(cast.browser("officer")).get(f"/incidents/{case.public_id}/").click("Assess with the other track")
    desk.send(desk.form(field="question"), question="")
    assert set(desk.errors()) == {"question"}
    desk.send(desk.form(field="question"), question="Same actor?")
    code = desk.page.find("strong", class_="mono").get_text()  # type: ignore[union-attr]
    desk.click("To the joint assessment")
    assert desk.has("TLP:RED", "waits for the other track", "Same actor?")

    other = Browser(cast.browser("bureau", "zh-hant")).get("/joint/")
    other.send(other.form(field="code"), code="0" * 16)
    assert set(other.errors()) == {"code"}
    other.send(other.form(field="code"), code=f" {code.upper()} ")
    assert other.has("Same actor?", "聯合研判")
    assert not other.has(case.number), "of the case they learn nothing"
    other.send(other.form("/write/"), text=WORDS)
    desk.get(desk.at)
    assert desk.has(WORDS, "not signed yet", "何情資")
    desk.send(desk.form("/sign/"), agrees="no")
    assert set(desk.errors()) == {"words"}
    desk.send(desk.form("/sign/"), agrees="yes")
    assert desk.has("signed by one track")
    other.get(other.at)
    other.send(other.form("/sign/"), agrees="yes")
    assert desk.get(desk.at).has("agreed by both tracks")
    desk.send(desk.form("/write/"), text=f"{WORDS}。")
    assert desk.has("not signed yet", "edition 2", "Earlier editions"), "a new edition is unsigned"
    desk.send(desk.form("/name/"), user="wang@nco.example")
    assert desk.has("王承辦")
    assert Browser(cast.browser("handler")).get(desk.at).status == 200


def test_nobody_who_is_not_named_learns_of_it(cast: Cast) -> None:
    made = joined(cast)
    path = f"/joint/{made.public_id}/"
    for who in ("handler", "liaison", "constituent", "auditor", "admin", "partner"):
        assert not JointAssessment.objects.visible_to(getattr(cast, who)).exists()
        assert cast.browser(who).get(path).status_code in {403, 404}
    with pytest.raises(NotFound):
        actions.write_joint(made.public_id, text="x", edition=0, actor=cast.handler)
    with pytest.raises(NotFound):
        actions.sign_joint(made.public_id, edition=1, agrees=True, actor=cast.constituent)
    page = Browser(cast.browser("handler")).get(f"/incidents/{made.incident.public_id}/")
    assert not page.has("Same actor?")
    read = JournalEntry.objects.filter(subject_kind="joint", event="access.read").count()
    cast.browser("officer").get(path)
    assert JournalEntry.objects.filter(subject_kind="joint", event="access.read").count() == read + 1


def test_a_code_works_once_for_the_other_track_and_for_a_week(cast: Cast, at: Any) -> None:
    _made, code = actions.begin_joint(opened(cast).public_id, question="x", actor=cast.officer)
    with pytest.raises(Conflict):
        actions.join_joint(code, actor=cast.handler)
    actions.join_joint(code, actor=cast.bureau)
    for actor in (cast.bureau, cast.handler):
        with pytest.raises(Invalid):
            actions.join_joint(code, actor=actor)
    _made, late = actions.begin_joint(opened(cast).public_id, question="y", actor=cast.officer)
    at(NOON + timedelta(days=7))
    with pytest.raises(Invalid):
        actions.join_joint(late, actor=cast.bureau)


def test_codes_cannot_be_guessed(cast: Cast) -> None:
    for _ in range(10):
        actions.try_code(cast.bureau)
    with pytest.raises(TooMany):
        actions.try_code(cast.bureau)
    actions.try_code(cast.handler)
    page = cast.browser("bureau").post("/joint/join/", {"code": "0" * 16})
    assert page.status_code == 429


def test_a_text_that_has_gone_on_is_neither_overwritten_nor_signed(cast: Cast) -> None:
    made = joined(cast)
    actions.write_joint(made.public_id, text="one", edition=0, actor=cast.officer)
    actions.write_joint(made.public_id, text="one", edition=0, actor=cast.bureau)
    with pytest.raises(Conflict):
        actions.write_joint(made.public_id, text="two", edition=0, actor=cast.bureau)
    actions.sign_joint(made.public_id, edition=1, agrees=False, words="Not proven", actor=cast.bureau)
    actions.sign_joint(made.public_id, edition=1, agrees=False, words="Not proven", actor=cast.bureau)
    with pytest.raises(Conflict):
        actions.sign_joint(made.public_id, edition=1, agrees=True, actor=cast.bureau)
    made.refresh_from_db()
    assert made.stands == Standing.DISPUTED
    actions.write_joint(made.public_id, text="two", edition=1, actor=cast.bureau)
    with pytest.raises(Conflict):
        actions.sign_joint(made.public_id, edition=1, agrees=True, actor=cast.officer)
    assert [each.text for each in made.editions.all()] == ["two", "one"]


def test_only_colleagues_are_named(cast: Cast) -> None:
    made = joined(cast)
    for email in ("nobody@nco.example", "chang@sunpower.example", ""):
        with pytest.raises(Invalid):
            actions.name_in_joint(made.public_id, user=email, actor=cast.officer)
    actions.name_in_joint(made.public_id, user=" WANG@nco.example", actor=cast.officer)
    assert JointAssessment.objects.visible_to(cast.handler).exists()


@pytest.mark.parametrize(("language", "title"), [("en", "Joint assessment"), ("zh-hant", "聯合研判")])
def test_it_is_put_on_paper_for_the_named_alone(cast: Cast, language: str, title: str) -> None:
    made = joined(cast)
    actions.write_joint(made.public_id, text=WORDS, edition=0, actor=cast.officer)
    actions.sign_joint(made.public_id, edition=1, agrees=False, words="證據不足", actor=cast.bureau)
    actions.write_joint(made.public_id, text=f"{WORDS}。", edition=1, actor=cast.officer)
    path = f"/joint/{made.public_id}/report/"
    number = made.incident.number
    page = Browser(cast.browser("officer", language)).get(path)
    assert page.has(title, "TLP:RED", "Same actor?", f"{WORDS}。", "證據不足", number)
    other = Browser(cast.browser("bureau", language)).get(path)
    assert other.has(title, WORDS, "證據不足")
    assert not other.has(number), "of the case the other track learns nothing"
    for who in ("handler", "liaison", "auditor", "stranger"):
        assert cast.browser(who).get(path).status_code in {403, 404}
    read = JournalEntry.objects.filter(subject_kind="joint", event="access.read").count()
    answer = cast.browser("bureau").get(f"{path}?form=docx")
    assert answer.content[:2] == b"PK"
    assert number.encode() not in answer.content
    assert JournalEntry.objects.filter(subject_kind="joint", event="access.read").count() == read + 1
