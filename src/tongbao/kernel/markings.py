"""Who may know a thing: TLP 2.0, track, owner, and the audience named for it.

TLP 2.0 is FIRST's standard (August 2022). Tracks are Taiwan's two systems of homeland security:
the administrative one prepares and responds, the national-security one collects and analyses.
"""

from enum import IntEnum, StrEnum

from msgspec import Struct


class TLP(IntEnum):
    """Traffic Light Protocol 2.0, from the widest to the narrowest."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        return "TLP:" + self.name.replace("_", "+")

    @classmethod
    def parse(cls, label: str) -> "TLP":
        """From ``TLP:AMBER+STRICT`` or ``amber+strict``. Raises ValueError for anything else."""
        name = label.strip().upper().removeprefix("TLP:").replace("+", "_")
        if name not in cls.__members__:
            raise ValueError(label)
        return cls[name]


class Track(IntEnum):
    ADMINISTRATIVE = 0
    NATIONAL_SECURITY = 1


class Grantee(StrEnum):
    """Kinds of audience. ``COMMUNITY`` is everyone who signs in, ``PUBLIC`` is everyone; their id is 0."""

    USER = "user"
    SEAT = "seat"
    ORGANISATION = "organisation"
    GROUP = "group"
    COMMUNITY = "community"
    PUBLIC = "public"


CEILING: dict[Grantee, TLP] = {
    Grantee.USER: TLP.RED,
    Grantee.SEAT: TLP.RED,
    Grantee.ORGANISATION: TLP.AMBER_STRICT,
    Grantee.GROUP: TLP.AMBER,
    Grantee.COMMUNITY: TLP.GREEN,
    Grantee.PUBLIC: TLP.CLEAR,
}
"""The narrowest marking that an audience of each kind may still receive (TLP 2.0, sections 3 and 4)."""


class Grant(Struct, frozen=True):
    grantee: Grantee
    id: int = 0


class Marking(Struct, frozen=True):
    """What the rule of visibility needs to know of a thing. ``owner`` is an organisation's key."""

    tlp: TLP
    track: Track = Track.ADMINISTRATIVE
    owner: int | None = None
    grants: frozenset[Grant] = frozenset()

    @property
    def restricted(self) -> bool:
        """Whether every reading goes into the journal."""
        return self.tlp >= TLP.AMBER_STRICT or self.track is Track.NATIONAL_SECURITY
