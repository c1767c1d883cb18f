"""Decisions of operations, pure: which mode a kind has, what may lie under what, what a new one needs."""

import re

from msgspec import Struct

from tongbao.kernel.checks import faults
from tongbao.kernel.refusals import Problem

MODES = {"response": "actual", "event": "actual", "drill": "exercise", "test": "test"}
"""The mode that an operation of a kind gets. Nobody chooses a mode: whoever makes a drill makes an exercise."""

GATED = frozenset({"drill", "test"})
"""Kinds that reach nobody but those enrolled."""

LONGEST_NAME, LONGEST_TEXT = 120, 4000
_CODE = re.compile(r"[A-Z][A-Z0-9-]{1,11}")


class Draft(Struct, frozen=True, kw_only=True):
    """An operation as an officer asks for it. ``parent`` and ``level`` are public id and code, or empty."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    level: str = ""
    purpose: str = ""
    parent: str = ""


def problems(draft: Draft, *, levels: tuple[str, ...]) -> list[Problem]:
    """What is wrong with a draft. ``levels``: the rungs of the response ladder that the law knows."""
    found = []
    if draft.kind not in MODES:
        found.append(Problem("kind", "choice-unknown", {"value": draft.kind[:40]}))
    if not _CODE.fullmatch(draft.code.strip().upper()):
        found.append(Problem("code", "operation-code"))
    found += faults("name_zh", draft.name_zh, most=LONGEST_NAME)
    found += faults("name_en", draft.name_en, most=LONGEST_NAME)
    found += faults("purpose", draft.purpose, most=LONGEST_TEXT, needed=False)
    if draft.level and draft.level not in levels:
        found.append(Problem("level", "choice-unknown", {"value": draft.level[:40]}))
    return found


def fits_under(kind: str, parent: str) -> bool:
    """Whether an operation of ``kind`` may be part of one of kind ``parent``: nothing real is part of a drill."""
    return parent not in GATED or kind in GATED
