"""Marks and symbols on paper, in colour and in black: the shapes of the screen (``maps.symbols``), the inks of the sheet."""

from __future__ import annotations

from collections.abc import Mapping

from maps.print_content import PrintedStation
from maps.print_elements import element
from maps.print_looks import BLACK, WHITE, Ink
from maps.print_shelters import BOTH
from maps.symbols import KIND_GLYPHS, SYMBOLS

STATION_SIDE = 46.0
SHELTER_SIDE = 36.0

_FILLS = {"caution": "#F2E700", "warning": "#F6AA00", "danger": "#FF4B00", "standby": "#CFE4F7"}
_EDGES = {"normal": "#56748F", "standby": "#1F6AAE", "unjudged": "#6E7780", "no_data": "#737E88"}
_RAISED = ("caution", "warning", "danger")

_HOUSE = "M12 5.6L18.6 11.4H16.7V17.6H13.6V13.6H10.4V17.6H7.3V11.4H5.4Z"
_SHELTERS = {
    "emergency": "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22Z",
    "shelter": "M2 2H22V22H2Z",
    BOTH: "M12 0L22.8 6.2V17.8L12 24L1.2 17.8V6.2Z",
    "welfare": "M12 0L24 12L12 24L0 12Z",
    "outdated": "M1 5H23V19H1Z",
}
"""A disc to flee to, a square to stay in, a hexagon for both, a diamond for people who need care."""

_ORIGINS = {BOTH: "emergency"}


def mark(data: str, x: float, y: float, side: float, fill: str, stroke: str) -> str:
    """A mark of a box of 24, ``side`` tenths of a millimetre wide, with a white edge around it."""
    drawn = element("path", d=data, stroke=WHITE, stroke_width=6, fill="none") + element(
        "path", d=data, fill=fill, stroke=stroke, stroke_width=2.2, fill_rule="evenodd"
    )
    return element("g", drawn, transform=_at(x, y, side))


def shelter_symbol(code: str, x: float, y: float, ink: Ink, colours: Mapping[str, str]) -> str:
    """The symbol of a kind of shelter; a kind without one has that of a shelter."""
    shape = _SHELTERS.get(code, _SHELTERS["shelter"])
    colour = BLACK if ink == "mono" else colours.get(_ORIGINS.get(code, code), "#0B6B8A")
    fill, house = (WHITE, colour) if code == "outdated" else (colour, WHITE)
    drawn = (
        element("path", d=shape, stroke=WHITE, stroke_width=5, fill="none")
        + element("path", d=shape, fill=fill, stroke=colour, stroke_width=1.4)
        + element("path", d=_HOUSE, fill=house)
    )
    return element("g", drawn, transform=_at(x, y, SHELTER_SIDE))


def station_symbol(station: PrintedStation, ink: Ink) -> str:
    """The symbol of the station's state, with the glyph of its kind."""
    state = station.row.state if station.row else None
    if state is None:
        return state_symbol("unjudged", station.kind, station.x, station.y, ink)
    return state_symbol(state.symbol, station.kind, station.x, station.y, ink, stale=state.stale, suspect=state.suspect)


def state_symbol(
    name: str,
    kind: str,
    x: float,
    y: float,
    ink: Ink,
    *,
    side: float = STATION_SIDE,
    stale: bool = False,
    suspect: bool = False,
) -> str:
    """The symbol of a state, ``side`` wide where calm; a stale one keeps its shape and loses its colour, as on the screen."""
    symbol = SYMBOLS[name]
    raised = name in _RAISED and not stale
    edge = BLACK if ink == "mono" or raised else _EDGES.get(name, "#737E88")
    fill = WHITE if ink == "mono" or stale else _FILLS.get(name, WHITE)
    glyph_ink = edge
    if ink == "mono" and name == "danger" and not stale:
        fill, glyph_ink = BLACK, WHITE
    # In black the ring of 待機 is told from that of 平常 by its width.
    wide = 5.0 if ink == "mono" and name == "standby" and not stale else 2.4
    dash = "3.4 2.6" if stale or symbol.dashed else ""
    parts = [
        element("path", d=symbol.path, stroke=WHITE, stroke_width=6, fill="none"),
        element("path", d=symbol.path, fill=fill, stroke=edge, stroke_width=wide, stroke_dasharray=dash),
    ]
    if suspect:
        parts.append(element("path", d="M5 15L15 5M6 20L20 6M10 21L21 10", stroke=edge, stroke_width=1.3))
    if kind in KIND_GLYPHS:
        lift = "translate(0 2.4)" if name == "caution" else None
        parts.append(
            element("path", d=KIND_GLYPHS[kind], fill="none", stroke=glyph_ink, stroke_width=2, transform=lift)
        )
    if stale:
        parts.append(element("path", d="M3 21L21 3", stroke=edge, stroke_width=1.8))
    return element("g", "".join(parts), transform=_at(x, y, side * symbol.scale), stroke_linecap="round")


def _at(x: float, y: float, side: float) -> str:
    return f"translate({x - side / 2:g} {y - side / 2:g}) scale({side / 24:.4g})"
