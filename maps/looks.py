"""How classes of layers look besides their colour: hatches, outlines, marks. Pages and canvases draw the same paths.

A hatch is a path in a small square that repeats without a seam, a whole number of times in ``HATCH_SIDE`` px: its direction
tells the hazard, its density the class, so that overlapping hazards can be told apart without colour. A mark is a path in a
square of 24.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

FILL_OPACITY = 0.68
"""Of areas over the map; between 0.6 and 0.7 both the fill and what lies beneath can be read."""

DARK_GROUND = "#1A232C"
"""The town's ground in dark (``--town`` of the style sheet)."""

Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 255."""

HATCH_SIDE = 64
LOOKS = {"fillOpacity": FILL_OPACITY, "hatchSide": HATCH_SIDE}
"""The same for scripts and templates."""

_LINES = (0, 4, 5, 7, 9, 11, 13, 16)
"""Hatch lines in a square, by the density of a legend entry."""

_DIRECTIONS = {
    "flood_depth": "rising",
    "flood_duration": "dotted",
    "house_collapse": "crossed",
    "sediment": "falling",
    "hazard_sites": "upright",
}
_DIRECTION_OF_CODE = {("hazard_sites", "11"): "zigzag"}  # avalanche
_OTHERWISE = "level"

_CIRCLE = "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0 -16Z"
_MARKS = (
    _CIRCLE,
    "M5 5H19V19H5Z",
    "M12 3L21.5 19.5H2.5Z",
    "M12 2L22 12L12 22L2 12Z",
    "M12 2.5L21.5 9.4L17.9 20.6H6.1L2.5 9.4Z",
    "M9 3H15V9H21V15H15V21H9V15H3V9H9Z",
)
_CLOSED = "M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0 -21ZM5.5 9.5V14.5H18.5V9.5Z"
"""A disc with a bar cut out: no way through."""

NARROW_MARK = "M12 1.5L23 21H1ZM10.7 8V14.5H13.3V8ZM10.7 16.3V18.7H13.3V16.3Z"
"""A triangle with a mark of exclamation cut out: the way is narrowed, or not for all."""


def edge(colour: str) -> str:
    """The same hue, darker: the outline and hatch on light grounds."""
    parts = (round(int(colour[at : at + 2], 16) * 0.55) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02X}" for part in parts)


def bright(colour: str) -> str:
    """The same hue, lighter: the outline and hatch on dark grounds."""
    parts = (round(255 - (255 - int(colour[at : at + 2], 16)) * 0.45) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02X}" for part in parts)


def hatch_on_dark(colour: str) -> str:
    """The colour of a class's hatch on dark grounds: the lighter or a much darker shade, whichever stands out more.

    Solid lines of it, and of ``edge`` on light grounds, differ by 3 : 1 or more from every fill of ours (WCAG 2.1, 1.4.11).
    """
    fill = over(_parts(colour), _parts(DARK_GROUND), FILL_OPACITY)
    shades = (bright(colour), "#" + "".join(f"{round(part * 0.28):02X}" for part in _parts(colour)))
    return max(shades, key=lambda shade: contrast(_parts(shade), fill))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: Colour, ground: Colour, opacity: float) -> Colour:
    """What is seen where a colour lies over a ground."""
    red, green, blue = (opacity * a + (1 - opacity) * b for a, b in zip(colour, ground, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> Colour:
    red, green, blue = (float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return red, green, blue


def hatch_side(density: int) -> float:
    """The side in px of the square a hatch repeats in; 0 where there is none."""
    count = _LINES[min(density, len(_LINES) - 1)]
    return HATCH_SIDE / count if count else 0


def hatch_path(kind: str, code: str, density: int) -> str:
    """The path of a class's hatch in a square of ``hatch_side``; empty where it has none."""
    side = hatch_side(density)
    return _path(hatch_direction(kind, code), side) if side else ""


def hatch_direction(kind: str, code: str) -> str:
    """The direction that tells the hazard of a class: ``rising``, ``falling``, ``dotted`` …"""
    return _DIRECTION_OF_CODE.get((kind, code)) or _DIRECTIONS.get(kind, _OTHERWISE)


def mark_path(kind: str, index: int) -> str:
    """The mark of the class at ``index`` in its layer's legend."""
    return _CLOSED if kind == "closures" else _MARKS[index % len(_MARKS)]


@cache
def _path(direction: str, side: float) -> str:
    return _WAYS[direction](side)


def _line(*numbers: float) -> str:
    x1, y1, x2, y2 = (f"{number:g}" for number in (round(number, 2) for number in numbers))
    return f"M{x1} {y1}L{x2} {y2}"


def _rising(side: float) -> str:
    """A diagonal, and its neighbours' ends where their width reaches into the square."""
    return _line(0, side, side, 0) + _line(-1, 1, 1, -1) + _line(side - 1, side + 1, side + 1, side - 1)


def _falling(side: float) -> str:
    return _line(0, 0, side, side) + _line(side - 1, -1, side + 1, 1) + _line(-1, side - 1, 1, side + 1)


def _upright(side: float) -> str:
    return _line(side / 2, 0, side / 2, side)


def _level(side: float) -> str:
    return _line(0, side / 2, side, side / 2)


def _crossed(side: float) -> str:
    return _rising(side) + _falling(side)


def _dotted(side: float) -> str:
    return _line(side / 2 - 0.6, side / 2, side / 2 + 0.6, side / 2)


def _zigzag(side: float) -> str:
    low, high = side * 0.75, side * 0.25
    return _line(0, low, side / 2, high) + _line(side / 2, high, side, low)


_WAYS: dict[str, Callable[[float], str]] = {
    "rising": _rising,
    "falling": _falling,
    "upright": _upright,
    "level": _level,
    "crossed": _crossed,
    "dotted": _dotted,
    "zigzag": _zigzag,
}
