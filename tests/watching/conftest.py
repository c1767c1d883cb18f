"""A day at the office: watches of Lin (day) and Wang (evening), and beginnings that its stories share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tongbao.parties.models import Person
from tongbao.watching.actions import watches
from tongbao.watching.models import Watch

HOUR = timedelta(hours=1)
DAY_BEGINS = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""Eight in the morning in Taipei."""


def person(cast: Cast, who: str) -> Person:
    return Person.objects.get(user=cast.country.people[who])


def planned(cast: Cast, who: str, starts_at: datetime, hours: float = 8) -> Watch:
    """Somebody on the roster, put there by the duty officer."""
    times = [(starts_at, starts_at + hours * HOUR)]
    return watches.plan_watches(person(cast, who).public_id, times, actor=cast.officer)[0]


@pytest.fixture
def day(cast: Cast, noon: Any) -> Watch:
    """Lin is on duty from eight to four."""
    return planned(cast, "officer", DAY_BEGINS)


@pytest.fixture
def evening(cast: Cast, day: Watch) -> Watch:
    """Wang follows, from four to midnight."""
    return planned(cast, "handler", DAY_BEGINS + 8 * HOUR)


@pytest.fixture
def later(at: Callable[[datetime], None]) -> Callable[..., datetime]:
    """``later(hours=5)``: so much after noon."""

    def move(**span: float) -> datetime:
        moment = NOON + timedelta(**span)
        at(moment)
        return moment

    return move
