"""How roads look by the age of their clearing: one table for map, legend, lists and print, from ``gis.ploughs.age_classes``.

A stroke lies in an outline of the same hue, darker on light grounds and lighter on dark ones: so the palest age and the
darkest are both told from every ground by 3 : 1 or more (WCAG 2.1, 1.4.11). Dash and word say the same as the colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.model import Site
from gis.catalogue import PublishedLayer
from gis.ploughs.age_classes import AGE_CLASSES, NO_RECORD, AgeClass
from maps.looks import bright, edge
from maps.words import Language, words

DASH_WIDTH = 5
"""The width in px the dashes of the table are made for."""

WITHHELD = "withheld"
"""The id of the look of stretches the public is not told of."""

WITHHELD_COLOUR = "#8A8F94"

LATE_MARK = "M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0 -21ZM10.8 5.5H13.2V11.5L17.4 14L16.2 16L10.8 12.8Z"
"""A clock in a box of 24: late against the town's promise."""

_CLASSES = (*AGE_CLASSES, NO_RECORD)


def road_table(site: Site, language: Language) -> dict[str, Any] | None:
    """What scripts need to draw roads by age: the ``layer`` of roads, ``ages`` as ``age_looks``, ``late`` a mark; None without ploughs."""
    if site.ploughs is None:
        return None
    return {
        "layer": site.ploughs.roads,
        "ages": age_looks(language),
        "dashWidth": DASH_WIDTH,
        "late": LATE_MARK,
        "contact": site.contact_ja if language == "ja" else site.contact_en,
    }


def roads_of(site: Site, layers: Sequence[PublishedLayer], language: Language) -> dict[str, Any] | None:
    """``road_table`` where the layer it names is published; else None, and the page has nothing of it."""
    table = road_table(site, language)
    return table if table is not None and any(layer.id == table["layer"] for layer in layers) else None


def age_looks(language: Language) -> list[dict[str, Any]]:
    """One row for each class in the order of the legend, ``WITHHELD`` last: id, age below which it is (seconds), colours, dash, words."""
    rows = [_look(found, language) for found in _CLASSES]
    withheld = {
        "id": WITHHELD,
        "below": None,
        "colour": WITHHELD_COLOUR,
        "edge": edge(WITHHELD_COLOUR),
        "bright": bright(WITHHELD_COLOUR),
        "dash": "",
        "label": words(language)["road_withheld"],
    }
    return [*rows, withheld]


def _look(found: AgeClass, language: Language) -> dict[str, Any]:
    return {
        "id": found.id,
        "below": None if found.below is None else found.below.total_seconds(),
        "colour": found.colour,
        "edge": edge(found.colour),
        "bright": bright(found.colour),
        "dash": found.dash,
        "label": found.ja if language == "ja" else found.en,
    }
