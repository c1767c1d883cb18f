"""What a short message says: what it is about where it may, how to answer, the signed link."""

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.notices import offering, particular, replies, rules
from tongbao.notices.channels.email.words import title
from tongbao.notices.models import Delivery, Letter, Notice

SHORTEST_TITLE = 20
CALL = "voice"


def of_notice(notice: Notice, delivery: Delivery, *, office: dict[str, str], link: str, repeat: int, most: int) -> str:
    """The parts in the order of what must not be cut off; the title is shortened to make room. A call is answered with
    a key, and nobody is read an address."""
    short = "en" if delivery.language.startswith("en") else "zh"
    readable, called = rules.shows_content(notice.tlp), delivery.channel == CALL
    with override("en" if short == "en" else "zh-hant"):
        named = title(notice, short, office[short], readable=readable)
        how = _how(notice, delivery, short, readable=readable)
        mark = _("(again) ") if repeat > 1 else ""
        until = _("Answer by %(time)s.") % {"time": _moment(notice)} if _asks(notice) else ""
        why = particular.words(delivery.receipt) if readable and delivery.receipt is not None else ""
    rest = " ".join(filter(None, [until, how, "" if called else link]))
    if why and len(rest) + len(why) + SHORTEST_TITLE < most:
        rest = f"{why} {rest}"
    room = max(SHORTEST_TITLE, most - len(mark) - len(rest) - 2)
    stop = ". " if short == "en" else "。"
    return f"{mark}{named if len(named) <= room else named[: room - 1] + '…'}{stop}{rest}"


def _moment(notice: Notice) -> str:
    return f"{localtime(notice.answer_by):%m-%d %H:%M}"


def _asks(notice: Notice) -> bool:
    """Of what is told of a case the text itself says until when: a clock of the law is more than a time to answer."""
    return bool(notice.content) and notice.answer_by is not None


def of_letter(letter: Letter, *, most: int) -> str:
    return f"{letter.title}: {' '.join(letter.body.split())}"[:most]


def _how(notice: Notice, delivery: Delivery, language: str, *, readable: bool) -> str:
    listed = offering.numbered(notice, language, blind_only=not readable)
    if not listed or not delivery.reply_code:
        return ""
    if delivery.channel == CALL:
        return _("Press a key: %(answers)s.") % {"answers": ", ".join(each.replace("  ", " ", 1) for each in listed)}
    return _("Reply %(code)s and a number: %(answers)s.") % {
        "code": replies.short(delivery.reply_code),
        "answers": ", ".join(each.replace("  ", "=", 1) for each in listed),
    }
