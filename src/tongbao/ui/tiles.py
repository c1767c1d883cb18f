"""A country as a map of tiles, drawn here as SVG: no map service, no outlines, a table beside it says the same."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from msgspec import Struct

_WIDE, _HIGH, _GAP = 7.5, 3.2, 0.3
"""Size of a tile and the space between two, in em of the reader's text."""


class Tile(Struct, frozen=True):
    """One place: its row and column, its name, and how many of how many are done."""

    row: int
    column: int
    label: str
    done: int
    asked: int

    @property
    def tone(self) -> str:
        if not self.asked:
            return "off"
        return "done" if self.done == self.asked else "attention" if self.done else "urgent"


def drawn(tiles: Sequence[Tile]) -> SafeString:
    """The map. In each tile its name and ``done/asked``; a dash where nobody is asked."""
    high = (max(each.row for each in tiles) + 1) * (_HIGH + _GAP)
    wide = (max(each.column for each in tiles) + 1) * (_WIDE + _GAP)
    cells = format_html_join(
        "",
        '<g class="tile tone-{}"><rect x="{}em" y="{}em" width="{}em" height="{}em" rx=".3em"/>'
        '<text x="{}em" y="{}em">{}</text><text x="{}em" y="{}em" class="strong">{}</text></g>',
        (
            (
                each.tone,
                _at(each.column, _WIDE),
                _at(each.row, _HIGH),
                _WIDE,
                _HIGH,
                _at(each.column, _WIDE, 0.5),
                _at(each.row, _HIGH, 1.4),
                each.label,
                _at(each.column, _WIDE, 0.5),
                _at(each.row, _HIGH, 2.8),
                f"{each.done}/{each.asked}" if each.asked else "–",
            )
            for each in tiles
        ),
    )
    return format_html(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}">'
        '<svg class="tiles" width="{}em" height="{}em" role="img" aria-label="{}">{}</svg></div>',
        _("Map of counties"),
        round(wide, 1),
        round(high, 1),
        _("Answered as needed, of those asked, by county"),
        cells,
    )


def _at(number: int, size: float, inside: float = 0) -> float:
    return round(number * (size + _GAP) + inside, 2)
