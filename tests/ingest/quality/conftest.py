from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.model import Datastream, DeviceId, Quality, QualityLimits, QualityReason, StationId
from core.quality import QualityTest, unpack
from core.quantities import QUANTITIES
from ingest.quality import Neighbour, Series, Surroundings, Verdicts, judge

MINUTE = 60_000_000
START = int(datetime.fromisoformat("2026-01-10T00:00:00+09:00").timestamp()) * 1_000_000


def make_stream(quantity: str = "water_level", minutes: float = 10, **changes: Any) -> Datastream:
    limits = QualityLimits(**{name: changes.pop(name) for name in list(changes) if name in QualityLimits.__slots__})
    interval = timedelta(minutes=minutes)
    row = QUANTITIES[quantity]
    stream = Datastream(
        station=StationId("a"),
        quantity=quantity,
        device=DeviceId("a"),
        expected_interval=interval,
        stale_after=3 * interval,
        range_min=row.low,
        range_max=row.high,
        limits=limits,
    )
    return replace(stream, **changes)


def make_series(
    values: Sequence[float | None], minutes: Sequence[float] | float = 10, start: int = START, **columns: Any
) -> Series:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    steps = np.arange(numbers.size) * minutes if isinstance(minutes, (int, float)) else np.array(minutes)
    gate = columns.get("gate", np.where(np.isnan(numbers), Quality.MISSING, Quality.GOOD))
    conflict = columns.get("conflict", np.zeros(numbers.size, dtype=bool))
    times = start + (np.asarray(steps, dtype=np.float64) * MINUTE).astype(np.int64)
    return Series(times, numbers, np.asarray(gate, dtype=np.uint8), np.asarray(conflict, dtype=bool))


@pytest.fixture(scope="session")
def stream() -> Callable[..., Datastream]:
    """A datastream of a quantity, every so many minutes; limits by their names, other fields by theirs."""
    return make_stream


@pytest.fixture(scope="session")
def series() -> Callable[..., Series]:
    """A series of values (None: missing), ``minutes`` apart or at these minutes from midnight of 10 January in Japan."""
    return make_series


@pytest.fixture(scope="session")
def flags() -> Callable[..., list[int]]:
    """What one test says of each sample, 0 where it was not run."""

    def of(verdicts: Verdicts, test: QualityTest) -> list[int]:
        return [int(unpack(int(packed)).get(test, 0)) for packed in verdicts.tests]

    return of


@pytest.fixture(scope="session")
def reasons() -> Callable[[Verdicts], list[QualityReason]]:
    """The reasons of each sample, without the gap every series begins with."""

    def of(verdicts: Verdicts) -> list[QualityReason]:
        found = [QualityReason(int(bits)) for bits in verdicts.reasons]
        return [found[0] & ~QualityReason.GAP, *found[1:]] if found else found

    return of


@pytest.fixture(scope="session")
def busy() -> tuple[Datastream, Callable[[np.random.Generator, int], tuple[Series, Surroundings]]]:
    """A datastream every test looks at, and a maker of restless, ragged series of it with their surroundings."""
    watched = make_stream(
        "water_level",
        rise_per_h=1.2,
        fall_per_h=0.9,
        spike_suspect=0.2,
        spike_fail=0.6,
        flat_suspect_after=timedelta(minutes=40),
        flat_fail_after=timedelta(minutes=90),
        summer_max=1.5,
        winter_jump=0.2,
        neighbour_km=5,
        neighbour_difference=0.4,
        noise=0.01,
        suspect_max=1.8,
    )

    def make(random: np.random.Generator, size: int) -> tuple[Series, Surroundings]:
        values = np.round(1 + np.cumsum(random.choice([0, 0, 0, 0, 0.1, -0.1, 0.3, -0.3, 0.9, -0.9], size)), 2)
        values[random.random(size) < 0.05] = np.nan
        values[random.random(size) < 0.03] = 5000.0
        minutes = np.cumsum(random.choice([1, 5, 10, 10, 10, 10, 20, 30, 31, 90], size))
        air = make_series(np.round(random.normal(-1, 1, size), 1), np.cumsum(random.choice([10, 60], size)))
        around = [
            Neighbour(make_series(values + random.normal(0, 0.2, size), minutes), km, 0.0) for km in (1.0, 2.0, 9.0)
        ]
        conflict = random.random(size) < 0.05
        return make_series(values, minutes, conflict=conflict), Surroundings(air, tuple(around))

    return watched, make


@pytest.fixture(scope="session")
def verdict_rows() -> Callable[..., dict[int, tuple[int, int, int]]]:
    """The verdicts on a series by its times, as plain numbers that can be compared."""

    def of(watched: Datastream, part: Series, around: Surroundings) -> dict[int, tuple[int, int, int]]:
        found = judge(watched, part, around)
        columns = (found.quality.tolist(), found.reasons.tolist(), found.tests.tolist())
        return dict(zip(part.times.tolist(), zip(*columns, strict=True), strict=True))

    return of
