"""Rows of our own, of fourteen report types, and what they come to: dirty cells, IPv6, other constants by case."""

import pytest

from tests.engines.shared import SAMPLES, events
from tests.engines.test_vectors import different

REPORTS = sorted(path.stem for path in SAMPLES.glob("*.csv"))


def test_it_has_samples_of_ten_types_at_least() -> None:
    assert len(REPORTS) >= 10


@pytest.mark.parametrize("report", REPORTS)
def test_it_says_what_is_expected(report: str) -> None:
    import msgspec

    found, refused = events(SAMPLES / f"{report}.csv", report)
    lines = (SAMPLES / f"{report}.events.jsonl").read_bytes().splitlines()
    assert refused == []
    for ours, line in zip(found, lines, strict=True):
        expected = msgspec.json.decode(line)
        assert different(ours, expected) == set()
