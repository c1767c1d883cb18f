"""Types of incidents: the Reference Security Incident Taxonomy."""

from tongbao.profiles.model.base import Label, Strict


class IncidentType(Strict, frozen=True):
    """One type of the taxonomy: code ``<class>/<type>``."""

    code: str
    label: Label


class IncidentClass(Strict, frozen=True):
    code: str
    label: Label
    types: tuple[IncidentType, ...]


class Taxonomy(Strict, frozen=True):
    """RSIT: classes and types (ENISA Reference Security Incident Taxonomy, CC0)."""

    id: str
    version: int
    source: str
    classes: tuple[IncidentClass, ...]

    def type(self, code: str) -> IncidentType | None:
        return next((t for c in self.classes for t in c.types if t.code == code), None)
