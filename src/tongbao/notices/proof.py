"""What can be proved of a notice: who wrote it and let it out, every recipient, attempt, step of escalation, call and
answer, who was not told and why, what followed it; and the place of the journal's chain that seals all that."""

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
from tongbao.notices.models import Delivery, Draft, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.operations import rendering
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.release.queries import withheld

WHAT = (
    *("written", "handed-in", "let-out", "let-out-alone", "looked-at", "enclosed", "withheld", "told", "sent"),
    *("delivered", "failed", "waiting", "climbed", "called", "read", "answered", "followed", "sealed"),
)


class Event(Struct, frozen=True):
    """One thing that happened. ``what``: one of ``WHAT``; ``by``: the officer whose doing it was; ``why``: why somebody
    was told or not, which step was taken, the kind of what followed, as codes."""

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
    why: str = ""


class Proof(Struct, frozen=True):
    """``status``: that of CAP, whether it was real; ``seq`` and ``digest``: the head of the journal when this was
    written; the daily seal names it."""

    notice: str
    title_zh: str
    title_en: str
    tlp: str
    kind: str
    status: str
    sent_at: datetime
    answer_by: datetime | None
    written_at: datetime
    seq: int
    digest: str
    events: list[Event]


def of(notice: Notice, actor: Actor) -> Proof:
    """Everything that happened, in its order, as far as ``actor`` may see it."""
    (seq, digest), now = journal.head(), clock.now()
    rows = notice.receipts.select_related("organisation", "seat").prefetch_related("deliveries", "answers")
    events = _let_out(notice, actor) + _enclosed(notice) + _withheld(notice, actor) + _called(notice)
    events += _climbed(notice) + _followed(notice, actor)
    events += [event for receipt in rows.order_by("pk") for event in _events(receipt)]
    events = _named(events)
    # What happened in one transaction has one second: it stands in the order in which one thing leads to the next.
    events.sort(key=lambda e: (e.at is None, (e.at or now).replace(microsecond=0), WHAT.index(e.what), e.organisation))
    events.append(Event(now, "sealed", "", "", "", "", reply=f"{seq} {digest}"))
    return Proof(
        notice=notice.public_id,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        tlp=TLP(notice.tlp).label,
        kind=notice.kind,
        status=rendering.status(notice.operation),
        sent_at=notice.sent_at,
        answer_by=notice.answer_by,
        written_at=now,
        seq=seq,
        digest=digest,
        events=events,
    )


def _let_out(notice: Notice, actor: Actor) -> list[Event]:
    """Who wrote a warning, handed it in, let it out, and looked at what one officer had let out alone."""
    people = ("author", "submitted_by", "decided_by", "reviewed_by")
    draft = Draft.objects.visible_to(actor).select_related(*people).filter(notice=notice).first()
    if draft is None:
        return []
    out = "let-out-alone" if draft.alone_because else "let-out"
    steps = (
        (draft.created_at, "written", draft.author, ""),
        (draft.submitted_at, "handed-in", draft.submitted_by, ""),
        (draft.decided_at, out, draft.decided_by, draft.alone_because),
        (draft.reviewed_at, "looked-at", draft.reviewed_by, draft.review),
    )
    return [
        Event(at, what, "", "", "", "", by=who.name if who else "", words=words)
        for at, what, who, words in steps
        if at is not None
    ]


def _withheld(notice: Notice, actor: Actor) -> list[Event]:
    """Who was not told, and why: what the rule of release said."""
    return [
        Event(
            each.at,
            "withheld",
            each.organisation.code,
            each.organisation.name_zh,
            each.organisation.name_en,
            each.seat.title_zh if each.seat else "",
            why=each.reason,
        )
        for each in withheld("notice", notice.public_id, actor)
        if each.organisation is not None
    ]


def _followed(notice: Notice, actor: Actor) -> list[Event]:
    """The Update or Cancel that took its place."""
    rows = notice.replaced_by.visible_to(actor)
    return [Event(each.sent_at, "followed", "", "", "", "", words=each.public_id, why=each.kind) for each in rows]


def _climbed(notice: Notice) -> list[Event]:
    """Every step that a silence brought about, for each organisation."""
    steps = [(entry.at, journal.facts(entry)) for entry in journal.about(notice.subject(), Journalled.NOTICE_ESCALATED)]
    taken = [(at, str(facts["move"]), str(ref)) for at, facts in steps for ref in _listed(facts["organisations"])]
    homes = {each.public_id: each for each in Organisation.objects.filter(public_id__in={ref for *_, ref in taken})}
    return [
        Event(at, "climbed", home.code, home.name_zh, home.name_en, "", why=move)
        for at, move, ref in taken
        if (home := homes.get(ref))
    ]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


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
    why = ", ".join(" ".join(filter(None, (each.get("reason"), each.get("value")))) for each in receipt.reasons)
    found = [Event(receipt.created_at, "told", *who, why=why)]
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


_COLUMNS = ("at", "status", *(name for name in Event.__struct_fields__ if name != "at"))


def as_csv(proof: Proof) -> str:
    """One line an event; what a spreadsheet would run as a formula is defused."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for event in proof.events:
        row: dict[str, Any] = msgspec.to_builtins(event) | {"status": proof.status}
        writer.writerow([text.defused(str(row[name] if row[name] is not None else "")) for name in _COLUMNS])
    return out.getvalue()


def as_json(proof: Proof) -> bytes:
    return msgspec.json.format(msgspec.json.encode(proof), indent=1)
