"""The desk: a very large case on its pages, and mails that come in with signatures.

The case has 500 participants and 10,000 entries: half of them notes for handlers, half in the threads, one of which is
long. Mails are taken as the mailbox hands them in: kept, verified, made reports, answered; every step durable.
"""

import os
import random
import time
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.urls import reverse
from msgspec.structs import replace
from tests.notices import keys

from bench import alike, country, load
from bench.frame import stamp
from bench.pages import OFFICER, Browser
from bench.tables import Tables
from tongbao.accounts.models import User
from tongbao.incidents.actions import mails, participants, triage
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission
from tongbao.kernel import clock
from tongbao.parties import openpgp
from tongbao.parties.models import ContactPoint, Organisation
from tongbao.parties.standing import actor_of
from tongbao.search import find
from tongbao.wiring import preparing
from tongbao.wiring.demo import country as demonstration

SEED = 20261126
PASSWORD = "correct horse battery"
ENTRIES, LONG_THREAD = 10_000, 1000
BUSY, QUIET = "chang@sunpower.example", "tsai@harbour.example"
SENDERS = 100
"""So many mailboxes sign, since nobody is answered more than a few times an hour."""


def build(people: int) -> dict[str, Any]:
    """The demonstration country, more organisations, and one case in which ``people`` of them take part."""
    preparing.prepare()
    since = clock.now() - timedelta(days=60)
    with clock.at(since):
        demonstration.build(PASSWORD)
    with load.quickly():
        tables = Tables()
        country.fill(tables, random.Random(SEED), people, stamp(since))
        tables.flush()
    officer = actor_of(User.objects.get(email=OFFICER))
    with clock.at(since):
        case = triage.open_incident(triage.IncidentDraft(title="全國性勒索軟體攻擊", tlp=2), actor=officer)
        first = [Organisation.objects.get(code=code) for code in ("SUNPOWER", "HARBOUR")]
        others = Organisation.objects.filter(code__startswith="ORG-", track=0).order_by("pk")
        for home in [*first, *others[: people - len(first)]]:
            participants.add_participant(case.public_id, organisation=home.code, role="victim", actor=officer)
    _write(case, since)
    seat = ContactPoint.objects.filter(seat__organisation__code="SUNPOWER").select_related("seat")[0].seat
    for number in range(SENDERS):
        ContactPoint.objects.create(seat=seat, kind="email", address=_sender(number), pgp_key=keys.PUBLIC)
    return {"participants": case.participants.count(), "entries": case.log.count()}


def _write(case: Incident, since: Any) -> None:
    """Entries as notes and messages leave them."""
    rng = random.Random(SEED)
    threads = list(Participant.objects.filter(incident=case).order_by("pk"))
    officer = User.objects.get(email=OFFICER)
    rows = []
    for number in range(ENTRIES - case.log.count()):
        noted = number % 2
        thread = None if noted else threads[0] if number < 2 * LONG_THREAD else rng.choice(threads)
        rows.append(
            LogEntry(
                operation_id=case.operation_id,
                incident=case,
                participant=thread,
                kind="note" if noted else "message",
                at=since + timedelta(seconds=400 * number),
                author=officer if noted else None,
                by_office=bool(noted),
                text=f"第 {number} 項：主機 198.51.100.{number % 250} 已隔離，比對紀錄中。" * 3,
            )
        )
    LogEntry.objects.bulk_create(rows, batch_size=500)
    find.index_new("log", {each.pk: each.text for each in rows})


def pages(rounds: int) -> list[dict[str, Any]]:
    """The page of the case for its officer (newest entries, an old page of the log, one thread opened) and for two
    participants: one with a long thread, one with a short one."""
    case = Incident.objects.get(title="全國性勒索軟體攻擊")
    own, desk = reverse("portal:case", args=[case.public_id]), reverse("incidents:detail", args=[case.public_id])
    middle = case.log.order_by("-at")[5000]
    old = f"{desk}?log={int(middle.at.timestamp() * 1_000_000)}.{middle.pk}"
    one = case.participants.order_by("-pk")[0].public_id
    asked = [
        (OFFICER, "officer, newest entries", desk),
        (OFFICER, "officer, from the middle of the log", old),
        (OFFICER, "officer, one thread opened", f"{desk}?thread={one}"),
        (BUSY, "participant, 1,000 messages in its thread", own),
        (QUIET, "participant, a short thread", own),
    ]
    return [_page(email, name, path, rounds) for email, name, path in asked]


def _page(email: str, name: str, path: str, rounds: int) -> dict[str, Any]:
    browser, wall, processor = Browser(email), list[float](), list[float]()
    browser.get(path)
    for _ in range(rounds):
        begun = time.process_time()
        wall.append(browser.get(path) * 1000)
        processor.append((time.process_time() - begun) * 1000)
    spread = {"wall": alike.spread(wall), "processor": alike.spread(processor)}
    return {"page": name, "queries": browser.queries, **spread}


def mail_intake(count: int) -> dict[str, Any]:
    """Signed and plain mails a second, from bytes to a stored, answered report."""
    settings.TONGBAO = replace(settings.TONGBAO, mails_per_sender=10**6)
    found = {}
    for kind, signed in (("plain", False), ("signed", True)):
        letters = _letters(count, signed=signed)
        mails.take(letters.pop())
        wall, processor, before = time.perf_counter(), _processor(), Submission.objects.count()
        for each in letters:
            mails.take(each)
        taken = Submission.objects.count() - before
        verified = Submission.objects.exclude(signed_by=None).count()
        found[kind] = {
            "mails": taken,
            "verified": verified,
            "wall": round(taken / (time.perf_counter() - wall), 1),
            "processor": round(taken / (_processor() - processor), 1),
        }
    return found


def _sender(number: int) -> str:
    return f"night{number % SENDERS}@sunpower.example"


def _processor() -> float:
    """Of this process and of those that it has started."""
    return sum(os.times()[:4])


def _letters(count: int, *, signed: bool) -> list[bytes]:
    made = []
    with openpgp.ring() as ring:
        ring.sign_with(keys.SECRET)
        for number in range(count):
            body = (
                f"Host 203.0.113.{number % 250} sends spam, ticket {number}.\r\nSee hxxp://bad{number}[.]example/x\r\n"
            )
            made.append(_letter(ring, body, number) if signed else _plain(body, number))
    return made


def _plain(body: str, number: int) -> bytes:
    mail = EmailMessage()
    _headers(mail, "plain", number)
    mail.set_content(body)
    return bytes(mail)


def _letter(ring: openpgp.Ring, body: str, number: int) -> bytes:
    """RFC 3156: the part as it is signed, and its signature beside it."""
    part = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}".encode()
    signature = str(ring.gpg.sign(part, keyid=ring.signer, detach=True))
    mail = EmailMessage()
    _headers(mail, "signed", number)
    mail["Content-Type"] = 'multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="b"'
    head = bytes(mail).split(b"\n\n")[0].replace(b"\n", b"\r\n")
    tail = b"\r\n--b\r\nContent-Type: application/pgp-signature; name=signature.asc\r\n\r\n"
    return head + b"\r\n\r\n--b\r\n" + part + tail + signature.encode() + b"\r\n--b--\r\n"


def _headers(mail: EmailMessage, name: str, number: int) -> None:
    mail["From"] = f"Night shift <{_sender(number)}>"
    mail["To"] = "tongbao@localhost"
    mail["Subject"] = f"Abuse {name} {number}"
    mail["Message-ID"] = f"<{name}.{number}.{time.time_ns()}@sunpower.example>"
