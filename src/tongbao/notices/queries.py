"""Reading notices for the desk: drafts, silences, how far a warning has got."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices.models import Answer, Delivery, Draft, Notice, Reach, Receipt
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

SHOWN = 100
now = clock.now


def desk(actor: Actor) -> dict[str, Any]:
    """The first page of warnings."""
    rows = Draft.objects.visible_to(actor).select_related("author", "operation", "replaces")
    return {
        "waiting": list(rows.waiting().order_by("submitted_at", "id")[:SHOWN]),
        "drafts": list(rows.filter(state=Draft.State.DRAFTING)[:SHOWN]),
        "unreviewed": list(rows.unreviewed().order_by("review_by", "id")[:SHOWN]),
        "prepared": list(rows.filter(state=Draft.State.PREPARED, replaces__in=standing(actor))[:SHOWN]),
        "silent": silent(actor),
    }


def standing(actor: Actor) -> Any:
    """Warnings that hold now: neither replaced, nor cancelled, nor run out."""
    rows = Notice.objects.visible_to(actor).exclude(content="").exclude(kind="cancel")
    return rows.filter(replaced_by=None).filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()))


def silent(actor: Actor) -> list[Reach]:
    """Organisations whose silence has come to the officer on duty, the longest first."""
    rows = Reach.objects.silent().filter(notice__in=standing(actor))
    return list(rows.select_related("notice", "organisation").order_by("red_at", "id")[:SHOWN])


class Line(Struct, frozen=True):
    """One organisation on the board of a warning. ``stage``: how far it has got; ``silence``: for how long."""

    organisation: Organisation
    reach: Reach | None
    receipts: int
    sent: int
    read: int
    answered: int
    failed: int
    last: str
    help: bool
    silence: timedelta | None

    @property
    def stage(self) -> str:
        """met, silent (on the duty officer's list), disputed, refused, answered, read, sent, waiting or unreached."""
        if self.reach is not None and self.reach.state == Reach.State.MET:
            return "disputed" if self.reach.disputed else "met"
        if self.reach is not None and self.reach.red_at is not None:
            return "silent"
        if self.answered:
            return "answered"
        if self.read:
            return "read"
        if self.sent:
            return "sent"
        return "unreached" if self.failed else "waiting"


class Board(Struct, frozen=True):
    """A warning at one glance: the counts, and every organisation, the oldest silence first."""

    lines: list[Line]
    counts: dict[str, int]
    asked: int
    met: int
    enough: bool


MOST_LINES = 5000


def board(notice: Notice) -> Board:
    """How far ``notice`` has got in every organisation. Five queries, however many there are."""
    warning = notice.warning
    receipts = _per_organisation(Receipt.objects.filter(notice=notice), "organisation")
    told = receipts.annotate(
        n=Count("id"), was_read=Count("read_at"), was_answered=Count("answered_at"), first=Min("created_at")
    )
    deliveries = _per_organisation(Delivery.objects.filter(receipt__notice=notice), "receipt__organisation")
    tried = {
        row["receipt__organisation"]: row
        for row in deliveries.annotate(
            ok=Count("id", filter=Q(state=Delivery.State.SENT)), bad=Count("id", filter=Q(state=Delivery.State.FAILED))
        )
    }
    reaches = {each.organisation_id: each for each in Reach.objects.filter(notice=notice)}
    last = _last_answers(notice)
    homes = Organisation.objects.in_bulk([row["organisation"] for row in told])
    at = clock.now()
    lines = [
        _line(homes[row["organisation"]], row, tried.get(row["organisation"], {}), reaches, last, at) for row in told
    ]
    lines.sort(key=lambda each: (-(each.silence or timedelta(-1)), each.organisation.code))
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        counts[line.stage] += 1
    met = sum(each.state == Reach.State.MET for each in reaches.values())
    wanted = (warning.quorum.organisations if warning else 0) or len(reaches)
    return Board(lines[:MOST_LINES], dict(counts), wanted, met, bool(reaches) and met >= wanted)


def _per_organisation(rows: Any, field: str) -> Any:
    return rows.order_by().values(field)


def _last_answers(notice: Notice) -> dict[int, list[tuple[str, int]]]:
    """The last answer of every receipt, by organisation."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = Answer.objects.filter(receipt__notice=notice).order_by("at", "id")
    for organisation, receipt, code in rows.values_list("receipt__organisation", "receipt", "code"):
        found[organisation][receipt] = code
    return {key: [(code, receipt) for receipt, code in last.items()] for key, last in found.items()}


def _line(
    home: Organisation,
    told: dict[str, Any],
    tried: dict[str, Any],
    reaches: dict[int, Reach],
    last: dict[int, list[tuple[str, int]]],
    at: datetime,
) -> Line:
    reach, codes = reaches.get(home.pk), [code for code, _receipt in last.get(home.pk, [])]
    waits = reach is not None and reach.state == Reach.State.OPEN
    return Line(
        organisation=home,
        reach=reach,
        receipts=told["n"],
        sent=tried.get("ok", 0),
        read=told["was_read"],
        answered=told["was_answered"],
        failed=tried.get("bad", 0),
        last=codes[-1] if codes else "",
        help="need-help" in codes or "cannot-act" in codes,
        silence=at - told["first"] if waits else None,
    )
