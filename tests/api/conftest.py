"""Programs with keys of the cast. Every answer is compared with the published description at once."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tests.api import described
from tests.conftest import Cast
from tongbao.accounts import actions as accounts
from tongbao.jobs.pump import pump
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.wiring import worker


class Program:
    """A program that speaks for somebody. ``visited``: the endpoints that have been called, with the statuses."""

    def __init__(self, bearer: str, language: str = "en", visited: set[tuple[str, int]] | None = None) -> None:
        self.bearer = bearer
        self.client = Client(headers={"accept-language": language})
        self.visited = set() if visited is None else visited

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """One request. Headers are written with ``_`` for ``-``; ``raw`` goes out as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.bearer:
            sent.setdefault("authorization", f"Bearer {self.bearer}")
        address = described.PREFIX + path
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        media_type = sent.pop("content-type", "application/json")
        response = self.client.generic(method.upper(), address, content, content_type=media_type, headers=sent)
        self.visited.add((described.check(method, address, response), response.status_code))
        return response

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("post", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("put", path, body, **headers)

    def read(self, path: str) -> Any:
        """What is there, which must be."""
        response = self.get(path)
        assert response.status_code == 200, response.content
        return response.json()

    def does(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Post what must succeed."""
        response = self.post(path, body, **headers)
        assert response.status_code == status, response.content
        return response.json()

    def walk(self, path: str, limit: int = 2) -> list[Any]:
        """Every item of a list, page by page along the Link header."""
        found: list[Any] = []
        following: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
        while following:
            response = self.get(following)
            page = response.json()
            assert len(page["items"]) <= limit
            found += page["items"]
            following = next_of(response)
            assert (following is None) == (page["next"] is None)
        return found


def next_of(response: Any) -> str | None:
    """The address of the next page, below the API's own, from the Link header."""
    header = response.headers.get("Link", "")
    if not header:
        return None
    assert header.endswith('>; rel="next"'), header
    address: str = header[1 : -len('>; rel="next"')]
    assert address.startswith("http://testserver/api/"), address
    return address.removeprefix("http://testserver/api")


def refused(response: Any, status: int, code: str) -> Any:
    """The problem document of a refusal that must be this one."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["type"] == f"urn:tongbao:refusal:{code}"
    assert document["status"] == status
    assert document["title"]
    return document


def places(response: Any) -> dict[str, str]:
    """Which fields an invalid request got wrong, and how."""
    return {each["path"]: each["code"] for each in refused(response, 422, "invalid")["problems"]}


@pytest.fixture
def key(cast: Cast, noon: datetime) -> Callable[..., str]:
    """``key("officer")``: a bearer text for that person, with every permission they hold or just ``scopes``."""

    def issue(who: str, *, scopes: list[Can] | None = None, days: int = 90) -> str:
        actor = getattr(cast, who)
        wanted = [can for can in Can if rules.holds(actor, can)] if scopes is None else scopes
        _, bearer = accounts.issue_token(
            actor=actor, label="a program", scopes=[can.value for can in wanted], days=days
        )
        return bearer

    return issue


class Make:
    """``program("officer")``: a program with a key of that person."""

    def __init__(self, key: Callable[..., str]) -> None:
        self.key = key
        self.visited: set[tuple[str, int]] = set()

    def __call__(self, who: str, *, language: str = "en", scopes: list[Can] | None = None) -> Program:
        return Program(self.key(who, scopes=scopes), language, self.visited)


@pytest.fixture
def program(key: Callable[..., str]) -> Make:
    return Make(key)


@pytest.fixture
def officer(program: Make) -> Program:
    return program("officer")


@pytest.fixture
def constituent(program: Make) -> Program:
    return program("constituent")


def work() -> None:
    """Let the handlers hear what has happened."""
    pump(worker.HANDLERS, worker.read_journal)


REPORT = {
    "summary": "調度中心檔案伺服器遭勒索軟體加密 ransomware",
    "level": 3,
    "type": "malicious-code/infected-system",
    "aware_at": "2026-11-23T11:30:00+08:00",
    "addresses": "203.0.113.66",
    "systems": "FS-03",
    "contact_name": "張聯絡",
}
"""What the power company reports half an hour before noon."""

CASE = {"title": "電力公司勒索軟體事件", "type": "malicious-code/infected-system", "level": 3, "tlp": 1}


def opened(officer: Program, **changes: Any) -> str:
    """A case that begins at the desk; its public id."""
    made = officer.does("/incidents", CASE | changes, 201)
    public_id: str = made["incident"]["id"]
    return public_id
