"""Whether a plough worked where it drove: its device says so, or how it drove says so; in a depot nothing counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from config.plough_plan import Depot
from core.model import WORKING_TASKS, Task
from core.ploughs import Evidence
from gis.metres import to_metres

SLOWEST_KMH = 3.0
FASTEST_KMH = 40.0
"""Between these speeds a plough on a road of the network is taken to work where its device says nothing."""

LEAST_M = 50.0
LEAST_SHARE = 0.8
"""So much of a road has to be covered for that, or this share of a shorter one."""


class Depots:
    """The depots of a site in metres of its plane zone."""

    def __init__(self, depots: Sequence[Depot], epsg: int) -> None:
        self._places = [
            (*to_metres(epsg).transform(depot.position.lon, depot.position.lat), depot.radius_m, depot.id)
            for depot in depots
        ]

    def at(self, x: float, y: float) -> str:
        """The id of the first depot the place lies in, empty where it lies in none."""
        for east, north, radius, name in self._places:
            if math.sqrt((x - east) ** 2 + (y - north) ** 2) <= radius:
                return name
        return ""


def evidence_of(task: Task | None, kmh: float, *, in_depot: bool, enough: bool) -> Evidence | None:
    """Why a stretch driven with ``task`` at ``kmh`` on the average was work, None where it was not.

    What the device says goes before everything but a depot; ``enough`` says whether enough of the road was covered to infer it.
    """
    if in_depot:
        return None
    if task is not None:
        return Evidence.SIGNAL if task in WORKING_TASKS else None
    return Evidence.INFERRED if enough and SLOWEST_KMH <= kmh <= FASTEST_KMH else None


def enough_of(covered_m: float, length_m: float) -> bool:
    """Whether a visit covered enough of a road of this length for its work to be inferred."""
    return covered_m >= min(LEAST_M, LEAST_SHARE * length_m)
