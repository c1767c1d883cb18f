"""XML to structs, liberally: what can be read is read, and everything that is not as the standard has it is found.

The standard's order is not needed, white space around a text does not matter, an empty optional element is absent
(many programs write those), and CAP 1.0 and 1.1 are read as 1.2.
"""

from typing import Any

from lxml import etree
from msgspec import Struct

from tongbao.standards.cap import schema, values
from tongbao.standards.cap.documents import Element, path_of
from tongbao.standards.cap.findings import Finding
from tongbao.standards.cap.model import Alert, Circle, Polygon
from tongbao.standards.cap.schema import Row, Table

BLANK = " \t\r\n"
MOST_FINDINGS = 500
"""In one message, by each of reader and rules; then there is one more, an error, that says so."""

_SHAPES = (Polygon, Circle)
_HAS_ATTRIBUTES = etree.XPath("boolean(descendant-or-self::*/@*)")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


class Reading(Struct, frozen=True):
    """What was found in one message.

    ``alert`` is None when something that every message must have is missing or unreadable. An optional part that could
    not be read is left out, and there is a finding: an alert with errors is to be looked at, not acted upon.
    ``places`` leads from a struct (by ``id``) to the element that it was read from.
    """

    alert: Alert | None
    version: str
    signed: bool
    findings: tuple[Finding, ...]
    element: Element
    path: str
    places: dict[int, Element]

    def find(self, code: str, at: Element, params: dict[str, str | int]) -> Finding:
        """A finding at an element of this message."""
        return Finding(code, path_of(at, self.element, self.path), at.sourceline or 0, params)


def read(element: Element, version: str) -> Reading:
    """Read one ``alert`` element of CAP ``version`` ("1.0", "1.1" or "1.2"). Raises nothing."""
    reader = _Reader(element, version)
    if version != schema.CURRENT:
        reader.find("version-old", element, version=version)
    alert = reader.block(element, schema.ALERT)
    return Reading(alert, version, reader.signed, tuple(reader.findings), element, reader.path, reader.places)


class _Reader:
    """``attributes``: there are some, to be looked for everywhere; CAP has none, and most messages neither."""

    def __init__(self, message: Element, version: str) -> None:
        self.message = message
        self.path = path_of(message)
        self.version = version
        self.namespace = schema.NAMESPACES[version]
        self.attributes = bool(_HAS_ATTRIBUTES(message))
        self.findings: list[Finding] = []
        self.places: dict[int, Element] = {}
        self.signed = False
        self.optional = schema.OPTIONAL_BEFORE.get(version, frozenset())

    def find(self, code: str, at: Element, /, **params: str | int) -> None:
        if len(self.findings) > MOST_FINDINGS:
            return
        if len(self.findings) == MOST_FINDINGS:
            code, at, params = "findings-many", self.message, {"most": MOST_FINDINGS}
        self.findings.append(Finding(code, path_of(at, self.message, self.path), at.sourceline or 0, params))

    def block(self, element: Element, table: Table) -> Any:
        """The struct of ``table`` from the elements inside ``element``; None when a needed one is not there."""
        parts: dict[str, Any] = {}
        last = -1
        rows = table.tags[self.version]
        stray = element.text
        for child in element:
            if (tail := child.tail) and not (stray and stray.strip(BLANK)):
                stray = tail
            placed = rows.get(child.tag)
            if placed is None:
                self._foreign(child)
                continue
            place, row, field, many, inside, plain = placed
            if place > last:
                last = place
            elif place < last or not many:
                self._misplaced(child, row)
            if inside is not None:
                value = self.block(child, inside)
            elif plain and not self.attributes and not len(child):
                text = child.text
                value = text.strip(BLANK) or None if text else None
            else:
                value = self._value(child, row)
            if value is None:
                continue
            if many:
                parts.setdefault(field, []).append(value)
            else:
                parts.setdefault(field, value)
        return self._made(element, table, parts, stray)

    def _misplaced(self, child: Element, row: Row) -> None:
        """After something that follows it, or a second time; of that the first one counts."""
        again = next(child.itersiblings(str(child.tag), preceding=True), None) is not None
        self.find("element-repeated" if again and not row.many else "element-order", child, element=row.tag)

    def _value(self, child: Element, row: Row) -> Any:
        """What an element's text says; None for an empty optional one and for what cannot be read."""
        form = row.form
        text = self._mixed(child) if len(child) else child.text
        if self.attributes:
            self._attributes(child)
        text = text.strip(BLANK) if text else ""
        if not text and not row.needed:
            return None
        if form.remarks is not None and (found := form.remarks(text, self.version)):
            for code in found:
                self.find(code, child, value=values.shown(text))
        if form.read is None:
            return text
        try:
            value = form.read(text)
        except values.Fault as fault:
            self.find(fault.code, child, value=values.shown(text))
            return None
        if type(value) in _SHAPES:
            self.places[id(value)] = child
        return value

    def _mixed(self, child: Element) -> str:
        """The text of an element that has more than text in it: comments do not matter, elements do."""
        text = child.text or ""
        for inner in child:
            if isinstance(inner.tag, str):
                self.find("element-unknown", inner, element=_name(inner))
            text += inner.tail or ""
        return text

    def _made(self, element: Element, table: Table, parts: dict[str, Any], stray: str | None) -> Any:
        if stray and stray.strip(BLANK):
            self._stray(element, table, parts)
        if self.attributes:
            self._attributes(element)
        whole = True
        for row in table.needed:
            if row.field not in parts:
                whole = self._missing(element, row, parts) and whole
        if not whole:
            return None
        for name in table.lists:
            if name in parts:
                parts[name] = tuple(parts[name])
        made = table.struct(**parts)
        self.places[id(made)] = element
        return made

    def _missing(self, element: Element, row: Row, parts: dict[str, Any]) -> bool:
        """What has to be there and could not be read, or is not there: whether older versions do without it."""
        if row.tag in self.optional:
            self.find("element-missing-old", element, element=row.tag)
            parts[row.field] = [] if row.many else ""
            return True
        if next(element.iterchildren(f"{{{self.namespace}}}{row.tag}"), None) is None:
            self.find("element-missing", element, element=row.tag)
        return False

    def _stray(self, element: Element, table: Table, parts: dict[str, Any]) -> None:
        """Text between elements; in CAP 1.0 it is how names and values are written (``SAME=EQW``)."""
        text = (element.text or "").strip(BLANK)
        if table is schema.NAMED and not parts and self.version == "1.0" and "=" in text:
            name, _, value = text.partition("=")
            parts |= {"name": name.strip(BLANK), "value": value.strip(BLANK)}
        else:
            self.find("text-stray", element)

    def _foreign(self, child: Element) -> None:
        """A comment or processing instruction means nothing, a signature is noted, anything else is found."""
        if not isinstance(child.tag, str):
            return
        if child.tag == schema.SIGNATURE:
            self.signed = True
        else:
            self.find("element-unknown", child, element=_name(child))

    def _attributes(self, element: Element) -> None:
        for name in element.attrib:
            if not str(name).startswith(_XSI):
                self.find("attribute-unknown", element, attribute=values.shown(str(name).rpartition("}")[2]))


def _name(element: Element) -> str:
    return values.shown(str(element.tag).rpartition("}")[2])
