"""Where names stand on a printed map: one after the other, the most important first, none over another or over a symbol.

Each name tries places around its point, the nearest first; one that stands farther off is led to its point by a line. Widths
are reckoned, since nothing here knows the reader's letters: a full-width letter is as wide as high, others a little over half.
Lengths are tenths of a millimetre.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LINE_HEIGHT = 1.18
_NARROW = 0.57
_WAYS = ((1, 0), (-1, 0), (0, -1), (0, 1), (0.75, -0.75), (0.75, 0.75), (-0.75, -0.75), (-0.75, 0.75))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on paper."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether nothing of it is outside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a label has its place; ``leader`` is the point of its box that a line leads to, None where none is needed."""

    box: Box
    leader: tuple[float, float] | None


def around(x: float, y: float, radius: float) -> Box:
    """The square around a symbol."""
    return Box(x - radius, y - radius, x + radius, y + radius)


def width_of(line: str, size: float) -> float:
    """About how wide a line of text is in letters of this size."""
    return sum(size if unicodedata.east_asian_width(letter) in "WFA" else size * _NARROW for letter in line)


class Placer:
    """What is taken of a map, and where there is still room."""

    def __init__(self, width: float, height: float, margin: float = 8.0) -> None:
        self._map = Box(margin, margin, width - margin, height - margin)
        self._taken: list[Box] = []

    def take(self, box: Box) -> None:
        """Keeps names away from here."""
        self._taken.append(box)

    def free(self, box: Box) -> bool:
        """Whether it lies on the map and meets nothing."""
        return box.within(self._map) and not any(box.meets(taken) for taken in self._taken)

    def centred(self, x: float, y: float, lines: Sequence[str], size: float) -> Spot | None:
        """The place right over a point, taken if free."""
        width, height = _measures(lines, size)
        return self._settle(Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2), None)

    def beside(
        self, x: float, y: float, lines: Sequence[str], size: float, near: float, reaches: Sequence[float] = (0.0,)
    ) -> Spot | None:
        """The first free place around a point, taken; ``near`` is half the symbol, ``reaches`` how far off it may go."""
        width, height = _measures(lines, size)
        for reach in reaches:
            for way in _WAYS:
                box = _box(x, y, width, height, way, near + reach)
                leader = _nearest(box, x, y) if reach > size else None
                if spot := self._settle(box, leader):
                    return spot
        return None

    def _settle(self, box: Box, leader: tuple[float, float] | None) -> Spot | None:
        if not self.free(box):
            return None
        self.take(box)
        return Spot(box, leader)


def _measures(lines: Sequence[str], size: float) -> tuple[float, float]:
    return max(width_of(line, size) for line in lines), len(lines) * size * LINE_HEIGHT


def _box(x: float, y: float, width: float, height: float, way: tuple[float, float], distance: float) -> Box:
    """A box whose edge or corner lies ``distance`` from the point in one of eight ways."""
    across, down = way
    centre_x = x + across * distance + (width / 2 if across > 0 else -width / 2 if across < 0 else 0)
    centre_y = y + down * distance + (height / 2 if down > 0 else -height / 2 if down < 0 else 0)
    return Box(centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2)


def _nearest(box: Box, x: float, y: float) -> tuple[float, float]:
    return min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
