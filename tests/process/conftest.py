"""What the tests with real processes share."""

import pytest

from tests.process.sink import Sink


@pytest.fixture
def sink() -> Sink:
    return Sink()
