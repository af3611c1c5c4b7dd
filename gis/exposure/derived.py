"""What the assessment lays onto the map, and when that still holds: known to the publisher of layers too.

The two layers stand in the catalogue beside the site's own. They are kept only while they were made from exactly the
layers that are published, so that nothing outlives in them what is no longer public.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from gis.catalogue import PublishedLayer
from gis.exposure.model import FORM_OF_KIND
from gis.feature_source import edition_of
from gis.fingerprint import sha256

ROADS, SITES = "exposure_roads", "exposure_sites"
IDS = frozenset({ROADS, SITES})
"""Ids no layer of a site may have."""


def assessed(layers: Iterable[PublishedLayer]) -> list[PublishedLayer]:
    """The layers an assessment is made from: those that tell of danger, and those that are counted."""
    return [layer for layer in layers if layer.id not in IDS and (layer.hazards or layer.kind in FORM_OF_KIND)]


def edition(site: str, plane_epsg: int, layers: Iterable[PublishedLayer]) -> str:
    """Changes with anything an assessment of these published layers would say, and with the code that makes it."""
    told = [
        (
            edition_of(layer),
            layer.id,
            layer.kind,
            layer.title_ja,
            layer.title_en,
            layer.licence,
            layer.credit,
            layer.date,
            layer.fictitious,
            layer.access,
            layer.legend,
            layer.hazards,
            layer.failed_since,
        )
        for layer in assessed(layers)
    ]
    return sha256(repr((site, plane_epsg, told, _code())).encode())[:16]


def with_derived(layers: Sequence[PublishedLayer], derived: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """The layers in drawing order with what was made from them: roads below all points, sites above everything."""
    first_point = next((at for at, layer in enumerate(layers) if layer.geometry == "point"), len(layers))
    roads = [layer for layer in derived if layer.id == ROADS]
    sites = [layer for layer in derived if layer.id == SITES]
    return [*layers[:first_point], *roads, *layers[first_point:], *sites]


@cache
def _code() -> str:
    folder = Path(__file__).parent
    return sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))
