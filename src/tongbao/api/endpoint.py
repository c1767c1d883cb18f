"""How an endpoint is declared, how its body is read, how it answers.

Bodies and answers are msgspec structs: one definition gives the check, the JSON and the OpenAPI schema. The API
library routes, authenticates and publishes the description.
"""

import hashlib
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.kernel import text
from tongbao.kernel.refusals import Invalid, Problem, Refusal, TooLarge
from tongbao.ui.guards import Asked

S = TypeVar("S", bound=Struct)
Endpoint = Callable[..., HttpResponse]

MOST_BYTES = 1024 * 1024
TYPES: set[type[Struct]] = set()
"""Every struct that endpoints take or give: the schemas of the description."""


class Unreadable(Refusal):
    """A body that is not JSON."""

    status = 400


def endpoint(
    router: Router,
    method: str,
    path: str,
    *,
    body: type[Struct] | None = None,
    gives: type[Struct] | None = None,
    many: bool = False,
    status: int = 200,
    summary: str = "",
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint. Its function takes the request, the path's parameters and, if declared, ``body``."""
    TYPES.update(each for each in (body, gives) if each is not None)

    def declare(function: Endpoint) -> Endpoint:
        @wraps(function)
        def view(request: Asked, **parameters: Any) -> HttpResponse:
            if body is not None:
                parameters["body"] = read(request, body)
            return function(request, **parameters)

        declared = inspect.signature(function)
        kept = [each for name, each in declared.parameters.items() if name != "body"]
        view.__signature__ = declared.replace(parameters=kept)  # type: ignore[attr-defined]
        router.add_api_operation(
            path,
            [method],
            view,
            operation_id=function.__name__,
            summary=summary or (function.__doc__ or function.__name__).strip().splitlines()[0],
            openapi_extra=_description(body, gives, many=many, status=status),
        )
        return function

    return declare


def _description(body: type[Struct] | None, gives: type[Struct] | None, *, many: bool, status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"responses": {}}
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(body)}}}
    answer: dict[str, Any] = {"description": "OK"}
    if gives is not None:
        schema = _page(gives) if many else _reference(gives)
        answer["content"] = {"application/json": {"schema": schema}}
    if many:
        limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        found["parameters"] = [{"in": "query", "name": "limit", "schema": limit, "required": False}]
    found["responses"][str(status)] = answer
    found["responses"]["default"] = {
        "description": "Refused",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    return found


def _page(kind: type[Struct]) -> dict[str, Any]:
    """A page of a list: its items, and the cursor of the next page."""
    following = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    items = {"type": "array", "items": _reference(kind)}
    return {"type": "object", "required": ["items", "next"], "properties": {"items": items, "next": following}}


def _reference(kind: type[Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def read(request: Asked, kind: type[S]) -> S:
    """The body as ``kind``. Raises TooLarge, Unreadable, or Invalid with the place of the first fault."""
    raw = request.body
    if len(raw) > MOST_BYTES:
        raise TooLarge("too-large")
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        raise Invalid([Problem(place.rstrip("`").removeprefix("$.") or "body", "shape", {"detail": message})]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("unreadable", detail=text.one_line(str(error))[:200]) from None


def answer(request: Asked, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """``value`` as JSON with an ETag over its bytes; 304 when the program holds them already."""
    content = msgspec.json.encode(value)
    tag = tag_of(content)
    if request.method in {"GET", "HEAD"} and request.headers.get("If-None-Match") == tag:
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
    if request.headers.get("If-Match") != tag_of(msgspec.json.encode(current)):
        raise Precondition("precondition")
