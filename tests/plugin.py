"""``--pg`` runs the same tests on PostgreSQL: starts a server of its own, before Django reads its settings."""

import os
import shutil
import sys

import pytest

from tests import postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="run on PostgreSQL instead of SQLite")


if "--pg" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ:
    _server = postgres.start()
    os.environ["TONGBAO_DATABASE_URL"] = _server.url("tongbao")


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if "_server" in globals():
        globals()["_server"].stop()
    if "tests.settings" in sys.modules:
        shutil.rmtree(sys.modules["tests.settings"].HOME, ignore_errors=True)
