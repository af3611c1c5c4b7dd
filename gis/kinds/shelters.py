"""指定緊急避難場所 (where to flee, per hazard) and 指定避難所 (where to stay), in every form they come in.

GSI's lists, the Digital Agency's standard list, and KSJ P20 of 2012 as a last resort (``gis/shelter_forms.py``). A flag
that is blank means "not designated for that hazard", it does not say dangerous. What the town adds in ``shelters.csv``
(avalanche, heavy snow, elevation, capacity, telephone, a note) is joined by the published id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from config.model import LayerConfig, ShelterFacts
from gis.geojson import RawFeature
from gis.kinds.kind import Kind
from gis.legends import Column, LegendEntry
from gis.report import Notes
from gis.shelter_forms import HAZARDS, NUMBERS, read_shelter

LEGEND = (
    LegendEntry("outdated", "#767676", "旧避難施設（2012年、要確認）", "Old list of 2012, to be confirmed"),
    LegendEntry("welfare", "#6D4C9F", "指定避難所（受入対象者を限る）", "Shelter for people who need care"),
    LegendEntry("shelter", "#0B6B8A", "指定避難所", "Designated shelter"),
    LegendEntry("emergency", "#0A7A3B", "指定緊急避難場所", "Emergency evacuation site"),
)
_KINDS = {entry.code: entry for entry in LEGEND}


def clean(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """Id, name, address, ``code``, what the site is for, and what is known of it; the same properties for every form."""
    site = read_shelter(feature, notes)
    entry = _KINDS[site["code"]]
    return site | {"kind_ja": entry.label_ja, "kind_en": entry.label_en} | _words(site)


def _words(site: dict[str, Any]) -> dict[str, str]:
    """The hazards a site is designated for, as Japanese and English words."""
    fit = [row for row in HAZARDS if site[row.hazard]]
    return {
        "hazards_ja": "・".join(row.word_ja for row in fit),
        "hazards_en": ", ".join(row.word_en for row in fit),
    }


def for_layer(layer: LayerConfig) -> Kind:
    """The kind with the town's own facts of the layer's sites."""
    facts = {fact.id: fact for fact in layer.shelter_facts}

    def settle(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
        rows = [_with_facts(row, facts.get(row["id"])) for row in frame.drop(columns="geometry").to_dict("records")]
        told = GeoDataFrame(
            {name: pd.Series([row[name] for row in rows], dtype=_type_of(name)) for name in rows[0]},
            geometry=frame.geometry.to_numpy(),
            crs=frame.crs,
        )
        return _tell_doubled(told, notes)

    return replace(_PLAIN, finish=settle)


def _type_of(name: str) -> str | None:
    """Numbers that may be missing stay Python's own: a missing one is null, never NaN."""
    return "object" if name in NUMBERS else None


def _with_facts(row: dict[str, Any], fact: ShelterFacts | None) -> dict[str, Any]:
    row = row | {name: None if pd.isna(row[name]) else row[name] for name in NUMBERS}
    row["capacity"] = None if row["capacity"] is None else int(row["capacity"])
    if fact is None:
        return row
    given = {name: value for name in (*NUMBERS, "phone") if (value := getattr(fact, name)) not in (None, "")}
    row |= given | {hazard.value: True for hazard in fact.hazards}
    return row | {"note_ja": fact.note_ja, "note_en": fact.note_en} | _words(row)


def _tell_doubled(frame: GeoDataFrame, notes: Notes) -> GeoDataFrame:
    """The frame itself; sites that share an id are noted, both stay."""
    doubled = int(frame["id"].duplicated().sum())
    if doubled:
        notes.warn(f"{doubled} sites have an id that another site has too")
    return frame


_PLAIN = Kind(
    name="shelters",
    geometry="point",
    order=90,
    types=frozenset({"Point"}),
    clean=clean,
    legend=LEGEND,
    columns=(
        Column("name", "名称", "Name"),
        Column("kind_{language}", "種類", "Type"),
        Column("address", "住所", "Address"),
        Column("hazards_{language}", "対象の災害", "Designated for"),
        Column("capacity", "想定収容人数", "Capacity", "人"),
        Column("elevation_m", "標高", "Elevation", "m"),
        Column("phone", "電話番号", "Telephone"),
        Column("accepts", "受入対象者", "Accepts"),
        Column("remark", "備考", "Remark"),
        Column("note_{language}", "市町村からの補足", "Note of the town"),
    ),
)

KIND = replace(_PLAIN, for_layer=for_layer)
