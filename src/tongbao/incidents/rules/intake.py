"""What is taken in: one check for every door, and what is set aside before a person looks."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.engines import observables
from tongbao.kernel import text
from tongbao.kernel.refusals import Problem

SKEW = timedelta(minutes=5)
"""How far a reporter's clock may be ahead of ours."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

LENGTHS = {
    "summary": 200,
    "description": 20_000,
    "systems": 4_000,
    "addresses": 4_000,
    "measures": 4_000,
    "support": 4_000,
    "other": 4_000,
    "contact_name": 120,
    "contact_email": 254,
    "contact_telephone": 40,
    "type": 64,
    "homeland_type": 40,
}


class Entrance(StrEnum):
    """Why somebody reports: it has happened to them, they have found a weakness, or something looks suspicious."""

    INCIDENT = "incident"
    WEAKNESS = "weakness"
    SUSPICIOUS = "suspicious"


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A submission as a door hands it in. Seven parts of the statutory first report, and who to ask.

    Times are aware. ``contact_safe``: the contact address does not depend on the system that was hit.
    """

    summary: str
    description: str = ""
    aware_at: datetime | None = None
    occurred_at: datetime | None = None
    type: str = ""
    homeland_type: str = ""
    level: int | None = None
    systems: str = ""
    addresses: str = ""
    measures: str = ""
    support: str = ""
    other: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_telephone: str = ""
    contact_safe: bool = False
    entrance: Entrance = Entrance.INCIDENT


class Vocabulary(Struct, frozen=True):
    """The codes that a draft may use."""

    types: frozenset[str]
    levels: frozenset[int]
    homeland_types: frozenset[str] = frozenset()


def check(draft: Draft, *, known: Vocabulary, now: datetime) -> list[Problem]:
    """Everything that is wrong with ``draft``, each with its field."""
    found = [] if draft.summary.strip() else [Problem("summary", "required")]
    if draft.entrance == Entrance.WEAKNESS and not draft.systems.strip():
        found.append(Problem("systems", "required"))
    for field, most in LENGTHS.items():
        value = getattr(draft, field)
        if len(value) > most:
            found.append(Problem(field, "too-long", {"most": most}))
        elif code := text.fault(value):
            found.append(Problem(field, code))
    if draft.type and draft.type not in known.types:
        found.append(Problem("type", "choice-unknown", {"value": draft.type[:40]}))
    if draft.homeland_type and draft.homeland_type not in known.homeland_types:
        found.append(Problem("homeland_type", "choice-unknown", {"value": draft.homeland_type[:40]}))
    if draft.level is not None and draft.level not in known.levels:
        found.append(Problem("level", "choice-unknown", {"value": str(draft.level)}))
    if draft.contact_email and not _EMAIL.fullmatch(draft.contact_email):
        found.append(Problem("contact_email", "email-unreadable"))
    return found + _times(draft, now)


def named(draft: Draft) -> tuple[observables.Seen, ...]:
    """What a report names that can be looked up. Whom to ask is no suspect."""
    said = [draft.addresses, draft.summary, draft.description, draft.systems, draft.other]
    return observables.extract("\n".join(said))


def alike(draft: Draft) -> str:
    """What reports of the same thing share, or empty where that cannot be told: the links and addresses that
    somebody found suspicious, whatever the words around them. Of a link its page counts: what follows ``?`` or ``#``
    is often another for every victim."""
    if draft.entrance != Entrance.SUSPICIOUS:
        return ""
    seen = [each for each in named(draft) if each.kind in {"url", "hash", "email"}] or list(named(draft))
    told = sorted({f"{each.kind} {_page(each)}" for each in seen if not observables.warning(each.kind, each.value)})
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if told else ""


def _page(named: observables.Seen) -> str:
    return re.split(r"[?#]", named.value, maxsplit=1)[0] if named.kind == "url" else named.value


def time_fault(moment: datetime | None, now: datetime) -> str | None:
    """Why a time that somebody says of an incident cannot be right: a problem code, or None."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return "time-without-zone"
    if moment > now + SKEW:
        return "time-in-future"
    return "time-too-old" if moment.year < 2000 else None


def _times(draft: Draft, now: datetime) -> list[Problem]:
    codes = {field: time_fault(getattr(draft, field), now) for field in ("aware_at", "occurred_at")}
    found = [Problem(field, code) for field, code in codes.items() if code]
    if not found and draft.aware_at and draft.occurred_at and draft.occurred_at > draft.aware_at:
        found.append(Problem("aware_at", "aware-before-occurred"))
    return found


class Arrival(Struct, frozen=True):
    """How a submission from the public arrived. ``seconds``: from showing the form to sending it;
    ``form_unknown``: it did not come from a form of ours, or from one older than a day; ``flooded``: more came from its
    network, or from all, than there is room for; ``odd``: built to do harm."""

    trap_filled: bool = False
    form_unknown: bool = False
    seconds: float | None = None
    flooded: bool = False
    odd: bool = False


QUICKEST = 3.0


def set_aside(arrival: Arrival) -> str:
    """Why a submission goes to quarantine instead of triage: a reason code, or empty. Nothing is refused."""
    if arrival.trap_filled:
        return "trap"
    if arrival.odd:
        return "odd-mail"
    if arrival.form_unknown:
        return "form-unknown"
    if arrival.seconds is not None and arrival.seconds < QUICKEST:
        return "too-quick"
    if arrival.flooded:
        return "flood"
    return ""
