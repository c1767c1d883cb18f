"""The page of the archive."""

from typing import Any

import msgspec
import pytest

from tests.conftest import Cast
from tests.observations.feeds import CITY, POWER, deliver, named, sinkhole, ssh
from tongbao.journal.models import JournalEntry

DAYS = "first=2026-11-01&last=2026-12-31"


@pytest.fixture(autouse=True)
def _events(cast: Cast, noon: Any, settings: Any, tmp_path: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, archive_dir=str(tmp_path / "archive"))
    deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
    deliver(sinkhole((POWER, 40001, "=cmd<b>")), named("event4_sinkhole"), actor=cast.officer)


def test_it_answers_on_a_page(cast: Cast) -> None:
    officer = cast.browser("officer")

    def page(query: str) -> str:
        return officer.get(f"/feeds/archive/?{query}").content.decode()

    empty = page("")
    assert JournalEntry.objects.filter(event="archive.asked").count() == 0, "nothing was asked"
    assert "Answer" not in empty
    found = page(f"shape=address&address={POWER}&{DAYS}")
    assert "Sunlight Power" in found
    assert "=cmd&lt;b&gt;" in found
    assert "/feeds/files/" in found, "the file that it came in"
    for query in ("shape=owner&owner=SUNPOWER", "shape=days", f"shape=hunt&indicators={POWER}", "shape=spells"):
        assert "<tbody>" in page(f"{query}&{DAYS}"), query
    assert "nothing of this" in page(f"shape=address&address=192.0.2.222&{DAYS}")
    assert "There is a problem" in page("shape=address")
    assert JournalEntry.objects.filter(event="archive.asked").count() == 6


def test_it_lets_only_readers_of_findings_ask(cast: Cast) -> None:
    for who in ("constituent", "stranger", "bureau"):
        assert cast.browser(who).get(f"/feeds/archive/?shape=days&{DAYS}").status_code in (403, 404), who
