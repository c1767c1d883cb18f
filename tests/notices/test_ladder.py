"""A response level is opened: its notice is ready, worded by the law, to the bodies that the law calls."""

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tongbao.kernel.refusals import Invalid
from tongbao.notices import ladder, sending
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft
from tongbao.notices.rules import content
from tongbao.notices.rules.content import Kind
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.profiles.model import Label

pytestmark = pytest.mark.usefixtures("noon")
OFFICER = {"what": Label("two attacks", "兩起攻擊"), "place": Label("the national centre", "中央應變中心")}


def opened(cast: Cast, code: str, *groups: str) -> Draft:
    level = ladder.level(code)
    assert level is not None
    called = groups or level.groups
    values = ladder.values(level, called, at=NOON) | OFFICER
    to = ladder.audience(called, cast.handler)
    return drafts.start_draft(routine().public_id, event=ladder.EVENT, values=values, to=to, actor=cast.handler)


def test_level_one_calls_every_group_that_it_names(cast: Cast) -> None:
    draft = opened(cast, "one")
    texts = draft.warning.texts
    assert texts.title_zh == "一級應變中心開設：兩起攻擊"
    assert "指揮官：行政院副院長" in texts.body_zh
    assert "經建設施應變組（經濟部）" in texts.body_zh
    assert "violence response group (Ministry of the Interior)" in texts.body_en
    assert "2026-11-23 13:00" in texts.instruction_zh  # within the hour that the law gives
    assert not content.faults(draft.warning, Kind.ALERT, at=NOON)
    told = Organisation.objects.filter(public_id__in=draft.warning.audience.organisations)
    assert set(told.values_list("code", flat=True)) == {"MOE-E", "MOI"}  # what the directory has of these bodies
    seats = [each.seat for each in sending.recipients_of(draft, draft.warning)]
    assert None not in seats
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
    notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert {each.organisation.code for each in notice.receipts.all()} == {"MOE-E", "MOI"}


def test_a_lower_level_calls_whom_the_officer_chooses(cast: Cast) -> None:
    draft = opened(cast, "team", "violence")
    told = Organisation.objects.filter(public_id__in=draft.warning.audience.organisations)
    assert [each.code for each in told] == ["MOI"]
    assert "立即" in draft.warning.texts.instruction_zh


def test_who_is_not_in_the_directory_is_said(cast: Cast) -> None:
    one = ladder.rungs(cast.officer)[0]
    assert one.level.code == "one"
    lead = {group.code: group.lead[0] for group in one.groups}
    assert lead["cyber"].organisation is None
    assert lead["violence"].seat is not None
    page = Browser(cast.browser("officer")).get("/warnings/levels/")
    assert "not in the directory" in page.section("Level One response centre")
    assert "Security supervisor" in page.section("Level One response centre")


def test_an_officer_opens_a_level_without_javascript(cast: Cast) -> None:
    page = Browser(cast.browser("handler")).get(
        f"/warnings/new/?event=response-level&level=one&operation={routine().public_id}&groups=violence"
    )
    filled = {each["name"]: each.get("value", "") for each in page.page.select("input[type=text]")}
    assert filled["commander_zh"] == "行政院副院長"
    assert filled["groups_en"] == "violence response group (Ministry of the Interior)"
    typed = filled | {"what_zh": "爆炸", "what_en": "an explosion", "place_zh": "中央", "place_en": "the centre"}
    page.post(page.page.select_one("main form")["action"], typed)  # type: ignore[index]
    draft = Draft.objects.get()
    assert draft.title_en == "Level One response centre opened: an explosion"
    assert draft.warning.audience.organisations == (Organisation.objects.get(code="MOI").public_id,)


@pytest.mark.parametrize("query", ["level=nine", "level=one&groups=nine"])
def test_an_unknown_level_begins_nothing(cast: Cast, query: str) -> None:
    path = f"/warnings/new/?event=response-level&operation={routine().public_id}&{query}"
    assert "Make the draft" not in Browser(cast.browser("handler")).get(path).text()


def test_a_law_without_a_ladder_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder.ladder, "rungs", lambda: ())
    assert "no response ladder" in Browser(cast.browser("officer")).get("/warnings/levels/").text()


def test_every_blank_of_the_law_is_one_of_the_wording(cast: Cast) -> None:
    from tongbao.notices import types

    level = ladder.level("one")
    assert level is not None
    assert set(ladder.values(level, level.groups, at=NOON)) | set(OFFICER) == set(types.types()[ladder.EVENT].blanks)
    with pytest.raises(Invalid):
        drafts.start_draft(routine().public_id, event="level", values={}, actor=cast.handler)
