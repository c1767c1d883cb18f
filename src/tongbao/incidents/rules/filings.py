"""Statutory forms: what a form asks, whether its answers are complete, and how they read. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from tongbao.approvals.rules import Passage
from tongbao.kernel import text
from tongbao.kernel.refusals import Problem
from tongbao.profiles import classify
from tongbao.profiles.classify import Impact
from tongbao.profiles.model import Field, Form, Label, Profile

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
        for code, rows in answers.measures.items()
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
            found += _kind(field, value, now)
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


def _kind(field: Field, value: str, now: datetime) -> list[Problem]:
    if field.kind == "choice" and field.choices and value not in {each.code for each in field.choices}:
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


def passages(profile: Profile, form: Form, answers: Answers, *, public: bool = False) -> tuple[Passage, ...]:
    """The form as it reads, in the official order. ``public``: without what is withheld."""
    found = []
    for number, field in enumerate(form.fields, 1):
        words = _words(profile, field, answers)
        if public and field.code in answers.withheld:
            words = "（依法不予公開）(withheld by law)"
        label = Label(f"{number}. {field.label.en}", f"{number}. {field.label.zh}")
        found.append(Passage(code=field.code, label=label, text=words))
    return tuple(found)


def _words(profile: Profile, field: Field, answers: Answers) -> str:
    if field.kind == "measures":
        return "\n".join(_measure(n, row) for n, row in enumerate(answers.measures.get(field.code, ()), 1))
    if field.kind == "impacts":
        impacts = answers.impacts.get(field.code, ())
        if not impacts or classify.faults(profile, impacts):
            return answers.texts.get(field.code, "")
        finding = classify.classify(profile, impacts, {})
        lines = [f"{finding.level.label.zh} / {finding.level.label.en}"]
        lines += [f"・{each.label.zh}" for each in finding.reasons]
        return "\n".join([*lines, *filter(None, [answers.texts.get(field.code, "")])])
    value = answers.texts.get(field.code, "").strip()
    if field.kind == "choice":
        label = next((each.label for each in field.choices if each.code == value), None)
        return f"{label.zh} / {label.en}" if label else value
    if field.kind == "time" and (moment := moment_of(value)) is not None:
        return f"{moment.astimezone(ZoneInfo(profile.time_zone)):%Y-%m-%d %H:%M}"
    return value


def _measure(number: int, row: Measure) -> str:
    aspect = f"〔{ASPECTS[row.aspect].zh}〕" if row.aspect in ASPECTS else ""
    due = f"期限 {row.due:%Y-%m-%d}" if row.due else ""
    parts = [f"({number}) {aspect}{row.words.strip()}", due, row.person.strip(), row.tracking.strip()]
    return "；".join(part for part in parts if part)


def end_of(day: date, zone: str) -> datetime:
    """The last minute of a day in a zone."""
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=ZoneInfo(zone))
