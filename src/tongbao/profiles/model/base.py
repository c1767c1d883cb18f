"""What every part of a profile is made of: words in both languages, and where a fact comes from."""

from typing import Literal

from msgspec import Struct, field

Confidence = Literal["verified", "unverified", "default"]
"""``verified``: read in the source named. ``unverified``: carried over or read elsewhere, to be checked.
``default``: no source was found; the office's own setting, to be replaced."""


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything in a profile: an unknown key is a mistake."""


class Label(Strict, frozen=True):
    en: str
    zh: str = field(name="zh-Hant")


class Source(Strict, frozen=True):
    """A text that facts are taken from. ``read``: how far it could be read when the profile was written.

    ``was``: the source that held this place before. What is taken over from a superseded profile was read in that one:
    it is cited from there, as unverified, until this profile states it itself.
    """

    code: str
    label: Label
    read: Literal["full", "part", "background"]
    date: str = ""
    was: str = ""


class Basis(Strict, frozen=True):
    """Where a fact stands: the ``source`` by code, and the place in it (``Art. 6``), in Chinese where that is not the
    number of an article."""

    source: str = ""
    place: str = ""
    place_zh: str = field(default="", name="place-zh-Hant")
    confidence: Confidence = "default"


class Item(Strict, frozen=True, kw_only=True):
    """Something with a code and a name, as the law has it."""

    code: str
    label: Label
    basis: Basis = Basis()
