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

    @property
    def kind(self) -> str:
        """``worker`` of ``worker:host:1``."""
        return self.name.partition(":")[0]

    @property
    def which(self) -> str:
        return self.name.partition(":")[2]


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
    than that, whatever the reason, and while the mailbox of replies cannot be read. Handlers are unwell while an
    event is parked, the archive while its store was away when it was last tried.
    """
    fresh = [sign for sign in signs if now - sign.at <= silence]
    worker = any(sign.name.startswith("worker:") for sign in fresh)
    ticker = any(sign.name == "ticker" for sign in fresh)
    archive = all(sign.good for sign in signs if sign.name == "archive")
    unread = any(sign.name == "replies" and not sign.good for sign in fresh)
    waits = oldest_mail is not None and now - oldest_mail > silence
    mail = "waiting" if waits else "away" if unread else ""
    return [
        Part("worker", worker, "" if worker else "silent"),
        Part("ticker", ticker, "" if ticker else "silent"),
        Part("mail", not mail, mail),
        Part("handlers", parked == 0, "" if parked == 0 else "parked"),
        Part("archive", archive, "" if archive else "away"),
    ]
