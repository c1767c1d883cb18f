"""Answers as people write them in a mail or an SMS: the code that names the receipt, then the answer. Pure."""

import re
import secrets

from msgspec import Struct

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nothing that is mistaken for something else when it is read aloud or typed."""
LONG, SHORT = 10, 6
_CODE = re.compile(rf"(?<![0-9A-Za-z])TB-?([{LETTERS}]{{{LONG}}})(?![0-9A-Za-z])", re.IGNORECASE)
_SHORT = re.compile(rf"^\s*(?:TB-?)?([{LETTERS}]{{{SHORT}}})(?:[\s:,.;-]+|$)(.*)$", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"^\s*[(\[#]?\s*([0-9]{1,2})\s*[)\].:、，,-]?(?=\s|$|[^0-9])\s*(.*)$", re.DOTALL)
_EDGES = " \t.,:;!、，。：；！()（）[]「」"


class Choice(Struct, frozen=True):
    """An answer that a notice offers, in every way in which it can be named."""

    code: str
    labels: tuple[str, ...]
    text: bool = False


class Said(Struct, frozen=True):
    """An answer that was understood, and the words that came with it."""

    code: str
    words: str


def fresh_code() -> str:
    """A new reply code. A mail carries all of it, an SMS its first letters: there the number has to fit too."""
    return fresh_codes(1)[0]


def fresh_codes(count: int) -> list[str]:
    """So many of them at once: for those of a warning to ten thousand."""
    letters = ""
    while (missing := count * LONG - len(letters)) > 0:
        letters += secrets.token_bytes(missing + missing // 8).translate(_LETTER, _NO_LETTER).decode()
    return [letters[start : start + LONG] for start in range(0, count * LONG, LONG)]


_EQUALLY = 256 - 256 % len(LETTERS)
_LETTER = bytes(ord(LETTERS[number % len(LETTERS)]) for number in range(256))
_NO_LETTER = bytes(range(_EQUALLY, 256))
"""Left out, so that every letter is as likely as any other."""


def shown(code: str) -> str:
    """The code as it stands in the subject of a mail."""
    return f"TB-{code}"


def short(code: str) -> str:
    """What somebody types into an SMS."""
    return code[:SHORT]


def codes_in(text: str) -> tuple[str, ...]:
    """The codes that stand in a text, each once."""
    return tuple(dict.fromkeys(found.upper() for found in _CODE.findall(text)))


def short_in(text: str) -> tuple[str, str]:
    """The code at the start of an SMS, and what comes after it; empty without one."""
    found = _SHORT.match(text)
    return (found.group(1).upper(), found.group(2).strip()) if found else ("", "")


def understood(text: str, choices: tuple[Choice, ...]) -> Said | None:
    """The answer with which a text begins: its number, its code or its words; None when it cannot be told.

    A text is taken for an answer by its first line alone. Of two answers that fit the longer one is meant.
    """
    first, _, rest = text.strip().partition("\n")
    if not first.strip():
        return None
    if numbered := _NUMBER.match(first):
        number = int(numbered.group(1))
        if 1 <= number <= len(choices):
            return _said(choices[number - 1], numbered.group(2), rest)
        return None
    line = _folded(first)
    fits = [
        (len(name), choice, name)
        for choice in choices
        for name in map(_folded, (choice.code, *choice.labels))
        if name and line.startswith(name) and _ends(line, name)
    ]
    if not fits:
        return None
    longest = max(length for length, _, _ in fits)
    best = {choice.code: (choice, name) for length, choice, name in fits if length == longest}
    if len(best) > 1:
        return None
    choice, name = next(iter(best.values()))
    return _said(choice, first.strip(_EDGES)[len(name) :], rest)


def _said(choice: Choice, after: str, rest: str) -> Said:
    return Said(choice.code, f"{after.strip(_EDGES)}\n{rest}".strip())


def _folded(text: str) -> str:
    return text.strip(_EDGES).casefold()


def _ends(line: str, name: str) -> bool:
    """Whether the name ends where a word does; in Chinese every sign is one."""
    after = line[len(name) : len(name) + 1]
    return not after or not (after.isascii() and after.isalnum() and name[-1].isascii())
