"""Lessons by program."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.conftest import Cast
from tests.lessons.told import WORDS, closed
from tests.stories import handle


def test_it_publishes_a_lesson_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    case, handler = closed(cast, title="程式結案"), program("handler")
    body = WORDS | {"helped_en": "SUNPOWER had backups", "reach": "TLP:CLEAR"}
    path = f"/incidents/{case.public_id}/lessons"
    refused(program("auditor").post(path, body), 403, "forbidden")
    refused(program("city").post(path, body), 403, "forbidden")
    assert places(handler.post(path, body | {"reach": "TLP:RED"})) == {"reach": "choice-unknown"}
    made = handler.does(path, body, 201)
    own = f"/lessons/{made['id']}"
    assert (made["state"], made["incident"], made["words"]["title_en"]) == ("draft", case.public_id, WORDS["title_en"])
    assert places(handler.post(f"{own}/hand-in")) == {"helped_en": "lesson-names"}
    tag = handler.get(own).headers["ETag"]
    changed = handler.put(own, WORDS | {"reach": "TLP:CLEAR"}, if_match=tag)
    assert changed.status_code == 200, changed.content
    assert handler.does(f"{own}/hand-in")["state"] == "submitted"
    (waiting,) = [each for each in handler.read("/lessons/drafts")["items"] if each["id"] == made["id"]]
    assert waiting["words"] is None
    officer = program("officer")
    judged = f"/approvals/{waiting['approval']}"
    version = officer.read(judged)["approval"]["version"]
    officer.does(f"{judged}/decide", {"outcome": "granted", "version": version})
    handle()
    (seen,) = program("city").read("/lessons")["items"]
    assert (seen["id"], seen["incident"], seen["approval"]) == (made["id"], None, None)
    assert program("stranger").read(own)["words"]["change_en"] == WORDS["change_en"]
    refused(program("city").get("/lessons/drafts"), 403, "forbidden")
    assert handler.does(f"{own}/withdraw", {"reason": "x"})["state"] == "withdrawn"
    refused(program("city").get(own), 404, "not-found")
    refused(handler.post(f"{own}/withdraw", {"reason": "x"}), 409, "lesson-not-published")
