"""One text for one value: what is hashed is what is stored."""

import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def text(value: Any) -> str:
    """``value`` as JSON with sorted keys and no spaces.

    Floats are refused: two readers need not agree on their digits.
    """
    _refuse_floats(msgspec.to_builtins(value))
    return _encoder.encode(value).decode()


def digest(stored: str) -> str:
    """SHA-256 of the stored text, 64 hex digits."""
    return hashlib.sha256(stored.encode()).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical text")
    if isinstance(value, dict):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)
