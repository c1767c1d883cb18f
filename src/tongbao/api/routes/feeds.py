"""Files of feeds are pushed; findings are read, answered and settled."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.routes.cases import full
from tongbao.api.shapes import feeds as shapes
from tongbao.api.shapes.cases import IncidentFull
from tongbao.api.shapes.feeds import FeedFindingOut, FeedRunOut
from tongbao.incidents import lookup
from tongbao.incidents.actions import observed
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.observations import queries, receiving
from tongbao.observations.actions import findings, runs
from tongbao.observations.models import FeedRun, Finding
from tongbao.observations.rules.life import USUAL_QUIET
from tongbao.operations.models import routine
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page, page_by_number

router = Router()
_CHUNK = 256 * 1024


class AcknowledgeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``verdict``: confirmed, false-positive (with ``words``; holds for ``quiet`` days) or undetermined."""

    findings: list[str]
    verdict: str
    words: str = ""
    quiet: int = USUAL_QUIET


class FixBody(Struct, frozen=True, forbid_unknown_fields=True):
    findings: list[str]
    words: str = ""


class ReassignBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisation``: an id, or empty for nobody known."""

    findings: list[str]
    organisation: str
    words: str


class MergeFindingsBody(Struct, frozen=True, forbid_unknown_fields=True):
    findings: list[str]
    into: str


@endpoint(router, "POST", "/feeds/files", gives=FeedRunOut, status=201)
def push_feed(request: Asked, name: str, report: str = "", scope: str = "") -> HttpResponse:
    """Hand in a file of a feed: its bytes are the body. The same bytes again are the run that there is."""
    guard.needs(request, Can.FEED_RECEIVE, "push_feed")
    arrived = receiving.arrive(iter(lambda: request.read(_CHUNK), b""))
    made = runs.take_in(
        arrived,
        name=name,
        report=report,
        scope=scope,
        door=FeedRun.Door.API,
        operation=routine(),
        actor=request.actor,
    )
    return answer(request, shapes.run(_run(request, made.public_id)), status=201)


@endpoint(router, "GET", "/feeds/files", gives=FeedRunOut, many=True)
def list_feed_files(request: Asked, after: str = "", state: str = "", report: str = "") -> HttpResponse:
    """Files of feeds, the newest first. ``state``: waiting, running, or a verdict. ``report``: a part of its name."""
    guard.needs(request, Can.FINDING_READ, "list_feed_files")
    rows = queries.files(request.actor, {"state": state, "report": report})
    shown = page(rows, "received_at", after, size=limit_of(request))
    return listing(request, [shapes.run(queries.counted(each, request.actor)) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/feeds/files/{public_id}", gives=FeedRunOut)
def read_feed_file(request: Asked, public_id: str) -> HttpResponse:
    """One file: how far it has come, its verdict, its counts."""
    return answer(request, shapes.run(_run(request, public_id)))


@endpoint(router, "POST", "/feeds/files/{public_id}/again", gives=FeedRunOut)
def repeat_feed_file(request: Asked, public_id: str) -> HttpResponse:
    """Take up once more what was refused."""
    runs.repeat(public_id, actor=request.actor)
    return answer(request, shapes.run(_run(request, public_id)))


@endpoint(router, "GET", "/findings", gives=FeedFindingOut, many=True)
def list_findings(
    request: Asked,
    state: str = "",
    verdict: str = "",
    type: str = "",  # noqa: A002 - the name of the parameter
    severity: str = "",
    owner: str = "",
    sector: str = "",
    county: str = "",
    country: str = "",
    address: str = "",
    since: str = "",
    after: str = "",
) -> HttpResponse:
    """Findings that the asker sees, the last day on which they were seen first.

    ``state``: open, told-open or a state; ``owner``: an id, or none; ``address``: an address, a name or a network.
    """
    rows = queries.narrowed(request.actor, queries.filters(request.GET.dict())).select_related("merged_into")
    shown = page_by_number(rows, "last_day", after, size=limit_of(request))
    return listing(request, [shapes.finding(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/findings/acknowledge", body=AcknowledgeBody, gives=FeedFindingOut, many=True)
def acknowledge_findings(request: Asked, body: AcknowledgeBody) -> HttpResponse:
    """Say what findings are. All of them, or none."""
    done = findings.acknowledge(
        body.findings, verdict=body.verdict, words=body.words, quiet=body.quiet, actor=request.actor
    )
    return listing(request, [shapes.finding(each) for each in done], "")


@endpoint(router, "POST", "/findings/fix", body=FixBody, gives=FeedFindingOut, many=True)
def fix_findings(request: Asked, body: FixBody) -> HttpResponse:
    """Say that findings are mended."""
    done = findings.fix(body.findings, words=body.words, actor=request.actor)
    return listing(request, [shapes.finding(each) for each in done], "")


@endpoint(router, "POST", "/findings/reassign", body=ReassignBody, gives=FeedFindingOut, many=True)
def reassign_findings(request: Asked, body: ReassignBody) -> HttpResponse:
    """Give findings to another organisation."""
    done = findings.reassign(body.findings, organisation=body.organisation, words=body.words, actor=request.actor)
    return listing(request, [shapes.finding(each) for each in done], "")


@endpoint(router, "POST", "/findings/merge", body=MergeFindingsBody, gives=FeedFindingOut)
def merge_findings(request: Asked, body: MergeFindingsBody) -> HttpResponse:
    """Make findings part of another."""
    return answer(request, shapes.finding(findings.merge(body.findings, into=body.into, actor=request.actor)))


@endpoint(router, "GET", "/findings/{public_id}", gives=FeedFindingOut)
def read_finding(request: Asked, public_id: str) -> HttpResponse:
    """One finding."""
    found = _finding(request, public_id)
    opened(found, actor=request.actor)
    return answer(request, shapes.finding(found, opened=True))


@endpoint(router, "POST", "/findings/{public_id}/case", body=IncidentDraft, gives=IncidentFull, status=201)
def open_case_of_finding(request: Asked, public_id: str, body: IncidentDraft) -> HttpResponse:
    """Open a case from a confirmed finding."""
    guard.needs(request, Can.INCIDENT_READ, "open_case_of_finding")
    made = observed.open_from_finding(public_id, body, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, made.public_id)), status=201)


def _run(request: Asked, public_id: str) -> FeedRun:
    found = queries.run_of(request.actor, public_id)
    if found is None:
        raise NotFound
    return found


def _finding(request: Asked, public_id: str) -> Finding:
    found = queries.finding_of(request.actor, public_id)
    if found is None:
        raise NotFound
    return found
