"""The table of quantities: to add one, add one row.

The range is physical plausibility for the quantity anywhere; a station's own range is in the site
folder. Units are the canonical ones everything is stored in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """What can be measured: ``slug`` in files and addresses, canonical ``unit``, labels, physical range."""

    slug: str
    unit: str
    label_ja: str
    label_en: str
    low: float
    high: float
    decimals: int


_ROWS = (
    #        slug               unit      ja                en                     low      high   decimals
    Quantity("snow_depth", "cm", "積雪深", "Snow depth", -10.0, 1200.0, 0),
    Quantity("snowfall_1h", "cm", "1時間降雪量", "Snowfall in 1 h", 0.0, 50.0, 0),
    Quantity("water_level", "m", "河川水位", "River level", -50.0, 1000.0, 2),
    Quantity("channel_level", "cm", "流雪溝水位", "Channel level", -10.0, 500.0, 0),
    Quantity("air_temperature", "degC", "気温", "Air temperature", -50.0, 50.0, 1),
    Quantity("precipitation_1h", "mm", "1時間降水量", "Precipitation in 1 h", 0.0, 200.0, 1),
    Quantity("distance", "mm", "センサー距離", "Sensor distance", 0.0, 30000.0, 0),
    Quantity("battery", "%", "電池残量", "Battery", 0.0, 100.0, 0),
    Quantity("battery_voltage", "V", "電池電圧", "Battery voltage", 0.0, 60.0, 2),
)

QUANTITIES: dict[str, Quantity] = {row.slug: row for row in _ROWS}
