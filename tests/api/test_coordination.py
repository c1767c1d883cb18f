"""Doors and work with others, by program: calls, corrections, suggestions, playbooks, inquiries, handing on."""

from datetime import datetime, timedelta

import pytest

from tests.api.conftest import Make, opened, places, refused
from tests.api.test_desk import code, reported

pytestmark = pytest.mark.usefixtures("noon")


def test_it_takes_a_call_that_the_organisation_completes(program: Make) -> None:
    officer, constituent = program("officer"), program("constituent")
    said = {"draft": {"summary": "調度系統遭入侵", "level": 3}, "organisation": code("SUNPOWER")}
    taken = officer.does("/calls", said, 201)
    path = f"/submissions/{taken['id']}"
    assert constituent.read(path)["submission"]["door"] == "telephone"
    refused(constituent.post("/calls", said), 403, "forbidden")
    assert places(officer.post("/calls", said | {"organisation": "x" * 20})) == {"organisation": "organisation-unknown"}
    corrected = constituent.does(f"{path}/correct", {"summary": "調度系統遭入侵", "level": 3, "systems": "SCADA-7"})
    assert (corrected["current"]["systems"], corrected["content"]["systems"]) == ("SCADA-7", "")
    constituent.does(f"{path}/supplements", {"text": "補充"}, 201)
    assert [each["kind"] for each in officer.read(path)["supplements"]] == ["correction", "message"]
    refused(program("city").post(f"{path}/supplements", {"text": "x"}), 404, "not-found")
    assert officer.read(f"{path}/suggestions")["type"] == "intrusions/system-compromise"


def test_it_puts_a_case_on_paper(program: Make) -> None:
    officer = program("officer")
    case = f"/incidents/{opened(officer, tlp=2)}"
    assert officer.get(f"{case}/report.pdf").content.startswith(b"%PDF")
    assert officer.get(f"{case}/report.docx?tlp=red&language=en").content.startswith(b"PK")
    for wrong in ("purple", "clear"):
        assert places(officer.get(f"{case}/report.docx?tlp={wrong}")) == {"tlp": "choice-unknown"}, "as on the page"
    assert places(officer.get(f"{case}/report.pdf?language=de")) == {"language": "choice-unknown"}
    refused(program("stranger").get(f"{case}/report.pdf"), 403, "forbidden")


def test_it_asks_splits_and_hands_on(program: Make, noon: datetime) -> None:
    officer, constituent = program("officer"), program("constituent")
    case = f"/incidents/{opened(officer, tlp=2)}"
    for _ in range(2):
        officer.does(f"{reported(constituent)}/merge", {"into": case.rpartition("/")[2]})
    assert officer.does(f"{case}/playbook", {"playbook": "general"})["items"]
    part = officer.read(case)["participants"][0]["id"]
    body = {"participants": [part], "text": "請提供日誌", "due_at": (noon + timedelta(days=1)).isoformat()}
    asked = [officer.does(f"{case}/inquiries", body)["items"][0]["id"] for _ in range(2)]
    assert len(constituent.read(f"{case}/inquiries")["items"]) == 2
    assert constituent.does(f"/inquiries/{asked[0]}/answer", {"text": "如附"})["standing"] == "answered"
    assert officer.does(f"/inquiries/{asked[1]}/settle", {"note": "來電答覆"})["note"] == "來電答覆"
    given = {"organisation": "GREENHILL", "kind": "stix"}
    handed = officer.does(f"{case}/hand-on", given)
    assert (handed["verdict"], handed["content"]["type"]) == ("release", "bundle")
    kept = officer.does(f"{case}/hand-on", {"organisation": "CSIRT-ARC", "kind": "stix"})
    assert kept["verdict"] in {"release", "withhold"}
    moved = [each["id"] for each in officer.read("/submissions?state=merged")["items"]][:1]
    split = {"submissions": moved, "title": "另一件", "reason": "不同攻擊者"}
    assert officer.does(f"{case}/split", {"split": split}, 201)["incident"]["title"] == "另一件"
