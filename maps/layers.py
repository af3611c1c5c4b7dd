"""A published layer as the page's scripts need it; its place is told through folium, its words by the data block."""

from __future__ import annotations

import re
from typing import Any

from gis.catalogue import PublishedLayer
from gis.legends import LegendEntry
from maps.links import LIVE, Links
from maps.looks import bright, edge, hatch_on_dark, hatch_path, hatch_side, mark_path
from maps.words import Language

BASE_KINDS = ("boundary", "rivers", "roads", "place_names")
"""What the map beneath is drawn from; everything else lies on it."""

PRECISE_TO_ZOOM = {"flood_depth": 16, "flood_duration": 16, "house_collapse": 16, "sediment": 17, "hazard_sites": 15}
"""The nearest zoom a hazard layer's source allows: KSJ A31a is reckoned on a mesh of some 10 m, A33 surveyed at 1:2 500,
A26 at 1:25 000; nearer, the edge of an area is no longer where it is drawn."""

FIRST_VIEW_FEATURES = 5_000
"""The first view stays light on a phone's line: a layer of more features waits until its theme or switch is touched."""

_MADE_UP = re.compile(r"\s*[（(](?:架空|fictitious)[）)]$", re.IGNORECASE)


def title(layer: PublishedLayer, language: Language) -> str:
    """The layer's title in the page's language."""
    return layer.title_ja if language == "ja" else layer.title_en or layer.title_ja


def plain_title(layer: PublishedLayer, language: Language) -> str:
    """The layer's title; that it is made up is marked beside it, not in it."""
    return without_mark(title(layer, language)) if layer.fictitious else title(layer, language)


def without_mark(words: str) -> str:
    """A title without the 「（架空）」 at its end, where a mark beside it says so."""
    return _MADE_UP.sub("", words)


def place(layer: PublishedLayer, links: Links = LIVE) -> dict[str, Any]:
    """Where the layer's data are and how to read them: codes and addresses on our own host, no words of others.

    The address carries the content's tag, so that a browser may keep the file for ever.
    """
    return {
        "id": layer.id,
        "kind": layer.kind,
        "url": f"{links.resource(layer.url)}?v={layer.etag}",
        "format": layer.format,
        "tileLayer": layer.tile_layer,
        "minZoom": layer.min_zoom,
        "maxZoom": layer.max_zoom,
        "preciseTo": PRECISE_TO_ZOOM.get(layer.kind),
        "shown": layer.shown and layer.features <= FIRST_VIEW_FEATURES,
        "below": layer.geometry == "polygon" or bool(layer.hazards),
        "hazards": list(layer.hazards),
    }


def meaning(layer: PublishedLayer, language: Language) -> dict[str, Any]:
    """The words and colours scripts show for the layer's features."""
    return {
        "id": layer.id,
        "title": title(layer, language),
        "credit": layer.credit,
        "date": layer.date,
        "fictitious": layer.fictitious,
        "note": note(layer, language),
        "columns": [
            {
                "property": column.property_in(language),
                "label": column.label_ja if language == "ja" else column.label_en,
                "unit": column.unit,
            }
            for column in layer.columns
        ],
        "legend": legend_rows(layer, language),
    }


def legend_rows(layer: PublishedLayer, language: Language) -> list[dict[str, Any]]:
    """One row for each class, as both the legend and the map draw it: colour, edge, hatch, dash, mark and words."""
    return [class_look(layer.kind, entry, language, index) for index, entry in enumerate(layer.legend)]


def class_look(kind: str, entry: LegendEntry, language: Language, index: int = 0) -> dict[str, Any]:
    """How a class of a layer of this kind is drawn, and its words; ``index`` is its place in the legend."""
    return {
        "code": entry.code,
        "label": entry.label_ja if language == "ja" else entry.label_en,
        "colour": entry.colour,
        "edge": edge(entry.colour),
        "bright": bright(entry.colour),
        "hatchDark": hatch_on_dark(entry.colour),
        "hatch": entry.hatch,
        "side": hatch_side(entry.hatch),
        "path": hatch_path(kind, entry.code, entry.hatch),
        "dash": entry.dash,
        "mark": mark_path(kind, index),
    }


def note(layer: PublishedLayer, language: Language) -> str:
    """What the reader of the layer must know, as the town says it; first of all that it could not be renewed."""
    said = layer.note_ja if language == "ja" else layer.note_en or layer.note_ja
    if not layer.failed_since:
        return said
    since = layer.failed_since[:10]
    if language == "ja":
        return f"{since} から新しいデータに更新できていません。古い内容です。{said}"
    return f"Could not be renewed since {since}: what is shown is out of date. {said}".strip()
