"""Who is who under a law: authorities, obliged entities, sectors, response ladder and groups, approvals, words."""

from typing import Literal

from tongbao.profiles.model.base import Item, Label


class Authority(Item, frozen=True, kw_only=True):
    """A body that the law names. ``role``: its part (``competent``, ``sector``, ``government``, ``homeland``)."""

    role: str = ""


class EntityType(Item, frozen=True, kw_only=True):
    """A kind of obliged organisation; ``reviewer`` says who reviews its reports."""

    reviewer: Literal["supervisor", "sector", "office"]


class Sector(Item, frozen=True, kw_only=True):
    leads: tuple[str, ...] = ()
    subsectors: tuple["Sector", ...] = ()


class ResponseLevel(Item, frozen=True, kw_only=True):
    """A rung of the response ladder. ``level``: its code in the scale of response levels, the lowest rung first."""

    level: str
    opened_by: Label
    commander: Label
    opened_when: Label
    arrive_within: str = ""
    written_within: str = ""
    groups: tuple[str, ...] = ()


class ResponseGroup(Item, frozen=True, kw_only=True):
    """A group that responds; ``lead`` and ``members`` are authorities by code."""

    lead: str
    members: tuple[str, ...] = ()


class HomelandType(Item, frozen=True, kw_only=True):
    """A type of homeland security incident, beside the taxonomy of cyber incidents. ``cyber``: it is one of these too,
    and so under the law of both."""

    group: str
    cyber: bool = False


class ApprovalState(Item, frozen=True, kw_only=True):
    """One of the statuses that the law keeps apart. ``decides``: whether somebody has to say yes."""

    meaning: Label
    decides: bool


class ApprovalKind(Item, frozen=True, kw_only=True):
    """What is judged, to which status it leads, by which criteria; ``opinions``: how many reviewers have to agree."""

    state: str
    by: tuple[str, ...]
    opinions: int = 1
    criteria: tuple[Item, ...] = ()
    within: str = ""
