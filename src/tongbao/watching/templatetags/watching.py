"""Tags of the pages of watching."""

from typing import Any

from django import template

from tongbao.watching import page
from tongbao.watching.models import Alert

register = template.Library()


@register.simple_tag
def alert_line(alert: Alert) -> str:
    """An alert in one line; of a restricted thing only what leads to it."""
    return page.alert_line(alert)


@register.filter
def of(tables: dict[str, Any], by: str) -> Any:
    """One of several tables."""
    return tables[by]
