"""Where a reading goes: from (device, quantity) to the datastream that keeps it, from device to vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from config.model import Site
from core.model import Bounds, Datastream
from core.quantities import QUANTITIES, Quantity
from core.watchdog import DEVICE
from ingest.clocks import NO_OFFSET, Gate
from ingest.quality.gross import Spans, spans_of
from store.rows import Registry

KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Route:
    """A datastream with its number in the store; ``measures`` is what the device reports, ``spans`` what it may be."""

    number: int
    stream: Datastream
    measures: Quantity
    keeps: Quantity
    spans: Spans


@dataclass(frozen=True, slots=True)
class Routing:
    """Everything a reading is looked up in, made once from the site and the store's registry.

    ``offsets`` are of the devices whose clock is known to be wrong.
    """

    routes: Mapping[tuple[str, str], Route]
    vehicles: Mapping[str, int]
    models: Mapping[str, str]
    devices: frozenset[str]
    area: Bounds
    area_margin_deg: float
    offsets: Mapping[str, timedelta]
    sensor_gate: Gate
    vehicle_gate: Gate


def build_routing(site: Site, registry: Registry) -> Routing:
    """The routing of a site. A datastream with a mount height is fed by its device's ``distance`` as well."""
    routes: dict[tuple[str, str], Route] = {}
    models: dict[str, str] = {}
    for stream in site.datastreams:
        keeps = QUANTITIES[stream.quantity]
        number, spans = registry.datastreams[stream.key], spans_of(stream)
        routes[stream.device, stream.quantity] = Route(number, stream, keeps, keeps, spans)
        if stream.mount_height_cm is not None:
            by_distance = Route(number, stream, QUANTITIES["distance"], keeps, spans)
            routes.setdefault((stream.device, "distance"), by_distance)
        if stream.model is not None:
            models[stream.device] = stream.model
    models.update({vehicle.device: vehicle.model for vehicle in site.vehicles if vehicle.model is not None})
    return Routing(
        routes=routes,
        vehicles={vehicle.device: registry.vehicles[vehicle.id] for vehicle in site.vehicles},
        models=models,
        devices=frozenset(site.devices) | ({DEVICE} if site.people.watchdog else frozenset()),
        area=site.bounds,
        area_margin_deg=site.limits.area_margin_km / KM_PER_DEGREE,
        offsets=_offsets(site),
        sensor_gate=Gate(site.limits.future_sensor, site.limits.late_sensor),
        vehicle_gate=Gate(site.limits.future_vehicle, site.limits.late_vehicle, rolls_over=True),
    )


def _offsets(site: Site) -> dict[str, timedelta]:
    known: list[tuple[str, timedelta]] = [(stream.device, stream.clock_offset) for stream in site.datastreams]
    known += [(vehicle.device, vehicle.clock_offset) for vehicle in site.vehicles]
    return {device: offset for device, offset in known if offset != NO_OFFSET}
