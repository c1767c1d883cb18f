"""Questions to the archive by program."""

from typing import Any

import msgspec

from tests.api.conftest import Make, refused
from tests.conftest import Cast
from tests.observations.feeds import CITY, POWER, deliver, named, sinkhole, ssh

DAYS = "first=2026-11-01&last=2026-12-31"


def test_it_answers_programs(cast: Cast, program: Make, noon: Any, settings: Any, tmp_path: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, archive_dir=str(tmp_path / "archive"))
    deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
    deliver(sinkhole((POWER, 40001, "conficker")), named("event4_sinkhole"), actor=cast.officer)
    officer, own = program("officer"), program("constituent")
    found = officer.read(f"/archive/events?address=198.51.100.0/24&{DAYS}")
    assert {(each["address"], each["organisation"]["code"]) for each in found["items"]} == {(POWER, "SUNPOWER")}
    assert not found["more"]
    assert officer.read(f"/archive/owner?owner=SUNPOWER&{DAYS}")["items"]
    assert sum(each["events"] for each in officer.read(f"/archive/days?{DAYS}")["items"]) == 3
    assert len(officer.read(f"/archive/spells?{DAYS}")["items"]) == 3
    body = {"indicators": [POWER], "first": "2026-11-01", "last": "2026-12-31"}
    assert officer.does("/archive/hunt", body)["items"][0]["events"] == 2
    refused(officer.post("/archive/hunt", {"indicators": []}), 422, "invalid")
    refused(own.ask("get", f"/archive/days?{DAYS}"), 403, "forbidden")
