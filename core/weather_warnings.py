"""Warnings of the Japan Meteorological Agency as they stand for an area: names and levels are the agency's own.

A name with レベル３, ４ or ５ in it is weather information; evacuation orders are the municipality's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class WarningGrade(IntEnum):
    """How grave the kind of announcement is: 情報・速報, 注意報, 警報, 危険警報, 特別警報. It is no 警戒レベル."""

    INFORMATION = 1
    ADVISORY = 2
    WARNING = 3
    DANGER = 4
    EMERGENCY = 5

    @property
    def slug(self) -> str:
        """``information``, ``advisory``, ``warning``, ``danger`` or ``emergency``."""
        return self.name.lower()


class WeatherHazard(StrEnum):
    """What a warning is about."""

    RAIN = "rain"
    LANDSLIDE = "landslide"
    RIVER = "river"
    SURGE = "surge"
    WIND = "wind"
    BLIZZARD = "blizzard"
    WAVE = "wave"
    SNOW = "snow"
    SNOW_MELT = "snow_melt"
    AVALANCHE = "avalanche"
    SNOW_ACCRETION = "snow_accretion"
    ICE_ACCRETION = "ice_accretion"
    THUNDER = "thunder"
    FOG = "fog"
    DRY = "dry"
    COLD = "cold"
    FROST = "frost"
    OTHER = "other"


SNOW_HAZARDS = frozenset(
    {
        WeatherHazard.SNOW,
        WeatherHazard.BLIZZARD,
        WeatherHazard.SNOW_MELT,
        WeatherHazard.AVALANCHE,
        WeatherHazard.SNOW_ACCRETION,
    }
)
"""What snow brings; none of these has a 警戒レベル."""

FLOOD_HAZARDS = frozenset({WeatherHazard.RIVER, WeatherHazard.RAIN, WeatherHazard.SNOW_MELT})
"""What makes rivers and channels rise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherWarning:
    """One warning in force for one area.

    ``type`` is the type of telegram (``VPWW60``), ``area`` JMA's code, ``code`` that of the kind (empty where it has none),
    ``name`` the kind as the agency wrote it; ``known`` is False for a code this program has no row for, which is then shown as
    その他 with its code. ``level`` is the number the name itself carries, None for none. ``subject`` is the river of a river
    forecast. ``issued_at`` is the report's own time (UTC), ``until`` when it is no longer shown by itself (None: until it is lifted).
    """

    type: str
    area: str
    area_name: str
    code: str
    name: str
    known: bool
    hazard: WeatherHazard
    grade: WarningGrade
    level: int | None
    status: str
    issued_at: datetime
    office: str
    headline: str
    subject: str = ""
    event_id: str = ""
    until: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from the other warnings in force: telegram type, area, kind, and river or event."""
        return (self.type, self.area, self.code or self.name, self.subject or self.event_id)


def weather_warning_active(
    warnings: Iterable[WeatherWarning],
    hazards: Collection[WeatherHazard],
    *,
    least: WarningGrade = WarningGrade.WARNING,
    now: datetime | None = None,
) -> bool:
    """Whether any of these hazards has a warning (警報 or graver by default) in force; ``now`` leaves out what has run out."""
    return any(
        warning.hazard in hazards
        and warning.grade >= least
        and (now is None or warning.until is None or warning.until > now)
        for warning in warnings
    )
