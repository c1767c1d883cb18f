"""The command that takes partners' CAP messages in."""

from pathlib import Path
from typing import Any

import typer

from tongbao.kernel.refusals import Invalid, Problem, Refusal
from tongbao.notices.models import PartnerAlert
from tongbao.notices.partners import fetching, taking
from tongbao.standards.cap import documents
from tongbao.wiring.cli.output import document, read_file, refused


def take(files: list[Path]) -> None:
    """Every message in ``files``, with what became of it."""
    found = [_taken(file) for file in files]
    faulty = [each for part in found for each in part["alerts"] if each["state"] == PartnerAlert.State.FAULTY]
    document({"ok": not faulty, "documents": found})
    if faulty:
        raise typer.Exit(1)


def _taken(file: Path) -> dict[str, Any]:
    data = read_file(file, documents.MOST_BYTES)
    try:
        taken = taking.take(data, fetching.rules())
    except Invalid as refusal:
        refused(Invalid([Problem(f"{file.name} {each.path}", each.code, each.params) for each in refusal.problems]))
    except Refusal as refusal:
        refused(refusal)
    return {"name": file.name, "alerts": [_alert(each) for each in taken]}


def _alert(found: PartnerAlert) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "sender": found.sender,
        "identifier": found.identifier,
        "sent": found.sent,
        "headline": found.headline,
        "state": found.state,
        "rule": found.rule,
        "draft": found.draft.public_id if found.draft else "",
    }
