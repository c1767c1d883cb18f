"""What signatures amount to."""

from datetime import UTC, datetime, timedelta

import pytest

from tongbao.joint import rules
from tongbao.joint.rules import Signed, Standing
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Conflict, Invalid

BOTH = frozenset(Track)
OURS, THEIRS = Signed(Track.ADMINISTRATIVE, agrees=True), Signed(Track.NATIONAL_SECURITY, agrees=True)
NO = Signed(Track.NATIONAL_SECURITY, agrees=False)
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tracks", "edition", "signatures", "standing"),
    [
        (frozenset({Track.ADMINISTRATIVE}), 1, [OURS], Standing.ALONE),
        (BOTH, 0, [], Standing.EMPTY),
        (BOTH, 1, [], Standing.UNSIGNED),
        (BOTH, 1, [OURS, OURS], Standing.ONE),
        (BOTH, 1, [OURS, THEIRS], Standing.AGREED),
        (BOTH, 1, [OURS, THEIRS, NO], Standing.DISPUTED),
    ],
)
def test_every_track_has_to_sign_and_nobody_to_disagree(
    tracks: frozenset[Track], edition: int, signatures: list[Signed], standing: Standing
) -> None:
    assert rules.standing(tracks, edition, signatures) == standing


def test_a_code_is_for_the_missing_track_and_for_a_week() -> None:
    rules.may_join(Track.NATIONAL_SECURITY, frozenset({Track.ADMINISTRATIVE}))
    with pytest.raises(Conflict):
        rules.may_join(Track.ADMINISTRATIVE, frozenset({Track.ADMINISTRATIVE}))
    end = NOON + rules.CODE_HOLDS
    rules.may_use(end, end - timedelta(seconds=1))
    for ends in (end, None):
        with pytest.raises(Invalid):
            rules.may_use(ends, end)


def test_it_signs_what_was_shown() -> None:
    rules.may_sign(2, 2)
    for edition, shown in ((0, 0), (2, 1), (1, 2)):
        with pytest.raises(Conflict):
            rules.may_sign(edition, shown)
