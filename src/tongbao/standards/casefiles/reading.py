"""JSON from elsewhere: every getter says where something does not fit, and goes on."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.standards.casefiles.model import Piece

MOST_ROWS = 5000
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_RSIT = re.compile(r'rsit:([a-z-]{1,40})="?([a-z0-9-]{1,40})"?$')
_TLP = {"WHITE": TLP.CLEAR, "AMBER STRICT": TLP.AMBER_STRICT, "AMBER-STRICT": TLP.AMBER_STRICT}


class Row:
    """A JSON object and where it stands. ``problems`` is shared with everything inside it."""

    def __init__(self, raw: dict[str, Any], place: str, problems: list[Problem] | None = None) -> None:
        self.raw, self.place = raw, place
        self.problems: list[Problem] = [] if problems is None else problems

    def text(self, *keys: str) -> str:
        """The first of ``keys`` that is there; a number as it is written."""
        key, value = self._first(keys)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.replace("\r\n", "\n").strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self._wrong(key, "Expected a text")
        return ""

    def number(self, key: str) -> int | None:
        value = self.raw.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._wrong(key, "Expected a number")
        return None

    def time(self, *keys: str) -> datetime | None:
        """ISO 8601, RFC 5322 or milliseconds since 1970; without a zone it is UTC, as these products store it. The
        moment 1970 began is how they write "never"."""
        key, value = self._first(keys)
        if value is None or value == "":
            return None
        found = _moment(value)
        if found is None:
            self.problems.append(Problem(self._at(key), "time-unreadable"))
        return None if found == _NEVER else found

    def rows(self, *keys: str) -> list["Row"]:
        """A list of objects, or what a listing answers: an object with ``items``."""
        key, value = self._first(keys)
        if isinstance(value, dict) and "items" in value:
            value = value["items"]
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(key, "Expected a list")
            return []
        if len(value) > MOST_ROWS:
            self.problems.append(Problem(self._at(key), "too-many", {"most": MOST_ROWS}))
            return []
        return [row for at, each in enumerate(value) if (row := self._inner(each, f"{self._at(key)}[{at}]"))]

    def row(self, key: str) -> "Row":
        """An object; nothing is an empty one."""
        value = self.raw.get(key)
        if value is None:
            return Row({}, self._at(key), self.problems)
        return self._inner(value, self._at(key)) or Row({}, self._at(key), self.problems)

    def texts(self, *keys: str) -> tuple[str, ...]:
        """A list of texts, or one text with commas (as IRIS writes tags)."""
        key, value = self._first(keys)
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            return tuple(part for each in value.split(",") if (part := each.strip()))
        if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
            return tuple(str(each) for each in value)
        self._wrong(key, "Expected texts")
        return ()

    def tlp(self, label: str) -> TLP | None:
        name = label.strip().upper().removeprefix("TLP:")
        try:
            return _TLP[name] if name in _TLP else TLP.parse(name) if name else None
        except ValueError:
            self.problems.append(Problem(self._at("tlp"), "choice-unknown", {"value": label[:40]}))
            return None

    def _first(self, keys: tuple[str, ...]) -> tuple[str, Any]:
        return next(((key, self.raw[key]) for key in keys if self.raw.get(key) is not None), (keys[0], None))

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def _inner(self, value: Any, place: str) -> "Row | None":
        if isinstance(value, dict):
            return Row(value, place, self.problems)
        self.problems.append(Problem(place, "shape", {"detail": "Expected an object"}))
        return None

    def _wrong(self, key: str, detail: str) -> None:
        self.problems.append(Problem(self._at(key), "shape", {"detail": detail}))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return _NEVER + timedelta(milliseconds=value)
        except OverflowError:
            return None
    if not isinstance(value, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def joined(*parts: str) -> str:
    """Paragraphs, without empty ones."""
    return "\n\n".join(part for part in parts if part)


def pieces(found: Iterable[Piece]) -> tuple[Piece, ...]:
    """Those that say something."""
    return tuple(each for each in found if each.text.strip())


def box(done: bool, *, words: str, more: str = "") -> str:  # noqa: FBT001
    """A task as a line: words that need no language."""
    return joined(f"{'☑' if done else '☐'} {words}", more) if words else ""


def rsit(tags: Iterable[str]) -> str:
    """The type that a machine tag names (``rsit:fraud="phishing"``), as ``fraud/phishing``."""
    return next((f"{found[1]}/{found[2]}" for each in tags if (found := _RSIT.match(each.strip().lower()))), "")
