"""Decisions of notices, pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.release import rules as release


class Grade(StrEnum):
    """How an answer came, and so how much it proves."""

    SIGNED_IN = "signed-in"
    LINK = "link"
    REPLY = "reply"
    SMS = "sms"
    KEYS = "keys"
    TELEPHONE = "telephone"
    API = "api"


class Offer(Struct, frozen=True):
    """An answer that a notice offers. ``blind``: may be given without reading; ``text``: needs words."""

    code: str
    blind: bool = False
    text: bool = False


class Standing(Struct, frozen=True):
    """What a receipt has been through: its last answer and when answers were due."""

    answer_by: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""


class Taken(Struct, frozen=True):
    """The outcome of an answer: ``repeat`` changes nothing, ``late`` came after the time asked for."""

    repeat: bool
    late: bool


def take(standing: Standing, offers: tuple[Offer, ...], code: str, text: str, *, may_read: bool, at: datetime) -> Taken:
    """Judge an answer. Raises Invalid for one that was not offered or lacks its words, Conflict for one
    that may not be given without reading the notice."""
    offer = next((offer for offer in offers if offer.code == code), None)
    if offer is None:
        raise Invalid.one("answer", "answer-not-offered")
    if not may_read and not offer.blind:
        raise Conflict("sign-in-to-answer")
    if offer.text and not text.strip():
        raise Invalid.one("text", "required")
    late = standing.answer_by is not None and at > standing.answer_by
    return Taken(repeat=standing.answer == code and not text.strip(), late=late)


def shows_content(tlp: int, *, protected: bool = False) -> bool:
    """Whether a message or a signed link may carry the text, by the one rule of release."""
    return release.shows(tlp, protected=protected)


LEASE = timedelta(minutes=2)
_WAITS = (30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_ATTEMPTS = 48
KNOCK_AGAIN = timedelta(seconds=30)
"""How long nobody tries to connect after a gateway was away."""
MOST_BREAKS = 3
"""So many connections broken one after the other are the server's fault, not the recipients'."""


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: half a minute at first, an hour at last."""
    return timedelta(seconds=_WAITS[min(attempts, len(_WAITS)) - 1])


class Outcome(Struct, frozen=True):
    """What became of an attempt. ``sent``; or not, and then ``permanent`` or to be tried again.

    ``broke``: the connection broke. ``unknown``: after the message had begun to travel; it may have arrived.
    ``away``: the server could not be reached at all, so nothing has been tried. ``reference``: what the other
    side calls the message. ``protected``: nobody else could read it on its way.
    """

    sent: bool
    reply: str
    permanent: bool = False
    broke: bool = False
    unknown: bool = False
    away: bool = False
    contact_broken: bool = False
    reference: str = ""
    protected: bool = False


def of_reply(code: int, text: str, *, stage: str) -> Outcome:
    """The outcome of an SMTP reply (RFC 5321 section 4.2): 2xx sent, 4xx later, 5xx never.

    A 5xx to RCPT says that the address itself is at fault.
    """
    reply = f"{code} {text}"[:500]
    if 200 <= code < 300:
        return Outcome(sent=True, reply=reply)
    permanent = code >= 500
    return Outcome(sent=False, reply=reply, permanent=permanent, contact_broken=permanent and stage == "rcpt")


def protected(outcome: Outcome) -> Outcome:
    return replace(outcome, protected=True)


def apart(rate: int) -> timedelta:
    """The time between two messages at ``rate`` a minute."""
    return timedelta(minutes=1) / rate


def allowed(free_at: datetime, rate: int, *, at: datetime, most: int) -> int:
    """How many messages may leave now: up to a second's worth at once (one at least), the others later.

    ``free_at``: when the last one that has left has used up its time.
    """
    step = apart(rate)
    burst = max(step, timedelta(seconds=1))
    return min(most, max(0, (at + burst - max(free_at, at)) // step))


Verdict = Literal["delivered", "failed", "broken"]


def of_report(state: str, *, maybe_sent: bool, verdict: Verdict) -> str:
    """The state that a gateway's report leaves a delivery in; the same state when it says nothing new.

    What was delivered stays so, whatever is said later. Of what we have never sent a report proves nothing.
    """
    told = state == "sent" or (state in ("due", "sending") and maybe_sent) or state == "sending"
    if verdict == "delivered":
        return "delivered" if told or state == "failed" else state
    return "failed" if told else state
