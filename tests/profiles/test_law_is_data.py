"""Who edits a copy of a profile changes screens, command line and obligations; no figure of the law is in the code."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import tongbao
from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.profiles.edited import copy
from tests.stories import opened, reported
from tongbao.profiles import load

SOURCE = Path(tongbao.__file__).parent
FILES = [path for path in SOURCE.rglob("*.py") if not {"migrations", "demo"} & set(path.parts)]
SPAN = re.compile(r"^P(\d+[YMWD])*(T(\d+[HMS])+)?$")
FACTS = {
    "aware_at": "2026-11-23T12:00:00+08:00",
    "received_at": "2026-11-23T12:20:00+08:00",
    "entity_type": "SNGA.CIP",
}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """The office uses its own edited copies."""
    load.use(copy(tmp_path / "profiles"))
    yield tmp_path / "profiles"
    load.use(None)


@pytest.mark.usefixtures("noon")
def test_it_counts_what_the_copy_says(cast: Cast, own: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    assert case.obligations.get(duty="review").due_at == NOON + timedelta(hours=6)
    load.use(None)
    case = opened(cast, reported(cast, level=2, key="again"))
    assert case.obligations.get(duty="review").due_at == NOON + timedelta(hours=8)


@pytest.mark.usefixtures("noon")
def test_it_shows_what_the_copy_says(cast: Cast, own: Path) -> None:
    case = opened(cast, reported(cast, level=2))
    officer = Browser(cast.browser("officer"))
    officer.get(f"/incidents/{case.public_id}/")
    assert "2026-11-23 18:00" in officer.section("Obligations")
    officer.get(f"/incidents/{case.public_id}/classification/TW/")
    officer.send(officer.form(field="words"), cell__integrity__national_secret="serious")
    assert "incident level 5 (national crisis)" in officer.section("What would follow")
    officer.get("/incidents/?level=5")
    assert officer.has("incident level 5 (national crisis)")
    reader = Browser(cast.browser(language="zh-hant")).get("/law/TW-2026/")
    assert reader.has("第五級事件（國家級危機）", "6 小時")
    assert Browser(cast.browser()).get("/law/TW-2026/calendar/").has("Ministry of Digital Oceans")
    assert Browser(cast.browser()).get("/law/TW-2026/calendar/mnd/").has("2026-06-15")


@pytest.mark.process
def test_it_prints_what_the_copy_says(tmp_path: Path) -> None:
    folder = copy(tmp_path / "profiles")
    secret = {"dimension": "integrity", "object": "national_secret", "degree": "serious"}
    minor = {"dimension": "availability", "object": "non_core", "degree": "minor"}
    assert classify(secret)["level"] == 4
    assert classify(secret, folder)["level"] == 5
    assert due(classify(minor), "review") == "2026-11-23T20:20:00+08:00"
    assert due(classify(minor, folder), "review") == "2026-11-23T18:20:00+08:00"
    shown = json.loads(run("profile", "show", "TW-2026", folder=folder).stdout)
    assert "mnd" in {each["code"] for each in shown["ministries"]}


def run(*arguments: str, folder: Path | None = None, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": "/usr/bin", "PYTHONPATH": str(SOURCE.parent)}
    if folder is not None:
        bare["TONGBAO_PROFILES_DIR"] = str(folder)
    command = [sys.executable, "-m", "tongbao", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=bare, check=True)


def classify(impact: dict[str, str], folder: Path | None = None) -> Any:
    facts = json.dumps(FACTS | {"impacts": [impact]})
    return json.loads(run("classify", "-", folder=folder, stdin=facts).stdout)


def due(judgement: Any, rule: str) -> str:
    return next(each["due"] for each in judgement["obligations"] if each["rule"] == rule)


def constants(path: Path) -> Iterator[tuple[int, Any]]:
    """The values that a file is written with, but for its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told:
            yield node.lineno, node.value


def test_it_keeps_no_period_of_the_law_in_the_code() -> None:
    """Neither as the law's own durations are written..."""
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {value}"
        for path in FILES
        for line, value in constants(path)
        if isinstance(value, str) and len(value) > 1 and SPAN.match(value)
    ]
    assert found == []


def test_it_keeps_no_hours_of_the_law_in_the_code() -> None:
    """...nor as hours, wherever duties are counted."""
    rooms = {"profiles", "incidents", "approvals"}
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in FILES
        if path.relative_to(SOURCE).parts[0] in rooms
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "hours" and isinstance(node.value, ast.Constant)
    ]
    assert found == []


def test_it_compares_no_level_with_a_number_in_the_code() -> None:
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            named = {getattr(side, "id", getattr(side, "attr", "")) for side in sides} & {"rank", "level"}
            numbers = [side for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, int)]
            if named and any(each.value for each in numbers):
                found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node)}")
    assert found == []


def test_it_names_nobody_and_nothing_of_a_law_in_the_code() -> None:
    """Profiles, those whom they oblige, what they protect, ministries: only the data know them."""
    known: set[str] = set()
    for profile in load.known():
        known |= {profile.id, *(each.code for each in profile.entity_types)}
        known |= {each.code for each in (*profile.severity.objects, *profile.ministries)}
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {value}"
        for path in FILES
        for line, value in constants(path)
        if isinstance(value, str) and value in known
    ]
    assert found == []
