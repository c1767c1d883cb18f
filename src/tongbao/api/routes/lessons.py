"""Lessons, by program: read by whoever may, written by the office."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.lessons import actions, queries
from tongbao.lessons.actions import Draft as LessonDraft
from tongbao.lessons.models import Lesson
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()


class LessonBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words in both languages; ``reach``: TLP:CLEAR for everybody, TLP:GREEN for constituents."""

    title_zh: str = ""
    title_en: str = ""
    happened_zh: str = ""
    happened_en: str = ""
    helped_zh: str = ""
    helped_en: str = ""
    change_zh: str = ""
    change_en: str = ""
    reach: str = "TLP:GREEN"


class WithdrawLessonBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class LessonOut(Struct, frozen=True):
    """A lesson. ``words``: the parts in both languages, null in a list; ``incident``: the case behind it, for those who
    may see that."""

    id: str
    state: str
    tlp: str
    reach: str
    title_zh: str | None
    title_en: str | None
    words: dict[str, str] | None
    published_at: datetime | None
    approval: str | None
    incident: str | None
    version: int


@endpoint(router, "GET", "/lessons", gives=LessonOut, many=True)
def list_lessons(request: Asked, after: str = "") -> HttpResponse:
    """What has been published for the asker, the newest first."""
    shown = page(queries.published(request.actor), "published_at", after, size=limit_of(request))
    return listing(request, [_out(request, each, whole=False) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/lessons/drafts", gives=LessonOut, many=True)
def list_lesson_drafts(request: Asked, after: str = "") -> HttpResponse:
    """Lessons in every state, for the office."""
    guard.needs(request, Can.INCIDENT_READ, "list_lesson_drafts")
    shown = page(queries.every(request.actor), "written_at", after, size=limit_of(request))
    return listing(request, [_out(request, each, whole=False) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/lessons/{public_id}", gives=LessonOut)
def read_lesson(request: Asked, public_id: str) -> HttpResponse:
    """One lesson."""
    return answer(request, _read(request, public_id))


@endpoint(
    router, "POST", "/incidents/{public_id}/lessons", body=LessonBody, gives=LessonOut, status=201, headers=(HEADER,)
)
def write_lesson(request: Asked, public_id: str, body: LessonBody) -> HttpResponse:
    """Begin a lesson from a closed case. It may be unfinished."""
    guard.needs(request, Can.INCIDENT_CLOSE, "write_lesson")
    made, before = once(request, lambda: actions.write_lesson(public_id, _draft(body), actor=request.actor).public_id)
    return answer(request, _read(request, made), status=200 if before else 201)


@endpoint(router, "PUT", "/lessons/{public_id}", body=LessonBody, gives=LessonOut, headers=("If-Match",))
def change_lesson(request: Asked, public_id: str, body: LessonBody) -> HttpResponse:
    """Other words. ``If-Match`` carries the ETag of what the program read."""
    guard.needs(request, Can.INCIDENT_CLOSE, "change_lesson")
    held = _read(request, public_id)
    require_match(request, held)
    actions.edit_lesson(public_id, _draft(body), version=held.version, actor=request.actor)
    return answer(request, _read(request, public_id))


@endpoint(router, "POST", "/lessons/{public_id}/hand-in", gives=LessonOut)
def hand_in_lesson(request: Asked, public_id: str) -> HttpResponse:
    """Hand it in for a second person's judgement; what is granted is published."""
    guard.needs(request, Can.INCIDENT_CLOSE, "hand_in_lesson")
    version = queries.lesson(request.actor, public_id).version
    actions.hand_in_lesson(public_id, version=version, actor=request.actor)
    return answer(request, _read(request, public_id))


@endpoint(router, "POST", "/lessons/{public_id}/withdraw", body=WithdrawLessonBody, gives=LessonOut)
def withdraw_lesson(request: Asked, public_id: str, body: WithdrawLessonBody) -> HttpResponse:
    """Take a published one back."""
    guard.needs(request, Can.INCIDENT_CLOSE, "withdraw_lesson")
    version = queries.lesson(request.actor, public_id).version
    actions.withdraw_lesson(public_id, reason=body.reason, version=version, actor=request.actor)
    return answer(request, _read(request, public_id))


def _draft(body: LessonBody) -> LessonDraft:
    reach = {"TLP:CLEAR": TLP.CLEAR, "TLP:GREEN": TLP.GREEN}.get(body.reach.strip().upper(), -1)
    words = {name: getattr(body, name) for name in body.__struct_fields__ if name != "reach"}
    return LessonDraft(**words, reach=int(reach))


def _read(request: Asked, public_id: str) -> LessonOut:
    found = queries.lesson(request.actor, public_id)
    opened(found, actor=request.actor)
    return _out(request, found, whole=True)


def _out(request: Asked, found: Lesson, *, whole: bool) -> LessonOut:
    case = queries.case_of(request.actor, found)
    hidden = found.restricted and not whole
    return LessonOut(
        id=found.public_id,
        state=found.state,
        tlp=found.tlp_label,
        reach=found.get_reach_display(),
        title_zh=None if hidden else found.title_zh,
        title_en=None if hidden else found.title_en,
        words=found.words if whole else None,
        published_at=found.published_at,
        approval=(found.approval or None) if case else None,
        incident=case.public_id if case else None,
        version=found.version,
    )
