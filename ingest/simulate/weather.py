"""The weather of the night: fronts that bring snow, cold, and what lies on the ground.

``hour`` is the hour of the night; 0 is when the live part begins, the hours before are its past. Formulas
are plain ones, chosen to look like a heavy snowfall at the foot of the Ou mountains, not to forecast one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from ingest.simulate import chance

FRONT_EVERY_H = 3.0
FRONT_WIDTH_H = 0.75
FIRST_PEAK_H = 2.0
"""The strongest front stands over the town two hours into the live part."""
STORM_EVERY_H = 36.0
SETTLING_PER_H = 0.012
LAPSE_C_PER_100_M = -0.6
"""Fall of temperature with height: the standard atmosphere's 6.5 °C per km, rounded."""
SNOW_MM_PER_CM = 0.9
"""Millimetres of water in a centimetre of dry fresh snow."""

_STEP_H = 1.0 / 60.0
_SETTLING_STEP_H = 0.25


@dataclass(frozen=True, slots=True)
class Weather:
    """Weather of one seed: everything is a function of the hour."""

    seed: int

    def snowfall_rate(self, hour: float) -> float:
        """Fresh snow at the town's height, cm per hour."""
        near = round((hour - FIRST_PEAK_H) / FRONT_EVERY_H)
        fronts = sum(self._front(number, hour) for number in range(near - 2, near + 3))
        storm = 0.5 + 0.5 * math.cos(2.0 * math.pi * (hour - FIRST_PEAK_H) / STORM_EVERY_H)
        return 0.3 + (0.3 + 0.7 * storm) * fronts

    def snowfall(self, since: float, until: float) -> float:
        """Fresh snow between two hours, cm."""
        steps = max(1, math.ceil((until - since) / _STEP_H))
        width = (until - since) / steps
        return sum(self.snowfall_rate(since + (number + 0.5) * width) for number in range(steps)) * width

    def temperature(self, hour: float, elevation_m: float) -> float:
        """Air temperature, °C: colder with height, in fronts, and towards the morning."""
        daily = 1.4 * math.cos(2.0 * math.pi * (hour + 4.0) / 24.0)
        fronts = -0.35 * self.snowfall_rate(hour)
        lapse = LAPSE_C_PER_100_M * elevation_m / 100.0
        return -1.6 + daily + fronts + lapse + 0.4 * chance.wander(2.0 * hour, self.seed, "air")

    def _front(self, number: int, hour: float) -> float:
        """One front's part of the snowfall rate, cm per hour; front 0 is the strongest and on time."""
        late, peak = _late_and_peak(self.seed, number)
        distance = (hour - FIRST_PEAK_H - number * FRONT_EVERY_H - late) / FRONT_WIDTH_H
        return peak * math.exp(-0.5 * distance * distance)


@lru_cache(maxsize=1024)
def _late_and_peak(seed: int, number: int) -> tuple[float, float]:
    """How late a front is in hours and how strong in cm per hour; asked again for every minute of snow."""
    if number == 0:
        return 0.0, 6.5
    return 0.5 * chance.spread(seed, "late", number), 2.0 + 3.0 * chance.unit(seed, "peak", number)


class SnowCover:
    """The snow at one place, moving forward in time: it falls, and settles under its own weight."""

    def __init__(self, weather: Weather, *, catch: float, begin: float, depth_at_0: float) -> None:
        """``catch`` is this place's share of the town's snowfall; the cover is ``depth_at_0`` cm deep at hour 0."""
        self._weather = weather
        self._catch = catch
        self._hour = begin
        self.depth_cm = 0.0
        if begin < 0.0:
            self.advance(0.0)
            # The model is linear: what falls from the beginning on is known, the rest lay there before.
            self._hour, fallen = begin, self.depth_cm
            self.depth_cm = (depth_at_0 - fallen) * math.exp(-SETTLING_PER_H * begin)
        else:
            self.depth_cm = depth_at_0

    def advance(self, hour: float) -> float:
        """The depth at ``hour``, cm; hours only go forward."""
        while self._hour < hour:
            until = min(hour, self._hour + _SETTLING_STEP_H)
            kept = math.exp(-SETTLING_PER_H * (until - self._hour))
            # What falls meanwhile has on average half the time to settle.
            fresh = self._catch * self._weather.snowfall(self._hour, until) * math.sqrt(kept)
            self.depth_cm, self._hour = self.depth_cm * kept + fresh, until
        return self.depth_cm
