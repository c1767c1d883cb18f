"""What can be proved of a notice: every recipient, attempt, call and answer, and the place of the journal's chain that
seals them."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from tongbao.accounts.models import ApiToken, User
from tongbao.journal import queries as journal
from tongbao.journal.events import Event as Journalled
from tongbao.kernel import clock, text
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.parties.models import Organisation

WHAT = ("enclosed", "told", "sent", "delivered", "failed", "waiting", "called", "read", "answered")


class Event(Struct, frozen=True):
    """One thing that happened. ``what``: one of ``WHAT``; ``by``: the officer who telephoned."""

    at: datetime | None
    what: str
    organisation: str
    organisation_zh: str
    organisation_en: str
    seat: str
    channel: str = ""
    address: str = ""
    answer: str = ""
    words: str = ""
    grade: str = ""
    reply: str = ""
    late: bool = False
    by: str = ""


class Proof(Struct, frozen=True):
    """``seq`` and ``digest``: the head of the journal when this was written; the daily seal names it."""

    notice: str
    title_zh: str
    title_en: str
    tlp: str
    kind: str
    sent_at: datetime
    answer_by: datetime | None
    written_at: datetime
    seq: int
    digest: str
    events: list[Event]


def of(notice: Notice) -> Proof:
    """Everything that happened, in its order."""
    seq, digest = journal.head()
    rows = notice.receipts.select_related("organisation", "seat").prefetch_related("deliveries", "answers")
    events = _enclosed(notice) + _called(notice)
    events += [event for receipt in rows.order_by("pk") for event in _events(receipt)]
    events = _named(events)
    events.sort(key=lambda each: (each.at is None, each.at or notice.sent_at, each.organisation))
    return Proof(
        notice=notice.public_id,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        tlp=TLP(notice.tlp).label,
        kind=notice.kind,
        sent_at=notice.sent_at,
        answer_by=notice.answer_by,
        written_at=clock.now(),
        seq=seq,
        digest=digest,
        events=events,
    )


def _enclosed(notice: Notice) -> list[Event]:
    """What went with it: the name, and the digest of the bytes that were approved."""
    content = notice.warning
    return [
        Event(notice.sent_at, "enclosed", "", "", "", "", words=each.name, reply=f"SHA-256 {each.sha256}")
        for each in (content.files if content else ())
    ]


def _called(notice: Notice) -> list[Event]:
    """Every time an officer took an organisation over by telephone; the row of the board knows the last one alone."""
    entries = list(journal.about(notice.subject(), Journalled.NOTICE_TAKEN_OVER))
    about = {entry.seq: dict(journal.refs(entry))["organisation"] for entry in entries}
    homes = {each.public_id: each for each in Organisation.objects.filter(public_id__in=about.values())}
    return [
        Event(entry.at, "called", home.code, home.name_zh, home.name_en, "", by=entry.actor)
        for entry in entries
        if (home := homes.get(about[entry.seq]))
    ]


def _named(events: list[Event]) -> list[Event]:
    """With the names of the officers in place of what the journal calls them by."""
    wanted = {each.by.partition(":")[2] for each in events if each.by}
    names = {f"user:{ref}": name for ref, name in _officers(User, wanted, "name")}
    names |= {f"token:{ref}": name for ref, name in _officers(ApiToken, wanted, "user__name")}
    return [structs.replace(each, by=names.get(each.by, each.by)) if each.by else each for each in events]


def _officers(model: type[User | ApiToken], wanted: set[str], name: str) -> Iterable[tuple[str, str]]:
    return model.objects.filter(public_id__in=wanted).values_list("public_id", name) if wanted else ()


_WHAT = {
    Delivery.State.DUE: "waiting",
    Delivery.State.SENDING: "waiting",
    Delivery.State.SENT: "sent",
    Delivery.State.DELIVERED: "sent",
    Delivery.State.FAILED: "failed",
}


def _events(receipt: Receipt) -> list[Event]:
    home, seat = receipt.organisation, receipt.seat
    who = (home.code, home.name_zh, home.name_en, seat.title_zh if seat else "")
    found = [Event(receipt.created_at, "told", *who)]
    for each in receipt.deliveries.all():
        found.append(
            Event(each.sent_at, _WHAT[Delivery.State(each.state)], *who, each.channel, each.address, reply=each.reply)
        )
        if each.state == Delivery.State.DELIVERED:
            found.append(Event(each.reported_at, "delivered", *who, each.channel, each.address))
    if receipt.read_at is not None:
        found.append(Event(receipt.read_at, "read", *who))
    return found + [
        Event(
            each.at,
            "answered",
            *who,
            answer=each.code,
            words=each.text,
            grade=each.grade,
            late=each.late,
            by=each.by if each.grade == Grade.TELEPHONE else "",
        )
        for each in receipt.answers.all()
    ]


_COLUMNS = ("at", *(name for name in Event.__struct_fields__ if name != "at"))


def as_csv(proof: Proof) -> str:
    """One line an event; what a spreadsheet would run as a formula is defused."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for event in proof.events:
        row: dict[str, Any] = msgspec.to_builtins(event)
        writer.writerow([text.defused(str(row[name] if row[name] is not None else "")) for name in _COLUMNS])
    return out.getvalue()


def as_json(proof: Proof) -> bytes:
    return msgspec.json.format(msgspec.json.encode(proof), indent=1)
