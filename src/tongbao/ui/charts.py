"""Charts drawn here as SVG, each with the same numbers in a table beside it.

Places are in percent across and in em downwards: text keeps the reader's size on any screen, and
no script or style attribute is needed. Colours and strokes are classes of the stylesheet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from zlib import crc32

from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from msgspec import Struct

from tongbao.ui.templatetags.tongbao import when

_HOURS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 72, 168, 336)
"""Distances between two ticks that people can read off, in hours. Longer ones are whole fortnights."""

_TOP, _ROW, _BAR = 1.5, 3.0, 0.75
"""Heights in em: the line that says "now", one row, the bar inside it."""


class TimelineRow(Struct, frozen=True):
    """One obligation: when it began, is due and was met; ``state`` is a tone, ``state_word`` says it."""

    label: str
    start: datetime
    due: datetime | None
    met: datetime | None
    state: str
    state_word: str

    def late_until(self, now: datetime) -> datetime | None:
        """Where the overdue part ends. A row that no longer counts has none."""
        end = self.met or now
        counts = self.met is not None or self.state not in {"done", "off"}
        return end if counts and self.due is not None and end > self.due else None


class Bar(Struct, frozen=True):
    """One bar. ``shown`` stands for the number where that needs a unit."""

    label: str
    value: float
    shown: str = ""

    def __str__(self) -> str:
        return self.shown or f"{self.value:,}"


class _Scale(Struct, frozen=True):
    """From a moment to its place across the chart, in percent."""

    low: datetime
    high: datetime

    def at(self, moment: datetime) -> float:
        return 1 + 97 * ((moment - self.low) / (self.high - self.low))


class _Drawing:
    """Shapes one after another. Numbers are written as numbers; texts wait to be escaped all at once."""

    def __init__(self) -> None:
        self.shapes: list[str] = []
        self.texts: list[object] = []

    def line(self, look: str, x: float, top: float, bottom: float) -> None:
        places = f'x1="{x:g}%" x2="{x:g}%" y1="{top:g}em" y2="{bottom:g}em"'
        self.shapes.append(f'<line {places} class="{look}"/>')

    def bar(self, look: str, left: float, right: float, top: float, height: float) -> None:
        """Never too thin to see."""
        places = f'x="{left:g}%" y="{top:g}em" width="{max(right - left, 0.2):g}%" height="{height:g}em"'
        self.shapes.append(f'<rect {places} class="{look}"/>')

    def dot(self, look: str, x: float, y: float) -> None:
        self.shapes.append(f'<circle cx="{x:g}%" cy="{y:g}em" r=".45em" class="{look}"/>')

    def label(self, top: float, text: str) -> None:
        """On the left; cut off before it reaches what stands on the right."""
        self.shapes.append(f'<svg width="70%" height="1.5em" y="{top:g}em"><text y="1.1em">{{}}</text></svg>')
        self.texts.append(text)

    def text(self, look: str, x: float, y: float, text: object) -> None:
        """Text near an edge grows inwards."""
        side = "" if x < 5 else "end" if x > 95 else "mid"
        self.shapes.append(f'<text x="{x:g}%" y="{y:g}em" class="{look} {side}">{{}}</text>')
        self.texts.append(text)

    def group(self, tone: str) -> None:
        self.shapes.append('<g class="tone-{}">')
        self.texts.append(tone)

    def end(self) -> None:
        self.shapes.append("</g>")

    def svg(self, title: str, description: str, height: float) -> SafeString:
        """The whole picture with its name and description. What has no fill of its own is hatched."""
        ident = f"chart-{crc32(f'{title}{description}'.encode()):x}"
        frame = (
            f'<svg class="chart" role="img" aria-labelledby="{ident}-t {ident}-d" height="{height:g}em"'
            f' fill="url(#{ident})"><title id="{ident}-t">{{}}</title><desc id="{ident}-d">{{}}</desc>'
            f'<defs><pattern id="{ident}" width="6" height="6" patternUnits="userSpaceOnUse"'
            f' patternTransform="rotate(45)"><line y2="6" class="hatch"/></pattern></defs>'
        )
        return format_html(frame + "".join(self.shapes) + "</svg>", title, description, *self.texts)


def timeline(
    title: str,
    now: datetime,
    rows: Sequence[TimelineRow],
    *,
    labels: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
    minguo: bool = False,
    tabled: bool = True,
) -> SafeString:
    """A bar per row from start to due, a dot where met, hatched where overdue, and a line for now.

    ``labels`` replaces words of :func:`_timeline_words`; ``zone`` is the office's unless given. ``tabled`` is
    false where the page has a table of the same rows anyway.
    """
    words = _timeline_words() | dict(labels or {})
    scale = _scale(now, rows)
    bottom = _TOP + _ROW * len(rows)
    drawing = _Drawing()
    _axis(drawing, scale, zone or timezone.get_current_timezone(), bottom)
    drawing.line("now", scale.at(now), _TOP - 0.2, bottom)
    for at, row in enumerate(rows):
        _timeline_row(drawing, row, scale, now, _TOP + _ROW * at)
    drawing.text("now-word", scale.at(now), 1, words["now"])
    late = sum(row.late_until(now) is not None for row in rows)
    picture = drawing.svg(title, words["summary"] % {"rows": len(rows), "late": late}, bottom + 2.6)
    table = _timeline_table(rows, words, minguo=minguo) if tabled else SafeString("")
    return _figure("timeline", title, picture, table, words["legend"])


def bars(title: str, rows: Sequence[Bar], *, labels: Mapping[str, str] | None = None) -> SafeString:
    """Horizontal bars, each under its own label, the longest as wide as the chart."""
    words = {"row": _("What"), "value": _("Number")} | dict(labels or {})
    most = max((row.value for row in rows), default=0) or 1
    drawing = _Drawing()
    for at, row in enumerate(rows):
        top = 2.2 * at
        drawing.label(top, row.label)
        drawing.text("number", 100, top + 1.1, row)
        drawing.bar("bar-fill", 0, 100 * row.value / most, top + 1.45, 0.5)
    picture = drawing.svg(title, "; ".join(f"{row.label}: {row}" for row in rows), 2.2 * len(rows))
    head = '<th scope="col">{}</th><th scope="col" class="num">{}</th>'
    cells = '<tr><th scope="row">{}</th><td class="num">{}</td></tr>'
    body = format_html_join("", cells, ((row.label, row) for row in rows))
    return _figure("bars", title, picture, _table(format_html(head, words["row"], words["value"]), body))


def ticks(low: datetime, high: datetime, zone: tzinfo, *, most: int = 6) -> list[datetime]:
    """Round hours or days of ``zone`` from ``low`` to ``high``, about ``most`` of them."""
    low, high = low.astimezone(zone), high.astimezone(zone)
    span = (high - low) / timedelta(hours=1)
    hours = next((step for step in _HOURS if span / step <= most), 0) or 336 * -(-span // (336 * most))
    midnight = low.replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(hours=hours)
    first = -(-(low - midnight) // step)
    found = (midnight + step * number for number in range(first, first + most + 2))
    return [moment for moment in found if low <= moment <= high]


def _timeline_words() -> dict[str, str]:
    return {
        "due": _("Due"),
        "legend": _("Upright stroke: due. Dot: met. Hatched: overdue."),
        "met": _("Met"),
        "now": pgettext("line in a chart", "Now"),
        "row": _("Obligation"),
        "start": _("Began"),
        "state": _("State"),
        "summary": _("Obligations: %(rows)d. Overdue: %(late)d."),
    }


def _scale(now: datetime, rows: Iterable[TimelineRow]) -> _Scale:
    moments = [now, *(moment for row in rows for moment in (row.start, row.due, row.met) if moment)]
    low, high = min(moments), max(moments)
    return _Scale(low, high if high > low else low + timedelta(hours=1))


def _axis(drawing: _Drawing, scale: _Scale, zone: tzinfo, bottom: float) -> None:
    """A line per tick, the time below it, the date where a day begins. Narrow pages drop the odd ones."""
    marks = ticks(scale.low, scale.high, zone)
    daily = all(moment.hour == moment.minute == 0 for moment in marks)
    day = None
    for at, moment in enumerate(marks):
        lines = [] if daily else [f"{moment:%H:%M}"]
        if daily or moment.date() != day:
            lines.append(f"{moment:%m-%d}")
        day = moment.date()
        drawing.line("grid", scale.at(moment), _TOP, bottom)
        for number, line in enumerate(lines, 1):
            drawing.text("dim odd" if at % 2 else "dim", scale.at(moment), bottom + 1.1 * number, line)


def _timeline_row(drawing: _Drawing, row: TimelineRow, scale: _Scale, now: datetime, top: float) -> None:
    bar = top + 1.6
    due = scale.at(row.due) if row.due else 98
    drawing.group(row.state)
    drawing.label(top, row.label)
    drawing.text("word", 100, top + 1.1, row.state_word)
    drawing.bar("track" if row.due else "open", scale.at(row.start), due, bar, _BAR)
    if late := row.late_until(now):
        drawing.bar("late", due, scale.at(late), bar, _BAR)
    if row.due:
        drawing.line("due", due, bar - 0.2, bar + _BAR + 0.2)
    if row.met:
        drawing.dot("met", scale.at(row.met), bar + _BAR / 2)
    drawing.end()


def _timeline_table(rows: Iterable[TimelineRow], words: Mapping[str, str], *, minguo: bool) -> SafeString:
    context = Context({"minguo": minguo})
    columns = ("start", "due", "met")
    head = format_html_join("", '<th scope="col">{}</th>', ((words[column],) for column in ("row", *columns, "state")))
    labels = [format_html('<td data-label="{}">', words[column]) for column in columns]
    cells = '<tr><th scope="row">{}</th>{}{}</td>{}{}</td>{}{}</td><td>{}</td></tr>'
    body = format_html_join("", cells, (_cells(row, labels, context) for row in rows))
    return _table(head, body)


def _cells(row: TimelineRow, labels: list[SafeString], context: Context) -> Iterator[str]:
    yield row.label
    for label, moment in zip(labels, (row.start, row.due, row.met), strict=True):
        yield label
        yield when(context, moment)
    yield row.state_word


def _figure(kind: str, title: str, picture: SafeString, table: SafeString, legend: str = "") -> SafeString:
    return format_html(
        '<figure class="{}"><figcaption>{}</figcaption>{}{}{}</figure>',
        kind,
        title,
        picture,
        format_html('<p class="why">{}</p>', legend) if legend else "",
        format_html("<details><summary>{}</summary>{}</details>", _("The same as a table"), table) if table else "",
    )


def _table(head: SafeString, body: SafeString) -> SafeString:
    return format_html('<table class="list"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)
