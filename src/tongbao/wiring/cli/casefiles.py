"""``import cases``: cases that another product has exported, looked at or taken over."""

from pathlib import Path
from typing import Any

from tongbao.incidents import importing
from tongbao.incidents.actions import imports
from tongbao.incidents.rules.imports import Row
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid, Problem, Refusal
from tongbao.policy import actors
from tongbao.standards.casefiles import PRODUCTS
from tongbao.wiring.cli.output import document, read_file, refused


def cases(file: Path, *, product: str, label: str, doing: bool) -> None:
    """A dry run keeps nothing. What is applied is kept as it came."""
    content, actor = read_file(file, imports.MOST_BYTES), actors.system("command")
    try:
        known, tlp = _given(product, label)
        rows = importing.look(known, content, tlp=tlp, actor=actor)  # type: ignore[arg-type]
        counts = dict(importing.fates(rows))
        if doing:
            kept = imports.receive_import(content, name=file.name, product=known, tlp=tlp, actor=actor)
            counts = importing.apply(kept.public_id, actor=actor)
    except Refusal as refusal:
        refused(refusal)
    document({"applied": doing, "product": known, "counts": counts, "cases": [_said(each) for each in rows]})


def _given(product: str, label: str) -> tuple[str, TLP]:
    problems = [] if product in PRODUCTS else [Problem("from", "choice-unknown", {"value": product[:40]})]
    try:
        tlp = TLP.parse(label)
    except ValueError:
        problems.append(Problem("tlp", "choice-unknown", {"value": label[:40]}))
    if problems:
        raise Invalid(problems)
    return product, tlp


def _said(row: Row) -> dict[str, Any]:
    case = row.case
    return {
        "place": case.place,
        "ref": case.ref,
        "title": case.title,
        "closed": case.closed,
        "opened_at": case.opened_at,
        "tlp": row.tlp.label,
        "fate": row.fate,
        "problems": [{"path": each.path, "code": each.code} for each in row.problems],
    }
