"""Official hazard classes: codes of the source, words, colours, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from gis.legends import LegendEntry

FLOOD_DEPTH_SOURCE_JA = "国土交通省「水害ハザードマップ作成の手引き」浸水深の標準配色"
FLOOD_DEPTH_SOURCE_EN = "Standard colours of inundation depth, MLIT guide to flood hazard maps"

UNKNOWN = "unknown"
"""The code of a class the source gives but its code list does not have: shown, never dropped."""


@dataclass(frozen=True, slots=True)
class FloodDepth:
    """A class of inundation depth, from ``low_m`` up to below ``high_m`` (None: no upper end)."""

    rank: int
    low_m: float
    high_m: float | None
    colour: str
    label_ja: str
    label_en: str


# Ranks: KSJ A31a, field 5 (浸水ランク). Colours: the standard of the MLIT guide, as RGB there.
FLOOD_DEPTHS = (
    FloodDepth(1, 0.0, 0.5, "#F7F5A9", "0.5m未満", "under 0.5 m"),
    FloodDepth(2, 0.5, 3.0, "#FFD8C0", "0.5m以上3m未満", "0.5 m to under 3 m"),
    FloodDepth(3, 3.0, 5.0, "#FFB7B7", "3m以上5m未満", "3 m to under 5 m"),
    FloodDepth(4, 5.0, 10.0, "#FF9191", "5m以上10m未満", "5 m to under 10 m"),
    FloodDepth(5, 10.0, 20.0, "#F285C9", "10m以上20m未満", "10 m to under 20 m"),
    FloodDepth(6, 20.0, None, "#DC7ADC", "20m以上", "20 m or more"),
)

UNKNOWN_DEPTH = LegendEntry(UNKNOWN, "#9E9E9E", "深さ不明（区分コードが未知）", "depth unknown (unlisted code)")

FLOOD_DEPTH_LEGEND = (
    UNKNOWN_DEPTH,
    *(LegendEntry(str(row.rank), row.colour, row.label_ja, row.label_en, hatch=row.rank) for row in FLOOD_DEPTHS),
)
