"""The story of the demonstration country, played by the product in a process of its own, and what is left of it."""

import json
import sqlite3
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.instance import Instance
from tongbao.wiring.demo import mailbox, story

pytestmark = pytest.mark.process

_TOLD = """
    SELECT notice.kind, frame.kind, home.code, reasons, coalesce(said.grade, '')
    FROM notices_receipt receipt JOIN notices_notice notice ON notice.id = receipt.notice_id
    JOIN operations_operation frame ON frame.id = notice.operation_id
    JOIN parties_organisation home ON home.id = receipt.organisation_id
    LEFT JOIN notices_answer said ON said.receipt_id = receipt.id WHERE notice.content <> ''
"""


_PLAYED = """
    SELECT
        (SELECT group_concat(state || ' ' || reminders) FROM (SELECT * FROM takedown_takedown ORDER BY id)),
        (SELECT count(*) FROM joint_jointsignature),
        (SELECT count(DISTINCT day) FROM observations_archivefile),
        (SELECT group_concat(state || also) FROM (SELECT * FROM notices_partneralert ORDER BY id))
"""


def test_an_energy_emergency_plays_from_the_warning_to_the_cancel_and_as_an_exercise(tmp_path: Path) -> None:
    instance = Instance(tmp_path, TONGBAO_DEMO="true")
    played = instance.run("demo", within=300)
    assert played.returncode == 0, played.stderr
    with sqlite3.connect(tmp_path / "data" / "tongbao.sqlite3") as database:
        told = database.execute(_TOLD).fetchall()
        assert database.execute(_PLAYED).fetchone() == (
            *("down 1,open 0", 1, 4),
            "proposed,civil-protection,,noted,expired",
        )
    real = {(kind, home, grade) for kind, frame, home, _why, grade in told if frame == "routine"}
    assert {("alert", "GREENHILL", "reply"), ("alert", "HARBOUR", "signed-in"), ("alert", "FARHILL", "sms")} <= real
    assert {kind for kind, _home, _grade in real} == {"alert", "update", "cancel"}
    ministry = [json.loads(why) for kind, _frame, home, why, _grade in told if (kind, home) == ("alert", "MOE-E")]
    assert [each["reason"] for each in ministry[0]] == ["silence-supervised"]
    assert {home for _kind, frame, home, _why, _grade in told if frame == "drill"} == {"SUNPOWER", "HARBOUR"}
    mails = [path.read_bytes() for path in (tmp_path / "data" / "mail").glob("*.eml")]
    assert any(b"order-of-supply" in each for each in mails)
    verified = instance.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_link_is_found_in_a_mail_that_has_files(tmp_path: Path) -> None:
    token = f"{'a' * 20}.{'B' * 43}"
    mail = EmailMessage()
    mail.set_content(f"http://portal.example/a/{token}\n")
    mail.add_attachment(b"route", maintype="text", subtype="csv", filename="route.csv")
    kept = tmp_path / "00001-chen@energy.example.eml"
    kept.write_bytes(mail.as_bytes())
    assert story.link_in(tmp_path, "chen@energy.example") == token
    assert "route" not in mailbox.read(kept)[1]
