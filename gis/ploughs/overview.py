"""The roads as one document: how old the clearing of each is, by what evidence, whether it is late, what has fallen since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from config.plough_plan import PloughPlan
from core.ploughs import RoadState
from core.times import format_rfc3339
from gis.ploughs.age_classes import age_class
from gis.ploughs.coverage import two_sided
from gis.ploughs.promise import Progress, Promise
from gis.ploughs.snow_since import SnowSince, Told
from gis.ploughs.totals import length_of
from gis.ploughs.working_speed import Pace

if TYPE_CHECKING:
    from gis.ploughs.network import Network, Road

Json = dict[str, Any]


def overview(
    network: Network,
    plan: PloughPlan,
    states: Mapping[str, RoadState],
    now: datetime,
    *,
    promises: Mapping[str, Promise] | None = None,
    snow: Mapping[str, SnowSince] | None = None,
) -> list[Json]:
    """A dictionary a road, in the order of the network: whatever states are given are told, so redacted ones give a redacted document.

    Times are RFC 3339, lengths metres, snow centimetres. ``age_s`` is from ``clear_since`` to ``now``. Null is not known.
    """
    return [
        {
            **road_facts(road),
            **state_facts(states.get(road.id), now, sides=two_sided(plan, road)),
            **promise_facts((promises or {}).get(road.id)),
            **snow_facts((snow or {}).get(road.id)),
        }
        for road in network.roads.values()
    ]


def road_facts(road: Road) -> Json:
    """What the layer says of a road; ``length`` tells whether ``length_m`` is the official or the drawn one."""
    return {
        "id": road.id,
        "name": road.name,
        "class": road.code,
        "class_name": road.class_name,
        "owner": road.owner,
        "contractor": road.contractor,
        "district": road.district,
        "length_m": round(length_of(road), 1),
        "length": "drawn" if road.official_length_m is None else "official",
    }


def state_facts(state: RoadState | None, now: datetime, *, sides: bool) -> Json:
    """How clear a road is; ``sides`` null where one pass in any direction clears it."""
    age = None if state is None or state.clear_since is None else now - state.clear_since
    return {
        "age_class": age_class(age).id,
        "age_s": None if age is None else int(age.total_seconds()),
        "clear_since": None if state is None else instant(state.clear_since),
        "cleared_at": None if state is None else instant(state.cleared_at),
        "last_worked_at": None if state is None else instant(state.last_worked_at),
        "share": 0.0 if state is None else state.share,
        "sides": None
        if state is None or not sides
        else {"forward": instant(state.forward), "backward": instant(state.backward)},
        "evidence": None if state is None or state.evidence is None else state.evidence.value,
    }


def promise_facts(promise: Promise | None) -> Json:
    """How a road stands to its promise; all null where no standing order names its class. Forecasts are for staff only."""
    if promise is None:
        empty: Json = dict.fromkeys(("order", "deadline", "progress", "done_at", "late_by_s", "left_m", "forecast"))
        return {**empty, "late": False, "basis": None}
    return {
        "order": promise.order,
        "deadline": instant(promise.deadline),
        "progress": promise.progress.value,
        "late": promise.progress is Progress.LATE,
        "done_at": instant(promise.done_at),
        "late_by_s": int(promise.late_by.total_seconds()),
        "left_m": promise.left_m,
        "forecast": instant(promise.forecast),
        "basis": basis_facts(promise.pace, promise),
    }


def basis_facts(pace: Pace | None, promise: Promise) -> Json | None:
    """What a forecast rests on; null where there is none."""
    if pace is None or promise.done_at is not None:
        return None
    return {
        "ploughs": len(pace.vehicles),
        "metres_per_hour": pace.metres_per_hour,
        "since": instant(pace.since),
        "crew": list(promise.crew),
        "crew_left_m": promise.crew_left_m,
    }


def snow_facts(snow: SnowSince | None) -> Json:
    """What fell on a road since it was cleared, by which gauges, and which of those near by could not say."""
    if snow is None:
        empty: Json = dict.fromkeys(("snow_cm", "snow_low_cm", "snow_high_cm", "threshold_cm", "need", "why"))
        return {**empty, "gauges": [], "left_out": []}
    return {
        "snow_cm": snow.fallen_cm,
        "snow_low_cm": snow.low_cm,
        "snow_high_cm": snow.high_cm,
        "threshold_cm": snow.threshold_cm,
        "need": snow.need.value,
        "why": None if snow.why is None else snow.why.value,
        "gauges": [_gauge(told) for told in snow.told],
        "left_out": [{"station": near.gauge.station, "why": why.value} for near, why in snow.left_out],
    }


def instant(at: datetime | None) -> str | None:
    """RFC 3339, null where there is no time."""
    return None if at is None else format_rfc3339(at)


def _gauge(told: Told) -> Json:
    near = told.near
    return {
        "station": near.gauge.station,
        "snow_cm": round(told.fallen_cm, 1),
        "share": round(told.share, 3),
        "way_m": round(near.way_m),
        "height_m": None if near.height_m is None else round(near.height_m),
    }
