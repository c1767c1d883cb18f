"""The verbs of taking cases over from other products."""

from typing import Any

from tests.journal.story import Act, Story
from tests.standards.exports import HIVE, TICKET, exported
from tongbao.incidents import importing
from tongbao.incidents.actions import imports
from tongbao.incidents.models import CaseImport
from tongbao.journal.events import Event
from tongbao.kernel.markings import TLP


def _kept(d: Any, product: str = "rtir", raw: dict[str, Any] = TICKET) -> CaseImport:
    by = d.cast.officer
    return imports.receive_import(exported(raw), name="a.json", product=product, tlp=TLP.AMBER, actor=by)


def _take_over(d: Any) -> Act:
    kept = _kept(d, "thehive", HIVE)
    (row,) = importing.looked(kept, d.cast.officer)
    return lambda actor: imports.take_over(kept.public_id, row, actor=actor)


IMPORTING = {
    "incidents.actions.imports.receive_import": Story(
        lambda d: (
            lambda actor: imports.receive_import(
                exported(TICKET), name="a.json", product="rtir", tlp=TLP.AMBER, actor=actor
            )
        ),
        {Event.CASES_IMPORTED},
        refused="auditor",
        again=False,
    ),
    "incidents.actions.imports.take_over": Story(_take_over, {Event.INCIDENT_TAKEN_OVER}),
    "incidents.actions.imports.want_import": Story(
        lambda d: (lambda key: lambda actor: imports.want_import(key, actor=actor))(_kept(d).public_id),
        {Event.CASES_IMPORTED},
    ),
    "incidents.actions.imports.stop_import": Story(
        lambda d: (lambda key: lambda actor: imports.stop_import(key, why="fault"))(_kept(d).public_id),
        {Event.CASES_IMPORTED},
        again=False,
    ),
    "incidents.actions.imports.finish_import": Story(
        lambda d: (lambda key: lambda actor: imports.finish_import(key, counts={"create": 1}, actor=actor))(
            _kept(d).public_id
        ),
        {Event.CASES_IMPORTED},
        again=False,
    ),
}
