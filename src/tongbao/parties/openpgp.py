"""OpenPGP: reading a contact's public key, encrypting to it, signing with the office's own.

GnuPG does the work, each time in a home of its own that is thrown away, so that no key is trusted because it was
there before. Without the program on this machine nothing is encrypted, and the rest goes on.
"""

import re
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from tongbao.kernel.refusals import Unavailable

LONGEST = 100_000
_USABLE = "e"
_DEAD = frozenset("rdeni")
"""Validity letters of keys that nothing is encrypted to: revoked, disabled, expired, invalid."""

_BAD = frozenset({b"BADSIG", b"ERRSIG", b"EXPSIG", b"EXPKEYSIG", b"REVKEYSIG"})
"""What the verifier says of a signature that proves nothing (any more)."""
_ARMOUR = re.compile(
    r"-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?:.+\n)*\n((?:[A-Za-z0-9+/=]+\n)+?)(?:=[A-Za-z0-9+/]{4}\n)?-----END"
)


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

    GnuPG's verifier alone: it has no agent, trusts no key but the one that it is given, and asks nobody for others.
    """
    verifier = shutil.which("gpgv")
    if verifier is None:
        return ""
    with tempfile.TemporaryDirectory(prefix="tb-") as name:
        home = Path(name)
        files = [home / "signature", home / "content"] if signature else [home / "content"]
        (home / "signature").write_bytes(signature)
        (home / "content").write_bytes(content)
        for key in keys:
            (home / "ring.gpg").write_bytes(_packets(key))
            command = [verifier, "--homedir", name, "--keyring", str(home / "ring.gpg"), "--status-fd", "1"]
            done = subprocess.run([*command, *map(str, files)], capture_output=True, check=False, timeout=30)  # noqa: S603
            said = {line.split(b" ")[1] for line in done.stdout.splitlines() if line.startswith(b"[GNUPG:] ")}
            if {b"GOODSIG", b"VALIDSIG"} <= said and not said & _BAD:
                return key
    return ""


def _packets(armoured: str) -> bytes:
    """A key without its armour; empty when there is none."""
    body = _ARMOUR.search(armoured.replace("\r\n", "\n"))
    try:
        return b64decode(body[1], validate=False) if body else b""
    except ValueError:
        return b""


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
