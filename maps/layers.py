"""A published layer as the page's scripts need it; its place is told through folium, its words by the data block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gis.catalogue import PublishedLayer
from maps.links import LIVE, Links
from maps.words import Language


def title(layer: PublishedLayer, language: Language) -> str:
    """The layer's title in the page's language."""
    return layer.title_ja if language == "ja" else layer.title_en or layer.title_ja


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
        "maxZoom": layer.max_zoom,
        "shown": layer.shown,
    }


def meaning(layer: PublishedLayer, language: Language) -> dict[str, Any]:
    """The words and colours scripts show for the layer's features."""
    return {
        "id": layer.id,
        "title": title(layer, language),
        "credit": layer.credit,
        "fictitious": layer.fictitious,
        "legend": [
            {
                "code": entry.code,
                "label": entry.label_ja if language == "ja" else entry.label_en,
                "colour": entry.colour,
                "hatch": entry.hatch,
            }
            for entry in layer.legend
        ],
    }


def one_of_each(layers: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """The first layer of every kind that needs a legend: layers of one kind share theirs."""
    first = {layer.kind: layer for layer in reversed(layers)}
    return [layer for layer in layers if first[layer.kind] is layer and layer.kind != "boundary"]
