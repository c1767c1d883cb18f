"""How serious an incident is: scales, and the table or the tests that lead to a level."""

from typing import Literal

from tongbao.kernel.expressions import Kind
from tongbao.profiles.model.base import Basis, Item, Label, Strict

Dimension = Literal["confidentiality", "integrity", "availability"]
Degree = Literal["minor", "serious"]
DIMENSIONS: tuple[Dimension, ...] = ("confidentiality", "integrity", "availability")
DEGREES: tuple[Degree, ...] = ("minor", "serious")


class Level(Strict, frozen=True, kw_only=True):
    """One level of a scale. ``label`` always names the scale and its direction: no level is shown bare.

    ``rank`` orders the levels of this scale alone, 1 the least serious; ranks of two scales are never compared.
    """

    code: str
    rank: int
    label: Label
    major: bool = False


class Scale(Item, frozen=True, kw_only=True):
    """A ladder of levels. ``worst``: which end of the official codes is the serious one, for the reader."""

    worst: Literal["highest", "lowest"]
    levels: tuple[Level, ...]

    def level(self, rank: int) -> Level | None:
        return next((level for level in self.levels if level.rank == rank), None)

    def of(self, code: str) -> Level | None:
        return next((level for level in self.levels if level.code == code), None)


class Cell(Strict, frozen=True, kw_only=True):
    """One row of the decision table: what an impact on ``object`` comes to, by degree (codes of the scale).

    ``basis`` None: that of the whole table.
    """

    dimension: Dimension
    object: str
    minor: str
    serious: str
    basis: Basis | None = None


class Test(Strict, frozen=True, kw_only=True):
    """A condition that makes an incident ``level``, and the sentence that says why."""

    when: str
    level: str
    reason: Label
    basis: Basis = Basis()


class Fact(Strict, frozen=True, kw_only=True):
    """A fact that the profile's conditions may ask about, besides ``level``, ``major`` and ``entity_type``."""

    code: str
    label: Label
    kind: Kind = "flag"


class Severity(Strict, frozen=True, kw_only=True):
    """The scale of incidents and how a level is found: worst over the cells, or the worst test that holds."""

    scale: str
    basis: Basis = Basis()
    otherwise: str = ""
    dimensions: tuple[Item, ...] = ()
    objects: tuple[Item, ...] = ()
    degrees: tuple[Item, ...] = ()
    cells: tuple[Cell, ...] = ()
    tests: tuple[Test, ...] = ()

    def cell(self, dimension: str, object_: str) -> Cell | None:
        return next((c for c in self.cells if (c.dimension, c.object) == (dimension, object_)), None)
