"""Files of a warning, by program."""

from tests.api.conftest import Make
from tests.api.test_files import made, send
from tests.conftest import Cast
from tests.notices.test_enclosed import bytes_of
from tests.notices.warnings import drafted
from tongbao.notices.models import Receipt
from tongbao.standards.cap import verdict


def test_a_program_encloses_and_reads_them(program: Make, cast: Cast) -> None:
    draft, writer, officer = drafted(cast, "SUNPOWER"), program("handler"), program("officer")
    path = f"/warnings/{draft.public_id}"
    found = made(send(writer, f"{path}/files", {}, {"a.txt": b"abc"}), 200)
    assert [each["name"] for each in found["content"]["files"]] == ["a.txt"]
    assert send(writer, f"{path}/files", {"version": 1}, {"b.txt": b"x"}).status_code == 409
    handed = writer.does(f"{path}/submit")
    sent = officer.does(f"{path}/approve", {"digest": handed["digest"]})
    receipt = Receipt.objects.get(notice__public_id=sent["id"])
    desk = program("constituent")
    (file,) = desk.read(f"/receipts/{receipt.public_id}")["notice"]["files"]
    assert bytes_of(desk.get(f"/files/{file['id']}")) == b"abc"
    message = verdict.judge_alone(desk.get(f"/receipts/{receipt.public_id}/cap").content)
    assert message.alert is not None
    assert message.alert.infos[0].resources[0].uri == f"http://testserver/api/files/{file['id']}"
    assert officer.read(f"/notices/{sent['id']}")["items"][0]["notice"]["files"][0]["name"] == "a.txt"
