"""The forms lists of evacuation sites come in, told apart by their columns, each read into the same properties.

Columns are found by name, whatever their brackets, spaces and width; those a file lacks are taken as blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.model import Hazard
from gis.faults import FeatureError
from gis.geojson import RawFeature
from gis.kinds.fields import text
from gis.report import Notes

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HazardColumn:
    """A hazard, its column in GSI's list (empty for our own two), and its words on screens."""

    hazard: str
    column: str
    word_ja: str
    word_en: str


HAZARDS = (
    HazardColumn(Hazard.FLOOD.value, "洪水", "洪水", "flood"),
    HazardColumn(Hazard.LANDSLIDE.value, "崖崩れ、土石流及び地滑り", "土砂災害", "landslide"),
    HazardColumn(Hazard.STORM_SURGE.value, "高潮", "高潮", "storm surge"),
    HazardColumn(Hazard.EARTHQUAKE.value, "地震", "地震", "earthquake"),
    HazardColumn(Hazard.TSUNAMI.value, "津波", "津波", "tsunami"),
    HazardColumn(Hazard.FIRE.value, "大規模な火事", "大規模な火事", "large fire"),
    HazardColumn(Hazard.INLAND_FLOOD.value, "内水氾濫", "内水氾濫", "inland flooding"),
    HazardColumn(Hazard.VOLCANO.value, "火山現象", "火山現象", "volcano"),
    HazardColumn(Hazard.AVALANCHE.value, "", "雪崩", "avalanche"),
    HazardColumn(Hazard.HEAVY_SNOW.value, "", "大雪", "heavy snow"),
)
"""In GSI's order; the Digital Agency has the same columns with 災害種別_ in front."""

NUMBERS = ("capacity", "elevation_m")

# E, five-digit municipality, five-digit facility, three digits of which the first two tell the list:
# 20n emergency site, 11n shelter for all, 12n shelter for people who need care.
_COMMON_ID = re.compile(r"E\d{13}", re.ASCII)
_YES = frozenset({"1", "○", "〇", "◯", "●", "true", "有"})
_NO = frozenset({"", "0", "×", "✕", "✗", "x", "-", "－", "―", "false", "無"})
_NUMBER = re.compile(r"(-?\d{1,7}(?:\.\d{1,9})?)(?:m|人|名)?", re.ASCII)


def heading(name: str) -> str:
    """A column's name without spaces, half-width, brackets plain, dashes and commas as one: for comparing."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).replace("､", "、").replace(",", "、")


def read_shelter(feature: RawFeature, notes: Notes) -> dict[str, Any]:
    """The site's properties; raises FeatureError for columns of no form that is known, naming those found."""
    columns = {heading(name): value for name, value in feature.properties.items()}
    if heading("施設・場所名") in columns:
        found = _gsi(feature, columns, notes)
    elif heading("名称") in columns and any(name.startswith("災害種別") for name in columns):
        found = _digital_agency(feature, columns, notes)
    elif "P20_002" in columns:
        found = _ksj_2012(feature, columns, notes)
    else:
        listed = "、".join(list(feature.properties)[:12]) or "none"
        raise FeatureError(
            f"has no property 施設・場所名 (GSI), 名称 with 災害種別_洪水 (Digital Agency) or P20_002 (KSJ) (it has: {listed})",
            hint="check that `kind` fits the file",
        )
    if not found["name"]:
        notes.warn("has no name", feature.number)
    return _BLANK | found


_BLANK: dict[str, Any] = {
    "id": "",
    "name": "",
    "address": "",
    "code": "emergency",
    **{row.hazard: False for row in HAZARDS},
    "also_shelter": False,
    "also_emergency": False,
    "capacity": None,
    "elevation_m": None,
    "phone": "",
    "accepts": "",
    "remark": "",
    "note_ja": "",
    "note_en": "",
}


def _gsi(feature: RawFeature, columns: Columns, notes: Notes) -> dict[str, Any]:
    """GSI's 指定緊急避難場所 where there is a hazard column, else its 指定避難所."""
    if "共通ID" not in columns:
        raise FeatureError("has no property 共通ID", hint="check that `kind` fits the file")
    identity = text(columns["共通ID"])
    if not _COMMON_ID.fullmatch(identity):
        notes.warn("共通ID is not E and 13 digits", feature.number)
    site = {"id": identity, "name": _said(columns, "施設・場所名"), "address": _said(columns, "住所")}
    if "洪水" in columns:
        for row in HAZARDS:
            if row.column and heading(row.column) not in columns:
                raise FeatureError(f"has no property {row.column}", hint="check that `kind` fits the file")
        return site | {
            **_fit(feature, columns, "", notes),
            "also_shelter": _flag(feature, columns, "指定避難所との住所同一", notes),
            "remark": _said(columns, "備考"),
        }
    accepts = _said(columns, "受入対象者")
    return site | {
        "code": "welfare" if identity[11:13] == "12" or accepts else "shelter",
        "accepts": accepts,
        "remark": _said(columns, "その他市町村長が必要と認める事項", "備考"),
        "also_emergency": _flag(feature, columns, "指定緊急避難場所との住所同一", notes),
    }


def _digital_agency(feature: RawFeature, columns: Columns, notes: Notes) -> dict[str, Any]:
    """自治体標準オープンデータセット 指定緊急避難場所一覧; older templates lack columns, which are taken as blank."""
    identity = _said(columns, "共通ID", "ID", "NO")
    if not identity:
        identity = f"{_municipality(columns)}-{feature.number}"
        notes.warn("has no ID: its place in the list stands in, which may change with the next edition", feature.number)
    parts = ("所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下")
    written = _said(columns, "所在地_連結表記", "住所", "所在地") or "".join(_said(columns, part) for part in parts)
    building = _said(columns, "建物名等(方書)")
    return {
        "id": identity,
        "name": _said(columns, "名称"),
        "address": f"{written} {building}".strip(),
        **_fit(feature, columns, "災害種別_", notes),
        "also_shelter": _flag(feature, columns, "指定避難所との重複", notes),
        "capacity": _people(feature, columns, "想定収容人数", notes),
        "elevation_m": _number(feature, columns, "標高", notes),
        "phone": _said(columns, "電話番号"),
        "accepts": _said(columns, "対象となる町会・自治会"),
        "remark": _said(columns, "備考"),
    }


def _municipality(columns: Columns) -> str:
    """The five-digit code, whether it is written with check digit, without, or without the zero in front."""
    written = _said(columns, "全国地方公共団体コード", "市区町村コード", "都道府県コード又は市区町村コード")
    if not (written.isascii() and written.isdecimal()):
        return "site"
    six = written.zfill(6)
    checked = len(written) > 5 or (len(written) == 5 and six[5] == _check_digit(six[:5]))
    return six[:5] if checked else written.zfill(5)


def _check_digit(code: str) -> str:
    """Of 全国地方公共団体コード: 11 less the remainder of the weighted sum by 11, its last digit."""
    weighted = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), code, strict=True))
    return str(11 - weighted % 11)[-1]


def _ksj_2012(feature: RawFeature, columns: Columns, notes: Notes) -> dict[str, Any]:
    """KSJ P20: from before the law of 2013 split 指定緊急避難場所 from 指定避難所, so no more than a fallback."""
    notes.warn("KSJ P20 is of 2012, before sites were designated by hazard: outdated, confirm each with the town")
    flags = {"earthquake": "P20_007", "tsunami": "P20_008", "flood": "P20_009", "volcano": "P20_010"}
    return {
        "id": f"P20-{_said(columns, 'P20_001')}-{feature.id or feature.number}",
        "name": _said(columns, "P20_002"),
        "address": _said(columns, "P20_003"),
        "code": "outdated",
        **{hazard: _flag(feature, columns, column, notes) for hazard, column in flags.items()},
        "capacity": _people(feature, columns, "P20_005", notes),
        "remark": _said(columns, "P20_004"),
    }


def _fit(feature: RawFeature, columns: Columns, prefix: str, notes: Notes) -> dict[str, bool]:
    return {row.hazard: bool(row.column) and _flag(feature, columns, prefix + row.column, notes) for row in HAZARDS}


def _said(columns: Columns, *names: str) -> str:
    """The text of the first of the columns that has one."""
    return next((found for name in names if (found := _plain(columns.get(heading(name))))), "")


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ("true" if value else "false") if isinstance(value, bool) else text(value)


def _flag(feature: RawFeature, columns: Columns, name: str, notes: Notes) -> bool:
    value = unicodedata.normalize("NFKC", _said(columns, name)).lower()
    if value not in _YES | _NO:
        notes.warn(f"{name} is {value!r}, neither yes nor no: taken as not designated", feature.number)
    return value in _YES


def _people(feature: RawFeature, columns: Columns, name: str, notes: Notes) -> float | None:
    """How many people, rounded down; below zero stands for "not known" (-1 in P20)."""
    found = _number(feature, columns, name, notes)
    return None if found is None or found < 0 else float(int(found))


def _number(feature: RawFeature, columns: Columns, name: str, notes: Notes) -> float | None:
    value = unicodedata.normalize("NFKC", _said(columns, name)).replace(",", "").replace(" ", "")
    match = _NUMBER.fullmatch(value)
    if value and not match:
        notes.warn(f"{name} is {value!r}, which is no number: left out", feature.number)
    return float(match[1]) if match else None
