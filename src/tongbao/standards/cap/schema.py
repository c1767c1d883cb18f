"""The elements of CAP 1.2, one row each, in the order of the standard (3.2): reader and writer both follow these rows.

This is the product's own statement of what the OASIS schema demands. The schema itself ("Copyright OASIS Open 2010
All Rights Reserved") grants no redistribution and is not shipped; where a copy is at hand a test holds that both judge
alike.
"""

from typing import Any

from msgspec import Struct

from tongbao.standards.cap import model, values
from tongbao.standards.cap.values import Form, choice

NAMESPACES = {
    "1.2": "urn:oasis:names:tc:emergency:cap:1.2",
    "1.1": "urn:oasis:names:tc:emergency:cap:1.1",
    "1.0": "http://www.incident.com/cap/1.0",
}
CURRENT = "1.2"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"

OPTIONAL_BEFORE = {"1.1": frozenset({"mimeType"}), "1.0": frozenset({"mimeType", "category"})}
"""Elements that older versions do not demand."""


class Row(Struct, frozen=True):
    """One element: its tag, the field of the struct, and how its text is read; or the table of what is inside it."""

    tag: str
    field: str
    form: Form = values.TEXT
    inside: "Table | None" = None
    needed: bool = False
    many: bool = False
    joined: bool = False
    """The value is a tuple already (a list in one text), not one of several."""


Placed = tuple[int, Row, str, bool, "Table | None", bool]
"""What is asked for each element, in one look: its place, its row, of that the field, many and inside; and whether its
text is its value, with nothing to be wrong about it."""


def _placed(place: int, row: Row) -> Placed:
    plain = row.form.read is None and row.form.remarks is None and not row.needed
    return place, row, row.field, row.many, row.inside, plain


class Table:
    """The rows of one kind of element, and the struct that its content becomes."""

    def __init__(self, struct: type[Struct], *rows: Row) -> None:
        self.struct = struct
        self.rows = rows
        self.tags: dict[str, dict[Any, Placed]] = {
            version: {f"{{{namespace}}}{row.tag}": _placed(place, row) for place, row in enumerate(rows)}
            for version, namespace in NAMESPACES.items()
        }
        self.needed = tuple(row for row in rows if row.needed)
        self.lists = tuple(row.field for row in rows if row.many)


def _one(tag: str, field: str, form: Form, **how: Any) -> Row:
    return Row(tag, field, form, needed=True, **how)


def _many(tag: str, field: str, inside: Table) -> Row:
    return Row(tag, field, inside=inside, many=True)


NAMED = Table(
    model.Named,
    _one("valueName", "name", values.NEEDED_TEXT),
    _one("value", "value", values.VALUE),
)
AREA = Table(  # 3.2.4
    model.Area,
    _one("areaDesc", "description", values.NEEDED_TEXT),
    Row("polygon", "polygons", values.POLYGON, many=True),
    Row("circle", "circles", values.CIRCLE, many=True),
    _many("geocode", "geocodes", NAMED),
    Row("altitude", "altitude", values.DECIMAL),
    Row("ceiling", "ceiling", values.DECIMAL),
)
RESOURCE = Table(  # 3.2.3
    model.Resource,
    _one("resourceDesc", "description", values.NEEDED_TEXT),
    _one("mimeType", "mime_type", values.MIME_TYPE),
    Row("size", "size", values.SIZE),
    Row("uri", "uri", values.URI),
    Row("derefUri", "content", values.BASE64),
    Row("digest", "digest", values.DIGEST),
)
INFO = Table(  # 3.2.2
    model.Info,
    Row("language", "language", values.LANGUAGE),
    _one("category", "categories", choice(model.Category), many=True),
    _one("event", "event", values.NEEDED_TEXT),
    Row("responseType", "response_types", choice(model.ResponseType), many=True),
    _one("urgency", "urgency", choice(model.Urgency)),
    _one("severity", "severity", choice(model.Severity)),
    _one("certainty", "certainty", choice(model.Certainty)),
    Row("audience", "audience"),
    _many("eventCode", "event_codes", NAMED),
    Row("effective", "effective", values.TIME),
    Row("onset", "onset", values.TIME),
    Row("expires", "expires", values.TIME),
    Row("senderName", "sender_name"),
    Row("headline", "headline"),
    Row("description", "description"),
    Row("instruction", "instruction"),
    Row("web", "web", values.WEB),
    Row("contact", "contact"),
    _many("parameter", "parameters", NAMED),
    _many("resource", "resources", RESOURCE),
    _many("area", "areas", AREA),
)
ALERT = Table(  # 3.2.1
    model.Alert,
    _one("identifier", "identifier", values.IDENTIFIER),
    _one("sender", "sender", values.IDENTIFIER),
    _one("sent", "sent", values.TIME),
    _one("status", "status", choice(model.Status)),
    _one("msgType", "msg_type", choice(model.MessageType)),
    Row("source", "source"),
    _one("scope", "scope", choice(model.Scope)),
    Row("restriction", "restriction"),
    Row("addresses", "addresses", values.WORDS, joined=True),
    Row("code", "codes", many=True),
    Row("note", "note"),
    Row("references", "references", values.REFERENCES, joined=True),
    Row("incidents", "incidents", values.WORDS, joined=True),
    _many("info", "infos", INFO),
)
