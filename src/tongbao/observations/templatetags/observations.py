"""Filters for pages of findings."""

from django import template

from tongbao.observations import page, wording
from tongbao.ui import sentences

register = template.Library()


@register.filter
def lasting(seconds: float | None) -> str:
    """A time that something took, in words."""
    return page.duration(seconds)


@register.filter
def why(reason: str) -> str:
    """The engine's reason in words, and what there is to add as it stands."""
    code, more = wording.refusal(reason)
    said = sentences.word("refused_line", code)
    return f"{said} ({more})" if more else said
