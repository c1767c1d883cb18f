"""Notice templates: data in wording/, both languages, placeholders declared and checked."""

import re
import string
import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.notices.rules import Offer
from tongbao.profiles.model import Label

PLACEHOLDERS = frozenset(
    {"address", "count", "day", "due", "extra", "level", "office", "open", "reference", "rows", "title", "todo", "what"}
)
_USED = re.compile(r"\$\{([a-z_]+)\}")


class OfferedAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer button. ``evidence``: the kind of evidence that this answer is, for the case's obligations; ``meets``:
    it is what a warning hopes for; ``remark``: words that decide nothing; ``help``: to be looked at now."""

    code: str
    label: Label
    blind: bool = False
    text: bool = False
    evidence: str = ""
    meets: bool = False
    remark: bool = False
    help: bool = False

    @property
    def offer(self) -> Offer:
        return Offer(self.code, blind=self.blind, text=self.text)


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """``cases``: an officer may choose it when those concerned by a case are told. ``names_addresses``: each recipient
    also reads which of its own addresses the case names."""

    code: str
    label: Label
    title: Label
    body: Label
    answer_within: str
    answers: tuple[OfferedAnswer, ...]
    cases: bool = True
    names_addresses: bool = False

    def answer(self, code: str) -> OfferedAnswer | None:
        return next((each for each in self.answers if each.code == code), None)


class Filled(Struct, frozen=True):
    """A template with its values in place."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str


@cache
def shipped() -> dict[str, Template]:
    """Every template by code. Raises ValueError naming the file of a template that does not hold."""
    folder = resources.files("tongbao.notices") / "wording"
    found = {}
    for file in sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda f: f.name):
        template = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Template)
        _check(file.name, template)
        found[template.code] = template
    return found


def _check(name: str, template: Template) -> None:
    for text in (template.title.en, template.title.zh, template.body.en, template.body.zh):
        if unknown := set(_USED.findall(text)) - PLACEHOLDERS:
            raise ValueError(f"{name}: unknown placeholder {sorted(unknown)}")
    if set(_USED.findall(template.body.en)) != set(_USED.findall(template.body.zh)):
        raise ValueError(f"{name}: the two languages use different placeholders")


def fill(template: Template, values: dict[str, Label]) -> Filled:
    """Put ``values`` in place. A declared placeholder without a value is left out."""
    texts = {}
    for language in ("zh", "en"):
        words = dict.fromkeys(PLACEHOLDERS, "") | {key: getattr(v, language) for key, v in values.items()}
        texts[f"title_{language}"] = " ".join(_put(getattr(template.title, language), words).split())[:200]
        texts[f"body_{language}"] = re.sub(r"\n{3,}", "\n\n", _put(getattr(template.body, language), words)).strip()
    return Filled(**texts)


def _put(text: str, words: dict[str, str]) -> str:
    return string.Template(text).safe_substitute(words)
