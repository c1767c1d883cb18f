"""Text from outside: what is refused, and how it is folded for comparison."""

import re
import unicodedata

_UNREADABLE = re.compile("[\ufffd\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def fault(value: str) -> str | None:
    """Why ``value`` cannot be kept as it is: a problem code, or None.

    ``text-encoding``: characters that a wrong encoding left behind (U+FFFD, lone surrogates).
    ``text-control``: NUL and other control characters.
    """
    if _UNREADABLE.search(value):
        return "text-encoding"
    if _CONTROL.search(value):
        return "text-control"
    return None


def readable(value: str) -> str:
    """``value`` without what :func:`fault` would refuse it for: for what is kept as evidence beside its bytes."""
    return _CONTROL.sub("", _UNREADABLE.sub("?", value))


def folded(value: str) -> str:
    """For search and comparison: compatibility characters unified (NFKC), case removed."""
    return unicodedata.normalize("NFKC", value).casefold()


def one_line(value: str) -> str:
    """``value`` with every run of white space as one space: safe in a mail header or a log line."""
    return " ".join(value.split())


def file_name(value: str) -> str:
    """A name to show and to offer for saving: no path, no control or direction-changing characters."""
    last = value.replace("\\", "/").rsplit("/", 1)[-1]
    plain = _DIRECTION.sub("", _CONTROL.sub("", _UNREADABLE.sub("", last))).strip(". ")
    if len(plain) > 120:
        stem, dot, suffix = plain.rpartition(".")
        plain = stem[: 119 - len(suffix)] + dot + suffix if dot and len(suffix) <= 12 else plain[:120]
    return plain or "file"


def defused(cell: str) -> str:
    """A cell of a table that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
