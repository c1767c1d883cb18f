"""A lesson from its first words to the page that everybody reads, and back."""

from typing import Any

import pytest

from tests.conftest import Cast
from tests.lessons.told import WORDS, closed, handed_in, judged, lesson
from tests.pages import Browser
from tests.stories import handle, opened, reported, settled
from tongbao.approvals import actions as judging
from tongbao.approvals.models import Approval
from tongbao.incidents import observing
from tongbao.incidents.actions import cases, log
from tongbao.incidents.models import Observable, Submission
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.lessons import actions, queries
from tongbao.lessons.actions import Draft
from tongbao.lessons.models import Lesson
from tongbao.notices.rules import Grade
from tongbao.operations import frame_actions
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft as Frame
from tongbao.policy.actors import ANONYMOUS
from tongbao.policy.models import mark
from tongbao.release.models import Release

pytestmark = pytest.mark.usefixtures("noon")


def test_it_is_written_from_a_closed_case_only(cast: Cast) -> None:
    running = opened(cast)
    with pytest.raises(Conflict, match="incident-not-closed"):
        lesson(cast, running)
    with pytest.raises(NotFound):
        actions.write_lesson("a" * 20, Draft(), actor=cast.handler)
    case = closed(cast)
    with pytest.raises(NotFound):
        actions.write_lesson(case.public_id, Draft(), actor=cast.stranger)
    with pytest.raises(Forbidden):
        actions.write_lesson(case.public_id, Draft(), actor=cast.constituent)


def test_it_may_stay_unfinished_but_is_not_handed_in_so(cast: Cast) -> None:
    found = lesson(cast, helped_en="", change_zh="", change_en="Ask SUNPOWER")
    with pytest.raises(Invalid) as refusal:
        actions.hand_in_lesson(found.public_id, version=found.version, actor=cast.handler)
    assert {each.path: each.code for each in refusal.value.problems} == {
        "helped_en": "required",
        "change_zh": "required",
        "change_en": "lesson-names",
    }


@pytest.mark.parametrize(
    "word",
    [
        "日光電力公司",
        "Sunlight Power",
        "SUNPOWER",
        "張聯絡",
        "203[.]0[.]113[.]66",
        "evil-host.example",
        "scada-gw-07",
    ],
)
def test_it_refuses_what_names_the_case_and_says_where(cast: Cast, word: str) -> None:
    found = lesson(cast, helped_en=f"Thanks to {word}, all went well")
    with pytest.raises(Invalid) as refusal:
        actions.hand_in_lesson(found.public_id, version=found.version, actor=cast.handler)
    assert {(each.path, each.code) for each in refusal.value.problems} == {("helped_en", "lesson-names")}


def test_it_refuses_numbers_of_the_case_and_what_was_said_in_it(cast: Cast) -> None:
    case = closed(cast)
    for word in (case.number, case.reference, case.public_id, case.title):
        found = lesson(cast, case, change_en=f"As in {word}.")
        assert [each.path for each in actions.told(found, cast.handler)] == ["change_en"]


def test_it_needs_a_second_person(cast: Cast) -> None:
    waiting = handed_in(cast, lesson(cast))
    deciding = {"outcome": "granted", "version": waiting.version, "grade": Grade.SIGNED_IN}
    with pytest.raises(Forbidden):
        judging.decide(waiting.public_id, **deciding, actor=cast.handler)  # type: ignore[arg-type]
    found = Lesson.objects.get()
    waiting.refresh_from_db()
    assert (found.state, waiting.state) == ("submitted", "submitted")
    case = closed(cast, title="另案")
    own = actions.write_lesson(case.public_id, Draft(**WORDS), actor=cast.officer)
    actions.hand_in_lesson(own.public_id, version=own.version, actor=cast.officer)
    own.refresh_from_db()
    waiting = Approval.objects.get(public_id=own.approval)
    with pytest.raises(Conflict, match="approval-aside"):
        judging.decide(
            waiting.public_id, outcome="granted", version=waiting.version, grade=Grade.SIGNED_IN, actor=cast.officer
        )


def test_it_is_published_for_everybody_once_granted(cast: Cast) -> None:
    found = judged(cast, lesson(cast, reach=TLP.CLEAR))
    assert (found.state, found.tlp_label) == ("published", "TLP:CLEAR")
    assert found.published_at is not None
    assert queries.published(ANONYMOUS).get() == found
    assert queries.case_of(cast.constituent, found) is not None, "the power company takes part in the case"
    assert queries.case_of(cast.stranger, found) is None
    (line,) = Release.objects.filter(outgoing__thing_kind="lesson")
    assert (line.verdict, line.organisation) == ("release", None)
    page = cast.browser("anonymous", "zh-hant").get(f"/lessons-learnt/{found.public_id}/").content.decode()
    assert WORDS["happened_zh"] in page
    for secret in (found.incident.number, found.incident.public_id, "日光電力", "王承辦"):
        assert secret not in page


def test_it_is_published_for_constituents_by_the_rule_of_release(cast: Cast) -> None:
    found = judged(cast, lesson(cast))
    assert (found.state, found.tlp_label) == ("published", "TLP:GREEN")
    assert not queries.published(ANONYMOUS).exists()
    for who in ("city", "hoster", "handler"):
        assert queries.published(getattr(cast, who)).exists(), who
    verdicts = dict(Release.objects.filter(outgoing__thing_kind="lesson").values_list("organisation__code", "verdict"))
    assert verdicts["SUNPOWER"] == "release"
    assert set(verdicts.values()) <= {"release", "withhold"}


def test_it_comes_back_and_goes_in_again(cast: Cast) -> None:
    found = judged(cast, lesson(cast), "returned", "請補充")
    assert found.state == "returned"
    changed = Draft(**(WORDS | {"helped_en": "Backups that nobody can reach from the network."}))
    found = actions.edit_lesson(found.public_id, changed, version=found.version, actor=cast.handler)
    found = judged(cast, found)
    assert found.state == "published"
    assert Approval.objects.get(public_id=found.approval).editions.count() == 2


def test_it_may_be_refused_for_good(cast: Cast) -> None:
    found = judged(cast, lesson(cast), "refused", "不宜公開")
    assert found.state == "refused"
    with pytest.raises(Conflict, match="lesson-not-writable"):
        actions.edit_lesson(found.public_id, Draft(**WORDS), version=found.version, actor=cast.handler)


def test_it_is_not_published_when_something_in_it_has_become_telling(cast: Cast) -> None:
    found = lesson(cast, helped_en="The mirror at mirror.late-host.example helped")
    waiting = handed_in(cast, found)
    Observable.objects.create(kind="domain", value="mirror.late-host.example", incident=found.incident)
    deciding = {"outcome": "granted", "version": waiting.version, "grade": Grade.SIGNED_IN}
    judging.decide(waiting.public_id, **deciding, actor=cast.officer)  # type: ignore[arg-type]
    handle()
    found.refresh_from_db()
    assert (found.state, found.approval) == ("returned", "")
    assert not queries.published(cast.city).exists()


def test_it_is_heard_once(cast: Cast) -> None:
    found = judged(cast, lesson(cast))
    assert actions.hear_decision(found.approval) is None
    handle()
    assert Release.objects.filter(outgoing__thing_kind="lesson").values("outgoing").distinct().count() == 1


def test_it_is_taken_back(cast: Cast) -> None:
    found = judged(cast, lesson(cast, reach=TLP.CLEAR))
    with pytest.raises(Invalid):
        actions.withdraw_lesson(found.public_id, reason=" ", version=found.version, actor=cast.handler)
    actions.withdraw_lesson(found.public_id, reason="內容過時", version=found.version, actor=cast.handler)
    assert not queries.published(ANONYMOUS).exists()
    assert cast.browser("anonymous").get(f"/lessons-learnt/{found.public_id}/").status_code == 404
    assert Lesson.objects.visible_to(cast.handler).exists()


def test_it_is_as_hidden_as_its_case_until_it_is_published(cast: Cast) -> None:
    found = lesson(cast)
    for who in ("constituent", "city", "admin", "partner", "bureau"):
        assert not Lesson.objects.visible_to(getattr(cast, who)).exists(), who
    red = closed(cast, title="紅色案", tlp=TLP.RED)
    hidden = actions.write_lesson(red.public_id, Draft(**WORDS), actor=cast.officer)
    assert Lesson.objects.visible_to(cast.officer).count() == 2
    assert list(Lesson.objects.visible_to(cast.handler)) == [found]
    with pytest.raises(NotFound):
        actions.edit_lesson(hidden.public_id, Draft(), version=1, actor=cast.handler)


def test_it_lets_nothing_of_a_drill_out(cast: Cast) -> None:
    frame = Frame(code="DRILL", name_zh="演習", name_en="Drill", kind="drill")
    drill = frame_actions.begin_operation(frame, actor=cast.officer)
    found = lesson(cast)
    Lesson.objects.filter(pk=found.pk).update(operation=Operation.objects.get(pk=drill.pk))
    found.refresh_from_db()
    with pytest.raises(Conflict, match="lesson-withheld"):
        actions.hand_in_lesson(found.public_id, version=found.version, actor=cast.handler)


def test_it_changes_nothing_by_the_same_words_or_an_old_version(cast: Cast) -> None:
    found = lesson(cast)
    again = actions.edit_lesson(found.public_id, Draft(**WORDS), version=found.version, actor=cast.handler)
    assert again.version == found.version
    actions.edit_lesson(found.public_id, Draft(), version=found.version, actor=cast.handler)
    with pytest.raises(Conflict, match="changed-meanwhile"):
        actions.edit_lesson(found.public_id, Draft(**WORDS), version=found.version, actor=cast.handler)
    with pytest.raises(Invalid) as refusal:
        actions.write_lesson(
            found.incident.public_id, Draft(title_en="x" * 201, happened_zh="a\0", reach=3), actor=cast.handler
        )
    assert {each.path: each.code for each in refusal.value.problems} == {
        "title_en": "too-long",
        "happened_zh": "text-control",
        "reach": "choice-unknown",
    }


def test_it_journals_every_step(cast: Cast) -> None:
    found = judged(cast, lesson(cast))
    actions.withdraw_lesson(found.public_id, reason="x", version=found.version, actor=cast.handler)
    rows = JournalEntry.objects.filter(subject_kind="lesson").order_by("seq")
    assert list(rows.values_list("event", flat=True)) == [
        "lesson.written",
        "lesson.handed-in",
        "lesson.published",
        "lesson.withdrawn",
    ]


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_it_goes_from_the_case_to_the_public_on_pages_without_script(cast: Cast, language: str) -> None:
    case = closed(cast)
    page = Browser(cast.browser("handler", language)).get(f"/incidents/{case.public_id}/")
    page.click("A lesson from this case" if language == "en" else "撰寫本案教訓")
    given: dict[str, Any] = WORDS | {"helped_en": "SUNPOWER had backups", "reach": "0"}
    page.send(page.form(field="title_zh"), **given)
    assert page.has("SUNPOWER"), page.text()
    at = page.at
    page.send(page.form("/hand-in/"))
    assert page.status == 422
    assert page.has("What helped, English: “SUNPOWER”" if language == "en" else "有效作法（英文）：「SUNPOWER」")
    page.get(f"{at}edit/")
    page.send(page.form(field="title_zh"), helped_en=WORDS["helped_en"])
    page.send(page.form("/hand-in/"))
    found = Lesson.objects.get()
    assert found.state == "submitted"
    judge = Browser(cast.browser("officer", language)).get(f"/approvals/{found.approval}/")
    assert judge.has(WORDS["happened_zh"], WORDS["change_en"])
    judge.get(f"/approvals/{found.approval}/decide/granted/")
    judge.send(judge.form(field="version"))
    handle()
    public = Browser(cast.browser("anonymous", language)).get("/lessons-learnt/")
    public.click(WORDS["title_en"] if language == "en" else WORDS["title_zh"])
    assert public.has(WORDS["happened_en"] if language == "en" else WORDS["happened_zh"])
    page.get(at)
    page.send(page.form("/withdraw/"), reason="過時")
    assert public.get("/lessons-learnt/").text().count(WORDS["title_en"]) == 0


def test_it_knows_what_is_said_in_the_case_by_whom(cast: Cast) -> None:
    case = opened(cast)
    log.note(case.public_id, words="x", tlp=TLP.AMBER, actor=cast.handler)
    case.refresh_from_db()
    case = settled(cast, case)
    case = cases.close_incident(case.public_id, outcome="x", version=case.version, actor=cast.officer)
    found = actions.write_lesson(case.public_id, Draft(**(WORDS | {"helped_zh": "王承辦處理得宜"})), actor=cast.officer)
    assert [each.path for each in actions.told(found, cast.handler)] == ["helped_zh"]


def test_what_a_handler_may_not_read_in_the_case_is_neither_looked_through_nor_hinted_at(cast: Cast) -> None:
    """A report that is kept from handlers names somebody. Refusing the lesson for that would tell them so."""
    case = closed(cast)
    hidden = reported(cast, contact_name="密告人", description="http://hidden-host.evil.example/x", key="hidden")
    Submission.objects.filter(pk=hidden.pk).update(incident=case)
    observing.take_over(hidden, case)
    mark(Submission.objects.get(pk=hidden.pk), Marking(TLP.RED, Track.ADMINISTRATIVE, None, _named(cast.officer)))
    words = {"helped_zh": "感謝密告人", "change_en": "See hidden-host.evil.example."}
    found = lesson(cast, case, **words)
    assert actions.told(found, cast.handler) == []
    assert {each.path for each in actions.told(found, cast.officer)} == set(words), "whoever may read it is told"
    page = Browser(cast.browser("handler")).get(f"/lessons/{found.public_id}/")
    waiting = handed_in(cast, found)
    assert waiting.state == "submitted"
    mine = Browser(cast.browser("officer")).get(f"/lessons/{found.public_id}/")
    assert mine.has("密告人")
    assert mine.page.find("ul", class_="error") is not None, "the second person sees it"
    assert page.page.find("ul", class_="error") is None


def test_whoever_may_not_see_the_case_any_more_publishes_nothing_of_it(cast: Cast) -> None:
    case = closed(cast)
    found = lesson(cast, case)
    waiting = handed_in(cast, found)
    mark(case, Marking(TLP.RED, Track.ADMINISTRATIVE, None, _named(cast.officer)))
    judging.decide(
        waiting.public_id, outcome="granted", version=waiting.version, grade=Grade.SIGNED_IN, actor=cast.officer
    )
    actions.hear_decision(waiting.public_id)
    found.refresh_from_db()
    assert found.state == "returned"


def _named(actor: Any) -> frozenset[Grant]:
    return frozenset({Grant(Grantee.USER, actor.user)})
