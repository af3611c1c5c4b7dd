"""Hatches for paper: as many as there are classes on a sheet, no two alike.

The language is that of the screen (``maps.looks``): the direction tells the hazard, the density the class. On paper lines
are farther apart for light classes and steps are larger, so that classes survive a copier and a fax. Where two classes on one
sheet would look the same, the later one gets double or broken lines. Lengths are tenths of a millimetre.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from maps.looks import hatch_direction
from maps.print_elements import element

SPACINGS = (0.0, 24.0, 17.5, 12.8, 9.4, 7.0, 5.2, 4.0)
"""Between lines, by the density of a legend entry; each is about three quarters of the one before."""

NONE = "none"
_DIRECTIONS = ("rising", "falling", "upright", "level", "crossed", "dotted", "zigzag", "plus")
_ANGLES = {"rising": -45, "falling": 45, "upright": 90, "level": 0, "crossed": 45, "dotted": 0, "zigzag": 0, "plus": 0}
_STYLES = ("plain", "double", "broken")
_LINED = frozenset({"rising", "falling", "upright", "level", "crossed"})
_ROOM_FOR_DOUBLE = 12.0
_UNLISTED = "plus"


@dataclass(frozen=True, slots=True)
class Hatch:
    """Lines, dots or signs in one direction, ``spacing`` apart; ``none`` leaves the area empty."""

    direction: str
    spacing: float
    style: str = "plain"


class Hatches:
    """Gives out hatches for one sheet, each pair of hatch and outline only once."""

    def __init__(self) -> None:
        self._taken: set[Hashable] = set()

    def take(self, kind: str, code: str, density: int, dash: str) -> Hatch:
        """The hatch for a class of a layer kind whose outline has this dash; the usual one where it is still free."""
        wishes = _wishes(kind, code, density)
        hatch = next((wish for wish in wishes if (wish, dash) not in self._taken), Hatch(NONE, 0))
        self._taken.add((hatch, dash))
        return hatch


def _wishes(kind: str, code: str, density: int) -> Iterator[Hatch]:
    """Every hatch there is, the one most fitting first."""
    own = hatch_direction(kind, code)
    at = min(density, len(SPACINGS) - 1)
    if code == "unknown":
        yield Hatch(_UNLISTED, 30.0)
    elif at == 0:
        yield Hatch(NONE, 0)
    densities = sorted(range(1, len(SPACINGS)), key=lambda other: (abs(other - max(at, 1)), other))
    for direction in (own, *(other for other in _DIRECTIONS if other != own)):
        for number in densities:
            for style in _STYLES:
                if style == "plain" or (direction in _LINED and SPACINGS[number] >= _ROOM_FOR_DOUBLE):
                    yield Hatch(direction, SPACINGS[number], style)


def hatch_lines(
    hatch: Hatch, box: tuple[float, float, float, float], stroke: str, opacity: float, identity: str
) -> str:
    """The hatch over a box (left, top, right, bottom), to be cut by whoever draws it; empty where there is none.
    ``identity`` names it within the page.

    It is made of lines, not of an SVG pattern, which browsers print as a picture.
    """
    if hatch.direction == NONE:
        return ""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    reach = math.hypot(right - left, bottom - top) / 2 + hatch.spacing
    rows = math.ceil(reach / hatch.spacing)
    drawn = _rows(hatch, rows, identity)
    turns = (_ANGLES[hatch.direction], *((-_ANGLES[hatch.direction],) if hatch.direction == "crossed" else ()))
    turned = (element("g", drawn, transform=f"translate({x:g} {y:g}) rotate({angle})") for angle in turns)
    return element(
        "g",
        "".join(turned),
        fill="none",
        stroke=stroke,
        stroke_opacity=opacity,
        stroke_width=2.0 if hatch.spacing >= _ROOM_FOR_DOUBLE else 1.4,
    )


def _rows(hatch: Hatch, rows: int, identity: str) -> str:
    """Level rows around the origin, ``rows`` to each side and as long."""
    space, end = hatch.spacing, rows * hatch.spacing
    numbers = range(-rows, rows + 1)
    match hatch.direction:
        case "dotted":
            dots = {
                "stroke_linecap": "round",
                "stroke_dasharray": f"0 {space:g}",
                "stroke_width": min(5.0, space / 2.6),
            }
            return element("path", d="".join(f"M{-end:g} {space * k:g}H{end:g}" for k in numbers), **dots)
        case "plus":
            arm = space / 6
            signs = (f"M{space * k - arm:g} 0h{2 * arm:g}m{-arm:g} {-arm:g}v{2 * arm:g}" for k in numbers)
            return _repeated("".join(signs), space, rows, identity)
        case "zigzag":
            turns = (
                f"L{space * k / 2:g} {space * (0.22 if k % 2 else -0.22):g}" for k in range(-2 * rows, 2 * rows + 1)
            )
            return _repeated("M" + "".join(turns)[1:], space, rows, identity)
    offsets = (-space / 6, space / 6) if hatch.style == "double" else (0.0,)
    lines = (f"M{-end:g} {space * k + offset:.5g}H{end:g}" for k in numbers for offset in offsets)
    return element("path", d="".join(lines), stroke_dasharray="22 14" if hatch.style == "broken" else "")


def _repeated(row: str, space: float, rows: int, identity: str) -> str:
    first = element("defs", element("path", d=row, id=identity))
    return first + "".join(element("use", href=f"#{identity}", y=round(space * k, 2)) for k in range(-rows, rows + 1))
