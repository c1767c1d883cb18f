"""Asking every way out, and keeping what came back byte for byte."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import product
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.leaks.ways import Body, Way
from tests.leaks.world import KINDS, Thing
from tongbao.policy import rules
from tongbao.policy.actors import Actor

ABSENT = "aaaaaaaaaaaaaaaaaaaa"
MOST = 4
_CHANGING = (
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'), b'name="csrfmiddlewaretoken"'),
    (re.compile(rb'name="key" value="[^"]*"'), b'name="key"'),
)
_HEADERS = ("ETag", "Location", "Content-Type", "Content-Disposition", "Link", "Retry-After", "Vary", "Cache-Control")


@dataclass(frozen=True)
class Asked:
    """One request: the way, the address, what was sent."""

    way: str
    method: str
    address: str
    sent: str = ""


class Answers(dict[Asked, tuple[int, dict[str, str], bytes]]):
    """What came back of one world: status, headers that matter, bytes. ``visible``: what the viewer sees of a kind."""

    def __init__(self) -> None:
        super().__init__()
        self.visible: dict[str, list[str]] = {}


@dataclass
class Viewer:
    """Somebody who looks: a browser, and a key for programs where the person has one; and where they look."""

    name: str
    actor: Actor
    client: Client
    token: str
    ways: dict[str, Way]
    bodies: list[Body]


def ask(viewer: Viewer, thing: Thing, known: Answers | None = None) -> Answers:
    """Everything that the viewer can ask with ``thing`` in mind, each in a transaction that is rolled back.

    ``known``: answers that the same world has given before, which need not be asked for again. What is refused to
    the viewer as a whole is refused before a query is read: it is not asked with every query.
    """
    answers = Answers()
    known = Answers() if known is None else known
    if not known:  # another world, in which nobody has been told anything yet
        viewer.client.cookies.pop("messages", None)
    for asked, body in _requests(viewer, thing, known):
        whole = replace(asked, address=asked.address.partition("?")[0])
        if asked != whole and whole in known and known[whole][0] == HTTPStatus.FORBIDDEN:
            continue
        if asked not in known:
            with undone():
                known[asked] = _answer(viewer, asked, body)
        answers[asked] = known[asked]
    return answers


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back. A bare savepoint: verbs insist on being the outermost block."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def _requests(viewer: Viewer, thing: Thing, known: Answers) -> Iterator[tuple[Asked, dict[str, Any]]]:
    for name, way in viewer.ways.items():
        if way.known_to is not None and rules.holds(viewer.actor, way.known_to):
            continue
        for method in way.methods:
            wanted = [_candidates(viewer, thing, kind, known, own=method != "GET") for kind in way.ids.values()]
            for keys in product(*wanted):
                address = reverse(name, kwargs=dict(zip(way.ids, keys, strict=True)))
                for query in _queries(way, thing) if method == "GET" else [""]:
                    yield Asked(name, method, address + (f"?{query}" if query else "")), {}
    for body in viewer.bodies:
        if body.names == thing.kind:
            yield from _naming(viewer, thing, body, known)


def _queries(way: Way, thing: Thing) -> list[str]:
    values = {"words": thing.words or "zzz", "id": thing.row.public_id, "org": thing.organisation or ABSENT}
    values |= {"number": "zzz", "reference": "zzz"} | thing.extra
    return [query.format(**values) for query in way.queries]


def _candidates(viewer: Viewer, thing: Thing, kind: str, known: Answers, *, own: bool) -> list[str]:
    """Identifiers to ask for: the hidden thing's own, and (reading) what the viewer sees of the kind anyway."""
    if kind.startswith("="):
        return [kind.removeprefix("=")]
    hidden = thing.ids.get(kind, [])[:MOST]
    if own:
        return hidden
    return [*hidden, *_visible(viewer, kind, set(hidden), known)]


def _visible(viewer: Viewer, kind: str, but: set[str], known: Answers) -> list[str]:
    if kind not in known.visible:
        rows = KINDS[kind](viewer.actor).order_by("pk").values_list("public_id", flat=True)
        known.visible[kind] = list(rows)
    return [each for each in known.visible[kind] if each not in but][:MOST]


def _naming(viewer: Viewer, thing: Thing, body: Body, known: Answers) -> Iterator[tuple[Asked, dict[str, Any]]]:
    """The hidden thing named in a form on something that the viewer may see."""
    unnamed = dict.fromkeys(("number", "reference", "code", "email", "seat"), "-")
    values = {"id": thing.row.public_id, "words": thing.words or "zzz"} | unnamed | thing.extra
    fields = _filled(body.fields, values)
    hidden = {ref for refs in thing.ids.values() for ref in refs}
    wanted = [
        [kind.format(**values)] if kind.startswith("{") else _visible(viewer, kind, hidden, known)[:2]
        for kind in body.ids.values()
    ]
    for keys in product(*wanted):
        address = reverse(body.way, kwargs=dict(zip(body.ids, keys, strict=True)))
        yield Asked(body.way, "POST", address, json.dumps(fields, sort_keys=True)), fields


def _filled(template: Any, values: dict[str, str]) -> Any:
    """A document with the hidden thing's names in their places."""
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return template.format(**values) if isinstance(template, str) else template


def _answer(viewer: Viewer, asked: Asked, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    call: Any = getattr(viewer.client, asked.method.lower())
    if asked.way.startswith("api:"):
        response = call(
            asked.address,
            **({} if asked.method == "GET" else {"data": json.dumps(body), "content_type": "application/json"}),
            headers={"Authorization": f"Bearer {viewer.token}"},
        )
    else:
        response = call(asked.address, **({} if asked.method == "GET" else {"data": body}))
    content = b"".join(response.streaming_content) if response.streaming else response.content
    for pattern, plain in _CHANGING:
        content = pattern.sub(plain, content)
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    return response.status_code, headers, content
