"""Writing a warning: begin, edit, look at it as it would go out, hand in, let out."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.files import steps as files
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.notices import ladder, previewing, queries, types
from tongbao.notices.actions import drafts, enclosing, telephoning
from tongbao.notices.models import Draft, Notice
from tongbao.notices.rules import content
from tongbao.notices.rules.content import Kind
from tongbao.notices.warning_forms import (
    BeginForm,
    BlanksForm,
    DraftForm,
    EncloseForm,
    LevelForm,
    ReasonForm,
    SecondForm,
    initial,
)
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.ui.forms import version_of
from tongbao.ui.guards import Asked, needs
from tongbao.ui.sentences import problem_sentence, refusal_sentence


@needs(Can.NOTICE_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """What is being written, what waits for a second person, what stays silent, what has to be looked at."""
    return render(request, "notices/warnings.html", queries.desk(request.actor))


@needs(Can.NOTICE_SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: Asked) -> HttpResponse:
    """Choose the type (a GET), fill in its blanks (a POST makes the draft)."""
    asked = (LevelForm if "level" in request.GET else BeginForm)(request.GET if "event" in request.GET else None)
    if not asked.is_valid():
        return render(request, "notices/begin.html", {"form": asked})
    event, (known, to) = asked.cleaned_data["event"], asked.known(request.actor)
    form = BlanksForm(request.POST or None, event=event, known=known)
    if request.method == "POST" and form.is_valid():
        where, values = asked.cleaned_data["operation"], form.values()
        made = form.attempt(lambda: drafts.start_draft(where, event=event, values=values, to=to, actor=request.actor))
        if made is not None:
            return redirect("notices:edit", public_id=made.public_id)
    context = {"form": form, "type": types.types()[event], "query": request.GET.urlencode()}
    return render(request, "notices/blanks.html", context, status=422 if form.errors else 200)


@needs(Can.NOTICE_SEND)
@require_GET
def levels(request: Asked) -> HttpResponse:
    """The response ladder: whom the law calls for each level, and the notice that calls them."""
    operations = BeginForm(initial={"operation": request.GET.get("operation", "")})["operation"]
    context = {"rungs": ladder.rungs(request.actor), "operations": operations, "event": ladder.EVENT}
    return render(request, "notices/levels.html", context)


@needs(Can.NOTICE_SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    """The whole warning on one page. A POST keeps it, whether or not it could be handed in."""
    draft = _draft(request, public_id)
    form = DraftForm(request.POST or None, initial=initial(draft.warning, draft.version), actor=request.actor)
    if request.method == "POST" and form.is_valid():
        version, typed = form.cleaned_data["version"], form.content(draft.warning)
        kept = form.attempt(lambda: drafts.edit_draft(public_id, typed, version=version, actor=request.actor))
        if kept is not None:
            return redirect("notices:draft", public_id=public_id)
    context = {"draft": draft, "form": form}
    return render(request, "notices/edit.html", context, status=422 if form.errors else 200)


@needs(Can.NOTICE_READ)
@require_GET
def draft(request: Asked, public_id: str) -> HttpResponse:
    """A draft as it would go out: its text, whom it reaches by which address, what is still wrong with it."""
    return _show(request, _draft(request, public_id))


@needs(Can.NOTICE_SEND)
@require_POST
def enclose(request: Asked, public_id: str) -> HttpResponse:
    """Enclose files with a draft."""
    found = _draft(request, public_id)
    form = EncloseForm(request.POST, request.FILES)
    if form.is_valid():
        uploads, version = files.receive(form.cleaned_data["attachments"]), version_of(request.POST)
        if form.done(lambda: enclosing.enclose(public_id, uploads, version=version, actor=request.actor)):
            messages.success(request, _("The files are enclosed."))
            return redirect("notices:draft", public_id=public_id)
    return _show(request, found, enclose=form)


@needs(Can.NOTICE_SEND)
@require_POST
def drop_file(request: Asked, public_id: str, file: str) -> HttpResponse:
    """Take an enclosed file out of a draft."""
    without, version = content.without_file(_draft(request, public_id).warning, file), version_of(request.POST)
    return _do(
        request,
        public_id,
        lambda: drafts.edit_draft(public_id, without, version=version, actor=request.actor),
        _("The file does not go out with it."),
    )


@needs(Can.NOTICE_SEND)
@require_POST
def second(request: Asked, public_id: str) -> HttpResponse:
    """Name who lets a TLP:RED draft out."""
    user = request.POST.get("user", "")
    return _do(
        request,
        public_id,
        lambda: drafts.name_second(public_id, user=user, actor=request.actor),
        _("This person sees the draft now."),
    )


@needs(Can.NOTICE_SEND)
@require_POST
def submit(request: Asked, public_id: str) -> HttpResponse:
    version = version_of(request.POST)
    return _do(
        request,
        public_id,
        lambda: drafts.submit_draft(public_id, version=version, actor=request.actor),
        _("Handed in: a second person can let it out now."),
    )


@needs(Can.NOTICE_APPROVE)
@require_POST
def approve(request: Asked, public_id: str) -> HttpResponse:
    digest = request.POST.get("digest", "")
    return _do(
        request,
        public_id,
        lambda: drafts.approve_draft(public_id, digest=digest, actor=request.actor),
        _("The warning is on its way."),
    )


@needs(Can.NOTICE_APPROVE)
@require_POST
def give_back(request: Asked, public_id: str) -> HttpResponse:
    because = request.POST.get("words", "")
    return _do(
        request,
        public_id,
        lambda: drafts.return_draft(public_id, because=because, actor=request.actor),
        _("The draft was returned."),
    )


@needs(Can.NOTICE_SEND)
@require_POST
def discard(request: Asked, public_id: str) -> HttpResponse:
    return _do(
        request,
        public_id,
        lambda: drafts.discard_draft(public_id, actor=request.actor),
        _("The draft was dropped."),
    )


@needs(Can.NOTICE_APPROVE)
@require_POST
def alone(request: Asked, public_id: str) -> HttpResponse:
    """One officer sends it, because lives depend on it."""
    because, version = request.POST.get("words", ""), version_of(request.POST)
    return _do(
        request,
        public_id,
        lambda: drafts.break_glass(public_id, because=because, version=version, actor=request.actor),
        _("The warning is on its way. Somebody else has to look at it within 24 hours."),
    )


@needs(Can.NOTICE_APPROVE)
@require_POST
def review(request: Asked, public_id: str) -> HttpResponse:
    words = request.POST.get("words", "")
    return _do(
        request,
        public_id,
        lambda: drafts.review_alone(public_id, words=words, actor=request.actor),
        _("What you said was recorded."),
    )


@needs(Can.NOTICE_SEND)
@require_POST
def send_prepared(request: Asked, public_id: str) -> HttpResponse:
    return _do(
        request,
        public_id,
        lambda: drafts.send_prepared(public_id, actor=request.actor),
        _("The Cancel is on its way."),
    )


@needs(Can.NOTICE_SEND)
@require_POST
def call_tree(request: Asked, public_id: str) -> HttpResponse:
    """One button: everybody enrolled in a test is asked whether the message arrived."""
    try:
        sent = drafts.test_call_tree(public_id, actor=request.actor)
    except Conflict as refusal:
        messages.error(request, refusal_sentence(refusal))
        return redirect("operations:operation", public_id=public_id)
    messages.success(request, _("Everybody who is enrolled has been asked."))
    return redirect("console:notice", public_id=sent.public_id)


@needs(Can.NOTICE_SEND)
@require_POST
def take_over(request: Asked, public_id: str, organisation: str) -> HttpResponse:
    """One click on the board: the officer calls this organisation himself."""
    try:
        telephoning.take_over(public_id, organisation=organisation, actor=request.actor)
    except Conflict as refusal:
        messages.error(request, refusal_sentence(refusal))
    else:
        messages.success(request, _("You call them. The plan goes on by itself if nothing is heard in 15 minutes."))
    return redirect(f"{reverse('console:notice', args=[public_id])}?organisation={organisation}#who-heading")


@needs(Can.NOTICE_SEND)
@require_POST
def follow(request: Asked, public_id: str, kind: str) -> HttpResponse:
    """Begin the Update or the Cancel of a warning."""
    made = drafts.start_update(public_id, kind=Kind(kind), actor=request.actor)
    return redirect("notices:edit", public_id=made.public_id)


def _do(request: Asked, public_id: str, verb: Callable[[], Draft | Notice], said: str) -> HttpResponse:
    """Carry a verb out; where it refuses, the page says why."""
    try:
        done = verb()
    except Invalid as refusal:
        words = [str(problem_sentence(each)) for each in refusal.problems]
        return _show(request, _draft(request, public_id), list(dict.fromkeys(words)))
    except Conflict as refusal:
        return _show(request, _draft(request, public_id), [str(refusal_sentence(refusal))])
    messages.success(request, said)
    if isinstance(done, Notice):
        return redirect("console:notice", public_id=done.public_id)
    return redirect("notices:draft", public_id=public_id)


def _draft(request: Asked, public_id: str) -> Draft:
    rows = Draft.objects.visible_to(request.actor).select_related("operation", "replaces", "notice", "author")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _show(
    request: Asked, found: Draft, refused: list[str] | None = None, enclose: EncloseForm | None = None
) -> HttpResponse:
    opened(found, actor=request.actor)
    warning, own = found.warning, request.actor.user in (found.author_id, found.submitted_by_id)
    context = {
        "draft": found,
        "warning": warning,
        "preview": previewing.of_draft(found),
        "faults": content.faults(warning, Kind(found.kind), at=queries.now()) if found.editable else [],
        "refused": refused or [],
        "own": own,
        "words": ReasonForm(),
        "red": warning.tlp == TLP.RED,
        "second": SecondForm(),
        "enclose": enclose or EncloseForm(),
        "most_files": content.MOST_FILES,
        "most_megabytes": content.MOST_MEGABYTES,
        "why": rules.may_see(request.actor, found.marking()),
    }
    return render(request, "notices/draft.html", context, status=422 if refused or enclose else 200)
