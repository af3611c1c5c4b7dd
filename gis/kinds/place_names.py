"""Names of places as points: what the map writes where."""

from __future__ import annotations

from typing import Any

from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.report import Notes

_RANKS = {"1": "town", "2": "district", "3": "place"}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``name_ja``, ``name_en`` (blank where none is known) and ``code`` by ``rank``: 1 the town, 2 a district, 3 lesser."""
    properties = feature.properties
    name = first_of(properties, "name_ja", "name", "名称", "地名")
    if not name:
        raise FeatureError("a place without name", hint="give every point a property `name_ja`")
    rank = first_of(properties, "rank").removesuffix(".0") or "3"
    if rank not in _RANKS:
        notes.warn(f"rank {rank!r} is not 1, 2 or 3: taken as 3", feature.number)
    return {
        "code": _RANKS.get(rank, "place"),
        "name_ja": name,
        "name_en": first_of(properties, "name_en", "romaji", "ローマ字"),
    }


KIND = Kind(
    name="place_names",
    geometry="point",
    order=88,
    types=frozenset({"Point"}),
    clean=clean,
    legend=(
        LegendEntry("place", "#5C6B79", "地名", "Place"),
        LegendEntry("district", "#4F5F6E", "大字・地区", "District"),
        LegendEntry("town", "#17222D", "市町村の中心", "Town centre"),
    ),
    columns=(Column("name_ja", "地名", "Name"), Column("name_en", "ローマ字", "Name in Latin letters")),
)
