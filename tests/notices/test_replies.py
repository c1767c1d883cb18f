"""Answers by mail and SMS: understood or kept for an officer, never lost, never another's."""

import contextlib
import json
from base64 import b64decode
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.notices.test_channels import post
from tests.pages import Browser
from tongbao.accounts import actions as accounts
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import NotFound
from tongbao.notices import replies, steps
from tongbao.notices.channels.gateway.described import Replied
from tongbao.notices.incoming import judging, mailbox, placing
from tongbao.notices.models import Answer, Delivery, Incoming
from tongbao.notices.replies import Choice
from tongbao.parties.models import ContactPoint, Organisation
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.standards import mail

pytestmark = pytest.mark.usefixtures("noon")
CHANG = "night@sunpower.example"
CHOICES = (
    Choice("confirmed", ("Confirmed: we are acting on it", "確實事件，處理中（請說明）"), text=True),
    Choice("false-positive", ("False positive (say why)", "誤判（請說明）"), text=True),
    Choice("undetermined", ("Cannot be determined", "無法判斷")),
    Choice("received", ("Received, answer follows", "已收到，另行回覆")),
)


def row() -> Delivery:
    return Delivery.objects.exclude(receipt=None).get()


def written(subject: str, text: str, sender: str = CHANG, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "tongbao@nco.example", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def mailed(reach: Any, tell: Any) -> Delivery:
    """A notice that has been mailed."""
    tell(reach("email", CHANG))
    Delivery.objects.update(state="sent", sent_at=NOON)
    return row()


# --- what people write ---


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("4", "received", ""),
        ("4.", "received", ""),
        (" (3) ", "undetermined", ""),
        ("1 查到惡意程式，已隔離", "confirmed", "查到惡意程式，已隔離"),
        ("2、是測試機", "false-positive", "是測試機"),
        ("1\nWe found it.\nSecond line.", "confirmed", "We found it.\nSecond line."),
        ("received", "received", ""),
        ("RECEIVED!", "received", ""),
        ("Received, answer follows", "received", ""),
        ("已收到，另行回覆", "received", ""),
        ("無法判斷，設備已報廢", "undetermined", "設備已報廢"),
        ("false-positive it is a test machine", "false-positive", "it is a test machine"),
        ("5", None, ""),
        ("0", None, ""),
        ("2026-11-23 we saw it", None, ""),
        ("recei", None, ""),
        ("receivedly", None, ""),
        ("We will look at it", None, ""),
        ("謝謝", None, ""),
        ("", None, ""),
    ],
)
def test_it_understands_an_answer_by_its_first_line(text: str, code: str | None, words: str) -> None:
    said = replies.understood(text, CHOICES)
    assert (said.code, said.words) == (code, words) if said else code is None


@given(st.text())
def test_it_stumbles_over_no_text(text: str) -> None:
    replies.understood(text, CHOICES)
    replies.codes_in(text)
    replies.short_in(text)


@given(st.text(replies.LETTERS, min_size=10, max_size=10))
def test_it_finds_its_code_however_it_is_written(code: str) -> None:
    for subject in (f"Re: x [{replies.shown(code)}]", f"FW: {replies.shown(code).lower()} x", f"回覆：標題[TB{code}]"):
        assert replies.codes_in(subject) == (code,)
    assert replies.short_in(f"{replies.short(code).lower()} 1 ok") == (replies.short(code), "1 ok")


def test_it_makes_codes_that_nobody_guesses() -> None:
    made = {replies.fresh_code() for _ in range(20)} | set(replies.fresh_codes(20_000))
    assert len(made) == 20_020
    assert {len(each) for each in made} == {replies.LONG}
    often = Counter("".join(made))
    assert set(often) == set(replies.LETTERS)
    assert min(often.values()) > 0.9 * max(often.values()), "every letter is as likely as any other"


# --- mail ---


def test_it_takes_a_reply_with_its_code_whoever_seems_to_have_sent_it(mailed: Delivery) -> None:
    """The code proves which receipt is answered; the sender's address proves nothing, and need not."""
    raw = written(
        f"Re: Title [TB-{mailed.reply_code}]", "3\n\nOn Monday you wrote:\n> 1 Confirmed", "x@elsewhere.example"
    )
    kept = placing.take_mail(raw)
    answer = Answer.objects.get()
    assert (answer.receipt_id, answer.code, answer.grade) == (mailed.receipt_id, "undetermined", "reply")
    assert (kept.state, kept.answer, kept.sender) == ("answer", answer, "x@elsewhere.example")
    assert b64decode(kept.raw) == raw


def test_it_takes_the_same_mail_once_and_the_same_answer_once(mailed: Delivery) -> None:
    raw = written(f"Re: [TB-{mailed.reply_code}]", "4")
    assert placing.take_mail(raw) == placing.take_mail(raw)
    assert placing.take_mail(written(f"AW: [TB-{mailed.reply_code}]", "4")).state == "answer"
    assert (Answer.objects.count(), Incoming.objects.count()) == (1, 2)


def test_it_keeps_the_words_and_a_contradiction(mailed: Delivery) -> None:
    placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "1 found it"))
    placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "2 no, a test"))
    assert list(Answer.objects.values_list("code", "text")) == [
        ("confirmed", "found it"),
        ("false-positive", "no, a test"),
    ]


def test_it_reads_a_reply_in_html_and_in_an_old_charset(mailed: Delivery) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = CHANG, f"Re: [TB-{mailed.reply_code}]"
    message.set_content("<p>無法判斷</p><blockquote>1 Confirmed</blockquote>", subtype="html", charset="big5")
    assert placing.take_mail(message.as_bytes()).state == "answer"
    assert Answer.objects.get().code == "undetermined"


@pytest.mark.parametrize(
    ("subject", "text", "why"),
    [
        ("Re: Title", "4", "no-code"),
        ("Re: [TB-2222222222]", "4", "code-unknown"),
        ("Re: [TB-{code}] [TB-2222222222]", "4", "codes-differ"),
        ("Re: [TB-{code}]", "請來電", "answer-unclear"),
        ("Re: [TB-{code}]", "", "answer-unclear"),
        ("Re: [TB-{code}]", "1", "answer-lacks"),
        ("Re: [TB-{code}]", "1 " + "x" * 4500, "answer-lacks"),
    ],
)
def test_it_keeps_for_an_officer_what_it_cannot_place(subject: str, text: str, why: str, mailed: Delivery) -> None:
    kept = placing.take_mail(written(subject.replace("{code}", mailed.reply_code), text))
    assert (kept.state, kept.why) == ("unplaced", why)
    assert kept.text == text[: len(kept.text)]
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"no header at all",
        b"Subject: \xff\xfe\r\n\r\n\0\0",
        b"From: a\r\nContent-Type: multipart/mixed\r\n\r\n",
    ],
)
def test_it_loses_no_mail_that_it_cannot_read(raw: bytes, mailed: Delivery) -> None:
    kept = placing.take_mail(raw)
    assert kept.state == "unplaced"
    assert b64decode(kept.raw) == raw


@given(st.binary(max_size=400))
def test_it_stumbles_over_no_bytes(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        mail.read(b"Subject: x\r\n" + raw)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (rejected)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<x.example>"},
        {"Return_Path": "<>"},
        {"sender": "tongbao@nco.example"},
        {"sender": "MAILER-DAEMON@x.example"},
    ],
)
def test_it_takes_no_answer_from_a_machine_and_answers_none(headers: dict[str, str], mailed: Delivery) -> None:
    kept = placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "4", **headers))
    assert (kept.state, kept.delivery) == ("automatic", mailed)
    assert not Answer.objects.exists()
    assert Delivery.objects.count() == 1, "nothing is sent in return"


@pytest.mark.parametrize("subject", ["Automatic reply: {}", "自動回覆：{}", "Out of Office {}"])
def test_it_knows_by_its_subject_that_somebody_is_away(subject: str, mailed: Delivery) -> None:
    kept = placing.take_mail(written(subject.format(f"[TB-{mailed.reply_code}]"), "4"))
    assert (kept.state, kept.why) == ("automatic", "away")


def test_it_takes_a_reply_that_says_it_was_not_sent_by_a_machine(mailed: Delivery) -> None:
    assert placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "4", Auto_Submitted="no")).state == "answer"


def test_it_takes_only_an_acknowledgement_of_what_was_not_in_the_mail(reach: Any, tell: Any) -> None:
    tell(reach("email", CHANG), tlp=TLP.AMBER)
    subject = f"Re: [TB-{row().reply_code}]"
    assert placing.take_mail(written(subject, "3")).why == "sign-in"
    assert placing.take_mail(written(subject, "4")).state == "answer"


def test_it_takes_every_answer_to_what_was_encrypted(reach: Any, tell: Any) -> None:
    tell(reach("email", CHANG), tlp=TLP.AMBER)
    Delivery.objects.update(protected=True)
    assert placing.take_mail(written(f"Re: [TB-{row().reply_code}]", "3")).state == "answer"


def test_it_takes_no_code_for_ever(mailed: Delivery) -> None:
    with clock.at(NOON + steps.LINK_HOLDS):
        assert placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "4")).why == "code-expired"


@pytest.mark.parametrize(("out_of_band", "state"), [(False, "unplaced"), (True, "answer")])
def test_it_trusts_no_mailbox_that_others_may_read(out_of_band: bool, state: str, mailed: Delivery) -> None:
    Organisation.objects.update(compromised_at=NOON)
    ContactPoint.objects.update(out_of_band=out_of_band)
    assert placing.take_mail(written(f"Re: [TB-{mailed.reply_code}]", "4")).state == state


# --- bounces ---


def bounce(about: str, *, to: str = CHANG, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: tongbao@nco.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {about}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("action", "status", "state", "broken"),
    [
        ("failed", "5.1.1", "failed", True),
        ("failed", "5.2.1", "failed", True),
        ("failed", "5.4.4", "failed", True),
        ("failed", "5.2.2", "failed", False),
        ("failed", "4.4.7", "failed", False),
        ("delayed", "4.4.1", "sent", False),
        ("delivered", "2.0.0", "delivered", False),
        ("relayed", "2.0.0", "sent", False),
    ],
)
def test_it_learns_from_a_bounce(action: str, status: str, state: str, broken: bool, mailed: Delivery) -> None:
    kept = placing.take_mail(bounce(mailed.message_id, action=action, status=status))
    assert (kept.state, kept.delivery) == ("bounce", mailed)
    assert (row().state, row().contact.broken_at is not None) == (state, broken)  # type: ignore[union-attr]


@pytest.mark.parametrize("changes", [{"about": "<nobody@nco.example>"}, {"about": ""}, {"to": "other@x.example"}])
def test_it_believes_no_bounce_that_is_not_about_a_mail_of_ours(changes: dict[str, str], mailed: Delivery) -> None:
    kept = placing.take_mail(bounce(**({"about": mailed.message_id} | changes)))
    assert row().state == "sent"
    assert kept.state == ("bounce" if "to" in changes else "unplaced")


# --- the mailbox ---


def test_it_reads_a_maildir_and_deletes_nothing(mailed: Delivery, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.x").write_bytes(written(f"Re: [TB-{mailed.reply_code}]", "4"))
    (tmp_path / "new" / "2.x").write_bytes(b"\0")
    (tmp_path / "tmp" / "3.x").write_bytes(b"half")
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, maildir=str(tmp_path))):
        assert (mailbox.fetch(), mailbox.fetch()) == (2, 0)
        assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1.x:2,S", "2.x:2,S"]
        assert [each.state for each in Incoming.objects.order_by("id")] == ["answer", "unplaced"]
        # Killed after the message was kept and before it was marked: it is read again, and kept once.
        (tmp_path / "cur" / "1.x:2,S").rename(tmp_path / "new" / "1.x")
        assert mailbox.fetch() == 1
    assert (Incoming.objects.count(), Answer.objects.count()) == (2, 1)


def test_it_reads_the_beginning_of_what_is_too_large(
    mailed: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(written(f"Re: [TB-{mailed.reply_code}]", "4\n" + "x" * 5000))
    monkeypatch.setattr(mailbox, "LARGEST", 1000)
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, maildir=str(tmp_path))):
        mailbox.fetch()
    assert Incoming.objects.get().why == "too-large"
    assert not Answer.objects.exists()


# --- SMS and calls ---


@pytest.fixture
def texted(reach: Any, tell: Any, bench: Any) -> Delivery:
    tell(reach("sms", "+886912345678"))
    Delivery.objects.update(state="sent", reference="gw-7")
    return row()


def say(text: str, sender: str = "+886 912-345-678", **more: str) -> dict[str, str]:
    return {"from": sender, "text": text, "id": text + sender, **more}


@pytest.mark.parametrize("sender", ["+886912345678", "0912345678", "00886912345678", "886912345678"])
def test_it_takes_an_sms_from_the_number_with_its_code(sender: str, texted: Delivery) -> None:
    code = replies.short(texted.reply_code)
    for _ in range(2):  # a gateway that is not sure hands it in again
        assert post("sms", say(f"{code.lower()} 4", sender), what="reply").json() == {"taken": 1}
    answer = Answer.objects.get()
    assert (answer.code, answer.grade, answer.receipt_id) == ("received", "sms", texted.receipt_id)
    assert Incoming.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "sender", "why"),
    [
        ("{code} 4", "+886912345679", "code-unknown"),
        ("{code} 4", "", "code-unknown"),
        ("222222 4", "+886912345678", "code-unknown"),
        ("4", "+886912345678", "no-code"),
        ("{code}", "+886912345678", "answer-unclear"),
        ("{code} 好的", "+886912345678", "answer-unclear"),
    ],
)
def test_it_keeps_an_sms_that_it_cannot_place(text: str, sender: str, why: str, texted: Delivery) -> None:
    post("sms", say(text.replace("{code}", replies.short(texted.reply_code)), sender), what="reply")
    kept = Incoming.objects.get()
    assert (kept.state, kept.why) == ("unplaced", why)
    assert not Answer.objects.exists()


def test_it_takes_keys_pressed_in_a_call(reach: Any, tell: Any, bench: Any) -> None:
    tell(reach("voice", "+886223456789"))
    Delivery.objects.update(state="sent", reference="call-1")
    post("voice", say("4", "+886223456789", reference="call-1"), what="reply")
    assert Answer.objects.get().grade == "keys"


def test_it_finds_nothing_under_the_code_of_somebody_else(reach: Any, tell: Any, bench: Any) -> None:
    tell(reach("sms", "+886912345678"))
    other = row().reply_code
    post("sms", say(f"{replies.short(other)} 4", "+886911111111"), what="reply")
    placing.take_mail(written("Re: [TB-" + replies.fresh_code() + "]", "4"))
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("+886912345678", "0912345678", True),
        ("+886912345678", "+886912345679", False),
        ("12345", "12345", True),
        ("12345", "912345", False),
        ("", "", False),
    ],
)
def test_it_knows_a_number_with_and_without_its_country(first: str, second: str, same: bool) -> None:
    assert judging.same_number(first, second) is same


# --- what could not be placed ---


def test_it_shows_officers_what_could_not_be_placed_until_it_is_settled(mailed: Delivery, cast: Cast) -> None:
    placing.take_mail(written("哈囉", "請來電 +886 2 1234 5678"))
    page = Browser(cast.browser("officer")).get("/console/incoming/")
    assert page.has(CHANG, "哈囉", "it has no code")
    kept = Incoming.objects.get()
    page.get(f"/console/incoming/{kept.public_id}/")
    assert page.has("請來電 +886 2 1234 5678")
    page.send(page.form("/settle/"), note="")
    assert page.status == 422
    page.send(page.form("/settle/"), note="已去電，答覆已代登。")
    assert page.has("Everything that came in has been placed.")
    kept.refresh_from_db()
    assert (kept.state, kept.note) == ("settled", "已去電，答覆已代登。")
    assert JournalEntry.objects.filter(event="incoming.settled").count() == 1


@pytest.mark.parametrize("who", ["constituent", "stranger", "auditor", "admin"])
def test_it_shows_them_to_nobody_else(who: str, mailed: Delivery, cast: Cast) -> None:
    kept = placing.take_mail(written("x", "y"))
    assert not Incoming.objects.visible_to(getattr(cast, who)).exists()
    with pytest.raises(NotFound):
        placing.settle(kept.public_id, note="x", actor=getattr(cast, who))


def test_it_hands_the_message_out_as_it_came(mailed: Delivery, cast: Cast) -> None:
    raw = written("x", "<script>alert(1)</script>")
    kept = placing.take_mail(raw)
    answer = cast.browser("officer").get(f"/console/incoming/{kept.public_id}/raw/")
    assert answer.content == raw
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_reading_the_answer_to_a_restricted_notice_is_journalled(mailed: Delivery, cast: Cast) -> None:
    assert mailed.receipt is not None
    mailed.receipt.notice.__class__.objects.update(tlp=TLP.AMBER_STRICT)
    kept = placing.take_mail(written(f"Re: x [TB-{mailed.reply_code}]", "3"))
    client = cast.browser("officer")
    scopes = [can.value for can in Can if rules.holds(cast.officer, can)]
    _, bearer = accounts.issue_token(actor=cast.officer, label="x", scopes=scopes, days=9)
    sent = {"authorization": f"Bearer {bearer}"}
    ways = (f"/console/incoming/{kept.public_id}/", f"/console/incoming/{kept.public_id}/raw/", "/api/incoming")
    for count, way in enumerate(ways, 1):
        shown = client.get(way, headers=sent if way.startswith("/api/") else {})
        assert shown.status_code == 200
        read = JournalEntry.objects.filter(event="access.read", subject_id=mailed.receipt.notice.public_id)
        assert read.count() == count, way


def test_the_list_does_not_say_what_a_restricted_notice_is_about(mailed: Delivery, cast: Cast) -> None:
    assert mailed.receipt is not None
    placing.take_mail(written(f"Re: blackout [TB-{mailed.reply_code}]", "3"))
    placing.take_mail(written("Something else", "hello"))
    client, address = cast.browser("officer"), "/console/incoming/?state=all"
    assert "blackout" in client.get(address).content.decode()
    mailed.receipt.notice.__class__.objects.update(tlp=TLP.AMBER_STRICT)
    page = client.get(address).content.decode()
    assert "blackout" not in page
    assert "Restricted: open to read" in page
    assert "Something else" in page


def test_it_keeps_a_reply_that_has_no_id_each_time(bench: Any, mailed: Delivery) -> None:
    for second in range(2):
        with clock.at(NOON + timedelta(seconds=second)):
            placing.take_sms("sms", Replied("+886900000000", "hello"))
    assert Incoming.objects.count() == 2
    assert json.dumps([each.text for each in Incoming.objects.all()]) == '["hello", "hello"]'
