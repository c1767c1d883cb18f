"""Tags of notices."""

from collections.abc import Iterable

from django import template

from tongbao.notices import offers
from tongbao.notices.models import Notice, Receipt
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.simple_tag
def offered(notice: Notice, answer: str) -> str:
    """An answer in the words with which its notice offered it."""
    found = offers.answer(notice, answer)
    return name(found.label) if found else answer


@register.filter
def answered(receipts: Iterable[Receipt]) -> int:
    """How many of the receipts have been answered."""
    return sum(1 for receipt in receipts if receipt.answered_at is not None)
