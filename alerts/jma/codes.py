"""The kinds of warning of 気象庁防災情報XML: codes of the scheme in use since 28 May 2026, their hazards and English names.

Source: コード管理表 (警報・注意報, 指定河川洪水予報) as telegrams of the new scheme carry them. Names are shown as a telegram
writes them; the table only says what a code is about. English names follow the agency's multilingual glossary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.weather_warnings import WarningGrade, WeatherHazard

G, H = WarningGrade, WeatherHazard


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code is about."""

    hazard: WeatherHazard
    grade: WarningGrade


WEATHER_KINDS: dict[str, Kind] = {
    "32": Kind(H.BLIZZARD, G.EMERGENCY),
    "33": Kind(H.RAIN, G.EMERGENCY),
    "35": Kind(H.WIND, G.EMERGENCY),
    "36": Kind(H.SNOW, G.EMERGENCY),
    "37": Kind(H.WAVE, G.EMERGENCY),
    "38": Kind(H.SURGE, G.EMERGENCY),
    "39": Kind(H.LANDSLIDE, G.EMERGENCY),
    "43": Kind(H.RAIN, G.DANGER),
    "48": Kind(H.SURGE, G.DANGER),
    "49": Kind(H.LANDSLIDE, G.DANGER),
    "02": Kind(H.BLIZZARD, G.WARNING),
    "03": Kind(H.RAIN, G.WARNING),
    "05": Kind(H.WIND, G.WARNING),
    "06": Kind(H.SNOW, G.WARNING),
    "07": Kind(H.WAVE, G.WARNING),
    "08": Kind(H.SURGE, G.WARNING),
    "09": Kind(H.LANDSLIDE, G.WARNING),
    "10": Kind(H.RAIN, G.ADVISORY),
    "12": Kind(H.SNOW, G.ADVISORY),
    "13": Kind(H.BLIZZARD, G.ADVISORY),
    "14": Kind(H.THUNDER, G.ADVISORY),
    "15": Kind(H.WIND, G.ADVISORY),
    "16": Kind(H.WAVE, G.ADVISORY),
    "17": Kind(H.SNOW_MELT, G.ADVISORY),
    "19": Kind(H.SURGE, G.ADVISORY),
    "20": Kind(H.FOG, G.ADVISORY),
    "21": Kind(H.DRY, G.ADVISORY),
    "22": Kind(H.AVALANCHE, G.ADVISORY),
    "23": Kind(H.COLD, G.ADVISORY),
    "24": Kind(H.FROST, G.ADVISORY),
    "25": Kind(H.ICE_ACCRETION, G.ADVISORY),
    "26": Kind(H.SNOW_ACCRETION, G.ADVISORY),
    "27": Kind(H.OTHER, G.ADVISORY),
    "29": Kind(H.LANDSLIDE, G.ADVISORY),
}
"""警報・注意報 (VPWW55 to 61). 04 and 18 (洪水) are gone with the new scheme: what they said is a river forecast now."""

RIVER_KINDS: dict[str, Kind] = {
    "20": Kind(H.RIVER, G.ADVISORY),
    "21": Kind(H.RIVER, G.ADVISORY),
    "30": Kind(H.RIVER, G.WARNING),
    "31": Kind(H.RIVER, G.WARNING),
    "40": Kind(H.RIVER, G.DANGER),
    "41": Kind(H.RIVER, G.DANGER),
    "51": Kind(H.RIVER, G.EMERGENCY),
    "53": Kind(H.RIVER, G.EMERGENCY),
}
"""指定河川洪水予報 (VXKO)."""

BULLETIN_HAZARDS: dict[str, WeatherHazard] = {
    "短時間大雪": H.SNOW,
    "記録雨": H.RAIN,
    "記録的短時間大雨": H.RAIN,
    "線状降水帯発生": H.RAIN,
    "線状降水帯直前": H.RAIN,
}
"""情報タグ of 府県気象防災速報 (VPBS50)."""

HAZARDS_EN: dict[WeatherHazard, str] = {
    H.RAIN: "Heavy Rain",
    H.LANDSLIDE: "Landslide",
    H.RIVER: "River Overflow",
    H.SURGE: "Storm Surge",
    H.WIND: "Storm",
    H.BLIZZARD: "Snow-storm",
    H.WAVE: "High Wave",
    H.SNOW: "Heavy Snow",
    H.SNOW_MELT: "Snow-melting",
    H.AVALANCHE: "Avalanche",
    H.SNOW_ACCRETION: "Snow Accretion",
    H.ICE_ACCRETION: "Ice Accretion",
    H.THUNDER: "Thunderstorm",
    H.FOG: "Dense Fog",
    H.DRY: "Dry Air",
    H.COLD: "Low Temperature",
    H.FROST: "Frost",
    H.OTHER: "Other",
}
_CALMER_EN = {H.WIND: "Gale", H.BLIZZARD: "Gale and Snow"}
"""What 強風 and 風雪 are called: the advisories of these hazards have names of their own."""

_GRADES_EN = {
    G.EMERGENCY: "Emergency Warning",
    G.DANGER: "Danger Warning",
    G.WARNING: "Warning",
    G.ADVISORY: "Advisory",
    G.INFORMATION: "Bulletin",
}

_LEVEL = re.compile(r"レベル\s*([1-5１-５])")
_CODE = re.compile(r"[0-9]{2}", re.ASCII)


def level_in(name: str) -> int | None:
    """The number after レベル in a name of the agency's, in whatever width; None where there is none."""
    found = _LEVEL.search(name)
    return int(found[1]) if found else None


def kind_of(code: str, name: str, table: dict[str, Kind]) -> tuple[Kind, bool]:
    """What a code is about, and whether the table knows it; an unknown one is of another hazard, as grave as its name says."""
    if code in table:
        return table[code], True
    return Kind(H.OTHER, grade_in(name)), False


def grade_in(name: str) -> WarningGrade:
    """How grave a name says to be; what no name says counts as a warning, so that nothing unknown looks harmless."""
    for word, grade in (("特別警報", G.EMERGENCY), ("危険警報", G.DANGER), ("注意報", G.ADVISORY), ("警報", G.WARNING)):
        if word in name:
            return grade
    return G.WARNING


def english_name(hazard: WeatherHazard, grade: WarningGrade, level: int | None) -> str:
    """The English name of a warning, with the level its Japanese name carries."""
    what = _CALMER_EN[hazard] if grade is G.ADVISORY and hazard in _CALMER_EN else HAZARDS_EN[hazard]
    return f"{f'Level {level} ' if level is not None else ''}{what} {_GRADES_EN[grade]}"
