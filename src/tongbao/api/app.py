"""The API object: who may come in, how refusals are said, which endpoints there are."""

from typing import Any

import msgspec
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from tongbao import __version__
from tongbao.accounts import queries as accounts
from tongbao.api import endpoint, problems
from tongbao.api.routes import (
    approvals,
    archive,
    assistance,
    bulk,
    cases,
    cooperation,
    coordination,
    desk,
    exposure,
    feeds,
    filings,
    imports,
    incoming,
    joint,
    law,
    lessons,
    notices,
    operations,
    parties,
    partners,
    records,
    release,
    submissions,
    takedown,
    views,
    warnings,
    watching,
)
from tongbao.api.shapes.common import ProblemDocument
from tongbao.kernel.refusals import Invalid, NotFound, Problem, Refusal, SignInNeeded
from tongbao.parties.standing import actor_of
from tongbao.ui.guards import Asked


class Key(HttpBearer):
    """``Authorization: Bearer tb_...``: a key that a person has issued for a program."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = accounts.token_of(token)
        if found is None:
            raise SignInNeeded
        accounts.note_use(found)
        asked: Asked = request  # type: ignore[assignment]
        asked.actor = actor_of(found.user, token=found)
        return found


ROUTERS = {
    "submissions": submissions.router,
    "incidents": cases.router,
    "coordination": coordination.router,
    "imports": imports.router,
    "law": law.router,
    "lessons": lessons.router,
    "forms": filings.router,
    "approvals": approvals.router,
    "helping": assistance.router,
    "takedowns": takedown.router,
    "exposure": exposure.router,
    "joint": joint.router,
    "views": views.router,
    "bulk": bulk.router,
    "notices": notices.router,
    "partners": partners.router,
    "warnings": warnings.router,
    "incoming": incoming.router,
    "directory": parties.router,
    "operations": operations.router,
    "cooperation": cooperation.router,
    "release": release.router,
    "desk": desk.router,
    "records": records.router,
    "watching": watching.router,
    "archive": archive.router,
    "feeds": feeds.router,
}


class Described(NinjaAPI):
    """The API library, with our structs' schemas in its description."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        kinds = sorted([*endpoint.TYPES, ProblemDocument], key=lambda kind: str(kind))
        _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
        schema["components"]["schemas"] |= schemas
        return schema


api = Described(
    title="Tongbao",
    version=__version__,
    description="Report and notify: what officers, constituents and partners do on the pages, for programs.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    auth=Key(),
)
for tag, router in ROUTERS.items():
    api.add_router("", router, tags=[tag])


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return problems.document(refusal)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.document(SignInNeeded())


@api.exception_handler(ValidationError)
def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [Problem(".".join(map(str, each["loc"])), "shape", {"detail": each["msg"]}) for each in error.errors]
    return problems.document(Invalid(found))


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.document(NotFound())


@api.exception_handler(OperationalError)
@api.exception_handler(OSError)
def away(request: HttpRequest, error: Exception) -> HttpResponse:
    return problems.unavailable(request, error)
