"""What stands on one printed sheet: layers with their looks, stations with their newest values, shelters with numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from config.model import Site
from core.errors import LayerError
from core.model import Bounds
from core.times import parse_rfc3339
from gis.catalogue import PublishedLayer
from gis.closure_times import ClosureState, closure_state
from gis.legends import LegendEntry
from gis.sheet import Drawing
from gis.sheet_frame import Frame, frame_of
from maps.facts import KIND_ORDER, ValueRow, Wording, value_row
from maps.layers import BASE_KINDS, title
from maps.print_looks import Look, Looks, entries_of
from maps.print_roads import age_look, by_age
from maps.print_shelters import PrintedShelter, printed_shelters
from maps.print_wish import PAPERS, PrintWish
from maps.symbols import SYMBOLS
from maps.themes import Theme, themes_of
from maps.unconfirmed import Pairs, unconfirmed_at

MAIN_QUANTITY = {"snow": "snow_depth", "river": "water_level", "channel": "channel_level", "weather": "air_temperature"}


_MADE_UP = re.compile(r"\s*[（(](?:架空|fictitious)[）)]$", re.IGNORECASE)


class DrawsLayers(Protocol):
    """Who draws published layers for a sheet (``gis.sheet.Drawings``)."""

    def of(self, layer: PublishedLayer, frame: Frame) -> Drawing:
        """What the layer has on the sheet. Raises LayerError."""


@dataclass(frozen=True, slots=True)
class DrawnClass:
    """A class of a layer that is drawn as ``form`` (``area``, ``line``, ``point``), and how."""

    entry: LegendEntry
    form: str
    look: Look


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """A layer on the sheet: its drawing and its classes in legend order."""

    layer: PublishedLayer
    drawing: Drawing
    classes: tuple[DrawnClass, ...]

    def look(self, form: str, code: str) -> Look:
        """How a class is drawn."""
        return next(row.look for row in self.classes if (row.form, row.entry.code) == (form, code))


@dataclass(frozen=True, slots=True)
class PrintedStation:
    """A station on paper with its row of words; None where it measures nothing that could be told."""

    x: float
    y: float
    kind: str
    name: str
    row: ValueRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContent:
    """Everything one sheet shows. ``failed`` are titles of layers that could not be read, ``absent`` of those without
    anything here.
    """

    frame: Frame
    theme: Theme
    drawn: tuple[DrawnLayer, ...]
    stations: tuple[PrintedStation, ...]
    shelters: tuple[PrintedShelter, ...]
    failed: tuple[str, ...] = field(default=())
    absent: tuple[str, ...] = field(default=())


def without_remark(name: str) -> str:
    """The name without its remark that it is made up: the legend marks that once for all of a layer."""
    return _MADE_UP.sub("", name)


def layers_of(theme: Theme, catalogue: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """What a theme lays over the map, in drawing order: of layers about one hazard only the first, as on the screen."""
    told: set[str] = set()
    chosen = []
    for layer in sorted(overlays(catalogue), key=lambda layer: not layer.shown):
        wanted = layer.shown if theme.id == "all" else layer.kind in theme.layers
        hazards = set() if layer.kind == "shelters" else set(layer.hazards)
        # On paper nothing can be switched on, and a hazard map without places to flee to helps nobody.
        wanted = wanted or (theme.id == "hazard" and layer.kind == "shelters" and layer.shown)
        if wanted and not (hazards and hazards <= told):
            told |= hazards
            chosen.append(layer.id)
    return [layer for layer in catalogue if layer.id in chosen]


def overlays(catalogue: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """The layers that can be chosen; what the map beneath is made of always shows."""
    return [layer for layer in catalogue if layer.kind not in BASE_KINDS and layer.access == "public"]


def theme_of(site: Site, catalogue: Sequence[PublishedLayer], wish: PrintWish) -> Theme:
    """The theme asked for; without one hazards where the site has any, else the overview."""
    themes = {theme.id: theme for theme in themes_of(site, catalogue)}
    return themes.get(wish.theme) or themes.get("hazard") or themes["all"]


def sheet_content(
    site: Site,
    catalogue: Sequence[PublishedLayer],
    drawings: DrawsLayers,
    facts: Mapping[str, Any],
    wish: PrintWish,
    say: Wording,
) -> SheetContent:
    """What the sheet asked for shows. Layers that cannot be read are left out and named."""
    paper = PAPERS[wish.paper]
    frame = frame_of(wish.box or _town_box(site, catalogue), site.plane_epsg, paper.map_width, paper.map_height)
    theme = theme_of(site, catalogue, wish)
    chosen = (
        layers_of(theme, catalogue) if wish.layers is None else [each for each in catalogue if each.id in wish.layers]
    )
    base = [layer for layer in catalogue if layer.kind in BASE_KINDS and layer.access == "public"]
    looks, drawn, failed, absent = Looks(wish.ink), [], [], []
    for layer in sorted([*base, *chosen], key=_drawing_order):
        try:
            drawing = _standing(layer, drawings.of(layer, frame), facts)
        except LayerError:
            failed.append(title(layer, say.language))
            continue
        if not drawing.codes and layer in chosen:
            absent.append(title(layer, say.language))
        if theme.id == "plough":
            layer, drawing = by_age(site, layer, drawing, facts, say)  # noqa: PLW2901  # the layer goes on with other classes
        drawn.append(DrawnLayer(layer, drawing, _classes(layer, drawing, looks)))
    return SheetContent(
        frame=frame,
        theme=theme,
        drawn=tuple(drawn),
        stations=tuple(_stations(facts, frame, theme, say)),
        shelters=printed_shelters(drawn_shelters(drawn), facts, say),
        failed=tuple(failed),
        absent=tuple(absent),
    )


def drawn_shelters(drawn: Sequence[DrawnLayer]) -> list[tuple[PublishedLayer, Drawing]]:
    """The layers of shelters among those drawn."""
    return [(each.layer, each.drawing) for each in drawn if each.layer.kind == "shelters"]


def _town_box(site: Site, catalogue: Sequence[PublishedLayer]) -> Bounds:
    """The box of the municipality's own boundary; the site's where none is published."""
    return next((layer.bounds for layer in catalogue if layer.kind == "boundary"), site.bounds)


_ORDER = {"polygon": 0, "mixed": 2, "line": 2, "point": 3}


def _drawing_order(layer: PublishedLayer) -> tuple[int, int]:
    """Areas, then the lines beneath everything, then other lines, then points; else as published."""
    if layer.kind in BASE_KINDS:
        return (1, ("rivers", "roads", "boundary", "place_names").index(layer.kind))
    return (_ORDER.get(layer.geometry, 2), 0)


def _standing(layer: PublishedLayer, drawing: Drawing, facts: Mapping[str, Any]) -> Drawing:
    """Without closures that have ended by the time of the sheet."""
    if layer.kind != "closures":
        return drawing
    now = parse_rfc3339(facts["now"])

    def holds(properties: Mapping[str, Any]) -> bool:
        ends = (str(properties.get("from_at") or ""), str(properties.get("until_at") or ""))
        return closure_state(*ends, now) is not ClosureState.ENDED

    lines = tuple(line for line in drawing.lines if holds(line.properties))
    return replace(drawing, lines=lines, points=tuple(each for each in drawing.points if holds(each.properties)))


def _classes(layer: PublishedLayer, drawing: Drawing, looks: Looks) -> tuple[DrawnClass, ...]:
    if layer.kind in ("shelters", "place_names"):  # they have symbols and letters of their own
        return ()
    line = _road_line(looks) if layer.kind == "roads" else looks.line
    found: list[DrawnClass] = []
    for form, drawn, look in (
        ("area", drawing.areas, looks.line if layer.kind == "boundary" else looks.area),
        ("line", drawing.lines, line),
        ("point", drawing.points, looks.point),
    ):
        codes = {each.code for each in drawn}
        found.extend(DrawnClass(entry, form, look(layer, entry)) for entry in entries_of(layer, codes))
    return tuple(found)


def _road_line(looks: Looks) -> Callable[[PublishedLayer, LegendEntry], Look]:
    """Roads by age have looks of their own; where nothing is told of ages, they are part of the map beneath."""

    def line(layer: PublishedLayer, entry: LegendEntry) -> Look:
        return age_look(entry, looks.ink) or looks.line(layer, entry)

    return line


def _stations(facts: Mapping[str, Any], frame: Frame, theme: Theme, say: Wording) -> list[PrintedStation]:
    """Those of the theme, and every one that is raised: no choice of theme may hide a danger."""
    now, doubts = parse_rfc3339(facts["now"]), unconfirmed_at(facts)
    found = []
    for feature in facts["stations"]["features"]:
        station = feature["properties"]
        place = frame.place(*feature["geometry"]["coordinates"])
        row = _main_row(station, now, say, doubts)
        raised = row is not None and row.state.rank >= SYMBOLS["caution"].rank
        if place and (raised or station["kind"] in theme.stations):
            name = row.name if row else str(station["name"])
            found.append(PrintedStation(*place, station["kind"], name, row))
    return sorted(found, key=lambda each: (KIND_ORDER.index(each.kind), each.y))


def _main_row(station: Mapping[str, Any], now: Any, say: Wording, doubts: Pairs) -> ValueRow | None:
    """Of several quantities the one that is raised highest, else the one the station is there for."""
    rows = [value_row(station, slug, now, say, doubts) for slug in station["quantities"] if slug != "battery"]
    main = MAIN_QUANTITY.get(station["kind"])
    raised = SYMBOLS["caution"].rank
    order = sorted(rows, key=lambda row: (-max(row.state.rank, raised - 1), row.quantity != main))
    return order[0] if order else None
