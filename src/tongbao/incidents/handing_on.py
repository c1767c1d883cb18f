"""What of a case is handed on to another team, in which form; the signature that says it is ours."""

from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from msgspec import Struct

from tongbao.incidents.models import Incident
from tongbao.journal import seal
from tongbao.kernel import canonical
from tongbao.kernel.refusals import Invalid
from tongbao.standards import sharing

FORMAT = "tongbao-case-1"
MOST = 5 * 1024 * 1024


class Bundle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case on its way from one team to another. ``answers``: the digest of the bundle that it came with, when it goes
    back; ``note``: what is asked or reported."""

    format: str
    sender: str
    to: str
    sent_at: str
    reference: str
    title: str
    summary: str
    type: str
    tlp: str
    aware_at: str
    note: str
    named: tuple[tuple[str, str], ...]
    answers: str = ""


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """``bundle`` is the canonical text that was signed, as it was signed."""

    bundle: str
    key: str
    signature: str


def sheet(incident: Incident) -> sharing.Sheet:
    """A case as others may know it: nothing of who takes part, of threads and of notes among handlers; nor a value
    that was named under a narrower marking than the case's."""
    rows = incident.observables.filter(tlp__lte=incident.tlp).order_by("id")[:2000]
    named = {
        (each.kind, each.value): sharing.Named(each.kind, each.value, each.noted_at, bool(each.warning))
        for each in reversed(rows)
    }
    return sharing.Sheet(
        reference=incident.reference,
        title=incident.title,
        summary="",
        type=incident.type,
        tlp=incident.tlp_label,
        opened_at=incident.opened_at,
        updated_at=incident.updated_at,
        office=settings.TONGBAO.office_name_en,
        named=tuple(named[key] for key in sorted(named)),
    )


def written(form: str, what: sharing.Sheet) -> bytes:
    """The bytes of a sheet in one of the forms that are no bundle."""
    made: dict[str, Any] = sharing.stix(what) if form == "stix" else sharing.misp(what)
    return msgspec.json.format(msgspec.json.encode(made, order="deterministic"), indent=2)


def sign(bundle: Bundle) -> bytes:
    """The bundle with the office's signature."""
    text, key = canonical.text(bundle), seal.key_at(settings.TONGBAO.data / "hand-over-key")
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return canonical.text(Signed(text, public, key.sign(_signed(text)).hex())).encode()


def verified(raw: bytes) -> tuple[Bundle, str]:
    """The bundle, and whose key has signed it (the code of a partner). Raises Invalid for what does not hold."""
    try:
        signed = msgspec.json.decode(raw[: MOST + 1], type=Signed)
        key = bytes.fromhex(signed.key)
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(signed.signature), _signed(signed.bundle))
        bundle = msgspec.json.decode(signed.bundle, type=Bundle)
    except (msgspec.MsgspecError, ValueError, InvalidSignature, RecursionError):
        raise Invalid.one("file", "bundle-unreadable") from None
    code = partners().get(signed.key, "")
    if not code or bundle.format != FORMAT or bundle.sender != code:
        raise Invalid.one("file", "bundle-unknown-key")
    return bundle, code


def public_key() -> str:
    """What a partner has to know us by (hexadecimal)."""
    return (
        seal.key_at(settings.TONGBAO.data / "hand-over-key")
        .public_key()
        .public_bytes(Encoding.Raw, PublicFormat.Raw)
        .hex()
    )


def partners() -> dict[str, str]:
    """The codes of partners by their keys, as the office has set them."""
    pairs = (each.partition("=") for each in settings.TONGBAO.partner_keys)
    return {key.strip().lower(): code.strip() for code, _, key in pairs if key.strip()}


def _signed(text: str) -> bytes:
    return f"{FORMAT}\n{text}".encode()
