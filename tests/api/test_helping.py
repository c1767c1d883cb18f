"""Helping by program: capabilities, requests, engagements, memberships."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.assistance.offers import case
from tests.conftest import Cast

OFFER = {"kind": "forensics", "summary": "Disk images", "languages": "zh, en", "capacity": 1}


def test_it_plays_a_request_from_the_offer_to_the_release(program: Make, cast: Cast, noon: datetime) -> None:
    own, officer = program("org_admin"), program("officer")
    assert places(own.post("/capabilities", OFFER | {"kind": "magic", "summary": ""})) == {
        "kind": "choice-unknown",
        "summary": "required",
    }
    made = own.does("/capabilities", OFFER, 201)
    path = f"/capabilities/{made['id']}"
    assert (made["vetting"], made["busy"]) == ("offered", 0)
    refused(officer.post(f"{path}/vet", {"fit": True, "words": "x", "version": 7}), 409, "changed-meanwhile")
    assert officer.does(f"{path}/vet", {"fit": True, "words": "x", "version": 1})["vetting"] == "vetted"
    assert [each["id"] for each in officer.read("/capabilities?kind=forensics")["items"]] == [made["id"]]
    assert program("stranger").read("/capabilities")["items"] == []

    incident = case(cast).public_id
    body = {
        "kind": "forensics",
        "words": "Two servers",
        "answer_by": "2026-11-24T12:00:00+08:00",
        "capabilities": [made["id"]],
    }
    ask = f"/incidents/{incident}/help-requests"
    assert places(officer.post(ask, body | {"answer_by": "2026-11-24T12:00:00"})) == {"answer_by": "time-without-zone"}
    assert places(officer.post(ask, body | {"tlp": "PINK"})) == {"tlp": "choice-unknown"}
    refused(program("auditor").post(ask, body), 403, "forbidden")
    request = officer.does(ask, body, 201)
    assert (request["tlp"], request["engagements"][0]["step"]) == ("TLP:AMBER", "asked")
    part = own.read("/engagements")["items"][0]
    assert (part["asked_for"], part["step"]) == ("Two servers", "asked")
    refused(
        program("stranger").post(f"/engagements/{part['id']}/answer", {"offers": True, "words": "x"}), 404, "not-found"
    )
    said = own.does(f"/engagements/{part['id']}/answer", {"offers": True, "words": "Tomorrow"})
    assert (said["step"], said["words"]) == ("offered", "Tomorrow")
    assert officer.does(f"/engagements/{part['id']}/assign")["step"] == "assigned"
    assert officer.read(path)["busy"] == 1
    assert own.does(f"/engagements/{part['id']}/report", {"words": "A loader"})["report"] == "A loader"
    refused(officer.post(f"/help-requests/{request['id']}/close", {"words": "x"}), 409, "help-engaged")
    assert officer.does(f"/engagements/{part['id']}/release", {"words": "Thanks"})["step"] == "released"
    assert officer.does(f"/help-requests/{request['id']}/close", {"words": "Done"})["outcome"] == "Done"
    assert officer.read(f"/help-requests/{request['id']}")["closed_at"] is not None
    assert officer.read("/help-requests?state=open")["items"] == []
    assert [each["incident"] for each in officer.read("/help-requests")["items"]] == [incident]
    assert own.does(f"{path}/amend", OFFER | {"kind": "ot", "version": 2})["vetting"] == "offered"
    assert own.does(f"{path}/withdraw")["vetting"] == "withdrawn"


def test_it_takes_a_company_into_the_alliance(program: Make, cast: Cast, noon: datetime) -> None:
    own, officer = program("org_admin"), program("officer")
    made = own.does("/memberships", {"words": "A laboratory"}, 201)
    path = f"/memberships/{made['id']}"
    refused(program("stranger").post(f"{path}/leave", {"words": "x"}), 404, "not-found")
    assert officer.does(f"{path}/vet", {"fit": True, "words": "Visited"})["state"] == "vetted"
    assert officer.does(f"{path}/sign", {"signed_on": "2026-11-20"})["state"] == "member"
    assert [each["id"] for each in officer.read("/memberships?state=member")["items"]] == [made["id"]]
    left = own.does(f"{path}/leave", {"words": "It closes"})
    assert (left["state"], left["ended_words"]) == ("left", "It closes")
    assert own.read("/memberships")["items"] == [left]
