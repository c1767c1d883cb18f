"""Conditions over declared facts, in CEL (Common Expression Language): the only expression language of the product.

An expression is checked against the declared facts when it is read, has no loops but bounded ones, and always ends.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from cel_expr_python import cel
from msgspec import Struct

Kind = Literal["flag", "number", "text", "texts"]
Value = bool | int | str | tuple[str, ...]

LONGEST = 500
_TYPES = {
    "flag": cel.Type.BOOL,
    "number": cel.Type.INT,
    "text": cel.Type.STRING,
    "texts": cel.Type.List(cel.Type.STRING),
}
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")


class ExpressionError(ValueError):
    """An expression that does not hold together; the text says what and at which character."""


class Condition(Struct, frozen=True):
    """A checked expression that is true or false. Equal texts over equal facts share their compiled form."""

    text: str
    facts: tuple[tuple[str, Kind], ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it is true of ``values``, which name every declared fact.

        Raises ExpressionError when it comes to no answer (a division by zero, a budget used up).
        """
        return _answer(self, tuple(values[name] for name, _ in self.facts))


def condition(text: str, facts: Mapping[str, Kind]) -> Condition:
    """``text`` as a condition over ``facts``. Raises ExpressionError with the place of the fault."""
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters")
    made = Condition(text, tuple(sorted(facts.items())))
    if (kind := _compiled(made).return_type().name()) != "BOOL":
        raise ExpressionError(f"is a {kind.lower()}, not true or false")
    return made


@cache
def _compiled(made: Condition) -> cel.Expression:
    environment = cel.NewEnv(variables={name: _TYPES[kind] for name, kind in made.facts})
    try:
        return environment.compile(made.text)
    except RuntimeError as error:
        found = _PLACE.search(str(error))
        raise ExpressionError(f"character {found[2]}: {found[3]}" if found else "cannot be read") from None


@lru_cache(maxsize=65_536)
def _answer(made: Condition, values: tuple[Value, ...]) -> bool:
    """Pure, so remembered: facts take few distinct values, incidents are many."""
    named = zip((name for name, _ in made.facts), values, strict=True)
    data = {name: list(value) if isinstance(value, tuple) else value for name, value in named}
    try:
        found = _compiled(made).eval(data=data)
    except RuntimeError as error:
        raise ExpressionError(f"comes to no answer: {error}") from None
    if not isinstance(answer := found.value(), bool):
        raise ExpressionError(f"comes to no answer: {answer}")
    return answer
