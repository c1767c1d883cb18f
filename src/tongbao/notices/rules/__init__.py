"""Decisions of notices, pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.release import rules as release


class Grade(StrEnum):
    """How an answer came, and so how much it proves."""

    SIGNED_IN = "signed-in"
    LINK = "link"
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


def shows_content(tlp: int) -> bool:
    """Whether unprotected mail and signed links may carry the text, by the one rule of release."""
    return release.shows(tlp, protected=False)


LEASE = timedelta(minutes=2)
_WAITS = (30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_ATTEMPTS = 48
KNOCK_AGAIN = timedelta(seconds=30)
"""How long nobody tries to connect after the mail server was away."""
MOST_BREAKS = 3
"""So many connections broken one after the other are the server's fault, not the recipients'."""


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: half a minute at first, an hour at last."""
    return timedelta(seconds=_WAITS[min(attempts, len(_WAITS)) - 1])


class Outcome(Struct, frozen=True):
    """What became of an attempt. ``sent``; or not, and then ``permanent`` or to be tried again.

    ``broke``: the connection broke. ``unknown``: after the message had begun to travel; it may have arrived.
    ``away``: the server could not be reached at all, so nothing has been tried.
    """

    sent: bool
    reply: str
    permanent: bool = False
    broke: bool = False
    unknown: bool = False
    away: bool = False
    contact_broken: bool = False


def of_reply(code: int, text: str, *, stage: str) -> Outcome:
    """The outcome of an SMTP reply (RFC 5321 section 4.2): 2xx sent, 4xx later, 5xx never.

    A 5xx to RCPT says that the address itself is at fault.
    """
    reply = f"{code} {text}"[:500]
    if 200 <= code < 300:
        return Outcome(sent=True, reply=reply)
    permanent = code >= 500
    return Outcome(sent=False, reply=reply, permanent=permanent, contact_broken=permanent and stage == "rcpt")
