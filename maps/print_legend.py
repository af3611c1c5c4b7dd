"""The legend of a printed sheet: of exactly what is drawn on it, with the very looks it is drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gis.legends import LegendEntry
from maps.layers import note, title
from maps.print_content import DrawnClass, DrawnLayer, SheetContent, without_remark
from maps.print_elements import element
from maps.print_looks import AreaLook, Ink, LineLook, PointLook
from maps.print_shelters import BOTH
from maps.print_svg import area_paths, colours_of_shelters, line_paths, point_symbol
from maps.print_symbols import shelter_symbol, state_symbol
from maps.symbols import SYMBOLS
from maps.words import Language, words
from maps.words_print import print_words


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a block: a swatch or a sign before it, words, smaller words after them."""

    words: str
    swatch: str = ""
    sign: str = ""
    small: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Items under a heading. ``level`` 2 is a heading of the sheet, 3 one below it; ``mark`` tells made-up data."""

    heading: str
    lines: tuple[Item, ...] = ()
    level: int = 2
    fictitious: bool = False
    notes: tuple[str, ...] = field(default=())


def legend_blocks(content: SheetContent, ink: Ink, language: Language) -> list[Block]:
    """The legend of exactly what is drawn."""
    spoken = print_words(language)
    over = [each for each in content.drawn if each.classes and not _is_ground(each)]
    ground = [item for each in content.drawn if _is_ground(each) for item in _ground_items(each, ink, language)]
    blocks = [
        Block(
            heading=plain_title(each, language),
            lines=tuple(_class_items(each.classes, ink, language)),
            level=3,
            fictitious=each.layer.fictitious,
            notes=tuple(filter(None, [note(each.layer, language)])),
        )
        for each in over
    ]
    blocks.extend(_shelter_legend(content, ink, language))
    blocks.extend(_station_legend(content, ink, language))
    if ground:
        blocks.append(Block(heading=spoken["ground"], lines=tuple(ground), level=3))
    return [Block(heading=spoken["legend"]), *blocks]


def plain_title(each: DrawnLayer, language: Language) -> str:
    """The title; what is made up is marked beside it, not in it."""
    return without_remark(title(each.layer, language)) if each.layer.fictitious else title(each.layer, language)


def swatch(content: str) -> str:
    """A piece of the legend, 8.6 mm wide, in units of the map."""
    return element("svg", content, class_="print-swatch", viewBox="0 0 86 42", aria_hidden="true")


def _is_ground(each: DrawnLayer) -> bool:
    return each.layer.kind in ("boundary", "rivers", "roads", "place_names")


def _class_items(classes: Sequence[DrawnClass], ink: Ink, language: Language) -> list[Item]:
    return [Item(words=_label(row.entry, language), swatch=_class_swatch(row, ink)) for row in reversed(classes)]


def _ground_items(each: DrawnLayer, ink: Ink, language: Language) -> list[Item]:
    """Lines of the map beneath, each marked where it is made up, since they stand under one heading."""
    made_up = f"（{words(language)['fictitious']}）" if each.layer.fictitious else ""
    return [replace(item, words=item.words + made_up) for item in _class_items(each.classes, ink, language)]


def _label(entry: LegendEntry, language: Language) -> str:
    return entry.label_ja if language == "ja" else entry.label_en


def _class_swatch(row: DrawnClass, ink: Ink) -> str:
    match row.look:
        case AreaLook():
            return swatch(area_paths(row.look, "M2 2H84V40H2Z", (2, 2, 84, 40), f"{row.look.id}-s", ink))
        case LineLook():
            return swatch(line_paths(row.look, "M2 21H84") + _mark_of(row.look))
        case PointLook():
            return swatch(point_symbol(row.look, 43, 21, 34))


def _mark_of(look: LineLook) -> str:
    if not look.mark:
        return ""
    return point_symbol(PointLook(mark=look.mark, colour=look.stroke, stroke="#FFFFFF", filling="full"), 43, 21, 34)


def _shelter_legend(content: SheetContent, ink: Ink, language: Language) -> list[Block]:
    spoken = print_words(language)
    codes = dict.fromkeys(each.code for each in content.shelters)
    if not codes:
        return []
    labels = {
        entry.code: _label(entry, language)
        for each in content.drawn
        if each.layer.kind == "shelters"
        for entry in each.layer.legend
    }
    labels[BOTH] = spoken["shelter_both"]
    colours = colours_of_shelters(content)
    items = [
        Item(words=labels.get(code, code), swatch=swatch(shelter_symbol(code, 43, 21, ink, colours))) for code in codes
    ]
    return [Block(heading=spoken["shelters"], lines=tuple(items), level=3)]


def _station_legend(content: SheetContent, ink: Ink, language: Language) -> list[Block]:
    """The states that stand on this sheet, and the kinds of stations."""
    spoken = words(language)
    rows = [each.row.state for each in content.stations if each.row]
    states = [name for name in SYMBOLS if any(state.symbol == name and not state.stale for state in rows)]
    kinds = dict.fromkeys(each.kind for each in content.stations)
    items = [Item(words=spoken[f"level_{name}"], swatch=_state_swatch(name, ink)) for name in states]
    if any(state.suspect for state in rows):
        items.append(Item(words=spoken["suspect"], swatch=_state_swatch("normal", ink, suspect=True)))
    if any(state.stale for state in rows):
        items.append(Item(words=spoken["level_stale"], swatch=_state_swatch("normal", ink, stale=True)))
    items.extend(Item(words=spoken[f"kind_{kind}"], swatch=_state_swatch("unjudged", ink, kind=kind)) for kind in kinds)
    if not items:
        return []
    heading, levels = print_words(language)["station_marks"], spoken["levels_note"]
    return [Block(heading=heading, lines=tuple(items), level=3, notes=(levels,))]


def _state_swatch(name: str, ink: Ink, *, kind: str = "", stale: bool = False, suspect: bool = False) -> str:
    drawn = state_symbol(name, kind, 43, 21, ink, side=28, stale=stale, suspect=suspect)
    return swatch(drawn)
