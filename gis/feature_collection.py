"""A published layer as text: an RFC 7946 FeatureCollection that carries its licence and credit."""

from __future__ import annotations

import json
from collections.abc import Iterator

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
    shapes = shapely.to_geojson(frame.geometry.to_numpy())  # the shortest text that reads back as the same number
    features = ",\n".join(
        f'{{"type":"Feature","id":{number},"properties":{properties},"geometry":{shape}}}'
        for number, (properties, shape) in enumerate(zip(_properties(frame), shapes, strict=True), 1)
    )
    return f'{_json(head).removesuffix("}")},"features":[\n{features}\n]}}\n'


def _properties(frame: GeoDataFrame) -> Iterator[str]:
    """The properties of each row as JSON; rows that say the same, as most of a hazard layer do, are written once."""
    columns = [name for name in frame.columns if name != frame.geometry.name]
    written: dict[str, str] = {}
    for values in zip(*(frame[name].tolist() for name in columns), strict=True):
        same = repr(values)
        text = written.get(same)
        if text is None:
            text = written[same] = _json(dict(zip(columns, values, strict=True)))
        yield text


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
