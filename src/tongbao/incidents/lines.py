"""Obligations as the rows of a long list: every word, time and address is put in here once, the template only sets them
out. A template that follows each row to its case and organisation and looks up each word costs more than the reading.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Obligation
from tongbao.incidents.rules import duties
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.ui import links
from tongbao.ui.templatetags.tongbao import ago, name, state, when

FIELDS = (
    *("pk", "profile", "duty", "variant", "state", "due_at", "settled_at"),
    *("organisation__name_zh", "organisation__name_en"),
    *("incident", "incident__public_id", "incident__number", "incident__tlp", "incident__track"),
    *("submission__public_id", "submission__tlp", "submission__track"),
)


class Line(Struct, frozen=True):
    """One row. ``whose`` is not said where reading what it is about is opening it."""

    href: str
    about: str
    duty: str
    whose: str
    muted: bool
    due: SafeString
    left: SafeString
    state: SafeString
    settled: SafeString
    basis: str
    doubt: SafeString


def rows(found: QuerySet[Obligation]) -> QuerySet[Any]:
    """What the lines need of obligations, and no more."""
    return found.values_list(*FIELDS, named=True)


def lines(found: Iterable[Any], look: Context) -> list[Line]:
    """``found`` (of :func:`rows`) in words, with times as their reader wants to ``look`` at them."""
    now, nothing = clock.now(), SafeString("")
    owner, nobody, unread = f"organisation__name_{tongue()}", _("nobody known"), _("Restricted: open to read")
    required = cache(_required)
    made = []
    for row in found:
        words = required(row.profile, duties.key(row.duty, row.variant))
        if words is None:
            continue
        href, about, hidden = _about(row)
        line = Line(
            href=href,
            about=about,
            duty=words.duty,
            whose=unread if hidden else getattr(row, owner) or nobody,
            muted=hidden,
            due=when(look, row.due_at),
            left=ago(look, row.due_at) if row.state == Obligation.State.DUE else nothing,
            state=state("obligation", duties.standing(row.state, row.due_at, now)),
            settled=when(look, row.settled_at) if row.settled_at else nothing,
            basis=words.basis,
            doubt=words.doubt,
        )
        made.append(line)
    return made


class _Words(Struct, frozen=True):
    duty: str
    basis: str
    doubt: SafeString


def _required(profile: str, key: str) -> _Words | None:
    """What a duty and its basis are called; None for one that the profile does not know any more."""
    found = queries.required(profile, key)
    if found is None:
        return None
    duty, _profile, source = found
    checked = duty.basis.confidence == "verified"
    return _Words(
        name(duty.label), name(source), SafeString("") if checked else state("confidence", duty.basis.confidence)
    )


def _about(row: Any) -> tuple[str, str, bool]:
    """The page of the case, or of the report without one; what that is called; whether reading it is opening it."""
    if row.incident is not None:
        marking = Marking(TLP(row.incident__tlp), Track(row.incident__track))
        return links.address("incidents:detail", row.incident__public_id), row.incident__number, marking.restricted
    marking = Marking(TLP(row.submission__tlp), Track(row.submission__track))
    return links.address("incidents:submission", row.submission__public_id), _("Submission"), marking.restricted
