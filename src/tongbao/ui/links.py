"""Addresses of pages, put together quickly: a list has hundreds, and Django looks each up anew."""

import re
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

_SLUG = re.compile(r"[-a-zA-Z0-9_]+").fullmatch


def address(name: str, *parts: Any) -> str:
    """The address of the page ``name``. Raises NoReverseMatch when this face does not serve it."""
    shape = _shape(settings.ROOT_URLCONF, name, len(parts))
    if shape is None or not all(isinstance(part, str) and _SLUG(part) for part in parts):
        return reverse(name, args=parts)
    return shape.format(*parts)


@lru_cache(maxsize=4096)
def _shape(_face: str, name: str, parts: int) -> str | None:
    """The address with gaps for its parts; None where it cannot be known once for all slugs."""
    stand_ins = [f"part{number}" for number in range(parts)]
    try:
        shape = reverse(name, args=stand_ins)
    except NoReverseMatch:
        return None
    for part in stand_ins:
        shape = shape.replace(part, "{}", 1)
    return shape if shape.count("{}") == parts else None
