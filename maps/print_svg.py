"""The map of a printed sheet as SVG: what ``maps.print_content`` gathered, drawn in its order, names last."""

from __future__ import annotations

from maps.layers import title
from maps.print_content import DrawnLayer, SheetContent
from maps.print_elements import element, path, text
from maps.print_hatch import hatch_lines
from maps.print_labels import Placer
from maps.print_looks import BLACK, WHITE, AreaLook, Ink, LineLook, PointLook
from maps.print_margin import furniture
from maps.print_names import names
from maps.print_symbols import mark, shelter_symbol, station_symbol
from maps.words import Language

GROUND, BEYOND = "#FCFDFD", "#EEF2F5"
_HATCH_OPACITY = 0.6


def map_svg(content: SheetContent, ink: Ink, language: Language, letters: float, label: str) -> str:
    """The map; ``letters`` is the size of its letters (1 on A3), ``label`` what it is called for who cannot see it.

    Lengths in it are tenths of a millimetre; the style sheet gives it its size.
    """
    frame = content.frame
    placer = Placer(frame.width, frame.height)
    # What stands at the edge takes its room first, then symbols, then names.
    around = furniture(frame, placer, ink, language, letters)
    # Names are placed after all symbols have taken their room, and their leaders drawn beneath these.
    named = names(content, placer, ink, language, letters)
    inner = "".join(
        (
            _ground(content, ink),
            *(_areas(layer, ink) for layer in content.drawn if layer.layer.kind != "boundary"),
            around.graticule,
            *(_lines(layer) for layer in content.drawn),
            named.leaders,
            *(_points(layer) for layer in content.drawn),
            *(
                shelter_symbol(each.code, each.x, each.y, ink, colours_of_shelters(content))
                for each in content.shelters
            ),
            *(station_symbol(each, ink) for each in content.stations),
            named.words,
        )
    )
    edge = element("rect", x=0, y=0, width=frame.width, height=frame.height, fill="none", stroke=BLACK, stroke_width=4)
    return element(
        "svg",
        element("defs", _clip(frame.width, frame.height))
        + element("g", inner, clip_path="url(#map-edge)")
        + around.ornaments
        + edge,
        class_="print-map",
        viewBox=f"-2 -2 {frame.width + 4} {frame.height + 4}",
        role="img",
        aria_label=label,
        stroke_linejoin="round",
    )


def colours_of_shelters(content: SheetContent) -> dict[str, str]:
    """The colours of the kinds of shelters, as the layers say them."""
    return {
        entry.code: entry.colour
        for each in content.drawn
        if each.layer.kind == "shelters"
        for entry in each.layer.legend
    }


def area_paths(look: AreaLook, data: str, box: tuple[float, float, float, float], identity: str, ink: Ink) -> str:
    """One outline filled, hatched over its ``box`` and edged; ``identity`` names it within the page."""
    outline = element("path", id=identity, d=data)
    clip = element("clipPath", element("use", href=f"#{identity}", clip_rule="evenodd"), id=f"{identity}-c")
    hatch = hatch_lines(look.hatch, box, look.stroke, 1.0 if ink == "mono" else _HATCH_OPACITY, f"{identity}-r")
    # In black nothing is filled: what lies beneath shows through, as on a copy.
    fill = element("use", href=f"#{identity}", fill=look.fill, fill_opacity=look.opacity, fill_rule="evenodd")
    return (
        element("defs", outline + (clip if hatch else ""))
        + (fill if look.fill != "none" else "")
        + (element("g", hatch, clip_path=f"url(#{identity}-c)") if hatch else "")
        + element(
            "use", href=f"#{identity}", fill="none", stroke=look.stroke, stroke_width=1.8, stroke_dasharray=look.dash
        )
    )


def line_paths(look: LineLook, data: str) -> str:
    """One line over its casing."""
    under = {"d": data, "fill": "none", "stroke": WHITE}
    casing = element("path", **under, stroke_width=look.casing, stroke_opacity=0.85) if look.casing else ""
    stroke = element(
        "path", d=data, fill="none", stroke=look.stroke, stroke_width=look.width, stroke_dasharray=look.dash
    )
    core = element("path", **under, stroke_width=look.core) if look.core else ""
    return casing + stroke + core


def _clip(width: int, height: int) -> str:
    return element("clipPath", element("rect", width=width, height=height), id="map-edge")


def _ground(content: SheetContent, ink: Ink) -> str:
    frame = content.frame
    towns = [layer for layer in content.drawn if layer.layer.kind == "boundary"]
    rings = [ring for town in towns for area in town.drawing.areas for ring in area.rings]
    colour = WHITE if ink == "mono" or not rings else BEYOND
    beyond = element("rect", width=frame.width, height=frame.height, fill=colour)
    if ink == "mono" or not rings:
        return beyond
    return beyond + element("path", d=path(rings, closed=True), fill=GROUND, fill_rule="evenodd")


def _areas(layer: DrawnLayer, ink: Ink) -> str:
    found = []
    for area in layer.drawing.areas:
        look = layer.look("area", area.code)
        assert isinstance(look, AreaLook)
        if area.rings:
            found.append(area_paths(look, path(area.rings, closed=True), area.box, look.id, ink))
    return _group(layer, found)


def _lines(layer: DrawnLayer) -> str:
    if layer.layer.kind == "boundary":
        rings = [ring for area in layer.drawing.areas for ring in area.rings]
        looks = [row.look for row in layer.classes if isinstance(row.look, LineLook)]
        return line_paths(looks[0], path(rings, closed=True)) if rings and looks else ""
    return _group(
        layer, [part for row in layer.classes if row.form == "line" for part in _of_class(layer, row.entry.code)]
    )


def _of_class(layer: DrawnLayer, code: str) -> list[str]:
    look = layer.look("line", code)
    assert isinstance(look, LineLook)
    lines = [line for line in layer.drawing.lines if line.code == code]
    found = [line_paths(look, path([part for line in lines for part in line.parts], closed=False))]
    if look.mark:
        found.extend(mark(look.mark, *line.middle, 34, look.stroke, WHITE) for line in lines if line.parts)
    return found


def _points(layer: DrawnLayer) -> str:
    if layer.layer.kind in ("shelters", "place_names"):
        return ""
    found = []
    for point in layer.drawing.points:
        look = layer.look("point", point.code)
        assert isinstance(look, PointLook)
        found.append(point_symbol(look, point.x, point.y, 30))
    return _group(layer, found)


def point_symbol(look: PointLook, x: float, y: float, side: float) -> str:
    """The mark of a point, filled, empty or with a dot."""
    fill = look.colour if look.filling == "full" else WHITE
    dot = element("circle", cx=x, cy=y, r=side / 8, fill=look.stroke) if look.filling == "half" else ""
    return mark(look.mark, x, y, side, fill, look.stroke) + dot


def _group(layer: DrawnLayer, parts: list[str]) -> str:
    """The parts of a layer under its title, which a reader of the drawing may ask for."""
    if not parts:
        return ""
    return element("g", element("title", _escaped(title(layer.layer, "ja"))) + "".join(parts))


def _escaped(words: str) -> str:
    return text(words).removeprefix("<text>").removesuffix("</text>")
