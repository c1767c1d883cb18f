"""From a mail to a report: what its fields become, whose signature it carries, what it belongs to."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower
from msgspec import Struct

from tongbao.engines import observables
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.incidents.models import Submission, Thread
from tongbao.incidents.rules import desk
from tongbao.incidents.rules.intake import LENGTHS, Draft, Entrance
from tongbao.jobs.rows import add_all
from tongbao.kernel import text
from tongbao.kernel.refusals import Refusal
from tongbao.parties import openpgp
from tongbao.parties.models import ContactPoint
from tongbao.policy.statements import Statement
from tongbao.standards import abuse, letters
from tongbao.standards.letters import Letter

OURS = re.compile(r"\[TB-R ([A-Z2-7]{10})\]", re.IGNORECASE)
"""How our own mails about a report name it in their subject."""
CUT = "\n…（原信全文見附檔 / the whole mail is attached）"
_MIME = re.compile(rb"(Content-|MIME-Version:|Subject:|From:|Date:|To:|Message-ID:)", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_SHORT = 39
"""So that many addresses fit into their field; a longer name is found in the text."""
_ASIDE = {"nested-too-deep", "too-many-parts", "archive-bomb", "archive-too-large", "many-recipients"}
_SIGNATURE = "application/pgp-signature"
MOST_RECIPIENTS, MOST_PARTS, MOST_ADDRESSES = 100, 50, 100


class Opened(Struct, frozen=True):
    """A mail with everything that we could open. ``signer``: the contact point whose key it was signed with;
    ``aside``: why it is set aside before a person looks, a code."""

    letter: Letter
    report: abuse.Report
    signer: ContactPoint | None = None
    sealed: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        many = ("many-recipients",) if self.letter.recipients > MOST_RECIPIENTS else ()
        return (*self.letter.problems, *self.report.problems, *many)

    @property
    def aside(self) -> bool:
        return bool(_ASIDE & set(self.problems))


def opened(letter: Letter) -> Opened:
    """The letter, with what was encrypted in it, and whose signature it carries."""
    if not (letter.sealed or letter.signature or letter.clear_signed):
        return Opened(letter, abuse.recognised(letter))
    inner = _decrypted(letter)
    whole = inner or letter
    signer = _signer(whole)
    return Opened(whole, abuse.recognised(whole), signer, sealed=inner is not None)


def _decrypted(letter: Letter) -> Letter | None:
    """What was sealed, as the letter that it is: its headers are those outside where it has none of its own."""
    ours = settings.TONGBAO
    if not letter.sealed or not ours.openpgp_key or not openpgp.there():
        return None
    secret = Path(ours.openpgp_key).read_text(encoding="ascii")
    with openpgp.ring() as ring:
        plain = ring.decrypted(letter.sealed, secret, passphrase=ours.openpgp_passphrase)
    if not plain:
        return None
    within = plain if _MIME.match(plain) else b"Content-Type: text/plain; charset=utf-8\n\n" + plain
    inner = letters.read(within)
    return msgspec.structs.replace(
        inner,
        sender=letter.sender,
        sender_name=letter.sender_name,
        subject=inner.subject or letter.subject,
        message_id=letter.message_id,
        answers=letter.answers,
        tickets=letter.tickets,
        automatic=letter.automatic,
    )


def _signer(letter: Letter) -> ContactPoint | None:
    """The contact point with the sender's address whose key has made the signature."""
    if not (letter.signature or letter.clear_signed):
        return None
    by_key = {each.pgp_key: each for each in _with_keys(letter.sender.lower())}
    content = letter.signed if letter.signature else letter.text.encode()
    return by_key.get(openpgp.signed_by(content, letter.signature, list(by_key))) if by_key else None


@Statement
def _with_keys(sender: str) -> QuerySet[ContactPoint]:
    rows = ContactPoint.objects.filter(kind="email").alias(lower=Lower("address")).filter(lower=sender)
    return rows.exclude(pgp_key="").select_related("seat__organisation").order_by("pk")[:5]


def draft_of(opened: Opened) -> Draft:
    """What a mail says, as every door hands it in."""
    letter, report = opened.letter, opened.report
    words = "\n".join(filter(None, [letter.text, *_told(report)]))
    subject = OURS.sub("", letter.subject).strip() or words.strip().partition("\n")[0] or "（無主旨 / no subject）"
    forwarded = any(part.media_type == "message/rfc822" for part in letter.parts)
    return Draft(
        summary=text.readable(subject)[: LENGTHS["summary"]],
        description=_fitting(text.readable(words), LENGTHS["description"]),
        addresses=_addresses(words, letter),
        contact_name=text.readable(letter.sender_name),
        contact_email=letter.sender if _EMAIL.fullmatch(letter.sender) and not letter.automatic else "",
        entrance=Entrance.SUSPICIOUS if report.form or forwarded else Entrance.INCIDENT,
    )


def _told(report: abuse.Report) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in report.fields)
    yield from (f"{each.name}: {each.rows} × {', '.join(each.columns)}" for each in report.tables)


def _fitting(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - len(CUT)] + CUT


def _addresses(words: str, letter: Letter) -> str:
    """The hosts and addresses that a mail names, without the sender's own and those that accuse nobody."""
    own = letter.sender.rpartition("@")[2].lower()
    kept: list[str] = []
    for each in observables.extract(words):
        if each.kind not in {"ipv4", "ipv6", "domain"} or observables.warning(each.kind, each.value):
            continue
        if (own and each.value.endswith(own)) or desk.addresses(each.value)[1]:
            continue
        kept.append(each.value)
    return "\n".join(each for each in kept[:MOST_ADDRESSES] if len(each) < _SHORT)


def belongs_to(letter: Letter) -> Submission | None:
    """The report that a mail is about: by our number or its sender's own in the subject, or by what it answers."""
    names = [*(f"ref:{each.upper()}" for each in OURS.findall(letter.subject)[:5]), *_names(letter)]
    found = _threads.first(*names) if names else None
    return found.submission if found is not None else None


@Statement
def _threads(*names: str) -> QuerySet[Thread]:
    return Thread.objects.filter(name__in=names).select_related("submission").order_by("-id")[:1]


def _names(letter: Letter) -> list[str]:
    return [f"id:{each}"[:300] for each in letter.answers] + _tickets(letter)


def _tickets(letter: Letter) -> list[str]:
    domain = letter.sender.rpartition("@")[2].lower()
    return [f"ticket:{domain} {each.upper()}" for each in letter.tickets] if domain else []


def remember(submission: Submission, letter: Letter | None = None, *, message_id: str = "") -> None:
    """Keep what later mails may name to belong to this report. Inside a verb."""
    names = [f"id:{message_id.strip('<>')}"] if message_id else []
    if letter is not None:
        names += [f"id:{letter.message_id}"[:300]] if letter.message_id else []
        names += [*_tickets(letter), f"ref:{submission.reference}"]
    add_all([Thread(submission=submission, name=name) for name in dict.fromkeys(names)], known=True)


def parts_on_disk(raw: bytes, letter: Letter) -> list[Received]:
    """The mail as it came, and what is attached to it, each under its own name. What is too large or empty is in the
    mail all the same, and so is its signature, which is nothing without it."""
    kept = [Received(store.write([raw]), "mail.eml", "message/rfc822")]
    attached = [each for each in letter.parts if each.media_type != _SIGNATURE]
    for part in attached[:MOST_PARTS]:
        try:
            kept.append(Received(store.write([part.content]), part.name, part.media_type))
        except Refusal:
            continue
    return kept
