"""A municipal boundary: all features of the file are one area, holes and exclaves kept."""

from __future__ import annotations

from typing import Any

from geopandas import GeoDataFrame

from gis.geojson import RawFeature
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.legends import LegendEntry
from gis.report import Notes


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """``code`` and ``name``; the name of KSJ N03 is put together from its parts where there is no ``name``."""
    properties = feature.properties
    name = first_of(properties, "name") or "".join(
        first_of(properties, part) for part in ("N03_001", "N03_003", "N03_004")
    )
    if not name:
        notes.warn("has no name", feature.number)
    return {"code": "boundary", "name": name}


def dissolve(frame: GeoDataFrame, _notes: Notes) -> GeoDataFrame:
    """One row; where features have different names they stand side by side."""
    names = "・".join(dict.fromkeys(name for name in frame["name"] if name))
    return GeoDataFrame([{"code": "boundary", "name": names}], geometry=[frame.geometry.union_all()], crs=frame.crs)


KIND = Kind(
    name="boundary",
    geometry="polygon",
    order=10,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=clean,
    finish=dissolve,
    legend=(LegendEntry("boundary", "#4A4A4A", "市町村の境界", "Municipal boundary"),),
)
