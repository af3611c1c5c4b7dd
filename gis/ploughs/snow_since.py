"""Where snow is piling up again: what fell on each road since it was cleared, by the gauges nearest to it.

Near is what lies near on the map and at a like height. A metre of height counts as 67 metres of way, because the quality tests take a gauge
within 10 km and one within 150 m of height for equally comparable (``ingest/quality/places.py``): distance = √(way² + (67 · height)²).
Where a height is not known, the way alone counts. At most the three nearest gauges within 15 km so reckoned are asked; each weighs by the inverse square of its
distance, and nearer than 200 m no gauge weighs more. These are start values of ours, from no survey.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import shapely

from config.plough_plan import PloughPlan
from core.ploughs import RoadState
from gis.ploughs.snow_gauges import Gauge
from gis.ploughs.snowfall import LeftOut, Snowfall

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road

MOST_GAUGES = 3
WITHIN_M = 15_000.0
WAY_PER_HEIGHT = 10_000.0 / 150.0
NEAREST_M = 200.0


class Need(StrEnum):
    """Whether a road needs another pass: by every gauge asked, by their weighted mean, by neither; or nobody can say."""

    YES = "yes"
    LIKELY = "likely"
    NO = "no"
    UNKNOWN = "unknown"


class WhyUnknown(StrEnum):
    """Why nobody can say."""

    NO_RECORD = "no_record"
    NO_THRESHOLD = "no_threshold"
    NO_GAUGE = "no_gauge"


@dataclass(frozen=True, slots=True)
class Near:
    """A gauge as seen from a road: ``way_m`` metres in the plane zone from the nearest point of its line, ``height_m`` the gauge's
    elevation minus the road's (None: not known), ``distance_m`` both in one, ``weight`` before it is shared out.
    """

    gauge: Gauge
    way_m: float
    height_m: float | None
    distance_m: float

    @property
    def weight(self) -> float:
        """The inverse square of the distance."""
        return 1.0 / max(self.distance_m, NEAREST_M) ** 2


@dataclass(frozen=True, slots=True)
class Told:
    """What one gauge says of one road: ``share`` of its word in the mean, 0 to 1."""

    near: Near
    fallen_cm: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowSince:
    """The snow on a road since ``since``, in cm to a tenth: mean, least and most by the gauges that ``told``.

    ``left_out`` are gauges as near that could not say, with the reason. All None: ``why`` says so, and ``need`` is unknown. Without a
    threshold of the town the snow is told and the need is not.
    """

    road: str
    since: datetime | None
    need: Need
    why: WhyUnknown | None = None
    fallen_cm: float | None = None
    low_cm: float | None = None
    high_cm: float | None = None
    threshold_cm: float | None = None
    told: tuple[Told, ...] = ()
    left_out: tuple[tuple[Near, LeftOut], ...] = field(default=())

    @property
    def urgency(self) -> float:
        """The snow as a share of the town's threshold; 0 where either is not known."""
        return (self.fallen_cm or 0.0) / self.threshold_cm if self.threshold_cm else 0.0


def near_gauges(network: Network, gauges: Sequence[Gauge]) -> dict[str, tuple[Near, ...]]:
    """The gauges within reach of each road, the nearest first; it changes only with the site folder, so keep it."""
    roads = list(network.roads.values())
    if not roads or not gauges:
        return {road.id: () for road in roads}
    lines = np.array([road.line for road in roads], dtype=np.object_)
    points = shapely.points([(gauge.east, gauge.north) for gauge in gauges])
    ways = shapely.distance(lines[:, np.newaxis], points[np.newaxis, :])
    return {road.id: _near(road, gauges, ways[number]) for number, road in enumerate(roads)}


def snow_since(
    network: Network,
    plan: PloughPlan,
    states: Mapping[str, RoadState],
    falls: Iterable[Snowfall],
    near: Mapping[str, Sequence[Near]],
    now: datetime,
) -> dict[str, SnowSince]:
    """What fell on each road since ``clear_since``, in the order of the network; ``near`` is of ``near_gauges``."""
    asked = _Asked({fall.gauge.station: fall for fall in falls}, now)
    return {
        road.id: _snow_since(road, plan, states.get(road.id), asked, near[road.id]) for road in network.roads.values()
    }


def second_passes(found: Mapping[str, SnowSince]) -> list[SnowSince]:
    """The roads that need, or likely need, another pass: sure ones first, the deepest snow for its threshold before the others."""
    wanted = [each for each in found.values() if each.need in (Need.YES, Need.LIKELY)]
    return sorted(wanted, key=lambda each: (each.need is not Need.YES, -each.urgency, each.road))


@dataclass(slots=True)
class _Asked:
    """The gauges, each asked once for one instant: roads cleared in one pass share it."""

    falls: Mapping[str, Snowfall]
    now: datetime
    answers: dict[tuple[str, datetime], float | LeftOut] = field(default_factory=dict)

    def fallen(self, station: str, since: datetime) -> float | LeftOut:
        key = station, since
        if key not in self.answers:
            fall = self.falls.get(station)
            self.answers[key] = LeftOut.NO_VALUES if fall is None else fall.fallen(since, self.now)
        return self.answers[key]


def _near(road: Road, gauges: Sequence[Gauge], ways: Iterable[float]) -> tuple[Near, ...]:
    found = [_seen(road, gauge, float(way)) for gauge, way in zip(gauges, ways, strict=True)]
    within = [each for each in found if each.distance_m <= WITHIN_M]
    return tuple(sorted(within, key=lambda each: (each.distance_m, each.gauge.station)))


def _seen(road: Road, gauge: Gauge, way: float) -> Near:
    known = road.elevation_m is not None and gauge.elevation_m is not None
    height = gauge.elevation_m - road.elevation_m if known else None  # type: ignore[operator]
    return Near(gauge, way, height, math.hypot(way, WAY_PER_HEIGHT * (height or 0.0)))


def _snow_since(
    road: Road, plan: PloughPlan, state: RoadState | None, asked: _Asked, near: Sequence[Near]
) -> SnowSince:
    promised = plan.classes.get(road.code)
    threshold = None if promised is None else promised.second_pass_cm
    since = None if state is None else state.clear_since
    if since is None:
        return SnowSince(road=road.id, since=None, need=Need.UNKNOWN, why=WhyUnknown.NO_RECORD, threshold_cm=threshold)
    told, left_out = _told(asked, since, near)
    if not told:
        return SnowSince(
            road=road.id,
            since=since,
            need=Need.UNKNOWN,
            why=WhyUnknown.NO_GAUGE,
            threshold_cm=threshold,
            left_out=left_out,
        )
    fallen = round(sum(each.share * each.fallen_cm for each in told), 1)
    low, high = (round(edge(each.fallen_cm for each in told), 1) for edge in (min, max))
    return SnowSince(
        road=road.id,
        since=since,
        need=_need(fallen, low, threshold),
        why=WhyUnknown.NO_THRESHOLD if threshold is None else None,
        fallen_cm=fallen,
        low_cm=low,
        high_cm=high,
        threshold_cm=threshold,
        told=told,
        left_out=left_out,
    )


def _told(
    asked: _Asked, since: datetime, near: Sequence[Near]
) -> tuple[tuple[Told, ...], tuple[tuple[Near, LeftOut], ...]]:
    """The nearest gauges that can say, and those passed over on the way to them."""
    found: list[tuple[Near, float]] = []
    left_out: list[tuple[Near, LeftOut]] = []
    for each in near:
        fallen = asked.fallen(each.gauge.station, since)
        if isinstance(fallen, LeftOut):
            left_out.append((each, fallen))
        else:
            found.append((each, fallen))
        if len(found) == MOST_GAUGES:
            break
    weight = sum(each.weight for each, _ in found)
    return tuple(Told(each, fallen, each.weight / weight) for each, fallen in found), tuple(left_out)


def _need(fallen: float, low: float, threshold: float | None) -> Need:
    if threshold is None:
        return Need.UNKNOWN
    if low >= threshold:
        return Need.YES
    return Need.LIKELY if fallen >= threshold else Need.NO
