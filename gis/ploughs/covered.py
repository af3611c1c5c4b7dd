"""Stretches of a road that were worked over, added up in whole millimetres: no order of adding gives another sum."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Covered:
    """Disjoint stretches [from, to) in millimetres along one road, in order; ``length`` is their sum."""

    __slots__ = ("_ends", "_starts", "length")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.length = 0

    def add(self, start: int, end: int) -> int:
        """How many millimetres of the stretch are new; an empty stretch adds nothing."""
        if end <= start:
            return 0
        first = bisect_left(self._ends, start)  # stretches that touch are one
        last = bisect_right(self._starts, end)
        known = sum(self._ends[first:last]) - sum(self._starts[first:last])
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        added = end - start - known
        self.length += added
        return added

    def stretches(self) -> list[tuple[int, int]]:
        """The stretches in order."""
        return list(zip(self._starts, self._ends, strict=True))
