"""Whether the product is well, pure: silence of worker, ticker or mail is a fault."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct


class Sign(Struct, frozen=True):
    """A sign of life: when it came last, whether it was good."""

    name: str
    at: datetime
    good: bool = True
    detail: str = ""


class Part(Struct, frozen=True):
    """The state of one part. ``why``: a code for the reason when it is not ``ok``."""

    name: Literal["worker", "ticker", "mail", "handlers", "archive"]
    ok: bool
    why: str = ""


def judge(
    signs: list[Sign], *, now: datetime, silence: timedelta, oldest_mail: datetime | None, parked: int
) -> list[Part]:
    """The verdict on each part.

    Worker and ticker must have beaten within ``silence``. Mail is unwell when a delivery has waited longer
    than that, whatever the reason. Handlers are unwell while an event is parked, the archive while its store was away
    when it was last tried.
    """
    fresh = [sign for sign in signs if now - sign.at <= silence]
    worker = any(sign.name.startswith("worker:") for sign in fresh)
    ticker = any(sign.name == "ticker" for sign in fresh)
    archive = all(sign.good for sign in signs if sign.name == "archive")
    mail = oldest_mail is None or now - oldest_mail <= silence
    return [
        Part("worker", worker, "" if worker else "silent"),
        Part("ticker", ticker, "" if ticker else "silent"),
        Part("mail", mail, "" if mail else "waiting"),
        Part("handlers", parked == 0, "" if parked == 0 else "parked"),
        Part("archive", archive, "" if archive else "away"),
    ]
