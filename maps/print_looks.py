"""How everything on one sheet is drawn, in colour or in black alone: one table for the map and its legend.

No two classes on a sheet look alike without colour: areas differ by hatch or outline, lines by dash and width, points by mark
and filling. Lengths are tenths of a millimetre.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from gis.catalogue import PublishedLayer
from gis.legends import LegendEntry
from maps.looks import FILL_OPACITY, edge, mark_path
from maps.print_hatch import Hatch, Hatches

Ink = Literal["colour", "mono"]

BLACK, WHITE = "#000000", "#FFFFFF"
DASHES = {
    "solid": "",
    "dashed": "24 14",
    "dotted": "2 9",
    "dash_dot": "28 9 3 9",
    "long": "55 12",
    "short": "9 8",
    "dash_dot_dot": "30 7 3 7 3 7",
    "pairs": "16 5 16 22",
}
OUTLINES = {"solid": "", "dashed": "14 8", "dotted": "2 6"}
_FILLINGS = ("full", "empty", "half")
_LINE_WIDTHS = (7.0, 11.0)
_CLOSURE_WIDTH = 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLook:
    """An area: its fill (none in black), hatch, and outline; ``id`` names its pattern on the sheet."""

    id: str
    fill: str
    opacity: float
    hatch: Hatch
    stroke: str
    dash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLook:
    """A line over a casing; ``core`` is the width of a white line within it, 0 for none."""

    stroke: str
    width: float
    dash: str = ""
    casing: float = 0.0
    core: float = 0.0
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLook:
    """A mark in a box of 24: ``full``, ``empty`` or ``half`` filled."""

    mark: str
    colour: str
    stroke: str
    filling: str


Look = AreaLook | LineLook | PointLook


class Looks:
    """Gives every class of a sheet its look; ask for the classes in drawing order."""

    def __init__(self, ink: Ink) -> None:
        self.ink = ink
        self._hatches = Hatches()
        self._lines: set[tuple[str, float]] = set()
        self._points: set[tuple[str, str]] = set()
        self._areas = 0

    def area(self, layer: PublishedLayer, entry: LegendEntry) -> AreaLook:
        """The look of the areas of a class."""
        self._areas += 1
        outline = entry.dash if entry.dash in OUTLINES else "solid"
        mono = self.ink == "mono"
        return AreaLook(
            id=f"h{self._areas}",
            fill="none" if mono else entry.colour,
            opacity=FILL_OPACITY,
            hatch=self._hatches.take(layer.kind, entry.code, entry.hatch, outline),
            stroke=BLACK if mono else edge(entry.colour),
            dash=OUTLINES[outline],
        )

    def line(self, layer: PublishedLayer, entry: LegendEntry) -> LineLook:
        """The look of the lines of a class."""
        if layer.kind in _BASE:
            return _BASE[layer.kind](entry, self.ink)
        closure = layer.kind == "closures"
        width, dash = self._free_line(_CLOSURE_WIDTH if closure else _LINE_WIDTHS[0], entry.dash)
        return LineLook(
            stroke=BLACK if self.ink == "mono" else entry.colour,
            width=width,
            dash=DASHES[dash],
            casing=width + 7,
            mark=mark_path(layer.kind, 0) if closure else "",
        )

    def point(self, layer: PublishedLayer, entry: LegendEntry) -> PointLook:
        """The look of the points of a class."""
        first = mark_path(layer.kind, _index(layer, entry))
        marks = dict.fromkeys((first, *(mark_path("points", index) for index in range(6))))
        wishes = [(mark, filling) for filling, mark in product(_FILLINGS, marks)]
        wish = next((wish for wish in wishes if wish not in self._points), wishes[0])
        self._points.add(wish)
        mono = self.ink == "mono"
        return PointLook(
            mark=wish[0],
            colour=BLACK if mono else entry.colour,
            stroke=BLACK if mono else edge(entry.colour),
            filling=wish[1],
        )

    def _free_line(self, width: float, dash: str) -> tuple[float, str]:
        usual = dash if dash in DASHES else "solid"
        wishes: Iterator[tuple[float, str]] = (
            (wide, name)
            for wide in (width, *(other for other in _LINE_WIDTHS if other != width))
            for name in (usual, *(other for other in DASHES if other != usual))
        )
        found = next((wish for wish in wishes if (wish[1], wish[0]) not in self._lines), (width, usual))
        self._lines.add((found[1], found[0]))
        return found


def entries_of(layer: PublishedLayer, codes: Iterable[str]) -> list[LegendEntry]:
    """The legend entries of the classes drawn, in legend order; of a class the legend lacks a grey one, never left out."""
    drawn = set(codes)
    known = [entry for entry in layer.legend if entry.code in drawn]
    unlisted = sorted(drawn - {entry.code for entry in known})
    return [*known, *(LegendEntry(code, "#9E9E9E", "区分が不明", "Class unknown", dash="dotted") for code in unlisted)]


def _index(layer: PublishedLayer, entry: LegendEntry) -> int:
    return next((at for at, row in enumerate(layer.legend) if row.code == entry.code), 0)


def _boundary(_entry: LegendEntry, ink: Ink) -> LineLook:
    return LineLook(stroke=BLACK if ink == "mono" else "#4F5F6E", width=6, dash=DASHES["dash_dot_dot"])


def _river(entry: LegendEntry, ink: Ink) -> LineLook:
    width = {"1": 6.5, "2": 5.0, "other": 3.5}.get(entry.code, 3.5)
    dash = DASHES["short"] if entry.code == "unknown" else ""
    if ink == "mono":
        return LineLook(stroke=BLACK, width=width, dash=dash, core=max(width - 3.6, 0.0))
    return LineLook(stroke="#5E97C4", width=width, dash=dash)


def _road(entry: LegendEntry, ink: Ink) -> LineLook:
    width = {"emergency": 7.5, "1": 6.0, "2": 4.2}.get(entry.code, 2.6)
    colour = {"emergency": "#4D5C6A", "1": "#6F8192", "2": "#8E9DAB"}.get(entry.code, "#A5B2BD")
    dash = {"2": "26 4", "3": "14 5"}.get(entry.code, "") if ink == "mono" else ""
    if entry.code == "unknown":
        dash = DASHES["dotted"]
    return LineLook(stroke=BLACK if ink == "mono" else colour, width=width, dash=dash, casing=width + 4)


_BASE = {"boundary": _boundary, "rivers": _river, "roads": _road}
