"""Pages that need no account: the front page, reporting, following up by receipt."""

from datetime import date
from typing import Any

import msgspec
from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.files import serving
from tongbao.files import steps as files
from tongbao.incidents import steps
from tongbao.incidents.actions import log, receipts, supplements
from tongbao.incidents.actions.submissions import Taken, fingerprint, submit
from tongbao.incidents.models import Submission
from tongbao.incidents.report_form import ReportForm
from tongbao.incidents.rules.intake import Arrival, Entrance
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.policy import actors, throttle
from tongbao.portal import keys, queries
from tongbao.portal.forms import MessageForm, ReceiptForm, WithdrawForm
from tongbao.ui import address
from tongbao.ui.counting import pageline
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, public

HOLDING = "submission"
UPDATED = {"home": date(2026, 11, 26), "report": date(2026, 11, 26), "find": date(2026, 11, 23)}
"""When the words of each public page were last changed."""


def _line(page: str) -> dict[str, Any]:
    return pageline(page, UPDATED[page])


@public
@require_GET
def home(request: Asked) -> HttpResponse:
    waiting = queries.receipts(request.actor).open().count() if request.actor.organisation else 0
    return render(request, "portal/home.html", {"waiting": waiting} | _line("home"))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Asked, entrance: Entrance = Entrance.INCIDENT) -> HttpResponse:
    """The report form of one entrance; a good POST answers with the receipt number."""
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        profile=steps.law(clock.now()),
        constituent=_constituent(request),
        entrance=entrance,
        initial={"key": keys.fresh()},
    )
    if request.method == "POST" and form.is_valid():
        taken = form.attempt(lambda: _submit(request, form))
        if taken is not None:
            promised = {"taken": taken, "by": steps.decided_by(taken.submission), "limits": settings.TONGBAO}
            return render(request, "portal/received.html", promised, status=201)
    context = {"form": form, "constituent": _constituent(request), "limits": settings.TONGBAO, "entrance": entrance}
    context |= _line("report")
    return render(request, "portal/report.html", context, status=422 if form.errors else 200)


def _constituent(request: Asked) -> bool:
    return request.actor.organisation is not None and not request.actor.office


def _room(network: str) -> bool:
    """Whether a network, and all of them together, have something left. Beyond, a report waits set aside."""
    ours = settings.TONGBAO
    return throttle.take("submission", network, limit=ours.submissions_per_network) and throttle.take(
        "submission", "all", limit=ours.submissions_overall
    )


def _submit(request: Asked, form: ReportForm) -> Taken:
    """The same form with the same content is the same report; what was mended after "back" is another one."""
    key, draft = keys.read(form.cleaned_data["key"]), form.draft()
    uploads = files.receive(form.cleaned_data["attachments"])
    network = address.network(request)
    signed_in = request.actor.signed_in
    return submit(
        draft,
        key=f"web:{key.nonce if key else keys.fresh()}:{fingerprint(draft, uploads)}",
        door=Submission.Door.WEB,
        arrival=Arrival(
            trap_filled=bool(form.cleaned_data["website"]),
            form_unknown=key is None and not signed_in,
            seconds=key.seconds if key and not signed_in else None,
            flooded=not signed_in and not _room(network),
        ),
        uploads=uploads,
        actor=request.actor,
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: Asked) -> HttpResponse:
    """The receipt number goes in by POST only, and the page that it opens is bound to the session."""
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        network = address.network(request)
        found = form.attempt(lambda: receipts.by_receipt(form.cleaned_data["receipt"], network=network))
        if found is not None:
            request.session[HOLDING] = found.public_id
            return redirect("portal:follow-up")
    return render(request, "portal/find.html", {"form": form} | _line("find"), status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: Asked) -> HttpResponse:
    """The submission whose receipt this visitor holds; a POST adds a message."""
    submission = held(request)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        words, uploads = form.cleaned_data["text"], files.receive(form.cleaned_data["attachments"])
        if form.done(lambda: log.message_by_receipt(submission, words=words, uploads=uploads)):
            return redirect("portal:follow-up")
    return shown(request, submission, form)


def shown(request: Asked, submission: Submission, form: Form) -> HttpResponse:
    """What the holder of a receipt sees: everything that is stored of the report, and until when."""
    found = queries.follow_up(submission)
    opened(submission, *found.thread, actor=actors.holder(submission.public_id))
    context = {"found": found, "form": form, "withdraw": WithdrawForm(prefix="withdraw"), "limits": settings.TONGBAO}
    return render(request, "portal/follow_up.html", context, status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: Asked) -> HttpResponse:
    """The report as it should read, while nobody has decided on it."""
    submission = held(request)
    form = correction(request, submission)
    valid = request.method == "POST" and form.is_valid()
    if valid and form.done(lambda: supplements.correct_by_receipt(submission, form.draft())):
        return redirect("portal:follow-up")
    opened(submission, actor=actors.holder(submission.public_id))
    context = {"form": form, "back": "portal:follow-up", "submission": submission}
    return render(request, "portal/correct.html", context, status=422 if form.errors else 200)


def correction(request: Asked, submission: Submission) -> ReportForm:
    """The form of a report that was sent, as it reads now."""
    now = supplements.current(submission)
    fields = msgspec.structs.asdict(now) | {"aware_at": submission.aware_at}
    return ReportForm(
        request.POST if request.method == "POST" else None,
        profile=steps.law(submission.aware_at),
        constituent=submission.owner_id is not None,
        entrance=now.entrance,
        initial=fields,
    )


@public
@require_POST
def withdraw(request: Asked) -> HttpResponse:
    """Close one's own report."""
    submission, form = held(request), WithdrawForm(request.POST, prefix="withdraw")
    if form.is_valid():
        words = form.cleaned_data["text"]
        if form.done(lambda: supplements.withdraw_by_receipt(submission, words=words)):
            return redirect("portal:follow-up")
    return shown(request, submission, form)


@public
@require_GET
def follow_up_file(request: Asked, public_id: str) -> FileResponse:
    """A file of the report, or of the messages about it."""
    submission = held(request)
    stored = queries.file_of(submission, public_id)
    if stored is None:
        raise NotFound
    return serving.handed_out(stored, actors.holder(submission.public_id))


@public
@require_POST
def leave(request: Asked) -> HttpResponse:
    """Forget on this device which submission was looked at."""
    request.session.pop(HOLDING, None)
    return redirect("portal:find")


def held(request: Asked) -> Submission:
    """The submission whose receipt this visitor holds."""
    found = Submission.objects.filter(public_id=request.session.get(HOLDING, "")).select_related("incident").first()
    if found is None:
        raise NotFound
    return found
