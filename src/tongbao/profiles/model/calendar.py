"""Duties by cadence: what falls due every year, half-year or so, and how ministries set it for theirs."""

from tongbao.profiles.model.base import Item, Label


class Cadence(Item, frozen=True, kw_only=True):
    """A recurring duty. ``when``: condition over ``responsibility_level``, ``entity_type`` and ``ci_level``.

    ``every``: ISO 8601 period. ``due``: month and day it falls due each year (``01-31``), or ``within``: a
    duration after what ``after`` names. Neither: as told by the authority.
    """

    actor: str
    every: str = ""
    due: str = ""
    within: str = ""
    after: Label | None = None
    when: str = "true"
    evidence: Label | None = None
    note: Label | None = None


class Override(Item, frozen=True, kw_only=True):
    """How one ministry sets a cadence for its own organisations: the fields given replace the profile's.

    ``none`` True: this ministry has no such duty.
    """

    due: str = ""
    within: str = ""
    after: Label | None = None
    as_told: bool = False
    none: bool = False
    note: Label | None = None


class Team(Item, frozen=True, kw_only=True):
    """Who audits: at least ``least``, at most ``most`` people (0: no limit), ``public_share`` of them officials."""

    least: int
    most: int = 0
    public_share: str = ""


class Ministry(Item, frozen=True, kw_only=True):
    """A sector authority's own rules. Codes of ``overrides`` are those of cadences."""

    authority: str
    overrides: tuple[Override, ...] = ()
    team: Team | None = None
