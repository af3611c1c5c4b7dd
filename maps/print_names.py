"""The names of a printed map, each in its place: values of stations, shelters, places, rivers, closures, points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maps.print_content import DrawnLayer, PrintedStation, SheetContent, without_remark
from maps.print_elements import element, text
from maps.print_labels import LINE_HEIGHT, Placer, Spot, around
from maps.print_looks import BLACK, WHITE, Ink
from maps.print_shelters import PrintedShelter
from maps.print_symbols import SHELTER_SIDE, STATION_SIDE
from maps.symbols import SYMBOLS
from maps.words import Language

NAMED_UP_TO = 24
"""So many shelters stand on the map with their names, if all have room; more of them with numbers and a list beside it."""

Drawn = tuple[str, str]

_FAR = (0.0, 18.0, 45.0, 80.0, 130.0, 190.0)
_SOFT = "#33424F"
_WATER = "#24587F"


@dataclass(frozen=True, slots=True)
class Names:
    """The names, and the lines that lead from them to their points, which belong beneath all symbols."""

    words: str
    leaders: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """How a name is written."""

    size: float
    weight: str = "500"
    colour: str = BLACK
    italic: bool = False


def names(content: SheetContent, placer: Placer, ink: Ink, language: Language, letters: float) -> Names:
    """All names that have room; symbols keep theirs. Stations first, then shelters, then the names of places."""
    _take_symbols(content, placer)
    soft, water = (BLACK, BLACK) if ink == "mono" else (_SOFT, _WATER)
    parts = [
        *(_station(each, placer, letters) for each in content.stations),
        *_shelters(content.shelters, placer, letters),
        *_places(content, placer, language, letters, soft),
        *_closures(content, placer, letters),
        *_rivers(content, placer, language, letters, water),
        *_marked(content, placer, letters, soft),
    ]
    return Names("".join(words for words, _ in parts), "".join(leader for _, leader in parts))


def numbered(shelters: Sequence[PrintedShelter]) -> bool:
    """Whether the shelters are told by number, with their names in a list."""
    return len(shelters) > NAMED_UP_TO


def _take_symbols(content: SheetContent, placer: Placer) -> None:
    for station in content.stations:
        scale = SYMBOLS[station.row.state.symbol].scale if station.row else 1.0
        placer.take(around(station.x, station.y, STATION_SIDE * scale / 2 + 2))
    for shelter in content.shelters:
        placer.take(around(shelter.x, shelter.y, SHELTER_SIDE / 2 + 1))
    for layer in _others(content):
        for point in layer.drawing.points:
            placer.take(around(point.x, point.y, 17))


def _others(content: SheetContent) -> list[DrawnLayer]:
    return [each for each in content.drawn if each.layer.kind not in ("shelters", "place_names")]


def _station(station: PrintedStation, placer: Placer, letters: float) -> Drawn:
    scale = SYMBOLS[station.row.state.symbol].scale if station.row else 1.0
    lines = [station.name]
    if station.row:
        lines = [f"{station.name} {station.row.value}{station.row.unit}", f"{station.row.state.word} {station.row.age}"]
    style = Letters(size=27 * letters, weight="650")
    spot = placer.beside(station.x, station.y, lines, style.size, STATION_SIDE * scale / 2 + 5, _FAR)
    return _written(spot, lines, style, station.x, station.y)


def _shelters(shelters: Sequence[PrintedShelter], placer: Placer, letters: float) -> list[Drawn]:
    by_number = numbered(shelters)
    style = Letters(size=(23 if by_number else 24) * letters, weight="650" if by_number else "500")
    found = []
    for shelter in shelters:
        lines = [str(shelter.number)] if by_number else [shelter.name]
        spot = placer.beside(shelter.x, shelter.y, lines, style.size, SHELTER_SIDE / 2 + 2, _FAR)
        found.append(_written(spot, lines, style, shelter.x, shelter.y))
    return found


def _places(content: SheetContent, placer: Placer, language: Language, letters: float, soft: str) -> list[Drawn]:
    sizes = {"town": 44.0, "district": 33.0, "place": 28.0}
    spots = [
        (tuple(sizes).index(point.code) if point.code in sizes else len(sizes), point)
        for each in content.drawn
        if each.layer.kind == "place_names"
        for point in each.drawing.points
    ]
    found = []
    for _, point in sorted(spots, key=lambda ranked: ranked[0]):
        name = _spoken(point.properties, language)
        size = sizes.get(point.code, 28.0) * letters
        style = Letters(size=size, weight="700" if point.code == "town" else "500", colour=soft)
        spot = placer.centred(point.x, point.y, [name], size) or placer.beside(
            point.x, point.y, [name], size, 12, (0.0, 20.0, 50.0)
        )
        found.append(_written(spot, [name], style, point.x, point.y, led=False))
    return found


def _closures(content: SheetContent, placer: Placer, letters: float) -> list[Drawn]:
    style = Letters(size=24 * letters, weight="600")
    found = []
    for each in content.drawn:
        if each.layer.kind != "closures":
            continue
        spots = [(*line.middle, line.properties) for line in each.drawing.lines if line.parts]
        spots.extend((point.x, point.y, point.properties) for point in each.drawing.points)
        for x, y, properties in spots:
            lines = [without_remark(str(properties.get("name") or ""))]
            if lines[0]:
                spot = placer.beside(x, y, lines, style.size, 20, (0.0, 20.0, 50.0, 90.0))
                found.append(_written(spot, lines, style, x, y))
    return found


def _rivers(content: SheetContent, placer: Placer, language: Language, letters: float, water: str) -> list[Drawn]:
    """Each river once, over the middle of its longest stretch, or nearer to an end where that has no room."""
    style = Letters(size=29 * letters, weight="500", colour=water, italic=True)
    lines = [line for each in content.drawn if each.layer.kind == "rivers" for line in each.drawing.lines if line.parts]
    named: set[str] = set()
    found = []
    for line in sorted(lines, key=lambda line: -max(map(len, line.parts))):
        name = _spoken(line.properties, language)
        longest = max(line.parts, key=len)
        for share in (0.5, 0.35, 0.65, 0.2, 0.8):
            x, y = (float(number) for number in longest[int((len(longest) - 1) * share)])
            if not name or name in named:
                break
            if spot := placer.beside(x, y, [name], style.size, 10, (0.0, 15.0)):
                named.add(name)
                found.append(_written(spot, [name], style, x, y, led=False))
    return found


def _marked(content: SheetContent, placer: Placer, letters: float, soft: str) -> list[Drawn]:
    """Points of the town's own layers, where there is room for their names."""
    style = Letters(size=22 * letters, colour=soft)
    found = []
    for each in content.drawn:
        if each.layer.kind != "points":
            continue
        for point in each.drawing.points:
            lines = [without_remark(str(point.properties.get("name") or ""))]
            if lines[0]:
                spot = placer.beside(point.x, point.y, lines, style.size, 18, (0.0, 18.0))
                found.append(_written(spot, lines, style, point.x, point.y))
    return found


def _spoken(properties: object, language: Language) -> str:
    """The name in the page's language, the Japanese one where no other is known."""
    assert isinstance(properties, dict)
    japanese = properties.get("name_ja") or properties.get("name") or ""
    return without_remark(str(properties.get("name_en") or japanese) if language == "en" else str(japanese))


def _written(spot: Spot | None, lines: Sequence[str], style: Letters, x: float, y: float, *, led: bool = True) -> Drawn:
    """The lines of a label, and the line that leads to its point; nothing where it has no place."""
    if spot is None:
        return "", ""
    box = spot.box
    anchor, at = _anchor(spot, x)
    rows = "".join(
        text(line, x=round(at, 1), y=round(box.top + style.size * (LINE_HEIGHT * number + 0.95), 1))
        for number, line in enumerate(lines)
    )
    leader = ""
    if spot.leader and led:
        end_x, end_y = spot.leader
        data = f"M{x:g} {y:g}L{end_x:.1f} {end_y:.1f}"
        leader = element("path", d=data, stroke=WHITE, stroke_width=5) + element(
            "path", d=data, stroke=style.colour, stroke_width=1.5
        )
    written = element(
        "g",
        rows,
        text_anchor=anchor,
        font_size=round(style.size, 1),
        font_weight=style.weight,
        font_style="italic" if style.italic else "",
        fill=style.colour,
        stroke=WHITE,
        stroke_width=round(style.size / 4.5, 1),
        paint_order="stroke",
    )
    return written, leader


def _anchor(spot: Spot, x: float) -> tuple[str, float]:
    """Where the text begins: at the side of the point, so that a width reckoned wrong does no harm there."""
    box = spot.box
    if box.left >= x:
        return "start", box.left
    if box.right <= x:
        return "end", box.right
    return "middle", (box.left + box.right) / 2
