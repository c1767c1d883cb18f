"""Views by program."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.conftest import Cast


def test_it_keeps_views_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    officer, handler = program("officer"), program("handler")
    body = {"what": "cases", "name": "Open", "query": "state=open&after=1.1", "shared": True}
    assert places(officer.post("/views", body | {"what": "x"})) == {"what": "choice-unknown"}
    made = officer.does("/views", body, 201)
    assert (made["query"], made["own"]) == ("state=open", True)
    assert [each["own"] for each in handler.read("/views")["items"]] == [False]
    refused(handler.post(f"/views/{made['id']}/remove"), 403, "forbidden")
    refused(program("stranger").get("/views"), 403, "forbidden")
    assert officer.does(f"/views/{made['id']}/remove")["items"] == []
