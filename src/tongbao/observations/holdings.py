"""Whose addresses are whose, as the directory has it, for the engine."""

from tongbao.engines.telemetry.owners import Country, Holding, Owners, What
from tongbao.engines.telemetry.prefixes import prefix
from tongbao.kernel import domains
from tongbao.parties.models import Network


def owners() -> Owners:
    """Every network that anybody has ever held, each for the days (UTC) of its validity. Organisations by key.

    The day on which a network changes hands is its new owner's.
    """
    rows = Network.objects.order_by("starts_at", "id").values_list(
        "kind", "value", "organisation_id", "starts_at", "ends_at"
    )
    found = []
    for kind, value, organisation, starts_at, ends_at in rows.iterator(chunk_size=5000):
        if kind == Network.Kind.DOMAIN and domains.public(value):
            continue  # put down before it was refused, or before it became one: it is nobody's
        days = {"first": starts_at.date()} | ({"end": ends_at.date()} if ends_at else {})
        found.append(Holding(_what(kind, value), str(organisation), **days))
    return Owners(found)


def _what(kind: str, value: str) -> What:
    if kind == Network.Kind.COUNTRY:
        return Country(value)
    if kind == Network.Kind.CIDR:
        return prefix(value)
    return int(value[2:]) if kind == Network.Kind.ASN else value
