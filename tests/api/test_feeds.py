"""Feeds and findings by program."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.observations.feeds import CITY, POWER, finding, named, ssh
from tongbao.observations import running
from tongbao.parties.models import Organisation


def test_it_pushes_files_and_settles_what_was_found(program: Make, noon: datetime) -> None:
    officer, own = program("officer"), program("constituent")
    path = f"/feeds/files?name={named('scan_ssh')}"
    raw = {"raw": ssh(POWER, "198.51.100.24", CITY), "content_type": "application/octet-stream"}
    made = officer.ask("post", path, **raw)
    assert made.status_code == 201, made.content
    refused(own.ask("post", path, **raw), 403, "forbidden")
    run = f"/feeds/files/{made.json()['id']}"
    running.work()
    assert officer.read(run)["verdict"] == "complete"
    refused(officer.post(f"{run}/again"), 409, "feed-run-done")
    broken = officer.ask("post", "/feeds/files?name=unheard-of.csv", raw=b"a,b\n1,2\n", content_type="text/csv").json()
    while running.work():
        pass
    assert officer.read(f"/feeds/files/{broken['id']}")["verdict"] == "refused"
    assert officer.does(f"/feeds/files/{broken['id']}/again")["state"] == "waiting"
    assert len(officer.walk("/feeds/files")) == 2

    assert {each["address"] for each in own.read("/findings")["items"]} == {POWER, "198.51.100.24"}
    one, two = finding(POWER).public_id, finding("198.51.100.24").public_id
    assert officer.does("/findings/merge", {"findings": [two], "into": one})["address"] == POWER
    said = {"findings": [one], "verdict": "confirmed"}
    assert "verdict" in places(own.post("/findings/acknowledge", said | {"verdict": "x"}))
    assert own.does("/findings/acknowledge", said)["items"][0]["verdict"] == "confirmed"
    refused(own.post("/findings/acknowledge", said | {"findings": [finding(CITY).public_id]}), 404, "not-found")
    home = Organisation.objects.get(code="FARHILL").public_id
    case = officer.does(f"/findings/{one}/case", {"title": "Open SSH", "owner": home}, 201)
    assert officer.read(f"/findings/{one}")["incident"] == case["incident"]["id"]
    moved = {"findings": [finding(CITY).public_id], "organisation": home, "words": "theirs"}
    assert officer.does("/findings/reassign", moved)["items"][0]["organisation"]["id"] == home
    assert own.does("/findings/fix", {"findings": [one]})["items"][0]["state"] == "fixed"
