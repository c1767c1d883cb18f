"""How an endpoint is declared, how its body is read, how it answers.

Bodies and answers are msgspec structs: one definition gives the check, the JSON and the OpenAPI schema. The API
library routes, authenticates and publishes the description.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from msgspec import Struct
from ninja import Router

from tongbao.files import uploads
from tongbao.files.steps import Received, receive
from tongbao.kernel import text
from tongbao.kernel.refusals import Invalid, Problem, Refusal, TooLarge
from tongbao.ui.guards import Asked

S = TypeVar("S", bound=Struct)
Endpoint = Callable[..., HttpResponse]

TYPES: set[type[Struct]] = set()
"""Every struct that endpoints take or give: the schemas of the description."""


class Unreadable(Refusal):
    """A body that is not JSON."""

    status = 400


FORM = "multipart/form-data"
PART = "body"
"""The part of a form that holds the JSON; every part that is a file is kept as one."""


class WrongType(Refusal):
    """A body that says that it is neither JSON nor, where files are taken, a form."""

    status = 415


def endpoint(
    router: Router,
    method: str,
    path: str,
    *,
    body: type[Struct] | None = None,
    files: bool = False,
    gives: type[Struct] | tuple[type[Struct], ...] = (),
    many: bool = False,
    status: int = 200,
    headers: tuple[str, ...] = (),
    summary: str = "",
    media: str = "application/octet-stream",
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint. Its function takes the request, the path's parameters and, if declared, ``body``.

    ``files``: the body may come as the part ``body`` of a form whose other parts are files; the function takes
    them as ``uploads``, on disk already.
    ``gives``: one shape, or several of which each asker gets one; without any it hands out bytes, of the type
    ``media``. ``headers``: request headers that change what it does; a repeat of an Idempotency-Key answers 200
    instead of ``status``.
    """
    shapes = gives if isinstance(gives, tuple) else (gives,)
    TYPES.update(shapes if body is None else (body, *shapes))

    def declare(function: Endpoint) -> Endpoint:
        @wraps(function)
        def view(request: Asked, **parameters: Any) -> HttpResponse:
            if body is not None:
                parameters["body"] = read(request, body, files=files)
            if files:
                parameters["uploads"] = _received(request)
            return function(request, **parameters)

        declared = inspect.signature(function)
        kept = [each for name, each in declared.parameters.items() if name not in {"body", "uploads"}]
        view.__signature__ = declared.replace(parameters=kept)  # type: ignore[attr-defined]
        router.add_api_operation(
            path,
            [method],
            view,
            operation_id=function.__name__,
            summary=summary or (function.__doc__ or function.__name__).strip().splitlines()[0],
            response=dict.fromkeys(_statuses(method, status, headers)),
            openapi_extra=_description(
                body,
                _schema(shapes, many=many, media=media),
                statuses=_statuses(method, status, headers),
                limited="after" in declared.parameters,
                headers=headers,
                files=files,
            ),
        )
        return function

    return declare


def _statuses(method: str, status: int, headers: tuple[str, ...]) -> tuple[int, ...]:
    """With which statuses an endpoint answers yes."""
    if method == "GET":
        return (status, 304)
    return (200, status) if "Idempotency-Key" in headers and status != 200 else (status,)


def _description(
    body: type[Struct] | None,
    content: dict[str, Any],
    *,
    statuses: tuple[int, ...],
    limited: bool,
    headers: tuple[str, ...],
    files: bool,
) -> dict[str, Any]:
    """What the API library cannot know: our structs, headers and refusals. Statuses are numbers, as it writes them."""
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    found: dict[str, Any] = {
        "parameters": [
            {"in": "header", "name": name, "schema": {"type": "string"}, "required": False} for name in headers
        ],
        "responses": {status: {"content": content} for status in statuses if status != 304}
        | {"default": {"description": "Refused", "content": refused}},
    }
    if body is not None:
        content = {"application/json": {"schema": _reference(body)}}
        found["requestBody"] = {"required": True, "content": content | ({FORM: _form(body)} if files else {})}
    if limited:
        limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        found["parameters"].append({"in": "query", "name": "limit", "schema": limit, "required": False})
    return found


def _schema(shapes: tuple[type[Struct], ...], *, many: bool, media: str) -> dict[str, Any]:
    """The content of an answer that says yes."""
    if not shapes:
        return {media: {"schema": {"type": "string", "format": "binary"}}}
    found = [_page(each) if many else _reference(each) for each in shapes]
    return {"application/json": {"schema": found[0] if len(found) == 1 else {"anyOf": found}}}


def _page(kind: type[Struct]) -> dict[str, Any]:
    """A page of a list: its items, and the cursor of the next page."""
    following = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    items = {"type": "array", "items": _reference(kind)}
    return {"type": "object", "required": ["items", "next"], "properties": {"items": items, "next": following}}


def _form(kind: type[Struct]) -> dict[str, Any]:
    """A form: the body as JSON, and files."""
    binary = {"type": "string", "format": "binary"}
    parts = {PART: _reference(kind), "files": {"type": "array", "items": binary}}
    encoding = {PART: {"contentType": "application/json"}}
    return {"schema": {"type": "object", "required": [PART], "properties": parts}, "encoding": encoding}


def _reference(kind: type[Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def read(request: Asked, kind: type[S], *, files: bool = False) -> S:
    """The body as ``kind``. Raises WrongType, TooLarge, Unreadable, or Invalid with the places that are at fault."""
    given = request.content_type or ""
    if given not in {"", "application/json"} and not (files and given == FORM):
        raise WrongType("media-type", given=text.one_line(given)[:60])
    try:
        raw = _part(request) if given == FORM else request.body
    except RequestDataTooBig:
        raise TooLarge("too-large") from None
    except TooManyFilesSent:
        raise TooLarge("too-many-files") from None
    except (MultiPartParserError, TooManyFieldsSent) as error:
        raise Unreadable("unreadable", detail=text.one_line(str(error))[:200]) from None
    try:
        value = msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        raise Invalid([Problem(place.rstrip("`").removeprefix("$.") or "body", "shape", {"detail": message})]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("unreadable", detail=text.one_line(str(error))[:200]) from None
    if faults := list(_faults("", msgspec.to_builtins(value))):
        raise Invalid(faults)
    return value


def _part(request: Asked) -> str:
    """The JSON of a form. Raises Invalid for parts that would be lost."""
    if others := [Problem(name[:60], "shape", {"detail": "not a file"}) for name in request.POST if name != PART]:
        raise Invalid(others)
    return request.POST.get(PART, "")


def text_of(request: Asked) -> str:
    """The JSON of a request as it was sent."""
    return request.POST.get(PART, "") if request.content_type == FORM else request.body.decode("utf-8", "replace")


def _received(request: Asked) -> list[Received]:
    """The files of a form. Raises Invalid naming each that cannot be kept."""
    if request.content_type != FORM:
        return []
    sent = [each for _, group in request.FILES.lists() for each in group]
    found = [uploads.problem(each, path=f"files[{index}]") for index, each in enumerate(sent)]
    if faults := [each for each in found if each is not None]:
        raise Invalid(faults)
    return receive(sent)


def _faults(path: str, value: Any) -> Iterator[Problem]:
    """Every text in a body that no database keeps as it is."""
    if isinstance(value, str):
        if code := text.fault(value):
            yield Problem(path or "body", code)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _faults(path, name)
            yield from _faults(f"{path}.{name}".lstrip("."), part)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _faults(f"{path}[{index}]", part)


def answer(request: Asked, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """``value`` as JSON with an ETag over its bytes; 304 when the program holds them already."""
    content = msgspec.json.encode(value)
    tag = tag_of(content)
    if request.method in {"GET", "HEAD"} and _names(request.headers.get("If-None-Match", ""), tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    response = HttpResponse(content, status=status, content_type="application/json")
    response.headers["ETag"] = tag
    for name, header in (headers or {}).items():
        response.headers[name] = header
    return response


def tag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class Precondition(Refusal):
    """The thing has changed since the program read it."""

    status = 412


def require_match(request: Asked, current: Any) -> None:
    """Raise Precondition unless ``If-Match`` names the thing as it is now; a change without it is refused."""
    if not _names(request.headers.get("If-Match", ""), tag_of(msgspec.json.encode(current))):
        raise Precondition("precondition")


def _names(header: str, tag: str) -> bool:
    """Whether a list of tags has this one. A compressed answer carries it as ``W/"..."`` for the same bytes."""
    return any(each.strip().removeprefix("W/") == tag for each in header.split(","))
