"""What a layer kind has to say; one module in this folder per kind, each with one ``KIND``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.model import LayerConfig
from core.model import Hazard
from gis.geojson import RawFeature
from gis.legends import Column, LegendEntry
from gis.report import Notes

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def unchanged(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """The frame itself: for kinds whose features stand alone."""
    return frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of layer.

    ``types`` are the GeoJSON geometry types it takes and ``geometry`` what they are on the map (``point``,
    ``line``, ``polygon``, or ``mixed`` where one layer may hold several). ``clean`` gives the published properties of a feature, among them ``code``, which
    names its legend entry; it raises ``FeatureError`` for a feature that lacks what the kind needs.
    ``finish`` settles what concerns features together, in degrees. ``tiled`` kinds are drawn from PMTiles.
    Kinds are drawn in rising ``order``: areas, then lines, then points. ``columns`` are the properties people read.
    A kind that tells of danger names its ``hazards``; its features then carry ``hazard`` (one of them) and ``rank``,
    a whole number, larger for graver, 0 where the source's code is unknown.
    ``for_layer`` makes the kind as one layer has it: classes, columns and facts that stand in the layer's settings. Only
    kinds that are ``styled`` take a ``[style]``.
    """

    name: str
    geometry: str
    order: int
    types: frozenset[str]
    clean: Callable[[RawFeature, Notes], dict[str, Any]]
    legend: tuple[LegendEntry, ...]
    legend_source_ja: str = ""
    legend_source_en: str = ""
    finish: Callable[[GeoDataFrame, Notes], GeoDataFrame] = unchanged
    tiled: bool = False
    columns: tuple[Column, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    styled: bool = False
    for_layer: Callable[[LayerConfig], Kind] | None = None
