"""The readings and fixes a bench publishes, in the native form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.sites import device

INTERVAL_S = 20
"""Event time between two readings of a gauge in a backlog."""


def backlog(site: str, stations: int, count: int, newest: datetime) -> Iterator[tuple[str, bytes]]:
    """``count`` distinct readings of all gauges in turn, in order of event time, the last at ``newest``."""
    rounds = -(-count // stations)
    for number in range(count):
        turn, gauge = divmod(number, stations)
        at = newest - timedelta(seconds=INTERVAL_S * (rounds - 1 - turn))
        yield reading(site, gauge, at, 100 + (number * 7919 % 1000) / 10)


def reading(site: str, gauge: int, at: datetime, value: float) -> tuple[str, bytes]:
    """Topic and payload of one reading of a snow gauge, value in cm."""
    body = {"at": at.isoformat(), "quantity": "snow_depth", "value": value, "unit": "cm"}
    return f"yukimori/{site}/{device(gauge)}/reading", json.dumps(body).encode()


def position(site: str, vehicle: str, at: datetime, place: tuple[float, float], heading: float) -> tuple[str, bytes]:
    """Topic and payload of one fix of a plough at work; ``place`` is longitude, latitude."""
    body = {"at": at.isoformat(), "lon": place[0], "lat": place[1], "speed_kmh": 25, "heading_deg": heading}
    return f"yukimori/{site}/{vehicle}/position", json.dumps({**body, "accuracy_m": 5, "task": "plough"}).encode()
