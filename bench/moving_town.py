"""A town in which everything moves: each second every station reports and every plough drives on."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bench.messages import position, reading
from bench.sites import EAST, NORTH, SOUTH, WEST, plough
from ingest.broker_address import BrokerAddress
from ingest.publishing import Publisher

TURN_S = 120.0
"""A plough drives its circle in this time."""


@contextmanager
def moving(broker: str, site: str, stations: int, ploughs: int) -> Iterator[None]:
    """The town moves from the first second of the block to its end."""
    stop = threading.Event()
    thread = threading.Thread(target=_move, args=(broker, site, stations, ploughs, stop), name="moving-town")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _move(broker: str, site: str, stations: int, ploughs: int, stop: threading.Event) -> None:
    with Publisher(BrokerAddress.parse(broker), client_id="bench-moving-town", stop=stop) as publisher:
        second, started = 0, time.monotonic()
        while not stop.wait(max(0.0, started + second - time.monotonic())):
            now = datetime.now(UTC)
            for number in range(stations):
                publisher.publish(*reading(site, number, now, round(100 + 20 * math.sin(second + number), 1)))
            for number in range(ploughs):
                place, heading = on_circle(number, ploughs, second)
                publisher.publish(*position(site, plough(number), now, place, heading))
            second += 1


def on_circle(number: int, of: int, second: float) -> tuple[tuple[float, float], float]:
    """Longitude and latitude of a plough on its circle around the town's middle, and its heading in degrees."""
    angle = 2 * math.pi * (second / TURN_S + number / of)
    width, height = (EAST - WEST) * (0.1 + 0.3 * number / of), (NORTH - SOUTH) * (0.1 + 0.3 * number / of)
    lon = (WEST + EAST) / 2 + width * math.sin(angle)
    lat = (SOUTH + NORTH) / 2 + height * math.cos(angle)
    return (round(lon, 6), round(lat, 6)), round((math.degrees(angle) + 90) % 360, 1)
