"""Files of feeds come in by a folder, by mail, by the API and by the command line: each is a run, none is lost."""

import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.notices.imap import Folder
from tests.observations.feeds import CITY, POWER, deliver, finding, hand_in, named, packed, ssh
from tongbao.accounts.actions import issue_token
from tongbao.kernel.refusals import Unavailable
from tongbao.observations import doors, receiving, running
from tongbao.observations.actions import findings
from tongbao.observations.models import FeedRun
from tongbao.policy import rules
from tongbao.policy.can import Can

pytestmark = pytest.mark.django_db
LONG_AGO = (NOON.timestamp() - 60,) * 2


@pytest.fixture
def ours(settings: Any, tmp_path: Path) -> Any:
    def change(**given: Any) -> None:
        settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, **given)

    return change


def mail(content: bytes, name: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "reports@source.example", "feeds@nco.example", "Your report"
    message["Date"] = "Mon, 23 Nov 2026 09:00:00 +0800"
    message.set_content("See the enclosed file.")
    message.add_attachment(packed(name, content), maintype="application", subtype="zip", filename=f"{name}.zip")
    return message.as_bytes()


def drop(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, LONG_AGO)
    return path


def verdicts() -> list[tuple[str, str]]:
    while running.work():
        pass
    return list(FeedRun.objects.order_by("pk").values_list("door", "verdict"))


def test_it_takes_in_what_is_dropped_into_the_folder(ours: Any, tmp_path: Path, noon: Any) -> None:
    ours(feeds_dir=str(tmp_path))
    drop(tmp_path, named("scan_ssh"), ssh(POWER))
    drop(tmp_path, "scan_ssh/anything.csv", ssh(CITY))
    drop(tmp_path, "no-such-report/x.csv", b"a,b\n")
    drop(tmp_path, ".hidden", b"a")
    young = tmp_path / "2026-11-23-scan_ssh-young.csv"
    young.write_bytes(ssh(POWER))
    os.utime(young, (NOON.timestamp(),) * 2)
    assert doors.look() == 3
    assert doors.look() == 0
    assert verdicts() == [("folder", "complete"), ("folder", "complete")]
    assert finding(CITY).stream.name == "Accessible SSH"
    assert sorted(each.name for each in (tmp_path / "done").iterdir()) == [named("scan_ssh"), "anything.csv"]
    assert [each.name for each in (tmp_path / "refused").iterdir()] == ["x.csv"]
    assert young.is_file()


def test_it_takes_in_mails_with_packed_tables(ours: Any, tmp_path: Path, noon: Any) -> None:
    for each in ("new", "cur", "tmp"):
        (tmp_path / each).mkdir()
    (tmp_path / "new" / "1.mail").write_bytes(mail(ssh(POWER), named("scan_ssh")))
    ours(feeds_maildir=str(tmp_path))
    assert doors.look() == 1
    assert doors.look() == 0
    assert verdicts() == [("mail", "complete")]
    assert finding(POWER).stream.scope == "example-geo"
    assert [each.name for each in (tmp_path / "cur").iterdir()] == ["1.mail:2,S"]


def test_it_fetches_mails_from_a_server(ours: Any, noon: Any) -> None:
    folder = Folder({7: mail(ssh(POWER), named("scan_ssh")), 8: b"From: x@y.example\r\nTo: z\r\nDate: x\r\n\r\nhello"})
    told = {"imap_host": "127.0.0.1", "imap_port": folder.port, "imap_security": "none", "imap_username": "office"}
    ours(**told, imap_password="secret", feeds_imap_folder="INBOX")
    assert doors.look() == 2
    assert doors.look() == 0
    assert folder.seen == {7, 8}
    assert verdicts() == [("mail", "complete"), ("mail", "refused")]


def test_it_leaves_everything_where_it_is_while_the_disk_is_full(
    ours: Any, tmp_path: Path, noon: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(feeds_dir=str(tmp_path))
    path = drop(tmp_path, named("scan_ssh"), ssh(POWER))
    with monkeypatch.context() as full:
        full.setattr(receiving, "room", lambda: False)
        assert doors.look() == 0
        with pytest.raises(Unavailable):
            hand_in(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    assert path.is_file()
    assert doors.look() == 1


class TestProgram:
    def ask(self, cast: Cast, who: str = "officer") -> Any:
        actor = getattr(cast, who)
        scopes = [can.value for can in Can if can in {Can.FEED_RECEIVE, Can.FINDING_READ, Can.FINDING_ANSWER}]
        held = [each for each in scopes if who == "officer" or each == Can.FINDING_ANSWER.value]
        key = issue_token(actor=actor, label="feeds", scopes=held, days=1)[1]
        browser = cast.browser()
        browser.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return browser

    def test_it_pushes_a_file_and_reads_its_verdict(self, cast: Cast, noon: Any) -> None:
        program, address = self.ask(cast), f"/api/feeds/files?name={named('scan_ssh')}"
        given = {"data": ssh(POWER, CITY), "content_type": "application/octet-stream"}
        made = program.post(address, **given)
        assert (made.status_code, made.json()["state"]) == (201, "waiting")
        assert program.post(address, **given).json()["id"] == made.json()["id"]
        running.work()
        run = program.get(f"/api/feeds/files/{made.json()['id']}").json()
        assert (run["verdict"], run["kept"], run["new"], run["report"]) == ("complete", 2, 2, "Accessible SSH")
        listed = program.get("/api/findings", {"address": POWER}).json()["items"]
        assert [(each["address"], each["severity"], each["state"]) for each in listed] == [(POWER, "info", "open")]
        wrong = program.post("/api/feeds/files?name=x.csv&report=nothing", **given)
        assert wrong.status_code == 422
        assert program.post(address, data=b"", content_type="application/octet-stream").status_code == 422

    def test_it_answers_for_the_own_organisation_alone(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
        program = self.ask(cast, "constituent")
        assert [each["address"] for each in program.get("/api/findings").json()["items"]] == [POWER]
        body = {"findings": [finding(POWER).public_id], "verdict": "confirmed"}
        done = program.post("/api/findings/acknowledge", data=body, content_type="application/json")
        assert done.json()["items"][0]["verdict"] == "confirmed"
        other = body | {"findings": [finding(CITY).public_id]}
        assert program.post("/api/findings/acknowledge", data=other, content_type="application/json").status_code == 404
        assert program.post("/api/feeds/files?name=x.csv", data=b"a", content_type="text/csv").status_code == 403
        mended = program.post("/api/findings/fix", data={"findings": body["findings"]}, content_type="application/json")
        assert mended.json()["items"][0]["state"] == "fixed"

    def test_it_settles_as_an_officer(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER, "198.51.100.24", CITY), named("scan_ssh"), actor=cast.officer)
        scopes = [can.value for can in Can if rules.holds(cast.officer, can)]
        key = issue_token(actor=cast.officer, label="all", scopes=scopes, days=1)[1]
        program = cast.browser()
        program.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"

        def post(address: str, **body: Any) -> Any:
            return program.post(f"/api/findings/{address}", data=body, content_type="application/json")

        one, two = finding(POWER).public_id, finding("198.51.100.24").public_id
        assert post("merge", findings=[two], into=one).json()["address"] == POWER
        findings.acknowledge([one], verdict="confirmed", actor=cast.constituent)
        home = cast.country.organisations["FARHILL"].public_id
        case = post(f"{one}/case", title="Open SSH", owner=home, addresses=POWER)
        assert case.status_code == 201
        assert program.get(f"/api/findings/{one}").json()["incident"] == case.json()["incident"]["id"]
        moved = post("reassign", findings=[finding(CITY).public_id], organisation=home, words="theirs")
        assert moved.json()["items"][0]["organisation"]["id"] == home
        run = FeedRun.objects.get().public_id
        assert program.post(f"/api/feeds/files/{run}/again").status_code == 409
        assert [each["id"] for each in program.get("/api/feeds/files").json()["items"]] == [run]
