"""Messages that came in, and the keys of contact points, by program."""

from datetime import datetime

import pytest

from tests.api.conftest import Make, places, refused
from tests.notices import keys
from tongbao.notices.incoming import placing
from tongbao.parties import openpgp
from tongbao.parties.models import ContactPoint


def test_it_settles_what_could_not_be_placed(program: Make, noon: datetime) -> None:
    kept = placing.take_mail("From: chen@energy.example\nSubject: 哈囉\n\n請來電\n".encode())
    officer = program("officer")
    (found,) = officer.read("/incoming?state=unplaced")["items"]
    assert (found["id"], found["why"], found["sender"]) == (kept.public_id, "no-code", "chen@energy.example")
    path = f"/incoming/{found['id']}/settle"
    assert places(officer.post(path, {"note": " "})) == {"note": "required"}
    refused(program("auditor").post(path, {"note": "x"}), 404, "not-found")
    refused(program("auditor").get("/incoming"), 403, "forbidden")
    settled = officer.does(path, {"note": "called back"})
    assert (settled["state"], settled["note"]) == ("settled", "called back")
    assert officer.does(path, {"note": "again"})["note"] == "called back"
    assert officer.read("/incoming?state=unplaced")["items"] == []


@pytest.mark.skipif(not openpgp.there(), reason="GnuPG is not installed")
def test_it_gives_a_contact_point_its_key(program: Make, noon: datetime) -> None:
    contact = ContactPoint.objects.get(address="huang@sunpower.example")
    path = f"/contacts/{contact.public_id}/key"
    admin = program("org_admin")
    assert places(admin.post(path, {"key": "nonsense"})) == {"key": "openpgp-unreadable"}
    shown = admin.does(path, {"key": keys.PUBLIC})
    points = [point for seat in shown["seats"] for point in seat["contacts"] if point["id"] == contact.public_id]
    assert [len(point["openpgp_fingerprint"]) for point in points] == [40]
    refused(program("stranger").post(path, {"key": ""}), 404, "not-found")


def test_it_sets_the_quiet_hours_of_a_contact_point(program: Make, noon: datetime) -> None:
    contact = ContactPoint.objects.get(address="huang@sunpower.example")
    path, admin = f"/contacts/{contact.public_id}/quiet", program("org_admin")
    assert places(admin.post(path, {"hours": "by night"})) == {"hours": "quiet-hours-unreadable"}
    shown = admin.does(path, {"hours": "22:00-07:00"})
    points = [point for seat in shown["seats"] for point in seat["contacts"] if point["id"] == contact.public_id]
    assert [point["quiet"] for point in points] == ["22:00-07:00"]
    refused(program("stranger").post(path, {"hours": ""}), 404, "not-found")


def test_it_says_what_of_cases_a_machine_is_told(program: Make, noon: datetime) -> None:
    contact = ContactPoint.objects.get(address="huang@sunpower.example")
    path, admin = f"/contacts/{contact.public_id}/cases", program("org_admin")
    assert places(admin.post(path, {"events": ["closed"]})) == {"events": "webhook-only"}
    ContactPoint.objects.filter(pk=contact.pk).update(kind="webhook", address="https://hook.sunpower.example/")
    assert places(admin.post(path, {"events": ["nonsense"]})) == {"events": "choice-unknown"}
    shown = admin.does(path, {"events": ["closed", "opened"]})
    (point,) = [point for seat in shown["seats"] for point in seat["contacts"] if point["id"] == contact.public_id]
    assert point["cases"] == ["opened", "closed"]
    refused(program("stranger").post(path, {"events": []}), 404, "not-found")


def test_it_says_what_of_feeds_is_told_at_a_contact_point(program: Make, noon: datetime) -> None:
    contact = ContactPoint.objects.get(address="huang@sunpower.example")
    path, admin = f"/contacts/{contact.public_id}/feeds", program("org_admin")
    assert places(admin.post(path, {"types": ["nonsense"]})) == {"types": "choice-unknown"}
    assert places(admin.post(path, {"types": ["*"], "least": "grave"})) == {"least": "choice-unknown"}
    shown = admin.does(path, {"types": ["malicious-code", "vulnerable/weak-crypto"], "least": "high"})
    (point,) = [point for seat in shown["seats"] for point in seat["contacts"] if point["id"] == contact.public_id]
    assert (point["feeds"], point["feeds_from"]) == (["malicious-code", "vulnerable/weak-crypto"], "high")
    refused(program("stranger").post(path, {"types": []}), 404, "not-found")
