"""Stretches of a road driven in one direction, and which way between two places a vehicle took."""

from __future__ import annotations

from typing import NamedTuple

DETOUR = 1.3
DETOUR_M = 30.0
"""A way by the end of a line is believed up to so many times the metres between two steps, and so many metres more ..."""

PACE_M = 15.0
"""... or up to what is driven in that time at the pace of the stretch, and so many metres more."""


class Point(NamedTuple):
    """Where along a line a vehicle was when (microseconds)."""

    at_us: int
    along: float


class Stretch(NamedTuple):
    """Driven in one direction: ``begin`` and ``end`` in order of time, metres along not wrapped on a closed line."""

    begin: Point
    end: Point
    fixes: int

    @property
    def length(self) -> float:
        """Metres."""
        return abs(self.end.along - self.begin.along)


class Beyond(NamedTuple):
    """A step before or after a visit, off the road."""

    at_us: int
    x: float
    y: float


def believed(way: float, straight: float, driven: float) -> bool:
    """Whether a longer way between two places was driven: not much longer than the straight one, or than the pace makes likely."""
    return way <= max(DETOUR * straight + DETOUR_M, driven + PACE_M) or likelier(way, straight, driven)


def likelier(way: float, straight: float, driven: float) -> bool:
    """Whether the metres the pace makes likely are nearer to those of the longer way than to those of the straight one."""
    return driven >= (straight + way) / 2


def by_end(one: Point, other: Point, end: float, pace: float) -> Point | None:
    """When the vehicle was at the end of a line between two points on it; None where it is likelier to have gone straight.

    ``pace`` in metres a microsecond.
    """
    ahead = abs(one.along - end)
    way = ahead + abs(other.along - end)
    between = other.at_us - one.at_us
    if not likelier(way, abs(one.along - other.along), pace * between):
        return None
    return Point(one.at_us + (round(between * ahead / way) if way else 0), end)
