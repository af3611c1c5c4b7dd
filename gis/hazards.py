"""Official classes of inundation depth: codes of the source, words, colours, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from gis.legends import LegendEntry

FLOOD_DEPTH_SOURCE_JA = "国土交通省「水害ハザードマップ作成の手引き」浸水深の標準配色"
FLOOD_DEPTH_SOURCE_EN = "Standard colours of inundation depth, MLIT guide to flood hazard maps"

UNKNOWN = "unknown"
"""The code of a class the source gives but its code list does not have: shown, never dropped."""


@dataclass(frozen=True, slots=True)
class FloodDepth:
    """A class of inundation depth, from ``low_m`` up to below ``high_m`` (None: no upper end).

    ``code`` is the source's; ``rank`` is that of the standard class which holds the upper end, so that classes of
    older scales can be compared with those of today.
    """

    code: str
    rank: int
    low_m: float
    high_m: float | None
    colour: str
    label_ja: str
    label_en: str
    hatch: int


# Ranks: KSJ A31a, field 5, and A31 since version 2, fields 101 and 201 (浸水ランク). Colours: the standard of the MLIT
# guide, as RGB there.
FLOOD_DEPTHS = (
    FloodDepth("1", 1, 0.0, 0.5, "#F7F5A9", "0.5m未満", "under 0.5 m", 1),
    FloodDepth("2", 2, 0.5, 3.0, "#FFD8C0", "0.5m以上3m未満", "0.5 m to under 3 m", 2),
    FloodDepth("3", 3, 3.0, 5.0, "#FFB7B7", "3m以上5m未満", "3 m to under 5 m", 3),
    FloodDepth("4", 4, 5.0, 10.0, "#FF9191", "5m以上10m未満", "5 m to under 10 m", 4),
    FloodDepth("5", 5, 10.0, 20.0, "#F285C9", "10m以上20m未満", "10 m to under 20 m", 5),
    FloodDepth("6", 6, 20.0, None, "#DC7ADC", "20m以上", "20 m or more", 6),
)

# KSJ A31 of 2012, field 001: two scales of its time, five and seven steps. The guide's finer scale has the colours of
# 0.5 to 1 m and of 1 to 3 m; a step that the guide does not have takes the colour of the class that holds its upper
# end, the graver one, and is told from its neighbour by the hatching.
FLOOD_DEPTHS_2012 = (
    FloodDepth("11", 1, 0.0, 0.5, "#F7F5A9", "0.5m未満（2012年の5段階）", "under 0.5 m (2012, five steps)", 1),
    FloodDepth("12", 2, 0.5, 1.0, "#F8E1A6", "0.5m以上1m未満（2012年の5段階）", "0.5 m to under 1 m (2012, five steps)", 2),
    FloodDepth("13", 2, 1.0, 2.0, "#FFD8C0", "1m以上2m未満（2012年の5段階）", "1 m to under 2 m (2012, five steps)", 3),
    FloodDepth("14", 3, 2.0, 5.0, "#FFB7B7", "2m以上5m未満（2012年の5段階）", "2 m to under 5 m (2012, five steps)", 4),
    FloodDepth("15", 4, 5.0, None, "#FF9191", "5m以上（2012年の5段階）", "5 m or more (2012, five steps)", 5),
    FloodDepth("21", 1, 0.0, 0.5, "#F7F5A9", "0.5m未満（2012年の7段階）", "under 0.5 m (2012, seven steps)", 1),
    FloodDepth("22", 2, 0.5, 1.0, "#F8E1A6", "0.5m以上1m未満（2012年の7段階）", "0.5 m to under 1 m (2012, seven steps)", 2),
    FloodDepth("23", 2, 1.0, 2.0, "#FFD8C0", "1m以上2m未満（2012年の7段階）", "1 m to under 2 m (2012, seven steps)", 3),
    FloodDepth("24", 2, 2.0, 3.0, "#FFD8C0", "2m以上3m未満（2012年の7段階）", "2 m to under 3 m (2012, seven steps)", 4),
    FloodDepth("25", 3, 3.0, 4.0, "#FFB7B7", "3m以上4m未満（2012年の7段階）", "3 m to under 4 m (2012, seven steps)", 5),
    FloodDepth("26", 3, 4.0, 5.0, "#FFB7B7", "4m以上5m未満（2012年の7段階）", "4 m to under 5 m (2012, seven steps)", 6),
    FloodDepth("27", 4, 5.0, None, "#FF9191", "5m以上（2012年の7段階）", "5 m or more (2012, seven steps)", 7),
)  # fmt: skip

UNKNOWN_DEPTH = LegendEntry(UNKNOWN, "#9E9E9E", "深さ不明（区分コードが未知）", "depth unknown (unlisted code)")

FLOOD_DEPTH_LEGEND = (
    UNKNOWN_DEPTH,
    *(
        LegendEntry(row.code, row.colour, row.label_ja, row.label_en, hatch=row.hatch)
        for row in (*FLOOD_DEPTHS_2012, *FLOOD_DEPTHS)
    ),
)
