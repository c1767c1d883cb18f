"""What a short message says: what it is about where it may, how to answer, the signed link."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.notices import offering, replies, rules
from tongbao.notices.channels.email.words import title
from tongbao.notices.models import Delivery, Letter, Notice


def of_notice(notice: Notice, delivery: Delivery, *, office: dict[str, str], link: str, repeat: int, most: int) -> str:
    """The parts in the order of what must not be cut off; the title is shortened to make room."""
    short = "en" if delivery.language.startswith("en") else "zh"
    readable = rules.shows_content(notice.tlp)
    with override("en" if short == "en" else "zh-hant"):
        named = title(notice, short, office[short], readable=readable)
        how = _how(notice, delivery, short, readable=readable)
        mark = _("(again) ") if repeat > 1 else ""
    rest = " ".join(filter(None, [how, link]))
    room = max(20, most - len(mark) - len(rest) - 1)
    return f"{mark}{named if len(named) <= room else named[: room - 1] + '…'} {rest}"


def of_letter(letter: Letter, *, most: int) -> str:
    return f"{letter.title}: {' '.join(letter.body.split())}"[:most]


def _how(notice: Notice, delivery: Delivery, language: str, *, readable: bool) -> str:
    listed = offering.numbered(notice, language, blind_only=not readable)
    if not listed or not delivery.reply_code:
        return ""
    return _("Reply %(code)s and a number: %(answers)s.") % {
        "code": replies.short(delivery.reply_code),
        "answers": ", ".join(each.replace("  ", "=", 1) for each in listed),
    }
