"""What a crew is told: its route and what is left of it, orders, the other ploughs, its own notes. Live and unredacted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.plough_plan import PloughPlan
from core.errors import LayerError
from core.model import Vehicle
from core.ploughs import CrewNote, Order, RoadState
from core.times import format_rfc3339
from gis.ploughs.network import Network, Road, read_network
from gis.ploughs.routes import AssignedBy, Left, Route, left_of, road_features, route_of, work_since
from gis.ploughs.working_speed import HOUR, pace
from store.rows import LatestPosition
from web.features import Json
from web.parts import Parts

OTHERS_WITHIN = timedelta(hours=6)
"""Ploughs heard longer ago are left out: where they are now nobody can say."""
NOTES_WITHIN, MOST_NOTES = timedelta(hours=24), 50


@dataclass(frozen=True, slots=True)
class OwnRoads:
    """The route of a vehicle, its roads as GeoJSON, and the network they are from, None where the site has no plan."""

    route: Route
    features: Json
    network: Network | None = None


NO_ROADS = OwnRoads(Route(by=AssignedBy.NOTHING), {"type": "FeatureCollection", "features": []})


class CrewRoutes:
    """The routes of all vehicles, from the site's layer of cleared roads; read again when its file changes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int], Network] | None = None
        self._own: dict[str, OwnRoads] = {}

    def of(self, vehicle: Vehicle) -> OwnRoads:
        """The roads of a vehicle; none where the site has no plan. Raises LayerError where its layer cannot be read."""
        if self._parts.site.ploughs is None:
            return NO_ROADS
        with self._lock:
            network = self._network(self._parts.site.ploughs)
            if vehicle.id not in self._own:
                route = route_of(network, vehicle)
                self._own[vehicle.id] = OwnRoads(route, road_features(network, route.roads), network)
            return self._own[vehicle.id]

    def _network(self, plan: PloughPlan) -> Network:
        state = self._file_state(plan)
        if self._read is None or self._read[0] != state:
            self._own.clear()
            self._read = (state, read_network(self._parts.site))
        return self._read[1]

    def _file_state(self, plan: PloughPlan) -> tuple[int, int]:
        layer = next((layer for layer in self._parts.site.layers if layer.id == plan.roads), None)
        try:
            status = None if layer is None else layer.file.stat()
        except OSError as error:
            raise LayerError(plan.roads, f"its file cannot be read ({error.strerror})") from error
        return (0, 0) if status is None else (status.st_mtime_ns, status.st_size)


def crew_state(parts: Parts, vehicle: Vehicle, own: OwnRoads, now: datetime) -> Json:
    """What the crew of a vehicle is told. Only times, never ages: the same facts are the same bytes."""
    site, store, number = parts.site, parts.store, parts.registry.site
    roads = own.route.roads
    states = store.road_states.latest(number) if roads else {}
    orders = store.orders.standing(number, now) if site.ploughs is not None else []
    notes = store.crew.notes(
        number, vehicle=parts.registry.vehicles[vehicle.id], since=now - NOTES_WITHIN, most=MOST_NOTES
    )
    return {
        "vehicle": _about(vehicle),
        "route": _route(parts, vehicle, own, orders, now),
        "roads": {road.id: _road(states.get(road.id)) for road in roads},
        "orders": [_order(order) for order in orders if _concerns(order, roads)],
        "vehicles": _vehicles(parts, vehicle, now),
        "notes": [note_as_dict(note) for note in notes],
    }


def note_as_dict(note: CrewNote) -> Json:
    """A note as its crew and staff read it."""
    return {
        "id": note.id,
        "kind": note.kind.value,
        "at": format_rfc3339(note.at),
        "received_at": format_rfc3339(note.received_at),
        "lon": note.lon,
        "lat": note.lat,
        "accuracy_m": note.accuracy_m,
        "text": note.text,
        "photo": note.photo,
        "settled_at": _time(note.settled_at),
        "settled_by": note.settled_by,
    }


def _about(vehicle: Vehicle) -> Json:
    return {
        "id": vehicle.id,
        "name": vehicle.name_ja,
        "name_en": vehicle.name_en,
        "kind": vehicle.kind,
        "fictitious": vehicle.fictitious,
    }


def _route(parts: Parts, vehicle: Vehicle, own: OwnRoads, orders: Sequence[Order], now: datetime) -> Json | None:
    """None where the site has no plan of its ploughs."""
    plan, roads = parts.site.ploughs, own.route.roads
    if plan is None or own.network is None:
        return None
    ids = [road.id for road in roads]
    since = work_since(roads, orders, plan, now)
    passages = parts.store.ploughs.passages(parts.registry.site, since, now, roads=ids) if roads else []
    left = left_of(own.network, roads, passages, orders, plan, now=now, time_zone=parts.site.time_zone)
    return {"by": own.route.by.value, "version": own.network.version, **_left(left), **_pace(parts, vehicle, own, now)}


def _pace(parts: Parts, vehicle: Vehicle, own: OwnRoads, now: datetime) -> Json:
    """How fast those who clear this route got on in the last hour, all together; None where nobody worked."""
    numbers = [parts.registry.vehicles[each.id] for each in parts.site.vehicles if _shares(each, vehicle, own)]
    passages = parts.store.ploughs.passages(parts.registry.site, now - HOUR, now, vehicles=numbers)
    found = pace(passages, now, numbers)
    return {"pace_m_per_h": None if found is None else round(found.together, -1)}


def _shares(other: Vehicle, vehicle: Vehicle, own: OwnRoads) -> bool:
    if own.route.by is AssignedBy.ALL:
        return True
    if own.route.by is AssignedBy.CONTRACTOR:
        return other.contractor == vehicle.contractor
    return other.id == vehicle.id


def _left(left: Left) -> Json:
    return {
        "length_m": left.length_m,
        "left_m": left.left_m,
        "drive_m": left.drive_m,
        "open": list(left.open),
        "deadline": _time(left.deadline),
    }


def _road(state: RoadState | None) -> Json:
    if state is None:
        return {"share": 0.0, "clear_since": None, "last_worked_at": None, "evidence": None}
    return {
        "share": round(state.share, 3),
        "clear_since": _time(state.clear_since),
        "last_worked_at": _time(state.last_worked_at),
        "evidence": None if state.evidence is None else state.evidence.value,
    }


def _concerns(order: Order, roads: Sequence[Road]) -> bool:
    return any(road.code in order.classes for road in roads)


def _order(order: Order) -> Json:
    return {"id": order.id, "at": format_rfc3339(order.at), "classes": list(order.classes), "note": order.note}


def _vehicles(parts: Parts, own: Vehicle, now: datetime) -> list[Json]:
    """Every other plough with its newest position, of the last hours."""
    known = {vehicle.id: vehicle for vehicle in parts.site.vehicles}
    positions = parts.store.latest_positions(parts.registry.site)
    return [
        {**_about(known[each.vehicle]), **_position(each)}
        for each in positions
        if each.vehicle in known and each.vehicle != own.id and now - each.at <= OTHERS_WITHIN
    ]


def _position(position: LatestPosition) -> Json:
    return {
        "lon": position.lon,
        "lat": position.lat,
        "at": format_rfc3339(position.at),
        "heading_deg": position.heading_deg,
        "task": None if position.task is None else position.task.value,
    }


def _time(at: datetime | None) -> Any:
    return None if at is None else format_rfc3339(at)
