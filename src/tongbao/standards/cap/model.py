"""What a CAP 1.2 message says, as frozen structs. Names follow the standard's elements, in our spelling.

An absent optional text is "", an absent list is (). Sections are those of OASIS CAP-v1.2 (1 July 2010).
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Status(StrEnum):
    """How the message is to be handled (3.2.1): the real thing, or which kind of practice."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MessageType(StrEnum):
    """What the message is in relation to others (3.2.1). All but Alert refer to earlier ones."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """For whom (3.2.1): everybody, those under ``restriction``, those in ``addresses``."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    """3.2.2."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    """3.2.2."""

    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class Urgency(StrEnum):
    """3.2.2."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """3.2.2."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """3.2.2. ``Very Likely`` of CAP 1.0 is read as Likely."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Named(Struct, frozen=True, gc=False):
    """valueName and value: of an event code, a parameter or a geocode (3.2.2, 3.2.4)."""

    name: str
    value: str


class Reference(Struct, frozen=True, gc=False):
    """Which earlier message is meant (3.2.1): the three things that identify one. ``sent`` has an offset."""

    sender: str
    identifier: str
    sent: datetime


class Point(Struct, frozen=True, gc=False):
    """WGS 84, degrees north and east, with the digits that were given."""

    lat: Decimal
    lon: Decimal


class Polygon(Struct, frozen=True, gc=False):
    """A ring of points (3.2.4); a sound one is closed: its last point is its first."""

    points: tuple[Point, ...]


class Circle(Struct, frozen=True, gc=False):
    """A centre and a radius in kilometres (3.2.4)."""

    centre: Point
    radius: Decimal


class Area(Struct, frozen=True, kw_only=True, gc=False):
    """Where (3.2.4). The union of all shapes and codes. ``altitude`` and ``ceiling`` in feet above mean sea level."""

    description: str
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: Decimal | None = None
    ceiling: Decimal | None = None


class Resource(Struct, frozen=True, kw_only=True, gc=False):
    """A file that goes with it (3.2.3). ``size`` in bytes, ``digest`` SHA-1 in hex, ``content`` base 64."""

    description: str
    mime_type: str = ""
    size: int | None = None
    uri: str = ""
    content: str = ""
    digest: str = ""


class Info(Struct, frozen=True, kw_only=True, gc=False):
    """The message in one language (3.2.2). Times have an offset; ``effective`` defaults to the alert's ``sent``."""

    language: str = "en-US"
    categories: tuple[Category, ...]
    event: str
    response_types: tuple[ResponseType, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str = ""
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


class Alert(Struct, frozen=True, kw_only=True, gc=False):
    """One message (3.2.1). There is no default for ``status``: whoever makes one says what it is."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MessageType
    source: str = ""
    scope: Scope
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()

    @property
    def key(self) -> Reference:
        """What another message calls this one by."""
        return Reference(self.sender, self.identifier, self.sent)
