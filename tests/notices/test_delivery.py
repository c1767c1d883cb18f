"""Sending: nothing lost, nothing called sent that was not, repeats marked, every reply kept."""

import email
import email.policy
import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tongbao.jobs.models import Heartbeat
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.notices import delivery, links, rules, settling, steps
from tongbao.notices.channels.email import compose, words
from tongbao.notices.models import Delivery, Letter, Notice, Receipt
from tongbao.notices.outbox import Outbox
from tongbao.notices.rules import Outcome
from tongbao.notices.templates import Filled
from tongbao.operations.models import routine
from tongbao.parties.models import ContactPoint, Seat
from tongbao.policy import actors


class Server:
    """A mail server in memory that answers as told. ``script`` maps an address to what happens at which stage."""

    def __init__(self) -> None:
        self.script: dict[str, tuple[str, int]] = {}
        self.taken: list[EmailMessage] = []
        self.away = False
        self.away_after = 99
        self.most_per_connection = 99
        self.connections = 0
        self.begun = 0
        self.to = ""

    def connect(self) -> smtplib.SMTP:
        if self.away or self.connections >= self.away_after:
            raise ConnectionRefusedError("refused")
        self.connections += 1
        self.begun = 0
        return self  # type: ignore[return-value]

    def ehlo_or_helo_if_needed(self) -> None: ...

    def has_extn(self, name: str) -> bool:
        return False

    def rset(self) -> None: ...

    def quit(self) -> None: ...

    def close(self) -> None: ...

    def mail(self, sender: str) -> tuple[int, bytes]:
        self.begun += 1
        if self.begun > self.most_per_connection:
            raise smtplib.SMTPServerDisconnected("enough")
        return 250, b"ok"

    def rcpt(self, to: str) -> tuple[int, bytes]:
        self.to = to
        if self.script.get(self.to, ("", 0)) == ("hang-up", 0):
            raise smtplib.SMTPServerDisconnected("hung up")
        return self._say("rcpt")

    def data(self, content: bytes) -> tuple[int, bytes]:
        if self.script.get(self.to, ("", 0)) == ("cut-before", 0):
            raise smtplib.SMTPServerDisconnected("cut")
        code, text = self._say("data")
        if code == 250:
            message = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        if self.script.get(self.to, ("", 0)) == ("cut-after", 0):
            raise smtplib.SMTPServerDisconnected("cut")
        return code, text

    def _say(self, stage: str) -> tuple[int, bytes]:
        at, code = self.script.get(self.to, ("", 0))
        return (code, b"scripted") if at == stage else (250, b"2.0.0 kept as 7")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def notify(cast: Cast, noon: Any) -> Callable[..., Notice]:
    """Sends a notice to the seats of some organisations."""
    from tongbao.journal.record import verb

    @verb
    def send(*codes: str, tlp: TLP = TLP.GREEN) -> Notice:
        seats = Seat.objects.filter(organisation__code__in=codes, contact_points__isnull=False).distinct()
        return steps.send(
            steps.Message(
                operation=routine(),
                about=("", ""),
                template="information",
                text=Filled("標題", "Title", "內容甲乙丙\n第二行", "Body text"),
                marking=Marking(tlp),
                answer_by=NOON + timedelta(hours=1),
                recipients=tuple(steps.Recipient(seat.organisation_id, seat.pk) for seat in seats),
            ),
            actor=actors.system("test"),
        )

    return send


def send(server: Server) -> int:
    return delivery.send_due(connect=server.connect)


def state_of(code: str) -> Delivery:
    return Delivery.objects.get(receipt__organisation__code=code)


def test_it_sends_each_recipient_a_link_of_its_own_and_keeps_the_reply(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL")
    assert send(server) == 2
    assert {d.state for d in Delivery.objects.all()} == {"sent"}
    assert {d.reply for d in Delivery.objects.all()} == {"250 2.0.0 kept as 7"}
    assert server.connections == 1
    found = [re.search(r"/a/(\S+)", each.get_content()) for each in server.taken]
    receipts = [links.receipt_of(link.group(1)) for link in found if link]
    assert len({receipt.pk for receipt in receipts if receipt}) == 2


def test_it_writes_chinese_first_to_those_who_read_chinese(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL")
    send(server)
    ministry, hoster = sorted(server.taken, key=lambda each: str(each["To"]), reverse=True)
    assert str(ministry["To"]) == "chen@energy.example"
    assert ministry["Subject"] == f"標題 [TB-{state_of('MOE-E').reply_code}]"
    assert ministry.get_content().index("內容甲乙丙") < ministry.get_content().index("Body text")
    assert hoster["Subject"] == f"Title [TB-{state_of('FARHILL').reply_code}]"
    assert hoster.get_content().index("Body text") < hoster.get_content().index("內容甲乙丙")
    assert ministry["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("tlp", [TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
def test_it_mails_no_content_above_green(tlp: TLP, notify: Any, server: Server) -> None:
    notify("MOE-E", tlp=tlp)
    send(server)
    (mail,) = server.taken
    text = f"{mail['Subject']} {mail.get_content()}"
    for secret in ("標題", "Title", "甲乙丙", "Body"):
        assert secret not in text
    assert tlp.label in text
    assert "/a/" in text


@pytest.mark.parametrize(
    ("stage", "code", "state", "broken"),
    [
        ("rcpt", 450, "due", False),
        ("rcpt", 550, "failed", True),
        ("data", 451, "due", False),
        ("data", 552, "failed", False),
    ],
)
def test_it_tries_again_what_may_pass_and_gives_up_what_will_not(
    stage: str, code: int, state: str, broken: bool, notify: Any, server: Server
) -> None:
    notify("MOE-E", "FARHILL")
    server.script["chen@energy.example"] = (stage, code)
    send(server)
    row = state_of("MOE-E")
    assert (row.state, row.maybe_sent) == (state, False)
    assert row.reply.startswith(str(code))
    assert (ContactPoint.objects.get(address="chen@energy.example").broken_at is not None) == broken
    assert state_of("FARHILL").state == "sent"
    server.script.clear()
    with clock.at(NOON + timedelta(minutes=2)):
        send(server)
    assert state_of("MOE-E").state == ("sent" if state == "due" else "failed")
    assert [str(each["To"]) for each in server.taken].count("abuse@farhill.example") == 1


@pytest.mark.parametrize(("cut", "copies"), [("cut-before", 1), ("cut-after", 2)])
def test_it_marks_a_repeat_after_an_attempt_of_unknown_outcome(
    cut: str, copies: int, notify: Any, server: Server
) -> None:
    notify("MOE-E")
    server.script["chen@energy.example"] = (cut, 0)
    send(server)
    row = state_of("MOE-E")
    assert (row.state, row.maybe_sent) == ("due", True)
    server.script.clear()
    with clock.at(NOON + timedelta(minutes=2)):
        send(server)
    assert state_of("MOE-E").state == "sent"
    assert len(server.taken) == copies
    assert server.taken[-1][compose.REPEAT] == "2"
    assert "重送" in server.taken[-1].get_content()
    assert len({each["Message-ID"] for each in server.taken}) == 1


def test_it_takes_over_what_a_killed_worker_had_in_hand(notify: Any, server: Server) -> None:
    notify("MOE-E")
    delivery._claim("dead-worker", "email")
    assert send(server) == 0, "the lease still runs"
    with clock.at(NOON + rules.LEASE + timedelta(seconds=1)):
        assert send(server) == 1
    row = state_of("MOE-E")
    assert (row.state, row.attempts, row.maybe_sent) == ("sent", 2, True)
    assert server.taken[0][compose.REPEAT] == "2"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite plans")
@pytest.mark.parametrize("rows", [delivery._due, delivery._lapsed])
def test_it_finds_the_oldest_without_putting_all_that_is_due_in_order(rows: Any, db: None) -> None:
    said = rows("email", NOON)[:100].explain()
    assert "USING INDEX delivery_of_channel" in said or "USING COVERING INDEX delivery_of_channel" in said
    assert "TEMP B-TREE" not in said


def test_it_keeps_a_batch_that_takes_long_to_itself(
    notify: Any, server: Server, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    taken, stolen = server.data, list[Delivery]()

    def slowly(content: bytes) -> tuple[int, bytes]:
        at(NOON + (len(server.taken) + 1) * rules.LEASE * 0.6)
        stolen.extend(delivery._claim("another-worker", "email"))
        return taken(content)

    monkeypatch.setattr(server, "data", slowly)
    assert send(server) == 3
    assert stolen == []
    assert {(d.state, d.attempts, d.maybe_sent) for d in Delivery.objects.all()} == {("sent", 1, False)}


def test_it_ignores_a_worker_that_comes_back_from_the_dead(notify: Any, server: Server) -> None:
    notify("MOE-E")
    (held,) = delivery._claim("slow-worker", "email")
    with clock.at(NOON + rules.LEASE + timedelta(seconds=1)):
        send(server)
    settling.settle([(held, Outcome(sent=False, reply="550 gone", permanent=True))], lease="slow-worker")
    assert state_of("MOE-E").state == "sent"


def test_it_waits_while_the_mail_server_is_away_and_tries_nobody_in_vain(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    server.away = True
    assert send(server) == 0
    untouched = {("due", False, 0, "", NOON)}
    assert {(d.state, d.maybe_sent, d.attempts, d.lease, d.due_at) for d in Delivery.objects.all()} == untouched
    assert delivery.oldest_waiting() == NOON
    assert Heartbeat.objects.get(name="mail").good is False
    server.away = False
    assert send(server) == 0, "nobody knocks again at once"
    with clock.at(NOON + rules.KNOCK_AGAIN):
        assert send(server) == 3
    assert all(each[compose.REPEAT] is None for each in server.taken)
    assert Heartbeat.objects.get(name="mail").good is True


def test_it_gives_nothing_up_however_long_the_server_is_away(notify: Any, server: Server) -> None:
    notify("MOE-E")
    server.away = True
    for knock in range(rules.MOST_ATTEMPTS + 1):
        with clock.at(NOON + knock * timedelta(hours=2)):
            send(server)
    server.away = False
    with clock.at(NOON + timedelta(days=7)):
        assert send(server) == 1
    assert state_of("MOE-E").state == "sent"


def test_it_leaves_the_rest_alone_when_the_server_goes_away_in_the_middle(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    first, *rest = Delivery.objects.order_by("id")
    server.script[first.address] = ("cut-before", 0)
    server.away_after = 1
    assert send(server) == 1
    first.refresh_from_db()
    assert (first.state, first.attempts, first.maybe_sent) == ("due", 1, True)
    for row in rest:
        row.refresh_from_db()
        assert (row.state, row.attempts, row.maybe_sent, row.lease_until) == ("due", 0, False, None)


def test_it_lets_no_recipient_block_the_others(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    server.script["chen@energy.example"] = ("hang-up", 0)
    assert send(server) == 3
    assert (state_of("MOE-E").state, state_of("MOE-E").maybe_sent) == ("due", False)
    assert {state_of("FARHILL").state, state_of("HARBOUR").state} == {"sent"}


def test_it_stops_when_every_connection_breaks(notify: Any, server: Server) -> None:
    for _ in range(2):
        notify("MOE-E", "FARHILL", "HARBOUR")
    for address in Delivery.objects.values_list("address", flat=True):
        server.script[address] = ("hang-up", 0)
    assert send(server) == rules.MOST_BREAKS
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1, 1, 1]
    server.script.clear()
    with clock.at(NOON + rules.KNOCK_AGAIN):
        assert send(server) == 6
    assert {d.state for d in Delivery.objects.all()} == {"sent"}


def test_it_takes_a_connection_that_the_server_has_closed_for_no_failure(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    server.most_per_connection = 1
    assert send(server) == 3
    assert {(d.state, d.attempts) for d in Delivery.objects.all()} == {("sent", 1)}
    assert server.connections == 3


def test_it_stops_between_two_mails_when_the_worker_has_to_end(notify: Any, server: Server) -> None:
    notify("MOE-E", "FARHILL", "HARBOUR")
    assert delivery.send_due(connect=server.connect, stopping=lambda: len(server.taken) == 1) == 1
    assert sorted((d.state, d.attempts, d.maybe_sent) for d in Delivery.objects.all()) == [
        ("due", 0, False),
        ("due", 0, False),
        ("sent", 1, False),
    ]


def test_it_gives_up_after_days_of_trying(notify: Any, server: Server) -> None:
    notify("MOE-E")
    server.script["chen@energy.example"] = ("rcpt", 450)
    moment = NOON
    for _ in range(rules.MOST_ATTEMPTS):
        with clock.at(moment):
            send(server)
        moment += timedelta(hours=1, minutes=1)
    assert state_of("MOE-E").state == "failed"


def test_it_journals_every_attempt_per_notice(notify: Any, server: Server) -> None:
    notice = notify("MOE-E", "FARHILL")
    send(server)
    entry = JournalEntry.objects.get(event="delivery.settled")
    assert (entry.subject_kind, entry.subject_id) == ("notice", notice.public_id)
    assert "@" not in entry.text


def test_it_sends_account_mail_through_the_same_rows_and_forgets_it(noon: Any, country: Any, server: Server) -> None:
    message = EmailMultiAlternatives("重設密碼\r\nBcc: evil@x.example", "連結 https://x", to=["lin@nco.example"])
    Outbox().send_messages([message])
    send(server)
    (mail,) = server.taken
    assert mail["Subject"] == "重設密碼 Bcc: evil@x.example"
    assert mail["Bcc"] is None
    assert Letter.objects.get().body == ""


@given(
    title=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=200),
    before=st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n"), max_size=400),
    line=st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789/.:-_"), max_size=120),
)
def test_it_writes_mails_that_read_back(title: str, before: str, line: str) -> None:
    title = " ".join(title.split()) or "x"
    parts = compose.shared(
        compose.Words(title=title, before=before + "\n", after="\nend"),
        sender="a@b.example",
        sender_name="國家",
        at=NOON,
    )
    content = compose.message(parts, to="c@d.example", message_id="<1@b.example>", line=line, repeat=1)
    assert all(len(each) <= 998 for each in content.split(b"\r\n"))
    content.decode("ascii")
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert " ".join(str(message["Subject"]).split()) == title
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == f"{before}\n{line}\nend".rstrip("\n")


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: x@y.example", "王@b.example", "a\0@b.example"])
def test_it_refuses_an_address_that_could_forge_a_header(to: str) -> None:
    parts = compose.shared(compose.Words("x", "", ""), sender="a@b.example", sender_name="x", at=NOON)
    with pytest.raises(ValueError, match="address"):
        compose.message(parts, to=to, message_id="<1@b>", line="", repeat=1)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (8, 3600), (40, 3600)])
def test_it_waits_longer_after_each_attempt(attempts: int, seconds: int) -> None:
    assert rules.wait_after(attempts).total_seconds() == seconds


def test_it_leaves_the_mail_of_a_hidden_notice_to_its_recipient(notify: Any, cast: Cast) -> None:
    notice = notify("MOE-E", "FARHILL")
    office = {"zh": "甲", "en": "A"}
    text = words.of_notice(notice, "en", office=office)
    assert "FARHILL" not in f"{text.title}{text.before}{text.after}"
    assert Receipt.objects.visible_to(cast.hoster).count() == 1
