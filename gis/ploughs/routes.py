"""Which roads a vehicle clears (担当路線), how much of them is left, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import shapely
from pyproj import Transformer

from config.plough_plan import PloughPlan
from core.model import Vehicle
from core.ploughs import Order, Passage, RoadState
from gis.ploughs.coverage import coverage, two_sided
from gis.ploughs.promise import deadline_after
from gis.ploughs.totals import length_of

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road

DECIMALS = 6
"""Of degrees: about a tenth of a metre."""


class AssignedBy(StrEnum):
    """What makes roads a vehicle's."""

    VEHICLE = "vehicle"
    CONTRACTOR = "contractor"
    ALL = "all"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The roads of a vehicle in the order of the layer."""

    by: AssignedBy
    roads: tuple[Road, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a route. Lengths in metres, official where there is one; a road counts by the share nobody worked over.

    ``drive_m`` is what is to be driven for it, on each side that is needed. ``open`` are the ids of the roads that are not clear. ``deadline`` is the earliest of
    the standing orders for these, None where no order has one.
    """

    length_m: float
    left_m: float
    drive_m: float
    open: tuple[str, ...]
    deadline: datetime | None


def route_of(network: Network, vehicle: Vehicle) -> Route:
    """The roads the layer names the vehicle for; where it names it for none, those of the vehicle's contractor.

    Where the layer says of no road who clears it, all of them are everybody's.
    """
    roads = tuple(network.roads.values())
    own = tuple(road for road in roads if vehicle.id in road.vehicles)
    if own:
        return Route(by=AssignedBy.VEHICLE, roads=own)
    shared = tuple(road for road in roads if vehicle.contractor and road.contractor == vehicle.contractor)
    if shared:
        return Route(by=AssignedBy.CONTRACTOR, roads=shared)
    if roads and not any(road.vehicles or road.contractor for road in roads):
        return Route(by=AssignedBy.ALL, roads=roads)
    return Route(by=AssignedBy.NOTHING)


def left_of(
    network: Network,
    roads: Sequence[Road],
    passages: Sequence[Passage],
    orders: Sequence[Order],
    plan: PloughPlan,
    *,
    now: datetime,
    time_zone: str,
) -> Left:
    """What is left of these roads now, by the passages over them since ``work_since``. ``orders`` are the standing ones.

    Work counts from the standing order for a road's class on (the latest, where there are several), else within the window of the plan.
    """
    states = _states(network, roads, passages, orders, plan, now)
    open_ = [road for road in roads if states[road.id].clear_since is None]
    left = [(road, length_of(road) * (1.0 - states[road.id].share)) for road in open_]
    deadlines = [at for road in open_ if (at := deadline_of(road, orders, plan, time_zone)) is not None]
    return Left(
        length_m=round(sum(map(length_of, roads)), 1),
        left_m=round(sum(metres for _, metres in left), 1),
        drive_m=round(sum(metres * (2 if two_sided(plan, road) else 1) for road, metres in left), 1),
        open=tuple(road.id for road in open_),
        deadline=min(deadlines, default=None),
    )


def work_since(roads: Sequence[Road], orders: Sequence[Order], plan: PloughPlan, now: datetime) -> datetime:
    """From when on work on any of these roads counts."""
    return min((_begins(road, orders, plan, now) for road in roads), default=now - plan.window)


def deadline_of(road: Road, orders: Sequence[Order], plan: PloughPlan, time_zone: str) -> datetime | None:
    """When a road is to be clear (UTC): the first such time of day after its order; None without order or promise."""
    wanted = road.deadline or _class_deadline(road, plan)
    given = _ordered_at(road, orders)
    return None if wanted is None or given is None else deadline_after(given, wanted, ZoneInfo(time_zone))


def road_features(network: Network, roads: Sequence[Road]) -> dict[str, Any]:
    """The lines of roads as a GeoJSON FeatureCollection in degrees (JGD2011), with id, name, class and lengths in metres."""
    degrees = _to_degrees(network.epsg)
    return {"type": "FeatureCollection", "features": [_feature(road, degrees) for road in roads]}


def _begins(road: Road, orders: Sequence[Order], plan: PloughPlan, now: datetime) -> datetime:
    return _ordered_at(road, orders) or now - plan.window


def _ordered_at(road: Road, orders: Sequence[Order]) -> datetime | None:
    return max((order.at for order in orders if road.code in order.classes), default=None)


def _class_deadline(road: Road, plan: PloughPlan) -> time | None:
    found = plan.classes.get(road.code)
    return None if found is None else found.deadline


def _states(
    network: Network,
    roads: Sequence[Road],
    passages: Sequence[Passage],
    orders: Sequence[Order],
    plan: PloughPlan,
    now: datetime,
) -> dict[str, RoadState]:
    """The state of each road by what was done since its own order."""
    begins = {road.id: _begins(road, orders, plan, now) for road in roads}
    found: dict[str, RoadState] = {}
    for since in sorted(set(begins.values())):
        mine = frozenset(road for road, at in begins.items() if at == since)
        found |= coverage(network, plan, passages, since=since, now=now, roads=mine)
    return found


def _feature(road: Road, degrees: Transformer) -> dict[str, Any]:
    parts = [_in_degrees(part, degrees) for part in shapely.get_parts(road.line)]
    properties = {"name": road.name, "class": road.class_name, "code": road.code, "length_m": round(length_of(road), 1)}
    geometry = {"type": "MultiLineString", "coordinates": parts}
    return {"type": "Feature", "id": road.id, "properties": {"id": road.id, **properties}, "geometry": geometry}


def _in_degrees(part: shapely.LineString, degrees: Transformer) -> list[list[float]]:
    lons, lats = degrees.transform(*part.xy)
    return [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in zip(lons, lats, strict=True)]


@lru_cache(maxsize=8)
def _to_degrees(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, 6668, always_xy=True)  # JGD2011 in degrees
