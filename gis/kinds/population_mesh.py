"""Persons by standard grid square, as e-Stat and KSJ publish them: polygons with a number of persons and a mesh code.

A blank or a sign (秘匿, ``*``) in place of the number is "not known", never zero. Which property holds the persons is
found by its name, or told by the first ``[[style.fields]]``; the mesh code's by ``name`` in ``[style]``.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from config.model import LayerConfig
from core.errors import LayerError
from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.hazards import UNKNOWN
from gis.kinds.fields import first_of, text
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.mesh import mesh_box, mesh_code
from gis.report import Notes

PERSONS = (
    "人口（総数）",
    "人口(総数)",
    "人口総数",
    "総人口",
    *(f"T{table}001" for table in ("001140", "001141", "001142", "001100", "001101", "001102")),
    *(f"T{table}001" for table in ("000847", "000848", "000876")),
    "PopT",
    "POP_T",
    "PTN_2025",
    "PTN_2020",
    "PTN_2015",
    "persons",
    "population",
    "人口",
)
"""Names the number of all persons goes by: e-Stat's tables of the censuses, KSJ's mesh of projected population, plain words."""

CODES = ("KEY_CODE", "MESH_ID", "MESH_CODE", "MESHCODE", "メッシュコード", "メッシュ番号", "mesh", "KEY_COD")

_STEPS = (
    ("5", 1000.0, "#08306B", "1,000人以上", "1,000 persons or more", 5),
    ("4", 500.0, "#2171B5", "500人以上1,000人未満", "500 to under 1,000 persons", 4),
    ("3", 100.0, "#6BAED6", "100人以上500人未満", "100 to under 500 persons", 3),
    ("2", 10.0, "#BDD7E7", "10人以上100人未満", "10 to under 100 persons", 2),
    ("1", 0.0, "#EFF3FF", "10人未満", "under 10 persons", 1),
)
UNKNOWN_PERSONS = LegendEntry(UNKNOWN, "#9E9E9E", "人数不明（秘匿など）", "number not known (withheld)", 0, "dotted")
LEGEND = (
    UNKNOWN_PERSONS,
    *(LegendEntry(code, colour, ja, en, hatch) for code, _, colour, ja, en, hatch in _STEPS[::-1]),
)
"""Persons in a square. The colours are our own: one hue, the darker the more."""

_WITHHELD = frozenset({"", "*", "-", "－", "x", "X", "秘匿", "…", "..."})
_MOST = 1_000_000.0

Clean = Callable[[RawFeature, Notes], dict[str, Any]]


def _reader(field: str, code_field: str) -> Clean:
    names = (field,) if field else PERSONS
    codes = (code_field,) if code_field else CODES

    def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
        """``code`` of the legend, ``persons`` (None where not known) and ``mesh``, the square's code."""
        found = next((name for name in names if name in feature.properties), None)
        if found is None:
            raise FeatureError(
                f"has no number of persons ({' or '.join(names[:4])} …; it has: {'、'.join(list(feature.properties)[:12])})",
                hint='name the property: [[style.fields]] property = "…"',
            )
        if found.startswith("T0"):
            notes.warn(f"{found} is taken for all persons (人口総数): compare with the table's own description")
        persons = _persons(feature, found, notes)
        return {
            "code": class_of(persons),
            "name": _mesh(feature, codes, notes),
            "persons": persons,
        }

    return clean


def class_of(persons: float | None) -> str:
    """The legend's code for so many persons."""
    return UNKNOWN if persons is None else next(code for code, least, *_ in _STEPS if persons >= least)


def _persons(feature: RawFeature, name: str, notes: Notes) -> float | None:
    written = unicodedata.normalize("NFKC", text(feature.properties[name])).replace(",", "").strip()
    if written in _WITHHELD:
        notes.warn(f"{name} is blank or withheld: persons not known, not counted as zero", feature.number)
        return None
    try:
        persons = float(written)
    except ValueError as error:
        raise FeatureError(
            f"{name} is {written[:20]!r}, no number of persons", hint="write digits, or leave it blank"
        ) from error
    if not (math.isfinite(persons) and 0.0 <= persons <= _MOST):
        raise FeatureError(
            f"{name} is {written[:20]}: no number of persons in a square", hint="is it the right property?"
        )
    return persons


def _mesh(feature: RawFeature, names: tuple[str, ...], notes: Notes) -> str:
    code = mesh_code(first_of(feature.properties, *names))
    if not code:
        return ""
    try:
        mesh_box(code)
    except ValueError as error:
        notes.warn(f"{error}", feature.number)
        return ""
    return code


def settle(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """The frame itself; squares that lie where their code does not say, and codes given twice, are noted."""
    frame["persons"] = pd.Series(
        [None if pd.isna(value) else float(value) for value in frame["persons"]], dtype="object"
    )
    coded = frame[frame["name"] != ""]
    doubled = int(coded["name"].duplicated().sum())
    if doubled:
        notes.warn(f"{doubled} squares have a mesh code that another has too: their persons are counted for both")
    if len(coded):
        boxes = [mesh_box(code) for code in coded["name"]]
        squares = shapely.box(*np.array([(box.west, box.south, box.east, box.north) for box in boxes]).T)
        astray = int((~shapely.intersects(squares, shapely.point_on_surface(coded.geometry.to_numpy()))).sum())
        if astray:
            notes.warn(f"{astray} squares do not lie where their mesh code says: check datum and code")
    return frame


def for_layer(layer: LayerConfig) -> Kind:
    """The kind reading the properties the layer's ``[style]`` names. Raises LayerError where that has classes."""
    if layer.style is None:
        return _PLAIN
    if layer.style.classes:
        raise LayerError(
            layer.id, "the kind population_mesh has classes of its own", hint="leave [[style.classes]] out"
        )
    told = layer.style.fields
    return replace(_PLAIN, clean=_reader(told[0].property if told else "", layer.style.name))


_PLAIN = Kind(
    name="population_mesh",
    geometry="polygon",
    order=38,
    types=frozenset({"Polygon", "MultiPolygon"}),
    clean=_reader("", ""),
    finish=settle,
    legend=LEGEND,
    legend_source_ja="人口の段階と色は雪守のもの（公的な標準はない）",
    legend_source_en="Steps and colours are Yukimori's own (there is no official standard)",
    columns=(Column("name", "メッシュコード", "Mesh code"), Column("persons", "人口", "Persons", "人")),
    styled=True,
)

KIND = replace(_PLAIN, for_layer=for_layer)
