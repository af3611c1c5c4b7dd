"""How the made-up layers are written: GeoJSON, one feature a line, six decimals of a degree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping

from gis.generators import PLANE_EPSG
from gis.geometry import tidy
from gis.metres import in_degrees

Drawn = tuple[Mapping[str, Any], shapely.Geometry]
"""The properties of a feature, and its geometry."""


def collection_text(name: str, note: str, drawn: Iterable[Drawn]) -> str:
    """The text of a FeatureCollection; ``note`` says that it is fiction."""
    features = list(drawn)
    shapes = in_degrees(np.array([geometry for _, geometry in features], dtype=object), PLANE_EPSG)
    return degree_text(
        name, note, [(properties, shape) for (properties, _), shape in zip(features, shapes, strict=True)]
    )


def degree_text(name: str, note: str, drawn: Iterable[Drawn]) -> str:
    """As ``collection_text``, of geometries in degrees."""
    features = list(drawn)
    shapes = tidy(np.array([geometry for _, geometry in features], dtype=object))
    members = [
        {"type": "Feature", "properties": dict(properties), "geometry": mapping(shape)}
        for (properties, _), shape in zip(features, shapes, strict=True)
    ]
    return written({"type": "FeatureCollection", "name": name, "note": note}, members)


def written(head: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> str:
    """A collection with these members and features, one feature a line."""
    lines = ",\n".join(_compact(feature) for feature in features)
    return f'{_compact(head).removesuffix("}")},"features":[\n{lines}\n]}}\n'


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
