"""Texts that people and programs hand in: one check of emptiness, length and characters for every verb.

Nothing is cut off in silence: a text that is too long is refused, with its place.
"""

import ipaddress

from tongbao.kernel import text
from tongbao.kernel.refusals import Invalid, Problem


def faults(path: str, value: str, *, most: int, needed: bool = True) -> list[Problem]:
    """What is wrong with ``value`` at the place ``path``; empty when it can be kept as it is."""
    if needed and not value.strip():
        return [Problem(path, "required")]
    if len(value.strip()) > most:
        return [Problem(path, "too-long", {"most": most})]
    code = text.fault(value)
    return [Problem(path, code)] if code else []


def sound(path: str, value: str, *, most: int, needed: bool = True) -> str:
    """``value`` without the white space around it. Raises Invalid when it cannot be kept."""
    if found := faults(path, value, most=most, needed=needed):
        raise Invalid(found)
    return value.strip()


def ip(value: str) -> str:
    """An IPv4 or IPv6 address in its plain form. Raises ValueError for anything else, and for one with a zone: after
    its % the library takes any words at any length."""
    if "%" in value:
        raise ValueError(value)
    return str(ipaddress.ip_address(value))
