"""``--pg`` runs the same tests on PostgreSQL: starts a server of its own, before Django reads its settings."""

import gc
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import postgres, sample

hypothesis.settings.register_profile("house", deadline=None)  # right or wrong, never fast or slow
hypothesis.settings.load_profile("house")
gc.set_threshold(50_000, 20, 20)  # the heap is large and hardly changes: searching it all the time takes a tenth


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="run on PostgreSQL instead of SQLite")


def pytest_report_header() -> str:
    return f"samples of day {sample.SEED}: TEST_SEED={sample.SEED} draws them again, make soak runs all of it"


if "--pg" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ:
    _server = postgres.start()
    os.environ["TONGBAO_DATABASE_URL"] = _server.url("tongbao")


_TOUCHING = {"db", "houses", "make_instance"}
"""Fixtures through which a test reaches a database."""


_DRAWN = [
    *(Path(__file__).parent / room for room in ("console", "portal", "ui", "api", "process")),
    Path(__file__).parent / "cli" / "test_documents.py",
]


@pytest.hookimpl(tryfirst=True)  # before anything is chosen by its marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database says the same on both: it runs once, on SQLite. Of the rooms that compose what the rooms
    below ask a database for, every fourth test is drawn, the next days the others; ``make soak`` runs those not drawn.
    """
    if not config.getoption("--pg"):
        items.sort(key=_waits)  # while one worker makes the tables, the other does what needs none
        first = next((at for at, each in enumerate(items) if _waits(each)), 0)
        items.insert(0, items.pop(first))
        return
    touching = [each for each in items if _touches(each) and not each.get_closest_marker("once")]
    config.hook.pytest_deselected(items=[each for each in items if each not in touching])
    items[:] = touching
    for each in items:
        drawn = any(room in (each.path, *each.path.parents) for room in _DRAWN)
        if drawn and (crc32(each.nodeid.encode()) + sample.SEED) % 4:
            each.add_marker("soak")


_TOGETHER = {
    "tests/browser/": "one instance, one Chromium",
    "tests/cli/test_backup": "their templates are built once",
    "tests/cli/test_verify.py": "their templates are built once",
    "tests/conventions/test_wheel.py": "built once",
    "tests/journal/test_verbs.py": "one day at the desk",
}
"""What is dear to prepare, by the beginning of its path: one worker does all of it."""


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Tests go one by one to whichever worker is free, but for those. (xdist 3.8 loses its own groups on pytest 9.2: it
    writes them where the name of a test is no longer read.)"""

    def _split_scope(self, nodeid: str) -> str:
        return next((_TOGETHER[path] for path in _TOGETHER if nodeid.startswith(path)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    config.option.loadscopereorder = False
    return Together(config, log)


def _touches(item: pytest.Item) -> bool:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    return item.get_closest_marker("django_db") is not None or bool(_TOUCHING & set(fixtures))


def _waits(item: pytest.Item) -> bool:
    return _touches(item) or "site" in getattr(item, "fixturenames", [])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if "_server" in globals():
        globals()["_server"].stop()
    if "tests.settings" in sys.modules:
        shutil.rmtree(sys.modules["tests.settings"].HOME, ignore_errors=True)
