"""Words of the ledger."""

from django import template

from tongbao.ui.sentences import known, word

register = template.Library()


@register.filter
def way_out(channel: str) -> str:
    """How something left: by a way of the product's own, or by a channel of notices."""
    return word("way_out" if channel in known("way_out") else "channel", channel)
