"""Mail as a channel: what all recipients of a notice share is encoded once; encrypted mail is made for each."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tongbao.files import steps as files
from tongbao.files import store
from tongbao.files.models import StoredFile
from tongbao.kernel import clock
from tongbao.kernel.settings import Settings
from tongbao.net import smtp
from tongbao.notices import enclosing, links, replies, rules
from tongbao.notices.channels.base import Content, repeat_of
from tongbao.notices.channels.email import compose, words
from tongbao.notices.channels.email.transport import Connect, Post
from tongbao.notices.models import Delivery, Notice
from tongbao.notices.rules import Outcome
from tongbao.parties import openpgp
from tongbao.parties.models import ContactPoint

MOST_ENCLOSED = 8 * 1024 * 1024
_log = logging.getLogger(__name__)


class Mail:
    """The operator's mail server. Encrypted where the contact point has a key that still holds."""

    kind = "email"
    shared = True

    def __init__(self, ours: Settings, connect: Connect | None = None) -> None:
        self.ours = ours
        self.rate = ours.smtp_rate
        self.set_up = bool(ours.smtp_host) or connect is not None
        self.post = Post(connect or (lambda: smtp(ours)), ours.mail_from)
        self.composed: dict[tuple[str, int, str], compose.Shared] = {}
        self.ring: openpgp.Ring | None = None
        self.office = {"zh": ours.office_name_zh, "en": ours.office_name_en}

    def ready(self) -> bool:
        return self.set_up

    def gateway(self, delivery: Delivery) -> str:
        return self.kind

    def open(self) -> Outcome | None:
        return self.post.open()

    def content(self, delivery: Delivery) -> Content:
        receipt, letter = delivery.receipt, delivery.letter
        if receipt is not None:
            code, own = _code(delivery), words.own(receipt, delivery.language)
            sealed = self._sealed(delivery, receipt.notice, own + links.address(receipt))
            if sealed is not None:
                return sealed
            line = (own if rules.shows_content(receipt.notice.tlp) else "") + links.address(receipt)
            parts = self._of_notice(receipt.notice, delivery.language, "notice")
        else:
            assert letter is not None  # noqa: S101 - a constraint of the table
            key, code, line = ("letter", letter.pk, ""), "", ""
            self.composed[key] = self._shared(compose.Words(title=letter.title, before=letter.body, after=""), "")
            parts = self.composed[key]
        return Content(
            compose.message(
                parts,
                to=delivery.address,
                message_id=delivery.message_id,
                line=line,
                repeat=repeat_of(delivery),
                code=code,
            )
        )

    def send(self, delivery: Delivery, content: Content) -> Outcome:
        return self.post.send(delivery.address, content.payload)

    def close(self) -> None:
        self.post.close()
        if self.ring is not None:
            self.ring.close()
            self.ring = None

    def _sealed(self, delivery: Delivery, notice: Notice, line: str) -> Content | None:
        """The mail encrypted, if that is possible."""
        if not _usable(delivery.contact, clock.now()) or not openpgp.there():
            return None
        assert delivery.contact is not None  # noqa: S101 - it has a key
        text = self._of_notice(notice, delivery.language, "sealed")
        repeat = repeat_of(delivery)
        armoured = self._encrypted(compose.inner(text, line=line, repeat=repeat), delivery.contact.pgp_key)
        if not armoured:
            return None
        outside = self._of_notice(notice, delivery.language, "outside")
        named = {"to": delivery.address, "message_id": delivery.message_id}
        sealed = compose.encrypted(outside, armoured, **named, repeat=repeat, code=_code(delivery))
        return Content(sealed, protected=True)

    def _encrypted(self, content: bytes, key: str) -> str:
        """Empty when it cannot be done, whatever the reason: then the mail leaves as if there were no key."""
        try:
            return self._opened().encrypted(content, key, passphrase=self.ours.openpgp_passphrase)
        except Exception:
            _log.exception("a mail could not be encrypted")
            return ""

    def _opened(self) -> openpgp.Ring:
        if self.ring is None:
            self.ring = openpgp.Ring()
            if self.ours.openpgp_key:
                self.ring.sign_with(Path(self.ours.openpgp_key).read_text(encoding="ascii"))
        return self.ring

    def _of_notice(self, notice: Notice, language: str, how: str) -> compose.Shared:
        key = (how, notice.pk, language)
        if key not in self.composed:
            if how == "outside":
                text = words.waiting(notice, language, office=self.office)
                enclosed = []
            else:
                sealed = how == "sealed"
                readable = rules.shows_content(notice.tlp, protected=sealed)
                kept = [each for each in files.attached(notice) if each.purged_at is None] if readable else []
                enclosed = _enclosed(kept)
                left = [] if enclosed else [each.name for each in kept]
                text = words.of_notice(notice, language, office=self.office, protected=sealed, at_link=left)
            self.composed[key] = self._shared(text, language, enclosed)
        return self.composed[key]

    def _shared(self, text: compose.Words, language: str, enclosed: Sequence[compose.Enclosed] = ()) -> compose.Shared:
        name = self.office["en" if language.startswith("en") else "zh"]
        return compose.shared(text, sender=self.ours.mail_from, sender_name=name, at=clock.now(), enclosed=enclosed)


def _enclosed(kept: list[StoredFile]) -> list[compose.Enclosed]:
    """The notice's files, unless they are too much for a mail: then they wait at the link."""
    if sum(each.outgoing.size for each in kept) > MOST_ENCLOSED:
        return []
    found = []
    for each in kept:
        with store.read(each.outgoing.sha256) as stream:
            found.append(compose.Enclosed(each.name, enclosing.media_type(each.media_type), stream.read()))
    return found


def _code(delivery: Delivery) -> str:
    return replies.shown(delivery.reply_code) if delivery.reply_code else ""


def _usable(contact: ContactPoint | None, at: datetime) -> bool:
    """Whether there is a key that has not expired."""
    if contact is None or not contact.pgp_key:
        return False
    return contact.pgp_expires_at is None or contact.pgp_expires_at > at
