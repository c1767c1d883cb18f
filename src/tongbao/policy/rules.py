"""The two decisions of the whole product: may this actor see it, may this actor do it. Pure."""

from enum import StrEnum

from tongbao.kernel.markings import CEILING, TLP, Grant, Grantee, Marking
from tongbao.policy.actors import Actor, Kind
from tongbao.policy.can import ANYONE, CASE_READERS, OFFICE_ROLES, ROLES, Can


class Why(StrEnum):
    """The reason for which somebody may see a thing, as shown to that person."""

    SYSTEM = "system"
    NAMED = "named"
    SEAT = "seat"
    OFFICE = "office"
    ORGANISATION = "organisation"
    GROUP = "group"
    COMMUNITY = "community"
    PUBLIC = "public"


_WHY = {
    Grantee.USER: Why.NAMED,
    Grantee.SEAT: Why.SEAT,
    Grantee.ORGANISATION: Why.ORGANISATION,
    Grantee.GROUP: Why.GROUP,
    Grantee.COMMUNITY: Why.COMMUNITY,
    Grantee.PUBLIC: Why.PUBLIC,
}


def audiences(actor: Actor) -> dict[Grantee, frozenset[int]]:
    """Every audience that ``actor`` belongs to, by kind."""
    return {
        Grantee.USER: frozenset() if actor.user is None else frozenset({actor.user}),
        Grantee.SEAT: actor.seats,
        Grantee.ORGANISATION: frozenset() if actor.organisation is None else frozenset({actor.organisation}),
        Grantee.GROUP: actor.groups,
        Grantee.COMMUNITY: frozenset({0}) if actor.signed_in else frozenset(),
        Grantee.PUBLIC: frozenset({0}),
    }


def reads_cases(actor: Actor) -> bool:
    """Whether the actor sees the office's things without being named (never above AMBER+STRICT)."""
    narrowed = actor.scopes is not None and Can.INCIDENT_READ not in actor.scopes
    return actor.office and not narrowed and bool(actor.roles & CASE_READERS)


def may_see(actor: Actor, marking: Marking) -> Why | None:
    """Why ``actor`` may see a thing so marked, or None.

    The track must be the actor's; then the first of: a named person or seat (any marking), the
    office's case readers (up to AMBER+STRICT), or an audience whose ceiling is not below the marking.
    """
    if actor.system:
        return Why.SYSTEM
    if marking.track not in actor.tracks:
        return None
    member = audiences(actor)
    for grantee in (Grantee.USER, Grantee.SEAT):
        if any(Grant(grantee, key) in marking.grants for key in member[grantee]):
            return _WHY[grantee]
    if reads_cases(actor) and marking.tlp <= TLP.AMBER_STRICT:
        return Why.OFFICE
    for grantee, keys in member.items():
        if marking.tlp <= CEILING[grantee] and any(Grant(grantee, key) in marking.grants for key in keys):
            return _WHY[grantee]
    return None


def holds(actor: Actor, can: Can) -> bool:
    """Whether any of the actor's roles carries ``can``, whatever the thing."""
    return _office_holds(actor, can) or _own_holds(actor, can)


def may(actor: Actor, can: Can, standing: frozenset[int] | None) -> bool:
    """Whether ``actor`` may do ``can`` to a thing on which the organisations ``standing`` may act.

    Office roles need no standing; every other role acts only where its own organisation stands.
    ``standing`` None: no thing yet (creating one), so the role alone decides.
    """
    if actor.scopes is not None and can not in actor.scopes:
        return False
    if actor.system or _office_holds(actor, can):
        return True
    if can in ANYONE and standing is None:
        return True
    return _own_holds(actor, can) and (standing is None or actor.organisation in standing)


def _office_holds(actor: Actor, can: Can) -> bool:
    return actor.office and actor.kind is not Kind.LINK and any(can in ROLES[role] for role in actor.roles)


def _own_holds(actor: Actor, can: Can) -> bool:
    return any(can in ROLES[role] for role in actor.roles - OFFICE_ROLES)
