"""Cases of other products by program."""

from datetime import datetime

from tests.api.conftest import Make, refused
from tests.standards.exports import TICKET, exported
from tongbao.incidents.models import Incident


def test_it_takes_cases_over_by_program(program: Make, noon: datetime) -> None:
    officer = program("officer")
    path = "/case-imports?product=rtir&tlp=TLP:GREEN&name=old.json"
    content = exported(TICKET | {"id": 90, "EffectiveId": {"id": "90"}}, {"id": 91})
    made = officer.ask("post", path, raw=content, content_type="application/json")
    assert made.status_code == 201, made.content
    shown = made.json()
    assert [(each["ref"], each["fate"], each["tlp"]) for each in shown["cases"]] == [
        ("90", "create", "TLP:GREEN"),
        ("91", "refuse", "TLP:GREEN"),
    ]
    assert shown["cases"][1]["problems"] == [
        {"path": "[1].opened_at", "code": "required"},
        {"path": "[1].title", "code": "required"},
    ]
    own = f"/case-imports/{shown['id']}"
    assert officer.read(own) == shown
    assert officer.does(f"{own}/apply") == {"create": 1, "same": 0, "refuse": 1, "working": False}
    assert officer.does(f"{own}/apply") == {"create": 0, "same": 1, "refuse": 1, "working": False}
    case = officer.read(own)["cases"][0]
    assert (case["fate"], Incident.objects.get(public_id=case["incident"]).state) == ("same", "closed")
    refused(program("handler").get(own), 404, "not-found")
    refused(program("constituent").get(own), 403, "forbidden")
    refused(officer.post(f"/case-imports/{'a' * 20}/apply"), 404, "not-found")
    for wrong in ("product=otrs&tlp=green", "product=rtir&tlp=pink"):
        sent = officer.ask("post", f"/case-imports?{wrong}", raw=content, content_type="application/json")
        refused(sent, 422, "invalid")
    broken = officer.ask("post", path, raw=b"{", content_type="application/json")
    refused(broken, 422, "invalid")
