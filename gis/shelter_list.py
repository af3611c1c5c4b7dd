"""Evacuation sites in the columns of the Digital Agency's standard, in its order; what it has no column for stands behind.

自治体標準オープンデータセット「指定緊急避難場所一覧」. The standard has no list of 指定避難所 of its own columns here: they are given in the
same ones, 指定避難所 being told in our column 種別.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from config.model import Site
from core.csv_text import Cell
from gis.catalogue import PublishedLayer
from gis.shelter_forms import HAZARDS

_BEFORE = (
    "全国地方公共団体コード",
    "ID",
    "名称",
    "名称_カナ",
    "名称_英字",
    "所在地_全国地方公共団体コード",
    "町字ID",
    "所在地_連結表記",
    "所在地_都道府県",
    "所在地_市区町村",
    "所在地_町字",
    "所在地_番地以下",
    "建物名等(方書)",
    "緯度",
    "経度",
    "標高",
    "電話番号",
    "内線番号",
    "連絡先メールアドレス",
    "連絡先FormURL",
    "連絡先備考（その他、SNSなど）",
    "郵便番号",
    "市区町村コード",
    "地方公共団体名",
)
_AFTER = ("指定避難所との重複", "想定収容人数", "対象となる町会・自治会", "URL", "画像", "画像_ライセンス", "備考")

STANDARD_COLUMNS = (*_BEFORE, *(f"災害種別_{row.column}" for row in HAZARDS if row.column), *_AFTER)
"""The standard's columns in its order; those nothing is known for stay empty."""

OUR_COLUMNS = (
    "種別",
    "受入対象者",
    "独自_災害種別_雪崩",
    "独自_災害種別_大雪",
    "独自_町からの補足",
    "データ時点",
    "架空",
    "ライセンス",
    "出典",
)
"""Behind the standard's: kind of site, the hazards of snow, and whose the data are."""

COLUMNS = STANDARD_COLUMNS + OUR_COLUMNS


def shelter_rows(
    site: Site, layer: PublishedLayer, features: Iterator[tuple[Mapping[str, Any], float, float]]
) -> Iterator[list[Cell]]:
    """A row for each site, as ``COLUMNS``; ``features`` are properties, longitude, latitude (degrees)."""
    for facts, lon, lat in features:
        row = _standard(site, facts, lon, lat) | _ours(layer, facts)
        yield [row.get(name) for name in COLUMNS]


def _standard(site: Site, facts: Mapping[str, Any], lon: float, lat: float) -> dict[str, Cell]:
    code = with_check_digit(site.code)
    hazards: dict[str, Cell] = {
        f"災害種別_{row.column}": 1 if facts.get(row.hazard) else None for row in HAZARDS if row.column
    }
    return hazards | {
        "全国地方公共団体コード": code,
        "ID": facts.get("id"),
        "名称": facts.get("name"),
        "所在地_連結表記": facts.get("address"),
        "緯度": lat,
        "経度": lon,
        "標高": facts.get("elevation_m"),
        "電話番号": facts.get("phone"),
        "市区町村コード": code,
        "地方公共団体名": site.name_ja,
        "指定避難所との重複": 1 if facts.get("also_shelter") else None,
        "想定収容人数": facts.get("capacity"),
        "備考": facts.get("remark"),
    }


def _ours(layer: PublishedLayer, facts: Mapping[str, Any]) -> dict[str, Cell]:
    return {
        "種別": facts.get("kind_ja"),
        "受入対象者": facts.get("accepts"),
        "独自_災害種別_雪崩": 1 if facts.get("avalanche") else None,
        "独自_災害種別_大雪": 1 if facts.get("heavy_snow") else None,
        "独自_町からの補足": facts.get("note_ja"),
        "データ時点": layer.date,
        "架空": 1 if layer.fictitious else 0,
        "ライセンス": layer.licence,
        "出典": layer.credit,
    }


def with_check_digit(code: str) -> str:
    """The six-digit code of a municipality from five or six (総務省: weights 6 to 2, eleven less the rest, last digit)."""
    if not re.fullmatch(r"\d{5}", code, re.ASCII):
        return code
    total = sum(int(digit) * weight for digit, weight in zip(code, range(6, 1, -1), strict=True))
    return f"{code}{(11 - total % 11) % 10}"
