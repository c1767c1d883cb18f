"""OpenPGP: reading a contact's public key, encrypting to it, signing with the office's own.

GnuPG does the work, each time in a home of its own that is thrown away, so that no key is trusted because it was
there before. Without the program on this machine nothing is encrypted, and the rest goes on. Signatures are checked
without it, in the process: mails come in by the hundred.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from pysequoia import Cert, Sig, verify
from pysequoia.packet import PacketPile, SignatureType, Tag

from tongbao.kernel import clock
from tongbao.kernel.refusals import Unavailable

LONGEST = 100_000
_USABLE = "e"
_DEAD = frozenset("rdeni")
"""Validity letters of keys that nothing is encrypted to: revoked, disabled, expired, invalid."""
_NEVER, _ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Key(Struct, frozen=True):
    """A public key that can be encrypted to."""

    armoured: str
    fingerprint: str
    expires_at: datetime | None


def there() -> bool:
    return shutil.which("gpg") is not None


class Ring:
    """GnuPG with a home of its own, until ``close``."""

    def __init__(self) -> None:
        import gnupg

        self.home = Path(tempfile.mkdtemp(prefix="tb-"))
        self.gpg: Any = gnupg.GPG(gnupghome=str(self.home))
        self.gpg.encoding = "utf-8"
        self.known: dict[str, str] = {}
        self.signer = ""

    def close(self) -> None:
        subprocess.run(  # noqa: S603 - the agent of our own home
            [shutil.which("gpgconf") or "gpgconf", "--homedir", str(self.home), "--kill", "all"],
            capture_output=True,
            check=False,
            timeout=10,
        )
        shutil.rmtree(self.home, ignore_errors=True)

    def sign_with(self, secret_key: str) -> bool:
        """Sign what is encrypted from now on with this key."""
        fingerprints = self.gpg.import_keys(secret_key).fingerprints
        self.signer = str(fingerprints[0]) if fingerprints else ""
        return bool(self.signer)

    def encrypted(self, content: bytes, key: str, *, passphrase: str = "") -> str:
        """``content`` encrypted (and signed, if there is a key to sign with) to the public ``key``, armoured. Empty
        when that is not possible."""
        if key not in self.known:
            fingerprints = self.gpg.import_keys(key).fingerprints
            self.known[key] = str(fingerprints[0]) if fingerprints else ""
        to = self.known[key]
        if not to:
            return ""
        done = self.gpg.encrypt(
            content, [to], sign=self.signer or None, passphrase=passphrase or None, always_trust=True, armor=True
        )
        return str(done) if done.ok else ""

    def decrypted(self, content: bytes, secret_key: str, *, passphrase: str = "") -> bytes:
        """What was encrypted to the office's key. Empty when that is not possible."""
        if secret_key not in self.known:
            self.known[secret_key] = "".join(self.gpg.import_keys(secret_key).fingerprints[:1])
        done = self.gpg.decrypt(content, passphrase=passphrase or None, always_trust=True)
        return bytes(done.data) if done.ok else b""


@contextmanager
def ring() -> Iterator[Ring]:
    opened = Ring()
    try:
        yield opened
    finally:
        opened.close()


def signed_by(content: bytes, signature: bytes, keys: Sequence[str]) -> str:
    """Which of the public ``keys`` made the signature (empty ``signature``: it is within ``content``); or empty.

    A key proves something while it lives: what it signed before it was revoked or ran out could be dated back.
    """
    for key in keys:
        try:
            known = Cert.from_bytes(key.encode())
            over = Sig.from_bytes(signature) if signature else None
            found = verify(content, lambda _, known=known: [known], signature=over)
        except (ValueError, RuntimeError):
            continue
        if _living(known, clock.now()) & {each.signing_key for each in found.valid_sigs}:
            return key
    return ""


def _living(known: Cert, at: datetime) -> set[str]:
    """Fingerprints of the keys in a certificate that are neither revoked nor past their time."""
    if known.is_revoked or (known.expiration is not None and known.expiration <= at):
        return set()
    living, part, created = {known.fingerprint: _ALWAYS}, "", at
    told: dict[str, datetime] = {}
    for packet in PacketPile.from_bytes(bytes(known)):
        if packet.tag == Tag.PublicSubkey and packet.fingerprint and packet.key_created:
            part, created = packet.fingerprint, packet.key_created
        elif part and packet.signature_type == SignatureType.SubkeyRevocation:
            living[part], told[part] = _NEVER, _ALWAYS
        elif part and packet.signature_created and packet.signature_created > told.get(part, _NEVER):
            period, told[part] = packet.key_validity_period, packet.signature_created
            living[part] = created + period if period is not None else _ALWAYS
    return {each for each, until in living.items() if until > at}


def read(text: str, *, at: datetime) -> Key:
    """The one public key in ``text``. Raises ValueError with a problem code, Unavailable without GnuPG."""
    if not there():
        raise Unavailable("openpgp-without-gpg")
    if "PRIVATE KEY" in text:
        raise ValueError("openpgp-secret")
    if len(text) > LONGEST or "BEGIN PGP PUBLIC KEY" not in text:
        raise ValueError("openpgp-unreadable")
    with ring() as opened:
        fingerprints = set(opened.gpg.import_keys(text).fingerprints)
        if len(fingerprints) != 1:
            raise ValueError("openpgp-one-key" if fingerprints else "openpgp-unreadable")
        return _judged(opened.gpg.list_keys()[0], str(opened.gpg.export_keys(list(fingerprints))), at)


def _judged(found: Any, armoured: str, at: datetime) -> Key:
    """Refuse what nothing can be encrypted to."""
    parts = [found, *found.get("subkey_info", {}).values()]
    expires = _moment(found.get("expires", ""))
    if found.get("trust") in _DEAD or (expires is not None and expires <= at):
        raise ValueError("openpgp-expired" if found.get("trust") == "e" or expires is not None else "openpgp-revoked")
    able = [part for part in parts if _encrypts(part, at)]
    if not able:
        raise ValueError("openpgp-cannot-encrypt")
    ends = [_moment(part.get("expires", "")) for part in able]
    latest = None if None in ends else max(end for end in ends if end is not None)
    until = min((end for end in (expires, latest) if end is not None), default=None)
    return Key(armoured, str(found["fingerprint"]), until)


def _encrypts(part: Any, at: datetime) -> bool:
    ends = _moment(part.get("expires", ""))
    return _USABLE in part.get("cap", "") and part.get("trust", "") not in _DEAD and (ends is None or ends > at)


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
