"""What a profile is: the law of one jurisdiction over one period, as frozen structs.

base.py      words, sources, confidence            severity.py  scales, decision table, tests, facts
duties.py    clocks, routes, forms                 bodies.py    authorities, sectors, response, approvals
calendar.py  recurring duties, ministries          taxonomy.py  types of incidents
"""

from datetime import date

from tongbao.kernel.expressions import Kind
from tongbao.profiles.model.base import Basis, Confidence, Item, Label, Source, Strict
from tongbao.profiles.model.bodies import (
    ApprovalKind,
    ApprovalState,
    Authority,
    EntityType,
    HomelandType,
    ResponseGroup,
    ResponseLevel,
    Sector,
)
from tongbao.profiles.model.calendar import Cadence, Ministry, Override, Team
from tongbao.profiles.model.duties import Channel, Choice, Duty, Field, Form, Penalty, Route
from tongbao.profiles.model.severity import Cell, Fact, Level, Scale, Severity, Test
from tongbao.profiles.model.taxonomy import IncidentClass, IncidentType, Taxonomy

__all__ = [
    "ApprovalKind",
    "ApprovalState",
    "Authority",
    "Basis",
    "Cadence",
    "Cell",
    "Channel",
    "Choice",
    "Confidence",
    "Duty",
    "EntityType",
    "Fact",
    "Field",
    "Form",
    "HomelandType",
    "IncidentClass",
    "IncidentType",
    "Item",
    "Label",
    "Level",
    "Ministry",
    "Override",
    "Penalty",
    "Profile",
    "ResponseGroup",
    "ResponseLevel",
    "Route",
    "Scale",
    "Sector",
    "Severity",
    "Source",
    "Taxonomy",
    "Team",
    "Test",
]


class Profile(Strict, frozen=True, kw_only=True):
    """The law of a ``regime`` over the period it is in force. ``supersedes``: the profile it follows; sections
    that it does not state itself are taken over from that one, and its ``inherited`` names them."""

    id: str
    regime: str
    version: int
    label: Label
    confidence: Confidence
    effective_from: date
    time_zone: str
    effective_to: date | None = None
    supersedes: str = ""
    minguo: bool = False
    sources: tuple[Source, ...]
    scales: tuple[Scale, ...]
    severity: Severity
    facts: tuple[Fact, ...] = ()
    entity_types: tuple[EntityType, ...]
    duties: tuple[Duty, ...]
    accompanying: tuple[Duty, ...] = ()
    homeland_duties: tuple[Duty, ...] = ()
    channels: tuple[Channel, ...] = ()
    routes: tuple[Route, ...] = ()
    forms: tuple[Form, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    authorities: tuple[Authority, ...] = ()
    roles: tuple[Item, ...] = ()
    sectors: tuple[Sector, ...] = ()
    homeland_types: tuple[HomelandType, ...] = ()
    response_levels: tuple[ResponseLevel, ...] = ()
    response_groups: tuple[ResponseGroup, ...] = ()
    approval_states: tuple[ApprovalState, ...] = ()
    approvals: tuple[ApprovalKind, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    ministries: tuple[Ministry, ...] = ()
    glossary: tuple[Label, ...] = ()
    inherited: frozenset[str] = frozenset()

    @property
    def scale(self) -> Scale:
        """The scale of incidents."""
        return next(scale for scale in self.scales if scale.code == self.severity.scale)

    @property
    def levels(self) -> tuple[Level, ...]:
        return self.scale.levels

    def subsectors(self, sector: str) -> frozenset[str]:
        """The codes of the subsectors of ``sector``."""
        return frozenset(part.code for each in self.sectors if each.code == sector for part in each.subsectors)

    def level(self, rank: int) -> Level | None:
        return self.scale.level(rank)

    def entity_type(self, code: str) -> EntityType | None:
        return next((entity for entity in self.entity_types if entity.code == code), None)

    @property
    def all_duties(self) -> tuple[Duty, ...]:
        """Those on cyber incidents, those that accompany them, those on homeland security incidents."""
        return (*self.duties, *self.accompanying, *self.homeland_duties)

    def homeland_type(self, code: str) -> HomelandType | None:
        return next((each for each in self.homeland_types if each.code == code), None)

    def duty(self, key: str) -> Duty | None:
        return next((duty for duty in self.all_duties if duty.key == key), None)

    def form(self, code: str) -> Form | None:
        return next((form for form in self.forms if form.code == code), None)

    def source(self, code: str) -> Source | None:
        return next((source for source in self.sources if source.code == code), None)

    def vocabulary(self) -> dict[str, Kind]:
        """The facts that conditions on incidents may ask about."""
        declared: dict[str, Kind] = {fact.code: fact.kind for fact in self.facts}
        return {"entity_type": "text", "level": "number", "major": "flag", **declared}
