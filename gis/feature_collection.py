"""A published layer as text: an RFC 7946 FeatureCollection that carries its licence and credit."""

from __future__ import annotations

import json

import shapely
from geopandas import GeoDataFrame

from config.model import LayerConfig


def geojson_text(layer: LayerConfig, frame: GeoDataFrame) -> str:
    """The frame (degrees, longitude first) as a FeatureCollection, one feature a line, licence and credit on top.

    Features are numbered from 1 in ``id``. Raises ValueError for a property that is no JSON (NaN).
    """
    head = {
        "type": "FeatureCollection",
        "name": layer.id,
        "title": layer.title_ja,
        "title_en": layer.title_en,
        "licence": layer.licence,
        "credit": layer.credit,
        "source": layer.source_url,
        "date": layer.date,
        "fictitious": layer.fictitious,
    }
    columns = [name for name in frame.columns if name != frame.geometry.name]
    records = frame[columns].to_dict("records")
    shapes = shapely.to_geojson(frame.geometry.to_numpy())  # the shortest text that reads back as the same number
    features = ",\n".join(
        f'{{"type":"Feature","id":{number},"properties":{_json(record)},"geometry":{shape}}}'
        for number, (record, shape) in enumerate(zip(records, shapes, strict=True), 1)
    )
    return f'{_json(head).removesuffix("}")},"features":[\n{features}\n]}}\n'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
