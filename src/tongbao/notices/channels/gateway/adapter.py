"""A gateway as a channel: one request a message, through the way out that all of the product uses."""

import requests
from msgspec import structs

from tongbao import net
from tongbao.kernel.settings import Settings
from tongbao.net import OutboundRefused
from tongbao.notices import links
from tongbao.notices.channels.base import Content, repeat_of
from tongbao.notices.channels.gateway import described, outcomes, text
from tongbao.notices.channels.gateway.described import Described
from tongbao.notices.models import Delivery
from tongbao.notices.rules import Outcome


class Gateway:
    """``kind`` over the gateway described in a file; None: there is none here."""

    shared = True

    def __init__(self, kind: str, found: Described | None, *, secret: str, ours: Settings) -> None:
        self.kind, self.found, self.secret = kind, found, secret
        self.rate = found.rate_per_minute if found is not None else 0
        self.office = {"zh": ours.office_name_zh, "en": ours.office_name_en}
        self.session: requests.Session | None = None

    def ready(self) -> bool:
        return self.found is not None

    def gateway(self, delivery: Delivery) -> str:
        return self.kind

    def open(self) -> Outcome | None:
        bounds = structs.replace(net.configured(), seconds=float(self._described.timeout), most=256 * 1024)
        self.session = net.session(purpose=self.kind, guard=bounds)
        return None

    def content(self, delivery: Delivery) -> Content:
        found, repeat = self._described, repeat_of(delivery)
        if delivery.receipt is not None:
            said = text.of_notice(
                delivery.receipt.notice,
                delivery,
                office=self.office,
                link=links.address(delivery.receipt),
                repeat=repeat,
                most=found.longest,
            )
        else:
            assert delivery.letter is not None  # noqa: S101 - a constraint of the table
            said = text.of_letter(delivery.letter, most=found.longest)
        values = self._values(delivery, said, repeat)
        body = described.filled(found.body, values, found.encoding)
        return Content(body.encode(), target=described.address(found.url, values))

    def send(self, delivery: Delivery, content: Content) -> Outcome:
        if self.session is None:
            self.open()
        assert self.session is not None  # noqa: S101 - just opened
        values = self._values(delivery, "", repeat_of(delivery))
        headers = {name: described.header(each, values) for name, each in self._described.headers.items()}
        try:
            answer = self.session.request(
                self._described.method,
                content.target,
                data=content.payload or None,
                headers=headers,
                allow_redirects=False,
            )
        except OutboundRefused as refusal:
            return not_through(refusal)
        return outcomes.of_gateway(self._described, answer.status_code, answer.text[:20_000])

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    @property
    def _described(self) -> Described:
        assert self.found is not None  # noqa: S101 - asked only when ready
        return self.found

    def _values(self, delivery: Delivery, said: str, repeat: int) -> dict[str, str]:
        return {
            "to": delivery.address,
            "text": said,
            "reference": delivery.public_id,
            "repeat": str(repeat) if repeat > 1 else "",
            "secret": self.secret,
            "sender": self._described.sender,
            "language": delivery.language or "zh-hant",
        }


def not_through(refusal: OutboundRefused) -> Outcome:
    """Nothing has left: the gateway is away. Something has: nobody knows whether it arrived."""
    if refusal.begun:
        return Outcome(sent=False, reply=refusal.code, broke=True, unknown=True)
    return Outcome(sent=False, reply=refusal.code, away=True)
