"""Writing warnings, letting them out, seeing how far they have got."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.shapes import notices as notice_shapes
from tongbao.api.shapes import warnings as shapes
from tongbao.api.shapes.notices import NoticeOut
from tongbao.api.shapes.warnings import AudiencePreviewOut, DraftOut, SavedAudienceOut, WarningBoardOut
from tongbao.files.steps import Received
from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.notices import ladder, previewing, proof, queries
from tongbao.notices.actions import audiences, drafts, enclosing, telephoning
from tongbao.notices.models import Draft, Notice, SavedAudience
from tongbao.notices.proof import Proof
from tongbao.notices.rules.content import Audience, Content, Kind
from tongbao.operations.models import routine
from tongbao.policy.can import Can
from tongbao.profiles.model import Label
from tongbao.ui.guards import Asked

router = Router()


class BlankBody(Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class BeginWarningBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``event``: the type; ``values``: its blanks by name. ``operation``: the routine one where none is named.

    ``level``: a level of the response ladder, whose words fill the blanks that ``values`` leaves open; ``groups``: the
    response groups called, those that the level names where none is given.
    """

    event: str
    values: dict[str, BlankBody] = {}
    operation: str = ""
    level: str = ""
    groups: tuple[str, ...] | None = None


class FollowBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``kind``: update or cancel."""

    kind: Kind


class EncloseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The files come beside it. ``version``: of the draft that was read; of the draft as it is now where none is
    named."""

    version: int | None = None


class SecondBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``user``: the e-mail address of the account of an officer who lets warnings out."""

    user: str


class TakeOverBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisation``: by its id."""

    organisation: str


class ApproveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``digest``: of the content that was read."""

    digest: str


class WordsBody(Struct, frozen=True, forbid_unknown_fields=True):
    words: str


class AudienceBody(Struct, frozen=True, forbid_unknown_fields=True):
    name_zh: str
    name_en: str
    audience: Audience


@endpoint(router, "GET", "/warnings", gives=DraftOut, many=True)
def list_drafts(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Drafts that the asker may see, the last changed first; ``state`` narrows."""
    guard.needs(request, Can.NOTICE_READ, "list_drafts")
    rows = Draft.objects.visible_to(request.actor).select_related("operation", "replaces", "notice")
    rows = rows.filter(state=state) if state else rows
    shown = page(rows.order_by("-updated_at", "-id"), "updated_at", after, size=limit_of(request))
    return listing(request, [shapes.draft(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/warnings", body=BeginWarningBody, gives=DraftOut, status=201, headers=(HEADER,))
def begin_warning(request: Asked, body: BeginWarningBody) -> HttpResponse:
    """Begin a warning of a type."""
    operation = body.operation or routine().public_id
    known, to = _known(request, body)
    values = known | {name: Label(en=each.en, zh=each.zh) for name, each in body.values.items()}
    made, before = once(
        request,
        lambda: drafts.start_draft(operation, event=body.event, values=values, to=to, actor=request.actor).public_id,
    )
    return answer(request, shapes.draft(_draft(request, made), opened=True), status=200 if before else 201)


def _known(request: Asked, body: BeginWarningBody) -> tuple[dict[str, Label], Audience]:
    """What the level that is opened says of blanks and recipients."""
    if not body.level:
        return {}, Audience()
    guard.needs(request, Can.NOTICE_SEND, "begin_warning")
    level, there = ladder.level(body.level), {each.code for each in ladder.groups()}
    if level is None:
        raise Invalid.one("level", "choice-unknown", value=body.level[:40])
    groups = level.groups if body.groups is None else body.groups
    if unknown := [each for each in groups if each not in there]:
        raise Invalid.one("groups", "choice-unknown", value=unknown[0][:40])
    return ladder.values(level, groups, at=clock.now()), ladder.audience(groups, request.actor)


@endpoint(router, "POST", "/notices/{public_id}/follow", body=FollowBody, gives=DraftOut, status=201)
def follow_warning(request: Asked, public_id: str, body: FollowBody) -> HttpResponse:
    """Begin the Update or the Cancel of a warning that is in force."""
    made = drafts.start_update(public_id, kind=body.kind, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, made.public_id), opened=True), status=201)


@endpoint(router, "GET", "/warnings/{public_id}", gives=DraftOut)
def read_draft(request: Asked, public_id: str) -> HttpResponse:
    """One draft with its content."""
    found = _draft(request, public_id)
    opened(found, actor=request.actor)
    return answer(request, shapes.draft(found, opened=True))


@endpoint(router, "GET", "/warnings/{public_id}/preview", gives=AudiencePreviewOut)
def preview_draft(request: Asked, public_id: str) -> HttpResponse:
    """Whom it would reach now, by which ways, and who would not get it."""
    found = _draft(request, public_id)
    opened(found, actor=request.actor)
    return answer(request, shapes.preview(previewing.of_draft(found)))


@endpoint(router, "PUT", "/warnings/{public_id}", body=Content, gives=DraftOut, headers=("If-Match",))
def edit_draft(request: Asked, public_id: str, body: Content) -> HttpResponse:
    """Change the content. ``If-Match`` carries the ETag of what the program read."""
    found = _draft(request, public_id)
    require_match(request, shapes.draft(found, opened=True))
    drafts.edit_draft(public_id, body, version=found.version, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/files", body=EncloseBody, files=True, gives=DraftOut)
def enclose_files(request: Asked, public_id: str, body: EncloseBody, uploads: list[Received]) -> HttpResponse:
    """Enclose files. They are taken out by changing the content."""
    found = _draft(request, public_id)
    enclosing.enclose(public_id, uploads, version=body.version or found.version, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/second", body=SecondBody, gives=DraftOut)
def name_second(request: Asked, public_id: str, body: SecondBody) -> HttpResponse:
    """Name who lets a TLP:RED draft out."""
    drafts.name_second(public_id, user=body.user, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/submit", gives=DraftOut)
def submit_draft(request: Asked, public_id: str) -> HttpResponse:
    """Hand it in."""
    found = _draft(request, public_id)
    drafts.submit_draft(public_id, version=found.version, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/approve", body=ApproveBody, gives=NoticeOut)
def approve_draft(request: Asked, public_id: str, body: ApproveBody) -> HttpResponse:
    """A second person lets it out."""
    sent = drafts.approve_draft(public_id, digest=body.digest, actor=request.actor)
    return answer(request, notice_shapes.notice(sent, opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/return", body=WordsBody, gives=DraftOut)
def return_draft(request: Asked, public_id: str, body: WordsBody) -> HttpResponse:
    """Give it back with a reason."""
    drafts.return_draft(public_id, because=body.words, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/discard", gives=DraftOut)
def discard_draft(request: Asked, public_id: str) -> HttpResponse:
    """Drop it."""
    drafts.discard_draft(public_id, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/alone", body=WordsBody, gives=NoticeOut)
def send_alone(request: Asked, public_id: str, body: WordsBody) -> HttpResponse:
    """One officer sends what is severe and immediate; somebody else looks at it within 24 hours."""
    found = _draft(request, public_id)
    sent = drafts.break_glass(public_id, because=body.words, version=found.version, actor=request.actor)
    return answer(request, notice_shapes.notice(sent, opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/review", body=WordsBody, gives=DraftOut)
def review_alone(request: Asked, public_id: str, body: WordsBody) -> HttpResponse:
    """Say what is to be said about a warning that one officer sent alone."""
    drafts.review_alone(public_id, words=body.words, actor=request.actor)
    return answer(request, shapes.draft(_draft(request, public_id), opened=True))


@endpoint(router, "POST", "/warnings/{public_id}/send", gives=NoticeOut)
def send_prepared(request: Asked, public_id: str) -> HttpResponse:
    """Send the Cancel that was approved together with its warning."""
    sent = drafts.send_prepared(public_id, actor=request.actor)
    return answer(request, notice_shapes.notice(sent, opened=True))


@endpoint(router, "POST", "/operations/{public_id}/call-tree", gives=NoticeOut, status=201)
def test_call_tree(request: Asked, public_id: str) -> HttpResponse:
    """Ask everybody who is enrolled in a test whether they can be reached."""
    sent = drafts.test_call_tree(public_id, actor=request.actor)
    return answer(request, notice_shapes.notice(sent, opened=True), status=201)


@endpoint(router, "GET", "/notices/{public_id}/board", gives=WarningBoardOut)
def read_notice_board(request: Asked, public_id: str) -> HttpResponse:
    """How far a warning has got in every organisation."""
    found = _notice(request, public_id)
    return answer(request, shapes.board(found, queries.board(found)))


@endpoint(router, "POST", "/notices/{public_id}/take-over", body=TakeOverBody, gives=WarningBoardOut)
def take_over(request: Asked, public_id: str, body: TakeOverBody) -> HttpResponse:
    """Say that one calls an organisation that keeps silent; the plan waits for it."""
    telephoning.take_over(public_id, organisation=body.organisation, actor=request.actor)
    found = _notice(request, public_id)
    return answer(request, shapes.board(found, queries.board(found)))


@endpoint(router, "GET", "/notices/{public_id}/evidence", gives=Proof)
def read_evidence(request: Asked, public_id: str) -> HttpResponse:
    """Everything that happened to it, and the head of the journal that seals it."""
    return answer(request, proof.of(_notice(request, public_id), request.actor))


@endpoint(router, "GET", "/audiences", gives=SavedAudienceOut, many=True)
def list_audiences(request: Asked) -> HttpResponse:
    """Groups of recipients under a name."""
    guard.needs(request, Can.NOTICE_READ, "list_audiences")
    return listing(request, [shapes.saved(each) for each in SavedAudience.objects.visible_to(request.actor)], "")


@endpoint(router, "POST", "/audiences", body=AudienceBody, gives=SavedAudienceOut, status=201, headers=(HEADER,))
def keep_audience(request: Asked, body: AudienceBody) -> HttpResponse:
    """Keep recipients under a name."""
    made, before = once(request, lambda: _keep(request, None, body).public_id)
    found = SavedAudience.objects.visible_to(request.actor).get(public_id=made)
    return answer(request, shapes.saved(found), status=200 if before else 201)


@endpoint(router, "GET", "/audiences/{public_id}", gives=SavedAudienceOut)
def read_audience(request: Asked, public_id: str) -> HttpResponse:
    """One group of recipients."""
    return answer(request, shapes.saved(_audience(request, public_id)))


@endpoint(router, "PUT", "/audiences/{public_id}", body=AudienceBody, gives=SavedAudienceOut, headers=("If-Match",))
def change_audience(request: Asked, public_id: str, body: AudienceBody) -> HttpResponse:
    """Change it. ``If-Match`` carries the ETag of what the program read."""
    found = _audience(request, public_id)
    require_match(request, shapes.saved(found))
    return answer(request, shapes.saved(_keep(request, found, body)))


@endpoint(router, "POST", "/audiences/{public_id}/remove", gives=SavedAudienceOut)
def remove_audience(request: Asked, public_id: str) -> HttpResponse:
    """Take it off the list."""
    return answer(request, shapes.saved(audiences.remove_audience(public_id, actor=request.actor)))


def _audience(request: Asked, public_id: str) -> SavedAudience:
    found = SavedAudience.objects.visible_to(request.actor).filter(public_id=public_id, removed_at=None).first()
    if found is None:
        raise NotFound
    return found


def _keep(request: Asked, found: SavedAudience | None, body: AudienceBody) -> SavedAudience:
    return audiences.keep_audience(
        found.public_id if found else None,
        name_zh=body.name_zh,
        name_en=body.name_en,
        audience=body.audience,
        version=found.version if found else 0,
        actor=request.actor,
    )


def _draft(request: Asked, public_id: str) -> Draft:
    rows = Draft.objects.visible_to(request.actor).select_related("operation", "replaces", "notice")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _notice(request: Asked, public_id: str) -> Notice:
    guard.needs(request, Can.NOTICE_READ, "read_notice")
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return found
