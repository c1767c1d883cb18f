"""Limits per network and overall, as token buckets, with nothing kept of who tried."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON
from tongbao.kernel.refusals import TooMany
from tongbao.policy import buckets, throttle
from tongbao.policy.buckets import Level
from tongbao.policy.throttle import Bucket, Salt

NET = "192.0.2.0/24"


def test_a_bucket_fills_evenly_and_never_beyond_its_size() -> None:
    empty = Level(0, NOON)
    assert buckets.left(None, size=20, now=NOON) == 20
    assert buckets.left(empty, size=20, now=NOON + timedelta(minutes=3)) == pytest.approx(1)
    assert buckets.left(empty, size=20, now=NOON + timedelta(days=1)) == 20
    assert buckets.left(empty, size=20, now=NOON - timedelta(hours=1)) == 0, "a clock that went back fills nothing"
    assert buckets.wait(0, size=20) == pytest.approx(180, abs=1)
    assert buckets.wait(0.999999, size=3600) == 1


@given(
    size=st.integers(1, 50),
    steps=st.lists(st.integers(0, 600), max_size=60),
)
def test_nobody_gets_more_than_the_size_and_what_was_filled(size: int, steps: list[int]) -> None:
    """However the attempts are spread: there is no moment at which all may begin anew."""
    level, now, taken = None, NOON, 0
    for seconds in steps:
        now += timedelta(seconds=seconds)
        have = buckets.left(level, size=size, now=now)
        if have >= 1:
            level, taken = Level(have - 1, now), taken + 1
    assert taken <= size + size * sum(steps) / 3600 + 1e-6


@pytest.mark.django_db
def test_it_takes_and_then_refuses_until_there_is_one_again(at: Any) -> None:
    at(NOON)
    for _ in range(3):
        throttle.check("receipt", NET, limit=3)
        assert throttle.take("receipt", NET, limit=3)
    assert not throttle.take("receipt", NET, limit=3)
    with pytest.raises(TooMany) as refused:
        throttle.check("receipt", NET, limit=3)
    assert 1195 <= refused.value.retry_after <= 1202
    at(NOON + timedelta(seconds=refused.value.retry_after))
    assert throttle.take("receipt", NET, limit=3)
    assert not throttle.take("receipt", NET, limit=3), "one, and not all"


@pytest.mark.django_db
def test_it_keeps_networks_and_purposes_apart(noon: Any) -> None:
    assert throttle.take("receipt", NET, limit=1)
    assert throttle.take("receipt", "198.51.100.0/24", limit=1)
    assert throttle.take("submission", NET, limit=1)
    assert not throttle.take("receipt", NET, limit=1)


@pytest.mark.django_db
def test_it_keeps_no_address_and_throws_the_salt_away(at: Any) -> None:
    at(NOON)
    throttle.take("receipt", NET, limit=5)
    first = Bucket.objects.get().key
    assert "192.0.2" not in first
    at(NOON + timedelta(days=1, hours=2))
    throttle.take("receipt", NET, limit=5)
    throttle.forget()
    assert Salt.objects.count() == 1
    assert Bucket.objects.get().key != first, "nobody can follow a network to the next day"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_it_limits_by_network(address: str, network: str) -> None:
    assert throttle.network_of(address) == network
