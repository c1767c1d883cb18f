"""A case of another product, in the words that all three have in common."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem

Product = Literal["rtir", "thehive", "dfir-iris"]


class Piece(Struct, frozen=True):
    """Something that was written in the case, or that happened in it. ``at`` None: the source does not say."""

    text: str
    at: datetime | None = None
    by: str = ""


class Named(Struct, frozen=True):
    """A value that the case names. ``tlp`` None: as the case is marked."""

    value: str
    tlp: TLP | None = None


class ForeignCase(Struct, frozen=True, kw_only=True):
    """One case. ``ref``: the source's own key, by which it is known again; ``number``: what people there call it.

    ``place``: where it stands in the file. ``tlp`` None: the source says nothing. ``problems``: what cannot be read.
    """

    place: str
    ref: str
    number: str
    title: str
    summary: str = ""
    closed: bool = False
    false_alarm: bool = False
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    tlp: TLP | None = None
    type: str = ""
    pieces: tuple[Piece, ...] = ()
    named: tuple[Named, ...] = ()
    systems: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
