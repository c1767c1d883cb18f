"""A webhook as a channel. Each recipient has a machine of its own: one that is down holds back nobody else."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from msgspec import structs

from tongbao import net
from tongbao.files import steps as files
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.settings import Settings
from tongbao.net import OutboundRefused
from tongbao.notices import links, offering, particular, replies, rules
from tongbao.notices.channels.base import Content, repeat_of
from tongbao.notices.channels.gateway import outcomes
from tongbao.notices.channels.webhook import signing
from tongbao.notices.models import Delivery, Notice
from tongbao.notices.rules import Outcome
from tongbao.operations import rendering


class Webhook:
    """JSON over HTTPS, signed with the contact point's own secret. Unprotected: it carries what a mail may."""

    kind = "webhook"
    shared = False

    def __init__(self, ours: Settings) -> None:
        self.ours = ours
        self.rate = ours.webhook_rate
        self.session: requests.Session | None = None

    def ready(self) -> bool:
        return True

    def gateway(self, delivery: Delivery) -> str:
        return urlsplit(delivery.address).netloc

    def open(self) -> Outcome | None:
        bounds = structs.replace(net.configured(), seconds=float(self.ours.webhook_timeout), most=64 * 1024)
        self.session = net.session(purpose="webhook", guard=bounds)
        return None

    def content(self, delivery: Delivery) -> Content:
        if delivery.letter is not None:
            return Content(delivery.letter.body.encode())
        return Content(msgspec.json.encode(document(delivery)))

    def send(self, delivery: Delivery, content: Content) -> Outcome:
        if self.session is None:
            self.open()
        assert self.session is not None  # noqa: S101 - just opened
        try:
            answer = self.session.post(
                delivery.address,
                data=content.payload,
                headers=_headers(delivery, content.payload),
                allow_redirects=False,
            )
        except OutboundRefused as refusal:
            return Outcome(
                sent=False,
                reply=refusal.code,
                permanent=refusal.permanent and not refusal.begun,
                broke=True,
                unknown=refusal.begun,
            )
        return outcomes.of_webhook(answer.status_code, answer.text[:2000])

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None


def document(delivery: Delivery) -> dict[str, Any]:
    """What the other side gets of a notice."""
    receipt = delivery.receipt
    assert receipt is not None  # noqa: S101 - a letter is its own text
    notice = receipt.notice
    readable = rules.shows_content(notice.tlp)
    return {
        "delivery": delivery.public_id,
        "repeat": repeat_of(delivery) if repeat_of(delivery) > 1 else None,
        "notice": {
            "id": notice.public_id,
            "status": rendering.status(notice.operation),
            "tlp": TLP(notice.tlp).label,
            "sent_at": notice.sent_at,
            "answer_by": notice.answer_by,
            **(_said(notice) if readable else {}),
        },
        "receipt": receipt.public_id,
        "told_for": particular.reasons(receipt) if readable else [],
        "answer_at": links.address(receipt),
        "answers": [
            {"code": each.code, "label": each.labels[0], "label_zh": each.labels[1]}
            for each in offering.choices(notice)
        ],
        "reply_code": replies.shown(delivery.reply_code),
    }


def _said(notice: Notice) -> dict[str, Any]:
    """Its words, marked as those of a drill or test where they are, and its files."""
    words = {}
    for short in ("zh", "en"):
        words[f"title_{short}"] = rendering.titled(notice.operation, getattr(notice, f"title_{short}"), short)
        mode = rendering.instruction(notice.operation, short)
        words[f"body_{short}"] = "\n\n".join(filter(None, (mode, getattr(notice, f"body_{short}"))))
    return words | {"files": _files(notice)}


def _files(notice: Notice) -> list[dict[str, Any]]:
    """What goes with it; fetched with an API key."""
    return [
        {"id": each.public_id, "name": each.name, "size": each.outgoing.size, "sha256": each.outgoing.sha256}
        for each in files.attached(notice)
        if each.purged_at is None
    ]


def _headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    secret = delivery.contact.secret if delivery.contact is not None else ""
    repeat = repeat_of(delivery)
    return {
        "Content-Type": "application/json",
        signing.DELIVERY: delivery.public_id,
        **({signing.REPEAT: str(repeat)} if repeat > 1 else {}),
        **signing.headers(secret, body, at=clock.now()),
    }
