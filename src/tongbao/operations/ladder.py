"""The response ladder of the office's own law, for those operations that have a level."""

from django.conf import settings

from tongbao.kernel import clock
from tongbao.profiles import load
from tongbao.profiles.model import Label, ResponseLevel


def rungs() -> tuple[ResponseLevel, ...]:
    """The rungs, the lowest first; empty where the law has no ladder."""
    return load.in_force(settings.TONGBAO.jurisdiction, clock.now()).response_levels


def label(code: str) -> Label | None:
    """What a rung is called."""
    return next((each.label for each in rungs() if each.code == code), None)
