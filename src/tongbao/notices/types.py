"""Types of warning (warnings.toml): the wording and the defaults with which an officer begins."""

import string
import tomllib
from datetime import datetime
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.notices import offers
from tongbao.notices.rules import content, escalation
from tongbao.notices.rules.content import Audience, Content, Texts
from tongbao.notices.rules.escalation import Step
from tongbao.profiles import durations
from tongbao.profiles.model import Label
from tongbao.standards.cap.model import Category, Certainty, Severity, Urgency


class Type(Struct, frozen=True, forbid_unknown_fields=True):
    """One type. ``blanks``: what the officer fills in, by the name that stands in the wording."""

    code: str
    label: Label
    category: Category
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    answers: str
    answer_within: str
    expires_within: str
    title: Label
    body: Label
    instruction: Label
    plan: tuple[Step, ...]
    blanks: dict[str, Label] = {}


class StandDown(Struct, frozen=True, forbid_unknown_fields=True):
    title: Label
    body: Label


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    types: tuple[Type, ...]
    stand_down: StandDown


@cache
def _file() -> _File:
    text = (resources.files("tongbao.notices") / "warnings.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text), _File)
    for each in found.types:
        _check(each)
    return found


@cache
def types() -> dict[str, Type]:
    """Every type by code. Raises ValueError naming the type that does not hold."""
    return {each.code: each for each in _file().types}


def _check(each: Type) -> None:
    for words in (each.title, each.body, each.instruction):
        used = [sorted(content.blanks(text)) for text in (words.en, words.zh)]
        if used[0] != used[1]:
            raise ValueError(f"{each.code}: the two languages leave different blanks")
        if unknown := set(used[0]) - set(each.blanks):
            raise ValueError(f"{each.code}: unknown placeholder {sorted(unknown)}")
    if each.answers not in offers.sets() or escalation.faults(each.plan):
        raise ValueError(f"{each.code}: answers or plan")


def begin(code: str, values: dict[str, Label], *, at: datetime, zone: str) -> Content:
    """The content with which a draft of this type starts. Blanks without a value stay open. Raises KeyError for a
    type that does not exist."""
    chosen = types()[code]
    texts = _filled(chosen, values)
    return Content(
        event=code,
        category=chosen.category,
        severity=chosen.severity,
        urgency=chosen.urgency,
        certainty=chosen.certainty,
        texts=texts,
        audience=Audience(),
        answers=chosen.answers,
        answer_by=durations.add(at, chosen.answer_within, zone),
        expires_at=durations.add(at, chosen.expires_within, zone),
        plan=chosen.plan,
        stand_down=stand_down(texts),
    )


def _filled(chosen: Type, values: dict[str, Label]) -> Texts:
    parts = {}
    for language in ("zh", "en"):
        words = {name: text for name, label in values.items() if (text := getattr(label, language).strip())}
        for part in ("title", "body", "instruction"):
            wording = getattr(getattr(chosen, part), language)
            parts[f"{part}_{language}"] = string.Template(wording).safe_substitute(words)
    return Texts(**parts)


def stand_down(texts: Texts) -> Texts:
    """The words that take a warning with these texts back."""
    wording, parts = _file().stand_down, {}
    for language in ("zh", "en"):
        words = {"title": getattr(texts, f"title_{language}")}
        for part in ("title", "body"):
            parts[f"{part}_{language}"] = string.Template(getattr(getattr(wording, part), language)).substitute(words)
    return Texts(**parts)
