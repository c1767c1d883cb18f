"""What the page of the archive is made of: the answer to a question as a table."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from msgspec import Struct

from tongbao.observations import asking, page, wording
from tongbao.observations.asking import Answer, Question
from tongbao.observations.forms import ArchiveForm
from tongbao.observations.models import FeedRun
from tongbao.policy.actors import Actor
from tongbao.ui.templatetags.tongbao import name

SHOWN = 200


class Cell(Struct, frozen=True):
    """``run``: public id of the file that it leads to. ``moment``: a time or day in place of text."""

    text: str = ""
    mono: bool = False
    number: bool = False
    moment: Any = None
    run: str = ""


class Table(Struct, frozen=True):
    heads: list[str]
    rows: list[list[Cell]]
    more: bool


def usual() -> dict[str, Any]:
    """The last month."""
    first, last = asking.span("", "")
    return {"first": first, "last": last}


def answered(form: ArchiveForm, actor: Actor) -> Table | None:
    given = form.cleaned_data
    first, last = given["first"] or usual()["first"], given["last"] or usual()["last"]
    question = Question(
        shape=given["shape"],
        first=min(first, last),
        last=max(first, last),
        address=given["address"].strip(),
        owner=given["owner"].strip(),
        indicators=asking.indicators(given["indicators"]),
        most=SHOWN,
    )
    found = form.attempt(lambda: asking.ask(question, actor=actor))
    return None if found is None else _table(question.shape, found, actor)


def _table(shape: str, found: Answer, actor: Actor) -> Table:
    sectors = {code: name(label) for code, label in page.sectors()}
    files = {row["file"] for row in found.rows if row.get("file")}
    runs = dict(FeedRun.objects.visible_to(actor).filter(digest__in=files).values_list("digest", "public_id"))
    about, heads = {"sectors": sectors, "runs": runs}, _heads()
    rows = [[_MAKES[column](row, about) for column in _COLUMNS[shape]] for row in found.rows]
    return Table([heads[column] for column in _COLUMNS[shape]], rows, found.more)


_COLUMNS = {
    "address": ("time", "address", "port", "type", "malware", "owner", "place"),
    "owner": ("type", "identifier", "events", "addresses", "first", "last"),
    "days": ("day", "type", "sector", "events"),
    "hunt": ("indicator", "owner", "events", "first", "last"),
    "spells": ("address", "type", "owner", "first", "last", "events"),
}


def _heads() -> Mapping[str, str]:
    return {
        "time": _("Time"),
        "day": _("Day"),
        "address": _("Address"),
        "port": _("Port"),
        "type": _("Type"),
        "identifier": _("Identifier"),
        "malware": _("Malware"),
        "owner": _("Organisation"),
        "sector": _("Sector"),
        "place": _("File and line"),
        "indicator": _("Indicator"),
        "events": pgettext("number of", "Events"),
        "addresses": _("Addresses"),
        "first": _("First seen"),
        "last": _("Last seen"),
    }


def _text(column: str, *, mono: bool = False) -> Callable[..., Cell]:
    return lambda row, about: Cell(str(row[column] or ""), mono=mono)


def _number(column: str) -> Callable[..., Cell]:
    return lambda row, about: Cell("" if row[column] is None else str(row[column]), number=True)


def _moment(column: str) -> Callable[..., Cell]:
    return lambda row, about: Cell(moment=row[column])


def _owner(row: Mapping[str, Any], _about: Any) -> Cell:
    return Cell(name(row["organisation"]) if row["organisation"] else "")


def _place(row: Mapping[str, Any], about: Mapping[str, Any]) -> Cell:
    return Cell(f"{row['file'][:12]}:{row['line']}", mono=True, run=about["runs"].get(row["file"], ""))


_MAKES: dict[str, Callable[..., Cell]] = {
    "time": _moment("time"),
    "day": _moment("day"),
    "address": _text("address", mono=True),
    "port": _number("port"),
    "type": lambda row, about: Cell(name(wording.label(row["type"]))),
    "identifier": _text("identifier"),
    "malware": _text("malware"),
    "owner": _owner,
    "sector": lambda row, about: Cell(about["sectors"].get(row["sector"], row["sector"] or "")),
    "place": _place,
    "indicator": _text("indicator", mono=True),
    "events": _number("events"),
    "addresses": _number("addresses"),
    "first": _moment("first"),
    "last": _moment("last"),
}
