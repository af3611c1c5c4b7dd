"""The words of what a hazard layer says at a point: names of the hazards, which advice belongs to which class, sentences.

``advice_for`` is the table keyed by layer kind and code; a class it does not have gets the words for a class that is
not known, never silence.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.model import Hazard
from gis.hazards import UNKNOWN
from gis.legends import LegendEntry
from maps.hazard_advice import ADVICE, Register, Sentences

HAZARD_WORDS: Mapping[Hazard, tuple[str, str, str]] = {
    Hazard.FLOOD: ("洪水", "川の 水が あふれる こと（洪水）", "Flood"),
    Hazard.LANDSLIDE: ("土砂災害", "山や がけが くずれる こと（土砂災害）", "Landslide"),
    Hazard.STORM_SURGE: ("高潮", "海の 水が 高く なる こと（高潮）", "Storm surge"),
    Hazard.EARTHQUAKE: ("地震", "地震", "Earthquake"),
    Hazard.TSUNAMI: ("津波", "津波", "Tsunami"),
    Hazard.FIRE: ("大規模な火事", "大きな 火事", "Large fire"),
    Hazard.INLAND_FLOOD: ("内水氾濫", "雨の 水が たまる こと（内水氾濫）", "Inland flooding"),
    Hazard.VOLCANO: ("火山現象", "火山", "Volcano"),
    Hazard.AVALANCHE: ("雪崩", "雪が 山から 落ちる こと（雪崩）", "Avalanche"),
    Hazard.HEAVY_SNOW: ("大雪", "雪が たくさん 降る こと（大雪）", "Heavy snow"),
}

SOURCES: Mapping[Hazard, tuple[str, str]] = {
    Hazard.FLOOD: (
        "内閣府「避難情報に関するガイドライン」、国土交通省「水害ハザードマップ作成の手引き」",
        "Cabinet Office guideline on evacuation information; MLIT guide to flood hazard maps",
    ),
    Hazard.LANDSLIDE: (
        "内閣府「避難情報に関するガイドライン」、土砂災害防止法の区域の定義",
        "Cabinet Office guideline on evacuation information; zones of the Sediment Disaster Prevention Act",
    ),
    Hazard.AVALANCHE: ("国土交通省の雪崩防災の広報", "MLIT leaflets on avalanches"),
    Hazard.HEAVY_SNOW: ("内閣府の雪害への備えの広報", "Cabinet Office leaflets on snow disasters"),
}
"""What the advice of a hazard follows; hazards without an entry have no advice of their own."""

_UNKNOWN_OF = {
    Hazard.FLOOD.value: "flood_unknown",
    Hazard.LANDSLIDE.value: "slope_unknown",
    Hazard.AVALANCHE.value: "avalanche_unknown",
}

_SLOPES = ("slope", "debris", "slide")

CLASS_ADVICE: Mapping[str, Mapping[str, str]] = {
    "flood_depth": {
        UNKNOWN: "flood_unknown",
        # Ranks 1 to 6, and the two finer scales of the maps made until 2012 (11 to 15, 21 to 27).
        **dict.fromkeys(("1", "11", "21"), "flood_shallow"),
        **dict.fromkeys(("2", "12", "13", "22", "23", "24"), "flood_ground_floor"),
        **dict.fromkeys(("3", "14", "25", "26"), "flood_upper_floor"),
        **dict.fromkeys(("4", "5", "6", "15", "27"), "flood_roof"),
    },
    "flood_duration": {
        UNKNOWN: "duration_unknown",
        **dict.fromkeys(("1", "2"), "duration_day"),
        "3": "duration_days",
        **dict.fromkeys(("4", "5", "6", "7"), "duration_weeks"),
    },
    "house_collapse": {UNKNOWN: "collapse_unknown", "1": "flow", "2": "erosion", "3": "flow_and_erosion"},
    "sediment": {
        UNKNOWN: "slope_unknown",
        **{f"{slug}_warning{planned}": "slope_yellow" for slug in _SLOPES for planned in ("", "_planned")},
        **{f"{slug}_special{planned}": "slope_red" for slug in _SLOPES for planned in ("", "_planned")},
    },
    "hazard_sites": {
        UNKNOWN: "slope_unknown",
        **dict.fromkeys(map(str, range(1, 11)), "slope_site"),
        "11": "avalanche",
    },
}
"""The advice of each class by layer kind and code."""

CLASS_EASY: Mapping[str, Mapping[str, str]] = {
    "flood_depth": {
        UNKNOWN: "水の 深さは わかりません",
        "1": "水の 深さ 0.5mまで",
        "2": "水の 深さ 0.5mから 3mまで",
        "3": "水の 深さ 3mから 5mまで",
        "4": "水の 深さ 5mから 10mまで",
        "5": "水の 深さ 10mから 20mまで",
        "6": "水の 深さ 20mより 深い",
        **dict.fromkeys(("11", "21"), "水の 深さ 0.5mまで"),
        **dict.fromkeys(("12", "22"), "水の 深さ 0.5mから 1mまで"),
        **dict.fromkeys(("13", "23"), "水の 深さ 1mから 2mまで"),
        "14": "水の 深さ 2mから 5mまで",
        "24": "水の 深さ 2mから 3mまで",
        "25": "水の 深さ 3mから 4mまで",
        "26": "水の 深さ 4mから 5mまで",
        **dict.fromkeys(("15", "27"), "水の 深さ 5mより 深い"),
    },
    "flood_duration": {
        UNKNOWN: "水が ある 時間は わかりません",
        "1": "水が ある 時間 12時間まで",
        "2": "水が ある 時間 1日まで",
        "3": "水が ある 時間 1日から 3日まで",
        "4": "水が ある 時間 3日から 1週間まで",
        "5": "水が ある 時間 1週間から 2週間まで",
        "6": "水が ある 時間 2週間から 4週間まで",
        "7": "水が ある 時間 4週間より 長い",
    },
    "house_collapse": {
        UNKNOWN: "家が こわれるかも しれない 所",
        "1": "速い 水で 家が こわれるかも しれない 所",
        "2": "川の そばの 土が くずれるかも しれない 所",
        "3": "速い 水と くずれる 土で 家が こわれるかも しれない 所",
    },
    "sediment": {
        UNKNOWN: "土が くずれるかも しれない 所",
        **{
            f"{slug}_{zone}": f"{start} {end}"
            for slug, start in (("slope", "がけが"), ("debris", "土と 水が 流れて"), ("slide", "地面が すべって"))
            for zone, end in (
                ("warning", "あぶない 所（警戒区域）"),
                ("special", "とても あぶない 所（特別警戒区域）"),
                ("warning_planned", "あぶない 所（これから 決まる 警戒区域）"),
                ("special_planned", "とても あぶない 所（これから 決まる 特別警戒区域）"),
            )
        },
    },
}
"""Classes in easy Japanese, where the legend's own words are hard."""


_MEASURED = {"flood_depth": ("浸水深", "Flood depth"), "flood_duration": ("浸水継続時間", "Water stays")}
"""What the numbers of a class measure, where the legend leaves that to its heading."""


def advice_for(kind: str, code: str, hazard: str, register: Register) -> Sentences:
    """What to do in a class; for one without an entry the words for a class that is not known."""
    key = CLASS_ADVICE.get(kind, {}).get(code) or _UNKNOWN_OF.get(hazard, "unknown")
    return ADVICE[key].in_register(register)


def general_advice(hazard: Hazard, register: Register) -> Sentences:
    """What holds everywhere for a hazard that has no areas on a map; empty for the others."""
    return ADVICE["heavy_snow"].in_register(register) if hazard is Hazard.HEAVY_SNOW else ()


def class_label(kind: str, entry: LegendEntry, register: Register) -> str:
    """The class in words: the legend's, or simpler ones where easy Japanese has them."""
    easy = CLASS_EASY.get(kind, {}).get(entry.code) if register == "easy" else None
    if easy:
        return easy
    ja, en = _MEASURED.get(kind, ("", "")) if entry.code != UNKNOWN else ("", "")
    return f"{en} {entry.label_en}".strip() if register == "en" else f"{ja} {entry.label_ja}".strip()
