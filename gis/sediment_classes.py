"""Official classes of sediment disaster: zones of KSJ A33, and the older danger spots of KSJ A26.

Zone 1 is 警戒区域 (yellow) and 2 特別警戒区域 (red), 3 and 4 the same as planned; ``A33_008`` does not say "red zone"
but whether a special zone is designated yet within the warning zone (0 designated, 1 not yet).
"""

from __future__ import annotations

from dataclasses import dataclass

from core.model import Hazard
from gis.hazards import UNKNOWN
from gis.legends import LegendEntry

SEDIMENT_SOURCE_JA = "土砂災害警戒区域等の表示色（国土数値情報A33の現象・区域コード）"
SEDIMENT_SOURCE_EN = "Colours of sediment disaster zones by phenomenon and zone (codes of KSJ A33)"
DANGER_SPOT_SOURCE_JA = "危険箇所の表示色（国土数値情報A26、2010年。指定区域ではなく古い調査の結果）"
DANGER_SPOT_SOURCE_EN = "Colours of danger spots (KSJ A26 of 2010: an old survey, not designated zones)"


@dataclass(frozen=True, slots=True)
class Phenomenon:
    """What comes down: its code in ``A33_001``, the slug codes begin with, and its words."""

    code: str
    slug: str
    label_ja: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A kind of zone: its code in ``A33_002``, slug, words and rank (larger for graver)."""

    code: str
    slug: str
    label_ja: str
    label_en: str
    rank: int
    dash: str


PHENOMENA = (
    Phenomenon("1", "slope", "急傾斜地の崩壊", "slope failure"),
    Phenomenon("2", "debris", "土石流", "debris flow"),
    Phenomenon("3", "slide", "地滑り", "landslide"),
)

ZONES = (
    Zone("3", "warning_planned", "土砂災害警戒区域（指定前）", "warning zone, not yet designated", 1, "dashed"),
    Zone("1", "warning", "土砂災害警戒区域", "warning zone", 2, "solid"),
    Zone("4", "special_planned", "土砂災害特別警戒区域（指定前）", "special warning zone, not yet designated", 3, "dashed"),
    Zone("2", "special", "土砂災害特別警戒区域", "special warning zone", 4, "solid"),
)  # fmt: skip
"""Rising: of what lies one over the other at a place, the later is the graver."""

_COLOURS = {
    ("slope", "warning"): "#FAE600",
    ("slope", "special"): "#FA2800",
    ("slope", "warning_planned"): "#FBEB33",
    ("slope", "special_planned"): "#FB5333",
    ("debris", "warning"): "#E6C832",
    ("debris", "special"): "#A50021",
    ("debris", "warning_planned"): "#EBD35B",
    ("debris", "special_planned"): "#B7334D",
    ("slide", "warning"): "#FF9900",
    ("slide", "special"): "#B40028",
    ("slide", "warning_planned"): "#FFAD33",
    ("slide", "special_planned"): "#C33353",
}
_HATCHES = {
    ("warning", "slope"): 1,
    ("warning", "debris"): 2,
    ("warning", "slide"): 3,
    ("special", "slope"): 4,
    ("special", "debris"): 5,
    ("special", "slide"): 6,
}
"""With the dash of what is planned, no two of the twelve are told apart by colour alone."""


def zone_code(phenomenon: Phenomenon, zone: Zone) -> str:
    """The published code, such as ``debris_special``."""
    return f"{phenomenon.slug}_{zone.slug}"


def _entry(phenomenon: Phenomenon, zone: Zone) -> LegendEntry:
    return LegendEntry(
        zone_code(phenomenon, zone),
        _COLOURS[phenomenon.slug, zone.slug],
        f"{zone.label_ja}：{phenomenon.label_ja}",
        f"{phenomenon.label_en}: {zone.label_en}",
        hatch=_HATCHES[zone.slug.removesuffix("_planned"), phenomenon.slug],
        dash=zone.dash,
    )


UNKNOWN_ZONE = LegendEntry(UNKNOWN, "#9E9E9E", "区域不明（コードが未知）", "zone unknown (unlisted code)")

SEDIMENT_LEGEND = (UNKNOWN_ZONE, *(_entry(phenomenon, zone) for zone in ZONES for phenomenon in PHENOMENA))


@dataclass(frozen=True, slots=True)
class DangerSpot:
    """A class of KSJ A26: its code, the hazard it is about, its look and words."""

    code: str
    hazard: Hazard
    colour: str
    label_ja: str
    label_en: str
    hatch: int
    dash: str = "solid"


DANGER_SPOTS = (
    DangerSpot("1", Hazard.LANDSLIDE, "#F2884C", "土石流危険渓流", "torrent prone to debris flow", 1),
    DangerSpot("2", Hazard.LANDSLIDE, "#F2884C", "土石流危険区域", "area prone to debris flow", 2),
    DangerSpot("3", Hazard.LANDSLIDE, "#F2884C", "主流路", "main course of a torrent", 0, "dashed"),
    DangerSpot("4", Hazard.LANDSLIDE, "#F2884C", "氾濫開始点", "point where the flow spreads", 0, "dotted"),
    DangerSpot("5", Hazard.LANDSLIDE, "#DADAFE", "急傾斜地崩壊危険箇所", "steep slope prone to failure", 3),
    DangerSpot("6", Hazard.LANDSLIDE, "#DADAFE", "急傾斜地崩壊危険区域", "designated steep slope area", 4),
    DangerSpot("7", Hazard.LANDSLIDE, "#FEE6DA", "地すべり危険箇所", "spot prone to landslide", 5),
    DangerSpot("8", Hazard.LANDSLIDE, "#FEE6DA", "地すべり危険区域", "area prone to landslide", 6),
    DangerSpot("9", Hazard.LANDSLIDE, "#FEE6DA", "地すべり氾濫区域", "area a landslide may reach", 3, "dashed"),
    DangerSpot("10", Hazard.LANDSLIDE, "#FEE6DA", "湛水域", "area a landslide may dam up", 4, "dashed"),
    DangerSpot("11", Hazard.AVALANCHE, "#FFFF65", "雪崩危険箇所", "spot prone to avalanches", 5, "dashed"),
)
"""Codes: KSJ A26, ``A26_001`` / ``A26_003`` / ``A26_005``. Colours: as the national portal shows the older surveys."""

UNKNOWN_SPOT = LegendEntry(UNKNOWN, "#9E9E9E", "種類不明（コードが未知）", "type unknown (unlisted code)")

DANGER_SPOT_LEGEND = (
    UNKNOWN_SPOT,
    *(LegendEntry(row.code, row.colour, row.label_ja, row.label_en, row.hatch, row.dash) for row in DANGER_SPOTS),
)
