"""The readings and fixes a bench publishes, in the native form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import sin

from bench.sites import device

INTERVAL_S = 20
"""Event time between two readings of a gauge in a backlog."""
SPIKE_EVERY = 101
"""One reading in so many stands far off, so that those who judge find something; a prime, so that every gauge has some."""
_SPIKE_CM = 60.0
_SWING_S = 43_200.0


def backlog(site: str, stations: int, count: int, newest: datetime) -> Iterator[tuple[str, bytes]]:
    """``count`` distinct readings of all gauges in turn, in order of event time, the last at ``newest``.

    Every other gauge numbers its messages, as half of the devices of a town do.
    """
    rounds = -(-count // stations)
    for number in range(count):
        turn, gauge = divmod(number, stations)
        at = newest - timedelta(seconds=INTERVAL_S * (rounds - 1 - turn))
        value = depth_cm(gauge, at) + (_SPIKE_CM if number % SPIKE_EVERY == SPIKE_EVERY - 1 else 0.0)
        yield reading(site, gauge, at, value, int(at.timestamp()) // INTERVAL_S if gauge % 2 else None)


def depth_cm(gauge: int, at: datetime) -> float:
    """A snow depth that rises and falls by less than a centimetre an hour, in steps of a millimetre."""
    return round(100 + gauge % 7 + 10 * sin(at.timestamp() / _SWING_S), 1)


def reading(site: str, gauge: int, at: datetime, value: float, number: int | None = None) -> tuple[str, bytes]:
    """Topic and payload of one reading of a snow gauge, value in cm; with the number of the message where there is one."""
    body: dict[str, object] = {"at": at.isoformat(), "quantity": "snow_depth", "value": value, "unit": "cm"}
    if number is not None:
        body["seq"] = number
    return f"yukimori/{site}/{device(gauge)}/reading", json.dumps(body).encode()


def position(site: str, vehicle: str, at: datetime, place: tuple[float, float], heading: float) -> tuple[str, bytes]:
    """Topic and payload of one fix of a plough at work; ``place`` is longitude, latitude."""
    body = {"at": at.isoformat(), "lon": place[0], "lat": place[1], "speed_kmh": 25, "heading_deg": heading}
    return f"yukimori/{site}/{vehicle}/position", json.dumps({**body, "accuracy_m": 5, "task": "plough"}).encode()
