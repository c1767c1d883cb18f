"""Statutory forms: what a form asks, whether its answers are complete, and how they read. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tongbao.approvals.rules import Passage
from tongbao.kernel import text
from tongbao.kernel.refusals import Problem
from tongbao.profiles import classify
from tongbao.profiles.classify import Impact
from tongbao.profiles.model import Choice, Field, Form, Label, Profile

Language = Literal["en", "zh"]
LENGTHS = {"line": 200, "text": 20_000, "choice": 40, "time": 40, "number": 12, "flag": 3, "entity": 200}
MOST_MEASURES = 50
LARGEST_NUMBER = 10**9


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that will be done: what, of which kind, by whom, until when, and how its effect is followed up."""

    words: str
    aspect: str = ""
    person: str = ""
    due: date | None = None
    tracking: str = ""


class Answers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was typed into a form, by field. ``withheld``: fields that a public notice leaves out, with the reason."""

    texts: dict[str, str] = {}
    measures: dict[str, tuple[Measure, ...]] = {}
    impacts: dict[str, tuple[Impact, ...]] = {}
    withheld: dict[str, str] = {}


ASPECTS: dict[str, Label] = {
    "management": Label("management", "管理"),
    "technical": Label("technical", "技術"),
    "people": Label("people", "人力"),
    "resources": Label("resources", "資源"),
}
DUE = Label("due", "期限")
FLAG = (Choice("yes", Label("yes", "是")), Choice("no", Label("no", "否")))


def readable(form: Form, answers: Answers) -> list[Problem]:
    """What in a draft could not even be kept: unknown fields, texts too long or broken."""
    found = [
        Problem(code[:40], "field-unknown")
        for code in (*answers.texts, *answers.measures, *answers.impacts, *answers.withheld)
        if form.field(code) is None
    ]
    for code, value in _texts(answers):
        field = form.field(code.partition(".")[0])
        most = LENGTHS.get(field.kind if field else "text", LENGTHS["text"])
        if len(value) > most:
            found.append(Problem(code, "too-long", {"most": most}))
        elif fault := text.fault(value):
            found.append(Problem(code, fault))
    found += [
        Problem(code, "too-many-rows", {"most": MOST_MEASURES})
        for code, rows in (*answers.measures.items(), *answers.impacts.items())
        if len(rows) > MOST_MEASURES
    ]
    return found


def _texts(answers: Answers) -> Iterator[tuple[str, str]]:
    yield from answers.texts.items()
    yield from answers.withheld.items()
    for code, rows in answers.measures.items():
        for index, row in enumerate(rows):
            for name in ("words", "aspect", "person", "tracking"):
                yield f"{code}.{index}.{name}", getattr(row, name)


def faults(profile: Profile, form: Form, answers: Answers, now: datetime) -> list[Problem]:
    """Everything that keeps the form from being filed, each with its field, in the official order."""
    found = readable(form, answers)
    for field in form.fields:
        found += _required(field, answers)
        value = answers.texts.get(field.code, "").strip()
        if value:
            found += _kind(profile, field, value, now)
        if field.kind == "measures":
            found += _measures(field, answers.measures.get(field.code, ()))
        if field.kind == "impacts" and (impacts := answers.impacts.get(field.code, ())):
            found += [Problem(field.code, each.code, each.params) for each in classify.faults(profile, impacts)]
        if field.code in answers.withheld and not (field.withholdable and answers.withheld[field.code].strip()):
            found.append(Problem(field.code, "reason-needed" if field.withholdable else "field-public"))
    return found


def _required(field: Field, answers: Answers) -> list[Problem]:
    given = {
        "measures": bool(answers.measures.get(field.code)),
        "impacts": bool(answers.impacts.get(field.code)),
    }.get(field.kind, bool(answers.texts.get(field.code, "").strip()))
    return [Problem(field.code, "required")] if field.required and not given else []


def choices_of(profile: Profile, field: Field) -> tuple[Choice, ...]:
    """What a field offers to choose from: its own choices, or what the profile lists elsewhere."""
    if field.kind == "flag":
        return FLAG
    if field.filled == "homeland_type" and not field.choices:
        return tuple(Choice(each.code, each.label) for each in profile.homeland_types)
    return field.choices


def _kind(profile: Profile, field: Field, value: str, now: datetime) -> list[Problem]:
    if field.kind in ("choice", "flag") and value not in {each.code for each in choices_of(profile, field)}:
        return [Problem(field.code, "choice-unknown", {"value": value[:40]})]
    if field.kind == "number" and not (value.isascii() and value.isdigit() and int(value) <= LARGEST_NUMBER):
        return [Problem(field.code, "number-out-of-range", {"most": LARGEST_NUMBER})]
    if field.kind == "time":
        moment = moment_of(value)
        if moment is None:
            return [Problem(field.code, "time-unreadable")]
        if moment > now:
            return [Problem(field.code, "time-in-future")]
    return []


def _measures(field: Field, rows: tuple[Measure, ...]) -> list[Problem]:
    """Each measure says what, until when and how it is followed up: the law asks for these."""
    found = []
    for index, row in enumerate(rows):
        given = {"words": row.words.strip(), "tracking": row.tracking.strip(), "due": row.due}
        found += [Problem(f"{field.code}.{index}.{n}", "required") for n, value in given.items() if not value]
        if row.aspect and row.aspect not in ASPECTS:
            found.append(Problem(f"{field.code}.{index}.aspect", "choice-unknown", {"value": row.aspect[:40]}))
    return found


def moment_of(value: str) -> datetime | None:
    """A moment as forms keep it (ISO 8601 with offset)."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


class Item(Struct, frozen=True, kw_only=True):
    """One item of a form as somebody reads it. ``withheld``: the public does not read it, for the ``reason``."""

    number: int
    field: Field
    text: str
    withheld: bool = False
    reason: str = ""


def reading(profile: Profile, form: Form, answers: Answers, language: Language) -> tuple[Item, ...]:
    """The form in one language, in the official order."""
    return tuple(
        Item(
            number=number,
            field=field,
            text=_words(profile, field, answers, language),
            withheld=field.withholdable and field.code in answers.withheld,
            reason=answers.withheld.get(field.code, ""),
        )
        for number, field in enumerate(form.fields, 1)
    )


def public_part(answers: Answers) -> Answers:
    """What the public may read: without the answers that are withheld, and without the reasons."""
    kept = answers.withheld
    return Answers(
        texts={code: value for code, value in answers.texts.items() if code not in kept},
        measures={code: rows for code, rows in answers.measures.items() if code not in kept},
        impacts={code: rows for code, rows in answers.impacts.items() if code not in kept},
        withheld=dict.fromkeys(kept, ""),
    )


def passages(profile: Profile, form: Form, answers: Answers) -> tuple[Passage, ...]:
    """The form as a judge reads it, in both languages and the official order; with why parts are withheld."""
    found = []
    for number, field in enumerate(form.fields, 1):
        words = _words(profile, field, answers)
        if reason := answers.withheld.get(field.code, ""):
            words = f"{words}\n〔不予公開 / withheld〕{reason}"
        label = Label(f"{number}. {field.label.en}", f"{number}. {field.label.zh}")
        found.append(Passage(code=field.code, label=label, text=words))
    return tuple(found)


def _words(profile: Profile, field: Field, answers: Answers, language: Language | None = None) -> str:
    """An answer as it reads, in one language or in both."""
    if field.kind == "measures":
        rows = answers.measures.get(field.code, ())
        return "\n".join(_measure(n, row, language) for n, row in enumerate(rows, 1))
    if field.kind == "impacts":
        return _impacts(profile, field, answers, language)
    value = answers.texts.get(field.code, "").strip()
    if field.kind in ("choice", "flag"):
        label = next((each.label for each in choices_of(profile, field) if each.code == value), None)
        return _said(label, language) if label else value
    if field.kind == "time" and (moment := moment_of(value)) is not None:
        return f"{moment.astimezone(ZoneInfo(profile.time_zone)):%Y-%m-%d %H:%M}"
    return value


def _impacts(profile: Profile, field: Field, answers: Answers, language: Language | None) -> str:
    impacts, explained = answers.impacts.get(field.code, ()), answers.texts.get(field.code, "").strip()
    if not impacts or not profile.severity.cells or classify.faults(profile, impacts):
        return explained
    finding = classify.classify(profile, impacts, {})
    lines = [_said(finding.level.label, language)]
    lines += [f"・{_said(each.label, language)}" for each in finding.reasons]
    return "\n".join(filter(None, [*lines, explained]))


def _measure(number: int, row: Measure, language: Language | None) -> str:
    aspect = f"〔{_said(ASPECTS[row.aspect], language)}〕" if row.aspect in ASPECTS else ""
    due = f"{_said(DUE, language)} {row.due:%Y-%m-%d}" if row.due else ""
    parts = [f"({number}) {aspect}{row.words.strip()}", due, row.person.strip(), row.tracking.strip()]
    return ("; " if language == "en" else "；").join(part for part in parts if part)


def _said(label: Label, language: Language | None) -> str:
    return f"{label.zh} / {label.en}" if language is None else str(getattr(label, language))


def end_of(day: date, zone: str) -> datetime:
    """The last minute of a day in a zone."""
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=ZoneInfo(zone))
