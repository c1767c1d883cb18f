"""The verbs of lessons, each with a call that works."""

from typing import Any

from tests.journal.story import Act, Story
from tests.lessons.told import WORDS, closed, handed_in, judged, lesson
from tongbao.approvals import actions as judging
from tongbao.journal.events import Event
from tongbao.lessons import actions
from tongbao.lessons.actions import Draft
from tongbao.lessons.models import Lesson
from tongbao.notices.rules import Grade


def _write(d: Any) -> Act:
    key = closed(d.cast).public_id
    return lambda actor: actions.write_lesson(key, Draft(**WORDS), actor=actor)


def _edit(d: Any) -> Act:
    found = lesson(d.cast, title_en="Other words")
    return lambda actor: actions.edit_lesson(found.public_id, Draft(**WORDS), version=_version(found), actor=actor)


def _hand_in(d: Any) -> Act:
    found = lesson(d.cast)
    return lambda actor: actions.hand_in_lesson(found.public_id, version=found.version, actor=actor)


def _hear(d: Any) -> Act:
    waiting = handed_in(d.cast, lesson(d.cast))
    given = {"outcome": "granted", "version": waiting.version, "grade": Grade.SIGNED_IN}
    judging.decide(waiting.public_id, **given, actor=d.cast.officer)  # type: ignore[arg-type]
    return lambda _: actions.hear_decision(waiting.public_id)


def _withdraw(d: Any) -> Act:
    found = judged(d.cast, lesson(d.cast))
    return lambda actor: actions.withdraw_lesson(found.public_id, reason="x", version=found.version, actor=actor)


def _version(found: Lesson) -> int:
    found.refresh_from_db()
    return found.version


LESSONS = {
    "lessons.actions.write_lesson": Story(_write, {Event.LESSON_WRITTEN}, refused="auditor", again=False),
    "lessons.actions.edit_lesson": Story(_edit, {Event.LESSON_WRITTEN}, refused="auditor"),
    "lessons.actions.hand_in_lesson": Story(_hand_in, {Event.LESSON_HANDED_IN}, refused="auditor", again=False),
    "lessons.actions.hear_decision": Story(_hear, {Event.LESSON_PUBLISHED}),
    "lessons.actions.withdraw_lesson": Story(_withdraw, {Event.LESSON_WITHDRAWN}, refused="auditor", again=False),
}
