"""Instances for commands: whole ones in this process, and real processes."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.houses import Houses
from tests.instance import Instances


@pytest.fixture(scope="session")
def _houses(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any, _instances: Instances) -> Houses:
    url = os.environ.get("TONGBAO_DATABASE_URL", "")
    return Houses(tmp_path_factory.mktemp("houses"), django_db_blocker.unblock, url, _instances)


@pytest.fixture
def houses(_houses: Houses, django_db_blocker: Any) -> Iterator[Houses]:
    """``houses.empty()`` and ``houses.filled()``: instances of this test's own."""
    with django_db_blocker.unblock():
        yield _houses
