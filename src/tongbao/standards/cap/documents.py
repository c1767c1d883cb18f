"""Bytes from outside, as XML that is safe to look at: limits, no document type, no entities, nothing fetched.

A message may stand alone or inside another document (an Atom feed, an EDXL-DE envelope); only messages are judged.
"""

import re

from lxml import etree

from tongbao.kernel.refusals import Invalid, TooLarge
from tongbao.standards.cap.schema import NAMESPACES
from tongbao.standards.cap.values import shown

MOST_BYTES = 2 * 1024 * 1024
"""Of one document. The longest real alerts, with a map inside, are below a tenth of it."""
MOST_ALERTS = 1000
"""In one feed or envelope."""

MEDIA_TYPE = "application/cap+xml"

Element = etree._Element

_ATOM = "{http://www.w3.org/2005/Atom}"

_ALERT = {f"{{{namespace}}}alert": version for version, namespace in NAMESPACES.items()}
_PARSER: "etree.XMLParser[Element]" = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    collect_ids=False,
)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def root(data: bytes) -> Element:
    """The outermost element.

    Raises TooLarge over ``MOST_BYTES``; Invalid for what is not XML, has a document type (whether or not it is used),
    or nests deeper than 256 elements. The parser expands no entity and opens no file and no connection.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge("file-too-large", megabytes=MOST_BYTES // 1024 // 1024)
    try:
        found = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if _DOCTYPE.search(data):
            raise Invalid.one("/", "xml-doctype") from None
        line = getattr(error, "lineno", None) or 0
        raise Invalid.one(f"line {line}", "xml-unreadable", detail=shown(str(error))) from None
    tree = found.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise Invalid.one("/", "xml-doctype")
    return found


def alerts(outermost: Element) -> list[tuple[Element, str]]:
    """Every message in the document with its version, in document order.

    Raises TooLarge for more than ``MOST_ALERTS``.
    """
    if version := _ALERT.get(str(outermost.tag)):
        return [(outermost, version)]
    found = [(each, _ALERT[str(each.tag)]) for each in outermost.iter(*_ALERT)]
    if len(found) > MOST_ALERTS:
        raise TooLarge("too-many-alerts", most=MOST_ALERTS)
    return found


def links(outermost: Element) -> list[str]:
    """The addresses of messages that an Atom feed leads to without carrying them, in its order."""
    entries = outermost.iter(f"{_ATOM}entry")
    return [
        str(link.get("href"))
        for entry in entries
        if next(entry.iter(*_ALERT), None) is None
        for link in entry.iter(f"{_ATOM}link")
        if link.get("type") == MEDIA_TYPE and link.get("href")
    ]


def path_of(element: Element, message: Element | None = None, path: str = "") -> str:
    """Where ``element`` stands, as an XPath over local names: ``/alert/info[2]/area[1]``.

    A number stands where there are several of the name. ``path`` is that of the ``message`` it stands in, if known.
    """
    steps: list[str] = []
    current: Element | None = element
    while current is not None and current is not message:
        parent = current.getparent()
        steps.append(_step(current, parent))
        current = parent
    return "/".join([path, *reversed(steps)])


def _step(element: Element, parent: Element | None) -> str:
    name = etree.QName(element).localname
    if parent is None:
        return name
    tag = str(element.tag)
    before = sum(1 for _ in element.itersiblings(tag, preceding=True))
    alone = not before and next(element.itersiblings(tag), None) is None
    return name if alone else f"{name}[{before + 1}]"
