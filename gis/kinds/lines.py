"""Lines the town styles itself, such as water mains.

Classes, name and published properties are those of ``[style]`` in the layer's file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gis.geojson import RawFeature
from gis.kinds.fields import first_of
from gis.kinds.kind import Kind
from gis.report import Notes
from gis.town_style import OTHER, styled_kind


def clean(feature: RawFeature, _notes: Notes) -> dict[str, Any]:
    """``code`` and ``name`` of a feature nobody has styled."""
    return {"code": OTHER.code, "name": first_of(feature.properties, "name")}


_PLAIN = Kind(
    name="lines",
    geometry="line",
    order=62,
    types=frozenset({"LineString", "MultiLineString"}),
    clean=clean,
    legend=(OTHER,),
    styled=True,
)

KIND = replace(_PLAIN, for_layer=styled_kind(_PLAIN))
