"""What is asked of the archive, written once: the same expressions run on Polars, Sail and Spark.

``at`` is light and is always answered here; the others are heavy and go where the office's engine is.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import narwhals as nw
from msgspec import Struct

Frame = nw.LazyFrame[Any]
MATCHED = ("address", "name", "url", "hash")
"""Columns that an indicator is looked for in."""


class Sight(Struct, frozen=True):
    """Which events somebody may see: of these tracks, at most so marked, and not of these organisations. ``moved``:
    addresses whose findings were given to somebody whom they may not see."""

    tracks: Collection[int]
    most: int
    hidden: Collection[int] = ()
    moved: Collection[str] = ()


def seen(frame: Frame, sight: Sight, first: date, last: date) -> Frame:
    """What may be seen of these days. Every question starts here."""
    frame = frame.filter(nw.col("day") >= first, nw.col("day") <= last)
    frame = frame.filter(nw.col("track").is_in(list(sight.tracks)), nw.col("tlp") <= sight.most)
    if sight.hidden:
        frame = frame.filter(nw.col("organisation").is_null() | ~nw.col("organisation").is_in(list(sight.hidden)))
    if sight.moved:
        frame = frame.filter(~nw.col("address").is_in(list(sight.moved)))
    return frame


def at(frame: Frame, asked: str, span: tuple[tuple[int, int], tuple[int, int]] | None) -> Frame:
    """Events of an address or a network (``span``), or of a name; the newest first."""
    if span is None:
        found = frame.filter((nw.col("address") == asked) | (nw.col("name") == asked))
    else:
        (high, low), (top, most) = span
        above = (nw.col("high") > high) | ((nw.col("high") == high) & (nw.col("low") >= low))
        below = (nw.col("high") < top) | ((nw.col("high") == top) & (nw.col("low") <= most))
        found = frame.filter(above & below)
    return found.sort("time", "address", "type", "line", descending=[True, False, False, False])


def of_owner(frame: Frame, organisation: int) -> Frame:
    """How many events and different addresses an organisation has had, by type."""
    return (
        frame.filter(nw.col("organisation") == organisation)
        .group_by("type", "identifier")
        .agg(
            nw.len().alias("events"),
            nw.col("address").n_unique().alias("addresses"),
            nw.col("day").min().alias("first"),
            nw.col("day").max().alias("last"),
        )
        .sort("events", "type", "identifier", descending=[True, False, False])
    )


def daily(frame: Frame) -> Frame:
    """How many events there were, by day, type and sector."""
    counted = frame.group_by("day", "type", "sector").agg(nw.len().alias("events"))
    return counted.with_columns(nw.col("sector").fill_null("")).sort(
        "day", "type", "sector", descending=[True, False, False]
    )


def hunt(frame: Frame, indicators: Frame) -> Frame:
    """Which of these indicators (column ``value``) occur, where, whose, how often, from when to when."""
    parts = [
        frame.join(indicators, left_on=column, right_on="value", how="inner").select(
            nw.col(column).alias("indicator"), nw.lit(column).alias("matched"), "organisation", "day"
        )
        for column in MATCHED
    ]
    return (
        nw.concat(parts)
        .group_by("indicator", "matched", "organisation")
        .agg(nw.len().alias("events"), nw.col("day").min().alias("first"), nw.col("day").max().alias("last"))
        .sort("indicator", "matched", "organisation", nulls_last=True)
    )


def spells(frame: Frame, organisation: int | None) -> Frame:
    """When each thing was first and last seen, and how often; of one organisation or of all."""
    if organisation is not None:
        frame = frame.filter(nw.col("organisation") == organisation)
    return (
        frame.group_by("organisation", "type", "address")
        .agg(nw.col("time").min().alias("first"), nw.col("time").max().alias("last"), nw.len().alias("events"))
        .sort("last", "address", "type", descending=[True, False, False])
    )


HEAVY: Sequence[str] = ("owner", "days", "hunt", "spells")
