"""Tags of helping."""

from django import template

from tongbao.assistance import kinds
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.filter
def kind_of_help(code: str) -> str:
    """A kind of capability in words."""
    found = kinds.kinds().get(code)
    return name(found.label) if found else code
