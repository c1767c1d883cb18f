"""Tags of notices."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongbao.kernel.refusals import Problem
from tongbao.notices import offers, particular, types
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.proof import Event
from tongbao.notices.queries import Board
from tongbao.notices.templates import OfferedAnswer
from tongbao.notices.warning_forms import DraftForm
from tongbao.parties.models import Organisation, SharingGroup
from tongbao.parties.templatetags.parties import county, sector
from tongbao.profiles import places
from tongbao.ui import tiles as maps
from tongbao.ui.sentences import problem_sentence, word
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.simple_tag
def offered(notice: Notice, answer: str) -> str:
    """An answer in the words with which its notice offered it."""
    found = offers.answer(notice, answer)
    return name(found.label) if found else answer


@register.filter
def offered_in(code: str) -> Iterable[OfferedAnswer]:
    """The answers of a set, in the order of their numbers; none of a set that there is not."""
    found = offers.sets().get(code)
    return found.answers if found else ()


@register.filter
def answered(receipts: Iterable[Receipt]) -> int:
    """How many of the receipts have been answered."""
    return sum(1 for receipt in receipts if receipt.answered_at is not None)


@register.filter
def of(found: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping holds under a key; an empty list where it holds nothing."""
    return found.get(key, [])


@register.filter
def warning_type(code: str) -> str:
    """What a type of warning is called."""
    found = types.types().get(code)
    return name(found.label) if found else code


@register.simple_tag
def problem(found: Problem) -> str:
    """A problem as a sentence."""
    return problem_sentence(found)


@register.filter
def say_path(path: str) -> str:
    """The place of a problem in a warning by the label of its field."""
    return str(DraftForm.label_of(path))


@register.simple_tag
def reason(why: Mapping[str, str]) -> str:
    """Why somebody is told, in words, with what it rests on."""
    said, value = word("reason", why.get("reason", "")), why.get("value", "")
    words = _VALUES.get(why.get("reason", ""))
    shown = words(value) if words and value else value
    return _("%(reason)s: %(value)s") % {"reason": said, "value": shown} if shown else said


@register.simple_tag
def for_you(receipt: Receipt) -> str:
    """What this recipient alone has to know."""
    return particular.words(receipt)


@register.simple_tag
def because(event: Event) -> str:
    """Why something happened, in the words for its kind."""
    if event.what == "told":
        whys = [each.partition(" ") for each in event.why.split(", ")]
        return "; ".join(reason({"reason": code, "value": value}) for code, _space, value in whys)
    return word(_BECAUSE[event.what], event.why)


_BECAUSE = {"climbed": "move", "followed": "kind_of_warning", "withheld": "release_reason"}


def _group(public_id: str) -> str:
    found = SharingGroup.objects.filter(public_id=public_id).first()
    return name(found) if found else ""


def _organisation(public_id: str) -> str:
    found = Organisation.objects.filter(public_id=public_id).first()
    return name(found) if found else ""


_VALUES: dict[str, Callable[[str], str]] = {
    "county": county,
    "group": _group,
    "kind": lambda code: word("organisation", code),
    "sector": sector,
    "silence-supervised": _organisation,
}


@register.simple_tag
def spell(span: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(span.total_seconds()) // 60
    days, rest = divmod(minutes, 1440)
    hours, mins = divmod(rest, 60)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": mins}
    return _("%(minutes)d min") % {"minutes": mins} if mins else _("%(seconds)d s") % {"seconds": span.seconds}


@register.simple_tag
def tiles(board: Board) -> SafeString:
    """The counties as a map of tiles: in each, how many of its organisations have answered as needed."""
    known, counted = places.counties(settings.TONGBAO.jurisdiction), board.counties
    if not known.keys() & counted.keys():
        return SafeString("")
    return maps.drawn(
        [maps.Tile(*place.tile, name(place.label), *counted.get(code, (0, 0))) for code, place in known.items()]
    )
