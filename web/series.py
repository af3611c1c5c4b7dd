"""A time series as columns for the chart, or as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.csv_text import csv_bytes
from core.model import Datastream, Station
from core.quantities import QUANTITIES
from store.rows import SeriesPoint
from web.features import finite, quality_word
from web.parameters import SUMMARIES
from web.problems import Problem

CHART_POINTS = 1500
"""As many points as a chart can show side by side; beyond that a summary says more."""

COLUMNS = ("t", "value", "low", "high", "quality")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of one datastream; ``step`` None is raw, else one of the summaries the store keeps."""

    stream: Datastream
    start: datetime
    end: datetime
    step: timedelta | None


def chosen_step(asked: timedelta | str, stream: Datastream, length: timedelta) -> timedelta | None:
    """The step the store is asked for: the one named, or the finest a chart can show; None is raw."""
    if asked == "raw":
        return None
    if isinstance(asked, timedelta):
        return max((width for width in SUMMARIES.values() if width <= asked), default=None)
    if length / stream.expected_interval <= CHART_POINTS:
        return None
    wider = (width for width in SUMMARIES.values() if width >= stream.expected_interval)
    return next((width for width in wider if length / width <= CHART_POINTS), SUMMARIES["1d"])


def refuse_too_many(wish: Wish, most: int) -> None:
    """Refuses (400) what would be more points than one answer may hold."""
    width = wish.step or wish.stream.expected_interval
    if (wish.end - wish.start) / width > most:
        raise Problem(400, f"That would be more than {most} points. Ask for a wider step or a shorter period.")


def as_columns(wish: Wish, points: Sequence[SeriesPoint]) -> dict[str, Any]:
    """Columns of equal length, times in whole seconds since 1970."""
    stream = wish.stream
    decimals = QUANTITIES[stream.quantity].decimals + 2
    return {
        "station": stream.station,
        "quantity": stream.quantity,
        "unit": QUANTITIES[stream.quantity].unit,
        "step_s": int(wish.step.total_seconds()) if wish.step else None,
        "columns": list(COLUMNS),
        "t": [int(point.at.timestamp()) for point in points],
        "value": [_rounded(point.value, decimals) for point in points],
        "low": [_rounded(point.low, decimals) for point in points],
        "high": [_rounded(point.high, decimals) for point in points],
        "quality": [quality_word(point.quality) for point in points],
    }


def as_csv(wish: Wish, points: Sequence[SeriesPoint], station: Station, zone: ZoneInfo) -> bytes:
    """Rows that stand alone, times in the site's zone with offset; UTF-8 with BOM, RFC 4180 line ends."""
    columns = as_columns(wish, points)
    about = (station.id, station.name_ja, wish.stream.quantity, columns["unit"])
    head = ("station", "name", "quantity", "unit", "at", "value", "low", "high", "quality")
    return csv_bytes(
        head,
        (
            (*about, point.at.astimezone(zone).isoformat(), *(columns[name][index] for name in COLUMNS[1:]))
            for index, point in enumerate(points)
        ),
    )


def _rounded(value: float | None, decimals: int) -> float | None:
    # Means carry noise far below what any sensor resolves; it would only fill the line.
    number = finite(value)
    return None if number is None else round(number, decimals)
