"""The demonstration's days of feeds: digests, a false positive, something mended, something that comes back."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.observations.feeds import finding
from tongbao.kernel import clock
from tongbao.observations import digests, figures
from tongbao.observations.models import Digest, FeedRun, Finding
from tongbao.wiring.demo import feeds

pytestmark = pytest.mark.django_db


def test_it_tells_owners_hears_answers_and_sees_what_comes_back(cast: Cast, noon: Any) -> None:
    lines: list[str] = []
    feeds.play(cast.country, lines.append)
    names = {each.stream.name for each in FeedRun.objects.select_related("stream") if each.stream}
    assert len(names) >= 10
    assert set(FeedRun.objects.values_list("verdict", flat=True)) == {"complete"}
    first = Digest.objects.filter(day=(NOON - timedelta(days=4)).date())
    assert set(first.values_list("organisation__code", flat=True)) == {"SUNPOWER", "HARBOUR", "FARHILL", "GREENHILL"}

    quiet, mended = finding(f"{feeds.SUN}.31"), finding(f"{feeds.SUN}.40")
    assert (quiet.state, quiet.verdict, quiet.count) == ("acknowledged", "false-positive", 4)
    assert mended.state == "fixed"
    assert finding(f"{feeds.CITY}.22").state == "gone"
    back = finding(f"{feeds.FAR}.70")
    assert (back.state, back.reappeared) == ("notified", 1)
    assert list(back.steps.values_list("state", flat=True)) == ["notified", "fixed", "reappeared", "notified"]
    assert finding(f"{feeds.NOBODY}.5").organisation is None

    with clock.at(NOON + timedelta(hours=1)):
        assert digests.send_due() == 0
    found = figures.figures(Finding.objects.all(), (NOON - timedelta(days=5)).date(), NOON.date())
    fixing = {each.sector: each.to_fix for each in found.paces if each.to_fix is not None}
    assert set(fixing) == {"energy", "communications", "government"}
    assert fixing["communications"] == 4.5 * 3600
    shown = cast.browser("officer").get("/feeds/findings/figures/").content.decode()
    assert "4 hours" in shown or "5 hours" in shown
    assert len(lines) == 3
