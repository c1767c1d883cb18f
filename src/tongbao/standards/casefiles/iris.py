"""DFIR-IRIS: what exporting a case gives (``case``, ``iocs``, ``assets``, ``timeline``, ``notes``, ``tasks``,
``evidences``), bare or as the API answers it (``{"status": …, "data": …}``).
"""

import re
from collections.abc import Iterator

from tongbao.standards.casefiles.model import ForeignCase, Named, Piece
from tongbao.standards.casefiles.reading import Row, box, joined, pieces, rsit

_NUMBERED = re.compile(r"#(\d{1,12}) - (.+)", re.DOTALL)


def case(outer: Row) -> ForeignCase:
    """One case. Exports carry no key of their own: the number that IRIS writes before the name is one."""
    whole = outer.row("data") if "data" in outer.raw and "case" not in outer.raw else outer
    row = whole.row("case")
    name = row.text("name", "case_name")
    numbered = _NUMBERED.match(name)
    ref = row.text("case_id", "id") or (numbered[1] if numbered else row.text("case_uuid"))
    tags = row.texts("case_tags", "tags")
    facts = [("SOC", row.text("soc_id", "case_soc_id")), ("Customer", row.text("for_customer", "customer_name"))]
    closed_at = row.time("close_date", "case_close_date")
    return ForeignCase(
        place=outer.place,
        ref=ref,
        number=f"#{ref}" if ref else "",
        title=numbered[2].strip() if numbered else name,
        summary=joined(
            row.text("description", "case_description"), "\n".join(f"{each}: {words}" for each, words in facts if words)
        ),
        closed=closed_at is not None,
        opened_at=row.time("open_date", "initial_date", "case_open_date"),
        closed_at=closed_at,
        outcome=row.text("closing_note", "status_name") if closed_at is not None else "",
        type=rsit([*tags, row.text("classification")]),
        pieces=pieces([*_timeline(whole), *_notes(whole), *_tasks(whole), *_evidence(whole)]),
        named=tuple(_named(whole)),
        systems=tuple(each.text("asset_name") for each in whole.rows("assets") if each.text("asset_name")),
        problems=tuple(outer.problems),
    )


def _timeline(whole: Row) -> Iterator[Piece]:
    for each in whole.rows("timeline"):
        words = joined(each.text("event_title"), each.text("event_content"), each.text("event_source"))
        yield Piece(words, each.time("event_date"), each.text("last_edited_by"))


def _notes(whole: Row) -> Iterator[Piece]:
    for each in whole.rows("notes"):
        words = joined(each.text("note_title"), each.text("note_content"))
        yield Piece(words, each.time("note_lastupdate", "note_creationdate"))


def _tasks(whole: Row) -> Iterator[Piece]:
    for each in whole.rows("tasks"):
        done = each.text("task_status") in {"Done", "Canceled"} or each.time("task_close_date") is not None
        words = box(done, words=each.text("task_title"), more=each.text("task_description"))
        yield Piece(words, each.time("task_open_date", "task_last_update"), each.text("assigned_to"))


def _evidence(whole: Row) -> Iterator[Piece]:
    for each in whole.rows("evidences"):
        words = f"[{each.text('filename')}] {each.text('file_hash')}".strip()
        yield Piece(words, each.time("date_added"), each.text("added_by"))


def _named(whole: Row) -> Iterator[Named]:
    for each in whole.rows("iocs"):
        if value := each.text("ioc_value"):
            yield Named(value, each.tlp(each.text("tlp_name", "ioc_tlp")))
    for each in whole.rows("assets"):
        for value in filter(None, (each.text("asset_ip"), each.text("asset_domain"))):
            yield Named(value)
