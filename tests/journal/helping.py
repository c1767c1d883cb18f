"""The verbs of helping, each with a call that works."""

from datetime import date
from typing import Any

from tests.assistance.offers import asked, offered, part, vetted
from tests.journal.story import Act, Story
from tongbao.assistance.actions import capabilities, helping, membership
from tongbao.assistance.models import Engagement, Membership
from tongbao.assistance.rules import Terms
from tongbao.journal.events import Event

E = Event
TERMS = Terms(kind="ot", summary="x")


def _amend(d: Any) -> Act:
    held = offered(d.cast)
    return lambda actor: capabilities.amend_capability(held.public_id, TERMS, version=1, actor=actor)


def _withdraw(d: Any) -> Act:
    held = offered(d.cast)
    return lambda actor: capabilities.withdraw_capability(held.public_id, actor=actor)


def _vet(d: Any) -> Act:
    held = offered(d.cast)
    return lambda actor: capabilities.vet_capability(held.public_id, fit=True, words="x", version=1, actor=actor)


def _ask(d: Any) -> Act:
    fit = vetted(d.cast)

    def ask(actor: Any) -> Any:
        cast = type("As", (), {"officer": actor})()
        return asked(cast, d.other, fit)

    return ask


def _part(d: Any, *, offers: bool = False, assigned: bool = False) -> Engagement:
    made = part(asked(d.cast, d.other, vetted(d.cast)))
    if offers or assigned:
        helping.answer_help(made.public_id, offers=True, words="x", actor=d.cast.org_admin)
    if assigned:
        helping.assign_help(made.public_id, actor=d.cast.officer)
    return made


def _answer(d: Any) -> Act:
    key = _part(d).public_id
    return lambda actor: helping.answer_help(key, offers=True, words="x", actor=actor)


def _assign(d: Any) -> Act:
    key = _part(d, offers=True).public_id
    return lambda actor: helping.assign_help(key, actor=actor)


def _report(d: Any) -> Act:
    key = _part(d, assigned=True).public_id
    return lambda actor: helping.report_help(key, words="x", actor=actor)


def _release(d: Any) -> Act:
    key = _part(d, assigned=True).public_id
    return lambda actor: helping.release_help(key, words="x", actor=actor)


def _close(d: Any) -> Act:
    key = _part(d).request.public_id
    return lambda actor: helping.close_help(key, outcome="x", actor=actor)


def _applied(d: Any, *, fit: bool = False) -> Membership:
    made = membership.apply_for_membership("x", actor=d.cast.org_admin)
    return membership.vet_membership(made.public_id, fit=True, words="x", actor=d.cast.officer) if fit else made


def _vet_member(d: Any) -> Act:
    key = _applied(d).public_id
    return lambda actor: membership.vet_membership(key, fit=True, words="x", actor=actor)


def _sign(d: Any) -> Act:
    key = _applied(d, fit=True).public_id
    return lambda actor: membership.sign_membership(key, signed_on=date(2026, 11, 1), actor=actor)


def _leave(d: Any) -> Act:
    key = _applied(d).public_id
    return lambda actor: membership.leave_alliance(key, words="x", actor=actor)


HELPING: dict[str, Story] = {
    "assistance.actions.capabilities.offer_capability": Story(
        lambda d: lambda actor: capabilities.offer_capability(TERMS, actor=actor),
        {E.CAPABILITY_OFFERED},
        by="org_admin",
        refused="constituent",
        again=False,
    ),
    "assistance.actions.capabilities.amend_capability": Story(
        _amend, {E.CAPABILITY_AMENDED}, by="org_admin", refused="constituent"
    ),
    "assistance.actions.capabilities.withdraw_capability": Story(
        _withdraw, {E.CAPABILITY_WITHDRAWN}, by="org_admin", refused="constituent"
    ),
    "assistance.actions.capabilities.vet_capability": Story(
        _vet, {E.CAPABILITY_VETTED}, by="liaison", refused="auditor"
    ),
    "assistance.actions.helping.ask_for_help": Story(_ask, {E.HELP_ASKED}, refused="auditor", again=False),
    "assistance.actions.helping.answer_help": Story(_answer, {E.HELP_ANSWERED}, by="constituent"),
    "assistance.actions.helping.assign_help": Story(_assign, {E.HELP_ASSIGNED}, refused="auditor"),
    "assistance.actions.helping.report_help": Story(_report, {E.HELP_REPORTED}, by="constituent"),
    "assistance.actions.helping.release_help": Story(_release, {E.HELP_RELEASED}, refused="auditor"),
    "assistance.actions.helping.close_help": Story(_close, {E.HELP_CLOSED}, refused="auditor"),
    "assistance.actions.membership.apply_for_membership": Story(
        lambda d: lambda actor: membership.apply_for_membership("x", actor=actor),
        {E.MEMBERSHIP_APPLIED},
        by="org_admin",
        refused="constituent",
    ),
    "assistance.actions.membership.vet_membership": Story(_vet_member, {E.MEMBERSHIP_VETTED}, refused="handler"),
    "assistance.actions.membership.sign_membership": Story(_sign, {E.MEMBERSHIP_SIGNED}, refused="handler"),
    "assistance.actions.membership.leave_alliance": Story(
        _leave, {E.MEMBERSHIP_LEFT}, by="org_admin", refused="constituent"
    ),
}
