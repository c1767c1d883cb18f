"""The published description of the API, and whether an answer is what it declares."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from django.http.response import HttpResponseBase
from django.test import Client

METHODS = ("get", "post", "put", "delete", "patch")
PREFIX = "/api"


@cache
def document() -> dict[str, Any]:
    """The description as it is served. A name that stands twice in one object is a fault."""
    response = Client().get(f"{PREFIX}/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = json.loads(response.content, object_pairs_hook=_once)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name stands twice: {names}"
    return dict(pairs)


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Every endpoint by its id: method, path, declaration."""
    found = {}
    for path, methods in document()["paths"].items():
        for method, declared in methods.items():
            found[declared["operationId"]] = (method, path, declared)
    return found


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (method, re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), name)
        for name, (method, path, _) in operations().items()
    ]


def operation_of(method: str, path: str) -> str:
    """The id of the endpoint that serves an address; empty for none."""
    plain = path.partition("?")[0]
    asked = "get" if method == "head" else method
    return next((name for each, pattern, name in _patterns() if each == asked and pattern.fullmatch(plain)), "")


@cache
def validator(name: str, status: str, media_type: str) -> Any:
    """What checks the answers of one endpoint with one status."""
    schema = operations()[name][2]["responses"][status]["content"][media_type]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": document()["components"]}, validate_formats=True)


def check(method: str, path: str, response: HttpResponseBase) -> str:
    """Fail unless the description declares such an answer. Returns the endpoint's id."""
    name = operation_of(method, path)
    if not name:
        return ""
    declared = operations()[name][2]["responses"]
    status = str(response.status_code)
    if status == "304" or method == "head" or getattr(response, "streaming", False):
        assert status in declared or int(status) >= 400
        return name
    if int(status) >= 400:
        status = "default"
    assert status in declared, f"{name} does not declare {status}"
    media_type = response.headers["Content-Type"]
    assert media_type in declared[status]["content"], f"{name} does not declare {media_type} for {status}"
    if not media_type.endswith("json"):
        return name
    content = response.content  # type: ignore[attr-defined]
    faults = [error.message for error in validator(name, status, media_type).iter_errors(json.loads(content))]
    assert not faults, f"{name} {status}: {faults}"
    return name
