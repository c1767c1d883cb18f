"""The same step on many reports or cases, as the desk's lists offer it."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api.endpoint import answer, endpoint
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.incidents import bulk
from tongbao.incidents.bulk import Chosen
from tongbao.kernel.refusals import Invalid, Problem, Refusal, Unavailable
from tongbao.ui.guards import Asked

router = Router()
DONE = "done"
MOST_PROBLEMS = 8


class BulkItem(Struct, frozen=True, forbid_unknown_fields=True):
    """``version``: of a report as it was read; cases need none."""

    id: str
    version: int = 0


class BulkReportsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``act``: reject (with ``reason``), release, or merge (``into`` a case: id, number or reference)."""

    act: str
    items: list[BulkItem]
    reason: str = ""
    into: str = ""


class BulkCasesBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``act``: note (``text``, ``tlp``), task (``title``, ``due_at``), playbook (``playbook``: its code), or link (to
    the case ``other``, with ``reason``)."""

    act: str
    items: list[BulkItem]
    text: str = ""
    tlp: str = "TLP:AMBER"
    title: str = ""
    due_at: datetime | None = None
    playbook: str = ""
    other: str = ""
    reason: str = ""


class BulkProblem(Struct, frozen=True):
    path: str
    code: str


class BulkFate(Struct, frozen=True):
    """What became of one. ``code``: done, or the code of the refusal: ``not-found`` also for what one may not see;
    ``problems``: the places that were wrong."""

    id: str
    done: bool
    code: str
    problems: list[BulkProblem]


class BulkOut(Struct, frozen=True):
    """Each in the order in which they were named."""

    done: int
    refused: int
    items: list[BulkFate]


@endpoint(router, "POST", "/bulk/submissions", body=BulkReportsBody, gives=BulkOut, headers=(HEADER,))
def bulk_submissions(request: Asked, body: BulkReportsBody) -> HttpResponse:
    """The same step on up to 200 reports, each decided by itself.

    With a key a repeat does only what was not reached, and tells the rest as it was.
    """
    return _run(request, "reports", body.act, body.items, {"reason": body.reason, "into": body.into})


@endpoint(router, "POST", "/bulk/incidents", body=BulkCasesBody, gives=BulkOut, headers=(HEADER,))
def bulk_incidents(request: Asked, body: BulkCasesBody) -> HttpResponse:
    """The same step on up to 200 cases, likewise."""
    given = {name: getattr(body, name) for name in body.__struct_fields__ if name not in {"act", "items"}}
    return _run(request, "cases", body.act, body.items, given | {"tlp": marking(body.tlp)})


def _run(request: Asked, what: str, act: str, items: list[BulkItem], given: dict[str, Any]) -> HttpResponse:
    problems = [] if bulk.knows(what, act) else [Problem("act", "choice-unknown", {"value": act[:40]})]
    if not items or len(items) > bulk.MOST:
        problems.append(Problem("items", "too-many" if items else "required", {"most": bulk.MOST}))
    if len({each.id for each in items}) < len(items):
        problems.append(Problem("items", "code-twice"))
    if problems:
        raise Invalid(problems)
    fates = [_fate(request, what, act, each, given) for each in items]
    done = sum(each.done for each in fates)
    return answer(request, BulkOut(done, len(fates) - done, fates))


def _fate(request: Asked, what: str, act: str, item: BulkItem, given: dict[str, Any]) -> BulkFate:
    def make() -> str:
        refused = bulk.refusal(what, act, Chosen(item.id, item.version), given, actor=request.actor)
        if isinstance(refused, Unavailable):
            raise refused
        return _kept(refused)

    try:
        kept, _ = once(request, make, part=item.id)
    except Refusal as refused:  # not to be kept: it may be tried again
        kept = _kept(refused)
    code, *problems = kept.split(" ")
    places = [BulkProblem(*each.rsplit(":", 1)) for each in problems]
    return BulkFate(id=item.id, done=code == DONE, code=code, problems=places)


def _kept(refused: Refusal | None) -> str:
    """A fate as one line, which a repeat reads again."""
    if refused is None:
        return DONE
    problems = refused.problems[:MOST_PROBLEMS] if isinstance(refused, Invalid) else []
    return " ".join([refused.code, *(f"{each.path}:{each.code}" for each in problems)])[:400]
