"""Filters for pages of findings."""

from django import template

from tongbao.observations import page

register = template.Library()


@register.filter
def lasting(seconds: float | None) -> str:
    """A time that something took, in words."""
    return page.duration(seconds)
