"""Identifiers that outsiders see: random, so that nothing can be counted or guessed."""

import hashlib
import hmac
import secrets
from base64 import b32encode

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
LENGTH = 20
_LETTERS = (ALPHABET * 8).encode()
"""A letter for each byte that there is, every one for eight of them."""


def public_id() -> str:
    """A new random identifier: 20 characters of lower-case base 32, 100 bits."""
    return secrets.token_bytes(LENGTH).translate(_LETTERS).decode()


_LETTERS = bytes(ord(ALPHABET[number % len(ALPHABET)]) for number in range(256))


def public_ids(count: int) -> list[str]:
    """So many of them at once, in order, for rows that come by the hundred thousand.

    They begin with the same four random letters, so that they lie together in an index; 80 bits of each are its own.
    """
    letters = secrets.token_bytes(LENGTH * count).translate(_LETTERS).decode()
    begin, own = letters[:_TOGETHER], LENGTH - _TOGETHER
    return sorted(begin + letters[at : at + own] for at in range(_TOGETHER, LENGTH * count, LENGTH))


_TOGETHER = 4


def keyed(key: str, purpose: str, text: str) -> str:
    """Keyed digest of ``text`` for one ``purpose``: 64 hex digits (HMAC-SHA-256).

    Two purposes never share a key, so a digest kept for one cannot be used for the other.
    """
    derived = hmac.digest(key.encode(), f"tongbao/{purpose}".encode(), "sha256")
    return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()


def keyed_digits(key: str, purpose: str, text: str, *, count: int) -> str:
    """``count`` decimal digits that only the holder of ``key`` can derive from ``text``."""
    number = int(keyed(key, purpose, text), 16)
    return str(number % 10**count).zfill(count)


def keyed_letters(key: str, purpose: str, text: str, *, count: int) -> str:
    """``count`` letters and digits (base 32) that only the holder of ``key`` can derive."""
    return b32encode(bytes.fromhex(keyed(key, purpose, text))).decode().lower()[:count]
