"""What a profile is: the law of one jurisdiction over one period, as frozen structs."""

from datetime import date
from typing import Literal

from msgspec import Struct, field

Actor = Literal["reporter", "reviewer"]
Trigger = Literal["aware", "received"]
Confidence = Literal["verified", "unverified"]


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str = field(name="zh-Hant")


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the profile's facts come from: a citation, and how far it could be read."""

    title: str
    reference: str


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """One incident level. ``label`` always names the scale's direction: no level is shown as a bare number."""

    n: int
    label: Label
    major: bool = False


class EntityType(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of obliged organisation; ``reviewer`` says who reviews its reports."""

    code: str
    label: Label
    reviewer: Literal["supervisor", "sector"]


class Sector(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    label: Label
    subsectors: tuple["Sector", ...] = ()


class Duty(Struct, frozen=True, forbid_unknown_fields=True):
    """What the law requires of whom by when.

    ``offset`` is an ISO 8601 duration counted from ``trigger``. ``levels`` empty: at every level.
    ``met_by`` lists the kinds of evidence that fulfil it. ``unlevelled``: while no level has been given,
    this duty already runs, with this offset.
    """

    code: str
    label: Label
    actor: Actor
    trigger: Trigger
    offset: str
    met_by: tuple[str, ...]
    source: Label
    confidence: Confidence
    levels: tuple[int, ...] = ()
    unlevelled: bool = False


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    version: int
    effective_from: date
    time_zone: str
    label: Label
    sources: tuple[Source, ...]
    levels: tuple[Level, ...]
    entity_types: tuple[EntityType, ...]
    sectors: tuple[Sector, ...]
    duties: tuple[Duty, ...]
    effective_to: date | None = None

    def subsectors(self, sector: str) -> frozenset[str]:
        """The codes of the subsectors of ``sector``."""
        return frozenset(part.code for each in self.sectors if each.code == sector for part in each.subsectors)

    def level(self, n: int) -> Level | None:
        return next((level for level in self.levels if level.n == n), None)

    def entity_type(self, code: str) -> EntityType | None:
        return next((entity for entity in self.entity_types if entity.code == code), None)

    def duty(self, code: str, level: int | None) -> Duty | None:
        """The duty ``code`` as it stands at ``level`` (None: no level has been given yet)."""
        return next((duty for duty in self.duties if duty.code == code and holds(duty, level)), None)


def holds(duty: Duty, level: int | None) -> bool:
    """Whether ``duty`` applies at ``level``."""
    if level is None:
        return duty.unlevelled or not duty.levels
    return not duty.levels or level in duty.levels


class IncidentType(Struct, frozen=True, forbid_unknown_fields=True):
    """One type of the taxonomy: code ``<class>/<type>``."""

    code: str
    label: Label


class IncidentClass(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    label: Label
    types: tuple[IncidentType, ...]


class Taxonomy(Struct, frozen=True, forbid_unknown_fields=True):
    """RSIT: classes and types (ENISA Reference Security Incident Taxonomy, CC0)."""

    id: str
    version: int
    source: str
    classes: tuple[IncidentClass, ...]

    def type(self, code: str) -> IncidentType | None:
        return next((t for c in self.classes for t in c.types if t.code == code), None)
