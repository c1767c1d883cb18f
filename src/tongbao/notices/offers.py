"""The answers that a notice offers: those of its wording, or for a warning one of the sets in offers.toml."""

import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.notices import templates
from tongbao.notices.models import Notice
from tongbao.notices.templates import OfferedAnswer
from tongbao.profiles.model import Label


class OfferSet(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers that belong together."""

    code: str
    label: Label
    answers: tuple[OfferedAnswer, ...]

    def answer(self, code: str) -> OfferedAnswer | None:
        return next((each for each in self.answers if each.code == code), None)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    sets: tuple[OfferSet, ...]


@cache
def sets() -> dict[str, OfferSet]:
    """Every set by code."""
    text = (resources.files("tongbao.notices") / "offers.toml").read_text(encoding="utf-8")
    return {each.code: each for each in msgspec.convert(tomllib.loads(text), _File).sets}


def of(notice: Notice) -> tuple[OfferedAnswer, ...]:
    """What ``notice`` offers."""
    warning = notice.warning
    if warning is not None:
        return sets()[warning.answers].answers
    return templates.shipped()[notice.template].answers


def answer(notice: Notice, code: str) -> OfferedAnswer | None:
    return next((each for each in of(notice) if each.code == code), None)
