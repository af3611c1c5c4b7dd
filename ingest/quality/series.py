"""What the quality tests take and give: a stretch of a series, what is measured around it, the verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.uint8]
Marks = NDArray[np.bool_]
Bits = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """A stretch of one datastream, an entry a sample.

    ``times`` are µs since 1970 UTC, strictly increasing; ``values`` in the quantity's unit, NaN where there is none;
    ``gate`` is the quality known on arrival (see ``gate_of``); ``conflict`` says that the same key came with another
    value. Raises ValueError where the lengths differ or the times do not increase.
    """

    times: Times
    values: Values
    gate: Flags
    conflict: Marks

    def __post_init__(self) -> None:
        sizes = {len(array) for array in (self.times, self.values, self.gate, self.conflict)}
        if len(sizes) > 1:
            raise ValueError(f"the columns of a series differ in length: {sorted(sizes)}")
        if np.any(np.diff(self.times) <= 0):
            raise ValueError("the times of a series do not increase")

    def __len__(self) -> int:
        return len(self.times)

    def part(self, rows: slice | NDArray[Any]) -> Series:
        """The samples of these rows alone."""
        return Series(self.times[rows], self.values[rows], self.gate[rows], self.conflict[rows])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What another station says of the same quantity; ``elevation_difference_m`` is its elevation minus ours."""

    series: Series
    distance_km: float
    elevation_difference_m: float | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else a verdict takes into account.

    ``air_temperature`` is that of the nearest station in degC, brought to our elevation by ``at_elevation``.
    """

    air_temperature: Series | None = None
    neighbours: tuple[Neighbour, ...] = ()


NOTHING_AROUND = Surroundings()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found, an entry a sample: rolled-up quality, bits of ``TEST_REASONS``, outcomes as ``pack`` writes them."""

    quality: Flags
    reasons: Bits
    tests: Bits


def micros(length: timedelta) -> int:
    """A length of time in µs, as ``Series.times`` counts them."""
    return length // timedelta(microseconds=1)
