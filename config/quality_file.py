"""Reads ``quality.csv``, where a town sets the limits of the quality tests, and gives every datastream its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import values
from config.fields import Reader, Row, read_rows
from config.mistakes import Notes, shown, suggest
from config.quality_limits import default_limits
from config.station_files import Placed
from core.levels import RISING_LEVELS, threshold_of
from core.model import Datastream, QualityLimits
from core.quantities import QUANTITIES

QUALITY = "quality.csv"
OFF = "off"

_AMOUNT = values.between(0.0, 10_000.0)
_VALUE = values.between(-1e6, 1e6)


_ABOVE_ZERO = values.between(0.001, 10_000.0, "a number above zero")


def _or_off(read: Reader[Any]) -> Callable[[object], Any]:
    """A reader that also takes the word that leaves a test out."""
    return lambda value: None if isinstance(value, str) and value.strip().lower() == OFF else read(value)


READERS: Mapping[str, Reader[Any]] = {
    "suspect_min": _or_off(_VALUE),
    "suspect_max": _or_off(_VALUE),
    "rise_per_h": _or_off(_ABOVE_ZERO),
    "fall_per_h": _or_off(_ABOVE_ZERO),
    "spike_suspect": _or_off(_ABOVE_ZERO),
    "spike_fail": _or_off(_ABOVE_ZERO),
    "flat_suspect_after": _or_off(values.positive_duration),
    "flat_fail_after": _or_off(values.positive_duration),
    "flat_tolerance": _AMOUNT,
    "gap_after": values.positive_duration,
    "summer_max": _or_off(_AMOUNT),
    "winter_jump": _or_off(_ABOVE_ZERO),
    "neighbour_km": _or_off(_ABOVE_ZERO),
    "neighbour_difference": _or_off(_ABOVE_ZERO),
    "noise": _AMOUNT,
}
"""How each limit is written; the names are those of ``QualityLimits``."""

QUALITY_COLUMNS: Mapping[str, bool] = {"station": True, "quantity": True} | dict.fromkeys(READERS, False)

LEVELS = frozenset({"water_level", "channel_level"})

ONLY_FOR: Mapping[str, frozenset[str]] = {
    "summer_max": frozenset({"snow_depth"}),
    "winter_jump": LEVELS,
    "neighbour_km": frozenset({"snow_depth"}),
    "neighbour_difference": frozenset({"snow_depth"}),
}
"""Tests that have a meaning for some quantities only."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of the file: for one station (empty: for all) and one quantity, the limits that are written there."""

    row: Row
    station: str
    quantity: str
    given: Mapping[str, Any]


def read_quality(folder: Path, notes: Notes) -> list[Limit]:
    """The rows of ``quality.csv``; the file may be missing."""
    return [_limit(row) for row in read_rows(folder, QUALITY, QUALITY_COLUMNS, notes, may_be_missing=True)]


def _limit(row: Row) -> Limit:
    limit = Limit(
        row=row,
        station=row.may("station", values.identifier, ""),
        quantity=row.need("quantity", values.one_of(QUANTITIES, "a quantity"), ""),
        given={column: row.may(column, read, None) for column, read in READERS.items() if row.found(column)},
    )
    for column, quantities in ONLY_FOR.items():
        if limit.given.get(column) is not None and limit.quantity and limit.quantity not in quantities:
            row.mistake(column, f"has no meaning for {limit.quantity}", "clear the cell")
    return limit


def with_limits(datastreams: Placed[Datastream], limits: list[Limit]) -> Placed[Datastream]:
    """The datastreams with their limits: those of the station's row, else of the row for all, else the start values.

    Notes rows that stand there twice, and rows whose limits contradict each other.
    """
    _note_repeats(limits)
    return [(row, replace(stream, limits=_limits_of(row, stream, limits))) for row, stream in datastreams]


def _limits_of(row: Row, stream: Datastream, limits: list[Limit]) -> QualityLimits:
    found = default_limits(stream.quantity, stream.expected_interval)
    applying = [
        limit
        for station in ("", stream.station)
        for limit in limits
        if (limit.station, limit.quantity) == (station, stream.quantity)
    ]
    for limit in applying:
        found = replace(found, **limit.given)
    if row.sound and applying and all(limit.row.sound for limit in applying):
        _note_contradictions(stream, found, applying)
        _note_doubts(stream, found, applying)
    return found


def _note_contradictions(stream: Datastream, found: QualityLimits, applying: list[Limit]) -> None:
    """Note each at the row nearest to the datastream that says it."""
    for column, message, hint in _contradictions(stream, found):
        saying = [limit for limit in applying if column in limit.given] or applying
        saying[-1].row.mistake(column, f"{message} ({stream.key})", hint)


def _note_doubts(stream: Datastream, found: QualityLimits, applying: list[Limit]) -> None:
    """Warn of limits that are possible and hardly meant."""
    for column, message, hint in _doubts(stream, found):
        saying = [limit for limit in applying if limit.given.get(column) is not None]
        saying[-1].row.warn(column, f"{message} ({stream.key})", hint)


def _doubts(stream: Datastream, limits: QualityLimits) -> Iterator[tuple[str, str, str]]:
    """Column, message and hint of each limit that does nothing, or that would hide what the town wants to be told.

    Only of limits without a start value: what is there was written by the town.
    """
    hint = "the narrower of both holds; the range is in datastreams.csv"
    if limits.suspect_max is not None and limits.suspect_max > stream.range_max:
        yield "suspect_max", f"above range_max, {stream.range_max:g}: it does nothing", hint
    if limits.suspect_min is not None and limits.suspect_min < stream.range_min:
        yield "suspect_min", f"below range_min, {stream.range_min:g}: it does nothing", hint
    for level in RISING_LEVELS:
        height = threshold_of(level, stream.thresholds)
        if height is not None and limits.suspect_max is not None and height > limits.suspect_max:
            message = f"below the threshold of {level.slug}, {height:g}"
            yield "suspect_max", message, "such a reading is never more than “unconfirmed”"
    if stream.quantity in LEVELS:
        for column in ("spike_fail", "flat_fail_after"):
            if getattr(limits, column) is not None:
                yield (
                    column,
                    "a flood may look like that, and what is wrong is never shown and never warns",
                    "write off",
                )


def _contradictions(stream: Datastream, limits: QualityLimits) -> Iterator[tuple[str, str, str]]:
    """Column, message and hint of each limit that cannot be meant."""
    low = stream.range_min if limits.suspect_min is None else limits.suspect_min
    high = stream.range_max if limits.suspect_max is None else limits.suspect_max
    if low >= high:
        column = "suspect_max" if limits.suspect_max is not None else "suspect_min"
        yield column, f"nothing lies between {low:g} and {high:g}", "suspect_min < suspect_max, both within the range"
    for lower, upper in (("spike_suspect", "spike_fail"), ("flat_suspect_after", "flat_fail_after")):
        below, above = getattr(limits, lower), getattr(limits, upper)
        if below is not None and above is not None and below > above:
            yield upper, f"less than {lower}", f"what fails is suspect before: {lower} ≤ {upper}"
    for column in ("flat_suspect_after", "flat_fail_after", "gap_after"):
        length: timedelta | None = getattr(limits, column)
        if length is not None and length < stream.expected_interval:
            yield column, "shorter than expected_interval: every reading would be flagged", "make it longer"
    if (limits.neighbour_km is None) != (limits.neighbour_difference is None):
        column = "neighbour_km" if limits.neighbour_km is None else "neighbour_difference"
        yield column, "neighbour_km and neighbour_difference go together", "give both, or write off in both"


def _note_repeats(limits: list[Limit]) -> None:
    first: dict[tuple[str, str], int] = {}
    for limit in limits:
        key = (limit.station, limit.quantity)
        if limit.quantity and key in first:
            limit.row.mistake("station", f"stands already on line {first[key]}", "one row a station and quantity")
        first.setdefault(key, limit.row.line)


def check_limits(datastreams: Placed[Datastream], limits: list[Limit]) -> None:
    """Note rows that are for nothing; to be called where every datastream could be read and has its station."""
    keys = {(stream.station, stream.quantity) for _, stream in datastreams}
    for limit in limits:
        if not limit.row.sound:
            continue
        measuring = {station for station, quantity in keys if quantity == limit.quantity}
        if not limit.station and not measuring:
            limit.row.warn("quantity", f"no station measures {limit.quantity}: the row does nothing")
        elif limit.station and limit.station not in measuring:
            message = f"there is no station {shown(limit.station)} that measures {limit.quantity}"
            limit.row.mistake("station", message, suggest(limit.station, measuring))
