"""A profile made ready for many incidents: conditions compiled once, answers remembered.

Facts and impacts take few distinct values and incidents are many, so what follows from each is kept.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from tongbao.kernel import expressions
from tongbao.kernel.expressions import Condition, Value
from tongbao.profiles.citing import cite
from tongbao.profiles.model import Basis, Duty, Label, Profile

MOST_REMEMBERED = 100_000
MOST_LAWS = 32
R = TypeVar("R")
H = TypeVar("H", bound=Hashable)
Holding = tuple[tuple[Duty, ...], ...]


class Law:
    """A profile with its conditions compiled. Pure: it only remembers what it would find again."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.names = tuple(sorted(profile.vocabulary()))
        sections = (profile.duties, profile.accompanying, profile.homeland_duties)
        self.sections = tuple(self._compiled(duties) for duties in sections)
        self._holding: dict[tuple[Value, ...], Holding] = {}
        self._cited: dict[Basis, Label] = {}
        self._impacts: dict[Any, Any] = {}

    def _compiled(self, duties: tuple[Duty, ...]) -> tuple[tuple[Duty, Condition], ...]:
        facts = self.profile.vocabulary()
        return tuple((duty, expressions.condition(duty.when, facts)) for duty in duties)

    def holding(self, facts: Mapping[str, Value]) -> Holding:
        """The duties that hold for ``facts``, in the profile's order: statutory, accompanying, homeland."""
        key = tuple(facts[name] for name in self.names)
        found = self._holding.get(key)
        if found is None:
            if len(self._holding) >= MOST_REMEMBERED:
                self._holding.clear()
            found = tuple(tuple(d for d, when in section if when.holds(facts)) for section in self.sections)
            self._holding[key] = found
        return found

    def impact(self, impact: H, judged: Callable[[Profile, H], R]) -> R:
        """What ``judged`` says of one impact."""
        if impact not in self._impacts:
            self._impacts[impact] = judged(self.profile, impact)
        found: R = self._impacts[impact]
        return found

    def cited(self, basis: Basis) -> Label:
        """How ``basis`` is cited."""
        found = self._cited.get(basis)
        if found is None:
            found = self._cited[basis] = cite(self.profile, basis)
        return found


_laws: dict[int, Law] = {}


def law(profile: Profile) -> Law:
    """The ready form of ``profile``, made once."""
    found = _laws.get(id(profile))
    if found is None or found.profile is not profile:
        if len(_laws) >= MOST_LAWS:
            _laws.clear()
        found = _laws[id(profile)] = Law(profile)
    return found
