"""Structs to XML, strictly: the order of the standard, UTF-8, times with their offset, nothing empty.

What this product would refuse from others it does not write: every message is read back and judged before it is given
out.
"""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from tongbao.kernel.refusals import Invalid, Problem
from tongbao.standards.cap import schema
from tongbao.standards.cap.findings import Grade
from tongbao.standards.cap.model import Alert, Status
from tongbao.standards.cap.schema import Row, Table
from tongbao.standards.cap.verdict import judge_alone

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_KEPT = {"\r": "&#13;"}
"""XML turns a bare carriage return into a line feed on reading."""


def serialise(alert: Alert) -> bytes:
    """``alert`` as a CAP 1.2 document, UTF-8.

    Raises Invalid with code ``cap-status`` unless ``status`` is a member of Status: a text that merely looks like one
    is not enough, so that no practice can go out as the real thing by way of an unset or mistyped word. Raises Invalid
    with every error, ``path`` as in findings, when the message does not keep the standard and our rules: among them a
    moment without an offset or with fractions of a second, and characters that XML does not have.
    """
    if not isinstance(alert.status, Status):
        raise Invalid.one("/alert/status", "cap-status")
    try:
        lines = [*_lines(schema.ALERT, alert, "  ")]
    except (TypeError, ValueError, AttributeError) as error:
        raise Invalid.one("/alert", "cap-value", detail=str(error)[:200]) from None
    head = f'<alert xmlns="{schema.NAMESPACES[schema.CURRENT]}">'
    text = "\n".join([head, *lines, "</alert>\n"])
    try:
        data = (_DECLARATION + text).encode()
    except UnicodeEncodeError:
        raise Invalid.one("/alert", "text-encoding") from None
    verdict = judge_alone(data)
    problems = [Problem(each.path, each.code, each.params) for each in verdict.findings if each.grade is Grade.ERROR]
    if problems:
        raise Invalid(problems)
    return data


def _lines(table: Table, value: Any, indent: str) -> Iterator[str]:
    for row in table.rows:
        part = getattr(value, row.field)
        for each in part if row.many else (part,):
            if row.inside:
                yield f"{indent}<{row.tag}>"
                yield from _lines(row.inside, each, indent + "  ")
                yield f"{indent}</{row.tag}>"
            elif _said(row, each):
                yield f"{indent}<{row.tag}>{escape(row.form.write(each), _KEPT)}</{row.tag}>"


def _said(row: Row, value: Any) -> bool:
    """An optional text or list that is empty is not written."""
    return row.needed or (value is not None and value not in ("", ()))
