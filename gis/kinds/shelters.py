"""GSI 指定緊急避難場所 (where to flee, per hazard) and 指定避難所 (where to stay).

A flag is the text "1" or blank; blank means "not designated for that hazard", it does not say dangerous.
"""

from __future__ import annotations

import re
from typing import Any

from geopandas import GeoDataFrame

from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.kinds.fields import first_of, require_field, text
from gis.kinds.kind import Kind
from gis.legends import LegendEntry
from gis.report import Notes

HAZARDS = (
    ("flood", "洪水", "洪水", "flood"),
    ("landslide", "崖崩れ、土石流及び地滑り", "土砂災害", "landslide"),
    ("storm_surge", "高潮", "高潮", "storm surge"),
    ("earthquake", "地震", "地震", "earthquake"),
    ("tsunami", "津波", "津波", "tsunami"),
    ("fire", "大規模な火事", "大規模な火事", "large fire"),
    ("inland_flood", "内水氾濫", "内水氾濫", "inland flooding"),
    ("volcano", "火山現象", "火山現象", "volcano"),
)
"""Published property, GSI's column, Japanese and English word; in GSI's order."""

# E, five-digit municipality, five-digit facility, three digits of which the first two tell the list:
# 20n emergency site, 11n shelter for all, 12n shelter for people who need care.
_COMMON_ID = re.compile(r"E\d{13}", re.ASCII)


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """Id, name, address, ``code`` (``emergency``, ``shelter``, ``welfare``), and what the site is for."""
    require_field(feature, "施設・場所名")
    require_field(feature, "共通ID")
    identity = text(feature.properties.get("共通ID"))
    if not _COMMON_ID.fullmatch(identity):
        notes.warn("共通ID is not E and 13 digits", feature.number)
    name = text(feature.properties.get("施設・場所名"))
    if not name:
        notes.warn("has no name", feature.number)
    site = {"id": identity, "name": name, "address": text(feature.properties.get("住所"))}
    return site | (_emergency(feature, notes) if "洪水" in feature.properties else _shelter(feature, identity, notes))


def _emergency(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    fit = {slug: _flag(feature, column, notes) for slug, column, _, _ in HAZARDS}
    return {
        "code": "emergency",
        "kind_ja": "指定緊急避難場所",
        "kind_en": "Emergency evacuation site",
        **fit,
        "hazards_ja": "・".join(word for slug, _, word, _ in HAZARDS if fit[slug]),
        "hazards_en": ", ".join(word for slug, _, _, word in HAZARDS if fit[slug]),
        "also_shelter": _flag(feature, "指定避難所との住所同一", notes),
    }


def _shelter(feature: RawFeature, identity: str, notes: Notes) -> dict[str, Any]:
    accepts = first_of(feature.properties, "受入対象者")
    welfare = identity[11:13] == "12" or bool(accepts)
    return {
        "code": "welfare" if welfare else "shelter",
        "kind_ja": "指定避難所（受入対象者を限る）" if welfare else "指定避難所",
        "kind_en": "Shelter for people who need care" if welfare else "Designated shelter",
        "accepts": accepts,
        "remark": first_of(feature.properties, "その他市町村長が必要と認める事項"),
        "also_emergency": _flag(feature, "指定緊急避難場所との住所同一", notes),
    }


def _flag(feature: RawFeature, column: str, notes: Notes) -> bool:
    if column not in feature.properties:
        raise FeatureError(f"has no property {column}", hint="check that `kind` fits the file")
    value = text(feature.properties[column])
    if value not in {"", "1"}:
        notes.warn(f"{column} is {value!r}, neither 1 nor blank: taken as not designated", feature.number)
    return value == "1"


def tell_doubled(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """The frame itself; sites that share an id are noted, both stay."""
    doubled = int(frame["id"].duplicated().sum())
    if doubled:
        notes.warn(f"{doubled} sites have an id that another site has too")
    return frame


KIND = Kind(
    name="shelters",
    geometry="point",
    order=90,
    types=frozenset({"Point"}),
    clean=clean,
    finish=tell_doubled,
    legend=(
        LegendEntry("welfare", "#6D4C9F", "指定避難所（受入対象者を限る）", "Shelter for people who need care"),
        LegendEntry("shelter", "#0B6B8A", "指定避難所", "Designated shelter"),
        LegendEntry("emergency", "#0A7A3B", "指定緊急避難場所", "Emergency evacuation site"),
    ),
)
