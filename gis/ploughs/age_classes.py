"""How long ago a road was cleared, in seven classes: the one table for map, list, legend, print and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AgeClass:
    """A class of ages below ``below`` (None: any). ``dash`` is an SVG dash array in pixels at width 5, empty for solid.

    One hue from dark to light, so that it reads without telling red from green; dash and word say the same.
    """

    id: str
    below: timedelta | None
    colour: str
    dash: str
    ja: str
    en: str


AGE_CLASSES: tuple[AgeClass, ...] = (
    AgeClass("under_1h", timedelta(hours=1), "#08306B", "", "1時間以内に除雪", "Cleared within 1 h"),
    AgeClass("1_3h", timedelta(hours=3), "#08519C", "18 3", "1〜3時間前に除雪", "1–3 h ago"),
    AgeClass("3_6h", timedelta(hours=6), "#2171B5", "12 5", "3〜6時間前に除雪", "3–6 h ago"),
    AgeClass("6_12h", timedelta(hours=12), "#4292C6", "8 6", "6〜12時間前に除雪", "6–12 h ago"),
    AgeClass("12_24h", timedelta(hours=24), "#6BAED6", "4 6", "12〜24時間前に除雪", "12–24 h ago"),
    AgeClass("over_24h", None, "#9E9AC8", "2 7", "24時間より前", "More than 24 h ago"),
)
"""In the order of a legend; an age belongs to the first class it is below."""

NO_RECORD = AgeClass(
    "none", None, "#767676", "1 6", "記録なし（除雪していないとは限りません）", "No record (may have been cleared)"
)
"""No passage is known: not the same as not cleared."""


def age_class(age: timedelta | None) -> AgeClass:
    """The class of an age, ``NO_RECORD`` where there is none."""
    if age is None:
        return NO_RECORD
    return next(found for found in AGE_CLASSES if found.below is None or age < found.below)
