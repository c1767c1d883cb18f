"""The answers that a notice offers, as channels show them and as replies name them."""

from tongbao.notices import offers
from tongbao.notices.models import Notice
from tongbao.notices.replies import Choice


def choices(notice: Notice) -> tuple[Choice, ...]:
    """In the order in which they are numbered."""
    offered = offers.of(notice)
    return tuple(Choice(each.code, (each.label.en, each.label.zh), each.text) for each in offered)


def numbered(notice: Notice, language: str, *, blind_only: bool = False) -> list[str]:
    """``1  Confirmed ...``; an answer has the same number whether others are left out or not."""
    offered = offers.of(notice)
    return [
        f"{number}  {getattr(each.label, language)}"
        for number, each in enumerate(offered, start=1)
        if each.blind or not blind_only
    ]
