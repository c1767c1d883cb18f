"""Small operations on columns that several steps need. Work is done per distinct value where Python must be asked."""

from collections.abc import Callable
from typing import Any

import polars as pl
from polars import DataType, Series


def nothing(values: Series, said: Series) -> Series:
    """``values`` without those where ``said`` (true or false per row, null is false) holds."""
    if not said.any():
        return values
    return values.zip_with(~said.fill_null(value=False), pl.Series(values.name, [None], dtype=values.dtype))


def either(first: Series | None, second: Series | None) -> Series | None:
    """Where one of two masks holds; a mask that is None holds nowhere."""
    if first is None or second is None:
        return second if first is None else first
    return first | second


def some(mask: Series) -> Series | None:
    """``mask`` without nulls, or None where it holds nowhere."""
    mask = mask.fill_null(value=False)
    return mask if mask.any() else None


def worked_out(cells: Series, work: Callable[[str], Any], kind: type[DataType] | DataType) -> tuple[Series, Series]:
    """Every cell through ``work``, which is asked once for each distinct text.

    ``work`` may answer None, and raises ValueError for what it cannot read. Returns the values and where it could not.
    """
    distinct = cells.drop_nulls().unique()
    answers, unread = [], []
    for text in distinct:
        try:
            answers.append(work(text))
        except ValueError:
            answers.append(None)
            unread.append(text)
    values = cells.replace_strict(distinct, pl.Series(answers, dtype=kind), default=None, return_dtype=kind)
    return values, cells.is_in(unread).fill_null(value=False)


def patched(values: Series, cells: Series, missed: Series, work: Callable[[str], Any]) -> tuple[Series, Series | None]:
    """``values`` where ``missed`` does not hold, else what ``work`` makes of the cell; and where it could not."""
    if not missed.any():
        return values, None
    rest, unread = worked_out(nothing(cells, ~missed), work, values.dtype)
    return values.zip_with(~missed, rest), some(unread)
