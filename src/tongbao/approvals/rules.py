"""What may happen to something that was handed in for judgement; what two editions say differently. Pure."""

import difflib
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from tongbao.kernel.refusals import Conflict
from tongbao.profiles.model import Label

OPEN = frozenset({"submitted", "returned"})
OUTCOMES = ("granted", "returned", "refused")
Outcome = Literal["granted", "returned", "refused"]


class Passage(Struct, frozen=True, kw_only=True):
    """One part of what is judged, as the judge reads it. Findings point at ``code``."""

    code: str
    label: Label
    text: str


class Standing(Struct, frozen=True, kw_only=True):
    """How an approval stands towards somebody who wants to act on it.

    ``by_authority``: the person sits in the deciding organisation, or in the office for it; ``own``: the person
    handed it in or works where it comes from; ``aside``: has stepped aside; ``needed`` and ``agreed``: opinions.
    """

    state: str
    by_authority: bool
    own: bool
    aside: bool
    open_findings: int
    needed: int
    agreed: int


def is_request(passages: Iterable[Passage]) -> bool:
    """Whether somebody asks for something and says why: that can be taken back, or asked for again.

    Everything else is judged because the law says so.
    """
    return any(each.code == "reason" for each in passages)


def may_judge(standing: Standing) -> None:
    """Raise Conflict unless the person may judge it now: it waits, and nothing ties the person to it."""
    if standing.state != "submitted":
        raise Conflict("approval-not-waiting")
    if standing.own:
        raise Conflict("approval-own")
    if standing.aside:
        raise Conflict("approval-aside")


def may_decide(standing: Standing, outcome: Outcome) -> None:
    """Raise Conflict unless the person may decide so: granting needs every finding settled and enough opinions."""
    may_judge(standing)
    if outcome == "granted" and standing.open_findings:
        raise Conflict("findings-open", count=standing.open_findings)
    if outcome == "granted" and standing.agreed + 1 < standing.needed:
        raise Conflict("opinions-missing", count=standing.needed - 1 - standing.agreed)


class Difference(Struct, frozen=True):
    """A passage that changed between two editions: runs of text, each kept, added or removed."""

    code: str
    label: Label
    kind: Literal["added", "removed", "changed"]
    runs: tuple[tuple[Literal["kept", "added", "removed"], str], ...]


def differences(before: Iterable[Passage], after: Iterable[Passage]) -> list[Difference]:
    """What the later edition says differently, passage by passage, in its order."""
    old, new = {each.code: each for each in before}, {each.code: each for each in after}
    found = []
    for code in dict.fromkeys((*new, *old)):
        was, now = old.get(code), new.get(code)
        if was is None and now is not None:
            found.append(Difference(code, now.label, "added", (("added", now.text),)))
        elif now is None and was is not None:
            found.append(Difference(code, was.label, "removed", (("removed", was.text),)))
        elif was is not None and now is not None and was.text != now.text:
            found.append(Difference(code, now.label, "changed", _runs(was.text, now.text)))
    return found


MOST_COMPARED = 20_000
Run = tuple[Literal["kept", "added", "removed"], str]


def _runs(before: str, after: str) -> tuple[Run, ...]:
    """The two texts as runs; long ones are shown whole, because comparing them letter by letter takes long."""
    if len(before) + len(after) > MOST_COMPARED:
        return (("removed", before), ("added", after))
    found: list[Run] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("kept", before[a:b]))
            continue
        if before[a:b]:
            found.append(("removed", before[a:b]))
        if after[c:d]:
            found.append(("added", after[c:d]))
    return tuple(found)
