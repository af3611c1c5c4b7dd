"""Cleared roads on paper by the age of their clearing: the layer and its drawing with an age class for each road.

On paper black is all there may be: dashes of the table differ by themselves, the withheld are two thin lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.model import Site
from core.times import parse_rfc3339
from gis.catalogue import PublishedLayer
from gis.legends import LegendEntry
from gis.ploughs.age_classes import AGE_CLASSES, NO_RECORD, age_class
from gis.sheet import Drawing
from maps.facts import Wording
from maps.print_looks import BLACK, Ink, LineLook
from maps.road_looks import DASH_WIDTH, WITHHELD, WITHHELD_COLOUR
from maps.words import words

WIDTH = 8.0
"""Tenths of a millimetre."""

_CLASSES = {found.id: found for found in (*AGE_CLASSES, NO_RECORD)}
_ENTRIES = (
    LegendEntry(WITHHELD, WITHHELD_COLOUR, words("ja")["road_withheld"], words("en")["road_withheld"]),
    *(LegendEntry(found.id, found.colour, found.ja, found.en) for found in reversed(_CLASSES.values())),
)
"""Lowest drawn first, as every legend has its classes: at a crossing the younger clearing is seen."""


def by_age(
    site: Site, layer: PublishedLayer, drawing: Drawing, facts: Mapping[str, Any], say: Wording
) -> tuple[PublishedLayer, Drawing]:
    """The layer of cleared roads with ages for classes, where ``facts["roads"]`` tells them; any other layer as it is.

    Its date also says until when work is in it.
    """
    told = facts.get("roads")
    if site.ploughs is None or layer.id != site.ploughs.roads or not told or not told["as_of"]:
        return layer, drawing
    lines = tuple(replace(line, code=_age(told, str(line.properties["id"]))) for line in drawing.lines)
    as_of = say.say("roads_as_of", time=say.moment(parse_rfc3339(told["as_of"])))
    return replace(layer, legend=_ENTRIES, date=f"{layer.date} ・ {as_of}"), replace(drawing, lines=lines)


def age_look(entry: LegendEntry, ink: Ink) -> LineLook | None:
    """How roads of an age class are drawn; None for a class that is no age."""
    stroke = BLACK if ink == "mono" else entry.colour
    if entry.code == WITHHELD:
        return LineLook(stroke=stroke, width=WIDTH - 2, core=WIDTH - 5, casing=WIDTH + 4)
    found = _CLASSES.get(entry.code)
    if found is None:
        return None
    dash = " ".join(f"{float(part) * WIDTH / DASH_WIDTH:g}" for part in found.dash.split())
    return LineLook(stroke=stroke, width=WIDTH, dash=dash, casing=WIDTH + 4)


def _age(told: Mapping[str, Any], road: str) -> str:
    state = told["roads"].get(road) or {}
    if state.get("withheld"):
        return WITHHELD
    since = state.get("clear_since")
    return age_class(parse_rfc3339(told["now"]) - parse_rfc3339(since) if since else None).id
