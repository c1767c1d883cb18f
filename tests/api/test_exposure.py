"""Are we exposed, by program."""

from datetime import datetime

from tests.api.conftest import Make, places, refused
from tests.conftest import Cast
from tests.exposure.test_exposure import abroad
from tests.observations.feeds import POWER, deliver, named, ssh


def test_it_answers_and_asks_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    officer = program("officer")
    assert places(officer.post("/exposure", {"text": " "})) == {"text": "required"}
    found = officer.does("/exposure", {"text": f"{POWER}\nOpenSSH_7.4"})
    assert found["exposed"]
    (home,) = found["organisations"]
    assert home["signs"] == {"finding": 1, "network": 1, "product": 1}
    refused(program("stranger").post("/exposure", {"text": POWER}), 403, "forbidden")
    path = f"/incidents/{abroad(cast).public_id}/exposure"
    assert {each["value"] for each in officer.read(f"{path}?words=openssh")["lines"]} >= {POWER, "openssh"}
    body = {"organisations": [home["organisation"]["id"]], "words": "Look", "answer_by": "2026-11-25T12:00:00+08:00"}
    refused(program("auditor").post(f"{path}/ask", body), 403, "forbidden")
    assert places(officer.post(f"{path}/ask", body | {"tlp": "PINK"})) == {"tlp": "choice-unknown"}
    assert len(officer.does(f"{path}/ask", body, 201)["notice"]) == 20
