"""What a feed definition says. One TOML file per feed; what many feeds share stands in the file of their family."""

from typing import Literal

from msgspec import Struct, field

Reading = Literal[
    "plain", "verbatim", "text", "words", "whole", "code", "decimal", "flag", "moment", "address", "network", "name",
    "url", "url_address", "url_host", "base64",
]  # fmt: skip
"""How a cell is read; the functions are in readings.py.

``plain``: as it stands. ``verbatim``: as it stands, an empty cell too. ``text``: "0" and "unknown" say nothing.
``words``: nor do "-" and "N/A".
``whole``, ``decimal``: a number, or the row cannot be read. ``code``: a whole number, 0 says nothing.
``flag``: yes or no, anything else says nothing. ``moment``: a time, in UTC where it does not say.
``address``, ``network``, ``name``: one, or nothing. ``url``: an address of a page, put together from host and path
where these stand in columns of their own; ``url_address``, ``url_host``: what its host is. ``base64``: encoded unless
it is already.
"""
Severity = Literal["info", "low", "medium", "high", "critical"]


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every definition: an unknown key is a mistake."""


class Label(Strict, frozen=True):
    en: str
    zh: str = field(name="zh-Hant")


class Target(Strict, frozen=True):
    """The field that a column fills, and how its cells are read; an empty reading is the usual one of the field."""

    to: str
    reading: Reading | Literal[""] = field(name="as", default="")


Meaning = str | Target | tuple[str | Target, ...]


class Case(Strict, frozen=True):
    """Rows whose ``column`` equals a text carry other constants."""

    column: str
    equals: str
    constants: dict[str, str]


class Family(Strict, frozen=True, kw_only=True):
    """What the feeds of one source share: terms, and the meaning of columns.

    ``gone_after``: what is missing from the files of so many days is no longer there; 0: files tell what is new, so
    that nothing follows from what is missing.
    """

    provider: str
    documentation: str
    cadence: str
    legal_basis: str
    marking: str
    retention: str
    gone_after: int = 0
    required: tuple[str, ...] = ()
    columns: dict[str, Meaning] = {}
    readings: dict[Reading, tuple[str, ...]] = {}


class Feed(Strict, frozen=True, kw_only=True):
    """One feed.

    ``files``: the name that its events carry, by the name of the file that they come in. ``also``: further names, each
    with the file that it stands for. ``columns``: those that the source publishes, in the order in which they are read;
    another one is kept as it is. ``open``: files have any of them. ``header``: the first line names the columns;
    without, they are those of the definition. ``comment``: beginning of lines that say nothing.
    ``constants``: what every event carries; ``defaults``: what it carries where its row says nothing; ``cases``: what
    some rows carry. ``rsit``: type in the taxonomy. ``cadence``, ``retention``: ISO 8601.
    """

    version: int
    title: Label
    family: str
    columns: tuple[str, ...]
    rsit: str
    severity: Severity
    files: dict[str, str]
    required: tuple[str, ...] = ()
    also: dict[str, str] = {}
    constants: dict[str, str] = {}
    meanings: dict[str, Meaning] = {}
    defaults: dict[str, str] = {}
    cases: tuple[Case, ...] = ()
    open: bool = False
    format: Literal["csv", "jsonl"] = "csv"
    separator: str = ","
    header: bool = True
    comment: str = ""
    cadence: str = ""
    legal_basis: str = ""
    marking: str = ""
    retention: str = ""
    gone_after: int = 0


class Column(Struct, frozen=True):
    """A column as it is handled: its name, whether a row is nothing without it, and what it fills."""

    name: str
    required: bool
    targets: tuple[Target, ...]


class Definition(Struct, frozen=True, kw_only=True):
    """A feed under one of its names, with all that it takes over from its family."""

    id: str
    version: int
    name: str
    title: Label
    open: bool
    format: Literal["csv", "jsonl"]
    separator: str
    header: bool
    comment: str
    columns: tuple[Column, ...]
    constants: dict[str, str]
    defaults: dict[str, str]
    cases: tuple[Case, ...]
    rsit: str
    severity: Severity
    provider: str
    cadence: str
    legal_basis: str
    marking: str
    retention: str
    gone_after: int

    @property
    def fixed(self) -> dict[str, str]:
        """What every row of it carries."""
        return {"feed.name": self.name, **self.constants}
