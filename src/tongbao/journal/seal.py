"""The daily seal: number and digest of the last entry, signed (Ed25519), written outside the database.

Whoever rewrites the journal afterwards must also rewrite every seal, wherever copies of them lie.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec import Struct

from tongbao.kernel import canonical


class Seal(Struct, frozen=True):
    """One seal as written: hex for digest, key and signature."""

    seq: int
    digest: str
    at: str
    key: str
    signature: str

    def signed(self) -> bytes:
        return _signed(self.seq, self.digest, self.at)


class SealError(Exception):
    """A seal that cannot be read or whose signature does not hold; the text names its file."""


def write(folder: Path, key_file: Path, *, seq: int, digest: str, at: datetime) -> Path:
    """Sign and write the seal of ``at``'s day; the file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    key, moment = key_at(key_file), at.isoformat()
    seal = Seal(
        seq=seq,
        digest=digest,
        at=moment,
        key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
        signature=key.sign(_signed(seq, digest, moment)).hex(),
    )
    path = folder / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    draft = path.with_suffix(".part")
    draft.write_text(canonical.text(seal) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def read(folder: Path, *, key: str | None = None) -> dict[int, str]:
    """Sealed digests by entry number. ``key``: the public key (hex) that must have signed them all.

    Raises SealError for the first seal that does not hold.
    """
    found: dict[int, str] = {}
    for path in sorted(folder.glob("*.json")) if folder.exists() else []:
        try:
            seal = msgspec.json.decode(path.read_bytes(), type=Seal)
            if key is not None and seal.key != key:
                raise SealError(f"{path.name}: signed with another key")
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal.key)).verify(
                bytes.fromhex(seal.signature), seal.signed()
            )
        except (msgspec.DecodeError, ValueError, InvalidSignature) as error:
            raise SealError(f"{path.name}: {str(error) or 'the signature does not hold'}") from None
        if found.get(seal.seq, seal.digest) != seal.digest:
            raise SealError(f"{path.name}: another seal names another digest for entry {seal.seq}")
        found[seal.seq] = seal.digest
    return found


def _signed(seq: int, digest: str, at: str) -> bytes:
    return f"tongbao-seal-1\n{seq}\n{digest}\n{at}\n".encode()


def key_at(path: Path) -> Ed25519PrivateKey:
    """The instance's key in this file, made on first use and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
