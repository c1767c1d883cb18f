"""RTIR on Request Tracker: a ticket as ``/REST/2.0/ticket/ID`` gives it, with its ``Transactions`` beside it as
``/REST/2.0/ticket/ID/history`` does, and in each its ``Attachments``.
"""

import base64
import binascii
from collections.abc import Iterator

from tongbao.kernel.refusals import Problem
from tongbao.standards.casefiles.model import ForeignCase, Named, Piece
from tongbao.standards.casefiles.reading import Row, joined, pieces, rsit

_OVER = {"resolved", "rejected", "abandoned"}
_SAID = {"Create", "Correspond", "Comment"}
_NAMED = ("IP", "Domain", "URL")
_SHOWN = ("Classification", "Function", "How Reported", "Reporter Type", "Customer")


def case(row: Row) -> ForeignCase:
    """One ticket. Merged and deleted ones are refused: RT keeps the one they were merged into as another ticket."""
    ref, status, fields = row.text("id"), row.text("Status").lower(), _fields(row)
    if (into := row.row("EffectiveId").text("id")) not in ("", ref):
        row.problems.append(Problem(f"{row.place}.EffectiveId", "import-merged", {"value": into[:40]}))
    if status == "deleted":
        row.problems.append(Problem(f"{row.place}.Status", "import-deleted"))
    queue = row.row("Queue").text("Name", "id") if isinstance(row.raw.get("Queue"), dict) else row.text("Queue")
    askers = ", ".join(each.text("id", "EmailAddress") for each in row.rows("Requestor", "Requestors"))
    shown = [f"{name}: {', '.join(fields[name])}" for name in _SHOWN if fields.get(name)]
    head = [f"Queue: {queue}"] if queue else []
    head += [*([f"Requestor: {askers}"] if askers else []), *shown]
    return ForeignCase(
        place=row.place,
        ref=ref,
        number=f"#{ref}" if ref else "",
        title=row.text("Subject"),
        summary=joined("\n".join(fields.get("Description", [])), "\n".join(head)),
        closed=status in _OVER,
        false_alarm=status == "rejected",
        opened_at=row.time("Created"),
        closed_at=row.time("Resolved") or (row.time("LastUpdated") if status in _OVER else None),
        outcome=joined(status, "\n".join(fields.get("Resolution", []))) if status in _OVER else "",
        type=rsit(fields.get("Classification", [])),
        pieces=pieces(_piece(each) for each in row.rows("Transactions", "History")),
        named=tuple(Named(value) for name in _NAMED for value in fields.get(name, [])),
        problems=tuple(row.problems),
    )


def _fields(row: Row) -> dict[str, list[str]]:
    """Custom fields by name: RT 5 lists them, earlier ones map them."""
    if isinstance(given := row.raw.get("CustomFields"), dict):
        held = Row(given, f"{row.place}.CustomFields", row.problems)
        return {name: list(held.texts(name)) for name in given}
    return {each.text("name"): list(each.texts("values")) for each in row.rows("CustomFields")}


def _piece(row: Row) -> Piece:
    kind = row.text("Type")
    by = row.row("Creator").text("id") if isinstance(row.raw.get("Creator"), dict) else row.text("Creator")
    if kind in _SAID:
        return Piece(joined(row.text("Content"), *_attached(row)), row.time("Created"), by)
    if kind == "Status":
        return Piece(f"Status: {row.text('OldValue')} → {row.text('NewValue')}", row.time("Created"), by)
    return Piece("")


def _attached(row: Row) -> Iterator[str]:
    """What was written, in plain text; of everything else the name. Files are not in these exports to be had."""
    for each in row.rows("Attachments"):
        kind, name = each.text("ContentType").lower(), each.text("Filename")
        if name or not kind.startswith("text/plain"):
            if name:
                yield f"[{name}]"
            continue
        yield _plain(each.text("Content"))


def _plain(content: str) -> str:
    """REST 2 writes contents in base64; what is not is taken as it stands."""
    try:
        return base64.b64decode("".join(content.split()), validate=True).decode().replace("\r\n", "\n").strip()
    except (binascii.Error, ValueError):
        return content
