"""Official classes of inundation besides depth: how long the water stays, and where it takes houses away."""

from __future__ import annotations

from dataclasses import dataclass

from gis.hazards import UNKNOWN
from gis.legends import LegendEntry

DURATION_SOURCE_JA = "国土交通省「水害ハザードマップ作成の手引き」浸水継続時間の標準配色"
DURATION_SOURCE_EN = "Standard colours of inundation duration, MLIT guide to flood hazard maps"

COLLAPSE_SOURCE_JA = "色はハザードマップポータルサイトの家屋倒壊等氾濫想定区域に準拠"
COLLAPSE_SOURCE_EN = "Colour after the zones of house collapse on the national hazard map portal"


@dataclass(frozen=True, slots=True)
class HazardClass:
    """A class of the source: its code, which is also its rank (larger for graver), colour and words."""

    rank: int
    colour: str
    label_ja: str
    label_en: str
    dash: str = "solid"

    @property
    def entry(self) -> LegendEntry:
        """Its line of the legend; the hatching is as dense as the class is grave."""
        return LegendEntry(str(self.rank), self.colour, self.label_ja, self.label_en, hatch=self.rank, dash=self.dash)


# Codes: KSJ A31a, A31a_305, and A31 since version 2, A31_301 (浸水継続時間ランク). Colours: the MLIT guide.
DURATIONS = (
    HazardClass(1, "#A0D2FF", "12時間未満", "under 12 hours"),
    HazardClass(2, "#0041FF", "12時間以上1日未満", "12 hours to under 1 day"),
    HazardClass(3, "#FAF500", "1日以上3日未満", "1 day to under 3 days"),
    HazardClass(4, "#FF9900", "3日以上1週間未満", "3 days to under 1 week"),
    HazardClass(5, "#FF2800", "1週間以上2週間未満", "1 week to under 2 weeks"),
    HazardClass(6, "#B40068", "2週間以上4週間未満", "2 weeks to under 4 weeks"),
    HazardClass(7, "#600060", "4週間以上", "4 weeks or more"),
)

# Codes: KSJ A31a, A31a_405, and A31 since version 2, A31_401 (家屋倒壊等氾濫想定区域). One colour for all: the national
# portal shows them so, and hatch and outline tell them apart.
COLLAPSES = (
    HazardClass(1, "#FF0000", "家屋倒壊等氾濫想定区域（氾濫流）", "houses carried away by the flood stream"),
    HazardClass(
        2, "#FF0000", "家屋倒壊等氾濫想定区域（河岸侵食）", "ground under houses eroded by the river", "dashed"
    ),
    HazardClass(
        3,
        "#FF0000",
        "家屋倒壊等氾濫想定区域（氾濫流・河岸侵食）",
        "houses carried away, and ground eroded",
        "dotted",
    ),
)

UNKNOWN_DURATION = LegendEntry(
    UNKNOWN, "#9E9E9E", "継続時間不明（区分コードが未知）", "duration unknown (unlisted code)"
)
UNKNOWN_COLLAPSE = LegendEntry(UNKNOWN, "#9E9E9E", "種類不明（区分コードが未知）", "type unknown (unlisted code)")

DURATION_LEGEND = (UNKNOWN_DURATION, *(row.entry for row in DURATIONS))
COLLAPSE_LEGEND = (UNKNOWN_COLLAPSE, *(row.entry for row in COLLAPSES))
