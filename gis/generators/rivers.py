"""The rivers themselves, in the form of KSJ W05 (河川): lines with name, code and kind of section."""

from __future__ import annotations

from collections.abc import Mapping

import shapely

from gis.generators.courses import Course, River
from gis.generators.writing import Drawn, collection_text

SIMPLIFY_M = 3.0
NOTE = "架空のデータです。国土数値情報W05の形式にならって作成しました。実際の流路とは異なります。"


def rivers_text(courses: Mapping[River, Course], town: shapely.Geometry) -> str:
    """The text of the layer: each river's course within ``town`` (metres)."""
    return collection_text("架空の河川", NOTE, [_drawn(river, points, town) for river, points in courses.items()])


def _drawn(river: River, points: Course, town: shapely.Geometry) -> Drawn:
    line = shapely.intersection(shapely.simplify(shapely.LineString(points), SIMPLIFY_M), town)
    parts = [part for part in shapely.get_parts(line) if part.length > 100.0]
    properties = {
        "W05_001": "999999",
        "W05_002": river.code,
        "W05_003": river.section,
        "W05_004": river.name,
        "W05_005": "9",
    }
    return properties, parts[0] if len(parts) == 1 else shapely.MultiLineString(parts)
