"""Takedowns by program: what a program of the office's looks at, and what it finds."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.conftest import Cast
from tests.takedown.sites import ADDRESS, HOST, LINK, reported
from tongbao.parties.models import Organisation


def test_it_takes_a_site_down_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    reported(LINK, LINK)
    officer = program("officer")
    (site,) = officer.read("/takedowns/reported")["items"]
    assert (site["host"], site["reports"], site["links"], site["takedown"]) == (HOST, 2, [LINK], None)
    assert places(officer.post("/takedowns", {"places": "x", "tlp": "TLP:GREEN"})) == {"places": "host-missing"}
    assert places(officer.post("/takedowns", {"places": LINK, "tlp": "PINK"})) == {"tlp": "choice-unknown"}
    made = officer.does("/takedowns", {"places": LINK, "address": ADDRESS}, 201)
    path = f"/takedowns/{made['takedown']['id']}"
    assert (made["takedown"]["state"], made["links"], made["reports"]) == ("open", [LINK], 2)
    assert [(each["part"], each["why"]) for each in made["contacts"]] == [("hoster", "203.0.113.0/24")]
    home = Organisation.objects.get(code="FARHILL").public_id
    body = {"organisation": home, "part": "hoster", "words": "Customer 4711"}
    refused(program("auditor").post(f"{path}/ask", body), 403, "forbidden")
    refused(program("stranger").post(f"{path}/ask", body), 404, "not-found")
    refused(program("stranger").get("/takedowns"), 403, "forbidden")
    assert officer.does(f"{path}/ask", body)["takedown"]["state"] == "asked"
    assert officer.read("/takedowns?due=1")["items"] == []
    assert places(officer.post(f"{path}/check", {"verdict": "gone"})) == {"verdict": "choice-unknown"}
    done = officer.does(f"{path}/check", {"verdict": "down", "words": "NXDOMAIN"})
    assert (done["takedown"]["state"], done["steps"][-1]["result"]) == ("down", "down")
    refused(officer.post(f"{path}/ask", body), 409, "takedown-over")
    assert officer.does(f"{path}/add", {"places": f"{LINK}/2"})["links"] == [LINK, f"{LINK}/2"]
    assert officer.read("/takedowns?state=down")["items"][0]["host"] == HOST
    (figures,) = officer.read("/takedowns/figures")["items"]
    assert (figures["asked"], figures["down"], figures["hours"]) == (1, 1, 0.0)
    other = officer.does("/takedowns", {"places": "https://x.farhill.example/"}, 201)["takedown"]["id"]
    assert officer.does(f"/takedowns/{other}/drop", {"words": "Harmless"})["takedown"]["state"] == "dropped"
    assert officer.read(path)["takedown"]["reminders"] == 0
