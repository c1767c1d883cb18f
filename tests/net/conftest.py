"""One authority for all tests; a site of the name ``NAME`` with answers to be set."""

from collections.abc import Iterator

import pytest

from tests.net.servers import NAME, Answer, Authority, Plain, Site, says


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def answers() -> dict[str, Answer]:
    return {"/": says(b"hello", Content_Type="text/plain")}


@pytest.fixture
def site(authority: Authority, answers: dict[str, Answer]) -> Iterator[Site]:
    with Site(authority.server(NAME), answers) as running:
        yield running


@pytest.fixture
def plain() -> Iterator[Plain]:
    running = Plain()
    yield running
    running.close()
