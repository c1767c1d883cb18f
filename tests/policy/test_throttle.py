"""Limits per network, with nothing kept of who tried."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON
from tongbao.kernel.refusals import TooMany
from tongbao.policy import throttle
from tongbao.policy.throttle import Attempts, Salt

pytestmark = pytest.mark.django_db


def test_it_counts_attempts_within_the_hour_and_then_refuses(noon: Any) -> None:
    for made in range(1, 4):
        throttle.check("receipt", "192.0.2.0/24", limit=3)
        assert throttle.count("receipt", "192.0.2.0/24") == made
    with pytest.raises(TooMany) as refused:
        throttle.check("receipt", "192.0.2.0/24", limit=3)
    assert 0 < refused.value.retry_after <= 3600


def test_it_keeps_networks_and_purposes_apart(noon: Any) -> None:
    throttle.count("receipt", "192.0.2.0/24")
    assert throttle.used("receipt", "198.51.100.0/24") == 0
    assert throttle.used("submission", "192.0.2.0/24") == 0


def test_it_starts_anew_in_the_next_hour(at: Any) -> None:
    at(NOON)
    throttle.count("receipt", "x")
    at(NOON + timedelta(hours=1))
    assert throttle.used("receipt", "x") == 0


def test_it_keeps_no_address_and_throws_the_salt_away(at: Any) -> None:
    at(NOON)
    throttle.count("receipt", "192.0.2.0/24")
    assert "192.0.2" not in Attempts.objects.get().key
    at(NOON + timedelta(days=1, hours=2))
    throttle.count("receipt", "192.0.2.0/24")
    throttle.forget()
    assert Salt.objects.count() == 1
    assert Attempts.objects.count() == 1


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
