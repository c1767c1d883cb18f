"""Joint assessments by program."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.conftest import Cast
from tests.stories import opened


def test_it_assesses_together_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    officer, other = program("officer"), program("bureau")
    path = f"/incidents/{opened(cast).public_id}/joint-assessments"
    assert places(officer.post(path, {"question": " "})) == {"question": "required"}
    refused(program("auditor").post(path, {"question": "x"}), 403, "forbidden")
    begun = officer.does(path, {"question": "Same actor?"}, 201)
    assert begun["joint"]["standing"] == "alone"
    assert places(other.post("/joint-assessments/join", {"code": "x"})) == {"code": "joint-code-unknown"}
    joined = other.does("/joint-assessments/join", {"code": begun["code"]})
    assert (joined["incident"], [each["track"] for each in joined["parties"]]) == (None, [0, 1])
    path = f"/joint-assessments/{joined['id']}"
    assert other.does(f"{path}/write", {"text": "Likely", "edition": 0})["edition"] == 1
    refused(officer.post(f"{path}/write", {"text": "No", "edition": 0}), 409, "changed-meanwhile")
    for each in (officer, other):
        done = each.does(f"{path}/sign", {"edition": 1, "agrees": True})
    assert done["standing"] == "agreed"
    refused(program("handler").get(path), 404, "not-found")
    assert program("handler").read("/joint-assessments")["items"] == []
    officer.does(f"{path}/name", {"user": "wang@nco.example"})
    assert program("handler").read(path)["text"] == "Likely"
    assert [each["id"] for each in officer.read("/joint-assessments")["items"]] == [joined["id"]]
