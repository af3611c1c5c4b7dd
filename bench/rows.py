"""Rows as a collector would write them, for benches that begin at the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import cos, radians, sin

from config.model import Site
from core.model import Observation, Quality, QualityReason, Task, VehiclePosition
from store import Store, open_store
from store.rows import Batch, Registry

GOOD, NONE = Quality.GOOD, QualityReason.NONE
METRES_PER_DEGREE_NORTH, METRES_PER_DEGREE_EAST = 111_000.0, 87_000.0
"""At 38.6° north, to a hundredth: for rows that look like drives."""


def winter(
    datastreams: list[int], start: datetime, interval: timedelta, rounds: int, seed: int
) -> Iterator[Observation]:
    """Snow depths of all datastreams in turn: a seeded walk in steps of whole millimetres that arrives seconds late."""
    dice = random.Random(seed)
    depths = [dice.randint(200, 1500) for _ in datastreams]
    for turn in range(rounds):
        at = start + turn * interval
        for place, datastream in enumerate(datastreams):
            depths[place] = max(0, depths[place] + dice.choice((-2, -1, 0, 0, 0, 1, 3)))
            received_at = at + timedelta(microseconds=dice.randint(500_000, 5_000_000))
            yield Observation(datastream, at, depths[place] / 10, depths[place] / 10, GOOD, NONE, received_at)


def drives(
    vehicles: list[int], start: datetime, interval: timedelta, rounds: int, seed: int
) -> Iterator[VehiclePosition]:
    """Fixes of all ploughs in turn: each drives on with a slowly turning heading and arrives seconds late; seeded."""
    dice = random.Random(seed)
    places = [[140.4 + dice.random() / 10, 38.5 + dice.random() / 10, dice.random() * 360] for _ in vehicles]
    for turn in range(rounds):
        at = start + turn * interval
        for place, vehicle in zip(places, vehicles, strict=True):
            speed = round(dice.uniform(15, 30), 1)
            place[2] = (place[2] + dice.gauss(0, 5)) % 360
            metres = speed / 3.6 * interval.total_seconds()
            place[0] += metres * sin(radians(place[2])) / METRES_PER_DEGREE_EAST
            place[1] += metres * cos(radians(place[2])) / METRES_PER_DEGREE_NORTH
            yield VehiclePosition(
                vehicle,
                at,
                round(place[0], 7),
                round(place[1], 7),
                speed,
                round(place[2], 1),
                round(dice.uniform(2, 8), 1),
                Task.PLOUGH,
                GOOD,
                NONE,
                at + timedelta(microseconds=dice.randint(200_000, 3_000_000)),
            )


def in_batches(rows: Iterator[Observation], size: int) -> Iterator[Batch]:
    """The rows in batches, each with the counters of a collector."""
    batch = Batch()
    for row in rows:
        batch.observations.append(row)
        if len(batch.observations) == size:
            yield _counted(batch)
            batch = Batch()
    if batch.observations:
        yield _counted(batch)


def _counted(batch: Batch) -> Batch:
    count = len(batch.observations)
    batch.counts = {"messages_received": count, "messages_accepted": count, "rows_received": count}
    return batch


def present_state(dsn: str, site: Site) -> None:
    """Write a value of a moment ago for every datastream, and a fix for every vehicle."""
    with open_store(dsn, pool_size=1) as store:
        write_present_state(store, store.register(site), site)


def write_present_state(store: Store, registry: Registry, site: Site) -> None:
    """As ``present_state``, on an open store."""
    at = datetime.now(UTC) - timedelta(seconds=1)
    batch = Batch()
    for stream in site.datastreams:
        value = round((stream.range_min + stream.range_max) / 4, 1)
        batch.observations.append(Observation(registry.datastreams[stream.key], at, value, value, GOOD, NONE, at))
    middle = (site.bounds.west + site.bounds.east) / 2, (site.bounds.south + site.bounds.north) / 2
    for vehicle in site.vehicles:
        number = registry.vehicles[vehicle.id]
        batch.positions.append(VehiclePosition(number, at, *middle, 20.0, 90.0, 5.0, Task.PLOUGH, GOOD, NONE, at))
    store.append(registry.site, batch)


def site_number(dsn: str, site: Site) -> int:
    """The number the store gives a site, which it then knows."""
    with open_store(dsn, pool_size=1) as store:
        return store.register(site).site
