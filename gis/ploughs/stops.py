"""Where a vehicle stands: within 30 m for at least 180 s.

Noise of a receiver must not make a parked plough wander, and a plough that shuttles in a yard of 50 m must not seem parked. So
the steps of a stay lie within 30 m of their mean *and* scatter by at most 12 m along their longest axis: fixes of a parked
receiver scatter by 10 m at worst, shuttling over 50 m by 14 to 18 m.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence

from gis.ploughs.steps import Stay, Step, joined

STAY_M = 30.0
STAY_US = 180_000_000
SCATTER_M = 12.0

OUTSIDE = 2
"""So many steps in a row outside end a stay: one alone is noise."""


class StopFinder:
    """Takes steps in order, holds them until it is known whether they are part of a stay, and gives them on.

    The steps of a stay come out as one, or as one for each task in it; the last of them carries the stay.
    """

    def __init__(self) -> None:
        self._window: deque[Step] = deque()
        self._stay: _Standing | None = None
        self._outside: list[Step] = []

    def push(self, step: Step) -> Iterator[Step]:
        """What is decided by this step."""
        if self._stay is None:
            yield from self._drive(step)
        elif self._stay.holds(step):
            for each in (*self._outside, step):
                yield from self._stay.add(each)
            self._outside = []
        else:
            self._outside.append(step)
            if len(self._outside) == OUTSIDE:
                yield from self._leave()

    def end(self) -> Iterator[Step]:
        """What is still open; then everything begins anew."""
        if self._stay is not None:
            yield from self._leave()
        yield from self._window
        self._window.clear()

    def _drive(self, step: Step) -> Iterator[Step]:
        self._window.append(step)
        while not _still(self._window):
            yield self._window.popleft()
        if self._window[-1].last.at_us - self._window[0].first.at_us >= STAY_US:
            self._stay = _Standing(self._window[0])
            for each in list(self._window)[1:]:
                yield from self._stay.add(each)
            self._window.clear()

    def _leave(self) -> Iterator[Step]:
        assert self._stay is not None
        yield self._stay.close()
        outside, self._stay, self._outside = self._outside, None, []
        for step in outside:
            yield from self._drive(step)


class _Standing:
    """A stay that lasts: its sums, and what of it has the present task."""

    def __init__(self, step: Step) -> None:
        self._began_us = step.first.at_us
        self._part = self._whole = step

    def holds(self, step: Step) -> bool:
        return math.sqrt((step.x - self._whole.x) ** 2 + (step.y - self._whole.y) ** 2) <= STAY_M

    def add(self, step: Step) -> Iterator[Step]:
        self._whole = joined([self._whole, step])
        if step.task == self._part.task:
            self._part = joined([self._part, step])
        else:
            yield self._part._replace(standing=True)
            self._part = step

    def close(self) -> Step:
        whole = self._whole
        stay = Stay(self._began_us, whole.last.at_us, whole.lon, whole.lat, whole.x, whole.y)
        return self._part._replace(standing=True, stop=stay)


def _still(steps: Sequence[Step] | deque[Step]) -> bool:
    count = len(steps)
    if count == 1:
        return True
    mean_x = sum(step.x for step in steps) / count
    mean_y = sum(step.y for step in steps) / count
    away = [(step.x - mean_x, step.y - mean_y) for step in steps]
    if any(x * x + y * y > STAY_M * STAY_M for x, y in away):
        return False
    east = sum(x * x for x, _ in away) / count
    north = sum(y * y for _, y in away) / count
    both = sum(x * y for x, y in away) / count
    longest = (east + north) / 2 + math.sqrt(((east - north) / 2) ** 2 + both * both)
    return longest <= SCATTER_M * SCATTER_M
