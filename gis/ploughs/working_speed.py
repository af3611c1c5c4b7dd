"""How fast ploughs get on: what each worked over in the last hour, by the time it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from core.ploughs import Passage
from gis.ploughs.coverage import clears

HOUR = timedelta(hours=1)
SHORTEST = timedelta(minutes=5)
"""Of less work nobody can tell how fast a plough is."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast some ploughs (``vehicles``, their registry numbers) got on since ``since``.

    ``metres_per_hour`` is the median of each one's metres worked over by the time from its first to its last work: the ways between
    roads and halts are in it.
    """

    since: datetime
    vehicles: tuple[int, ...]
    metres_per_hour: float

    @property
    def together(self) -> float:
        """Metres an hour of all of them."""
        return self.metres_per_hour * len(self.vehicles)

    def finish(self, left_m: float, now: datetime) -> datetime:
        """When so many metres are done, if they go on like this; to the second."""
        return now + timedelta(seconds=round(3600 * left_m / self.together))


def pace(passages: Iterable[Passage], now: datetime, vehicles: Collection[int] | None = None) -> Pace | None:
    """The pace of the last hour, of ``vehicles`` or of all; None where none of them worked for five minutes in it."""
    worked: defaultdict[int, list[Passage]] = defaultdict(list)
    for passage in passages:
        asked = vehicles is None or passage.vehicle in vehicles
        # what was derived for a road that lies on another was driven once
        if asked and clears(passage) and not passage.derived and now - HOUR < passage.ended_at <= now:
            worked[passage.vehicle].append(passage)
    speeds = {vehicle: _speed(worked[vehicle], now - HOUR) for vehicle in sorted(worked)}
    known = {vehicle: speed for vehicle, speed in speeds.items() if speed}
    if not known:
        return None
    began = min(passage.began_at for vehicle in known for passage in worked[vehicle])
    return Pace(max(began, now - HOUR), tuple(known), round(median(known.values()), 1))


def _speed(passages: list[Passage], since: datetime) -> float | None:
    """Metres an hour; of a passage that began before ``since`` the part after it, in proportion."""
    metres = sum((each.to_m - each.from_m) * _share_after(each, since) for each in passages)
    first = max(since, min(each.began_at for each in passages))
    taken = max(each.ended_at for each in passages) - first
    return metres / (taken / HOUR) if taken >= SHORTEST else None


def _share_after(passage: Passage, since: datetime) -> float:
    if passage.began_at >= since:
        return 1.0
    return (passage.ended_at - since) / (passage.ended_at - passage.began_at)
