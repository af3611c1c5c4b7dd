"""The two clocks of the night: hours of the night, and instants on the wall.

The past passed at the speed of life; from ``start`` on the night runs ``speed`` times faster. Event times are
instants on the wall, so none is ever in the future, and the last hours fill the charts as they should.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NightTime:
    """Hour 0 of the night is ``start``; before it, hours are hours; after it, ``speed`` of them pass in one."""

    start: datetime
    speed: float

    def instant(self, hour: float) -> datetime:
        """When on the wall the hour of the night is."""
        return self.start + hour * _HOUR / (self.speed if hour > 0.0 else 1.0)

    def hour(self, instant: datetime) -> float:
        """Which hour of the night it is."""
        passed = (instant - self.start) / _HOUR
        return passed * self.speed if passed > 0.0 else passed
