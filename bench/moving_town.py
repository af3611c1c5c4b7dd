"""A town in which everything moves: each second every station reports and every plough is shown farther on.

Stations report through the broker. Ploughs are written where the public page reads them, the table of public places (ADR 0017), each second: in a real
town the round that publishes them moves each every ten seconds, so this is the most a page can be given.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from bench.messages import reading
from bench.sites import EAST, NORTH, SOUTH, WEST
from core.broker_address import BrokerAddress
from core.public_ploughs import KANA, PublicFix, TaskGroup
from ingest.publishing import Publisher
from store import open_store

TURN_S = 120.0
"""A plough drives its circle in this time."""


@contextmanager
def moving(broker: str, dsn: str, site: str, site_no: int, stations: int, ploughs: int) -> Iterator[None]:
    """The town moves from the first second of the block to its end; ``site_no`` is the store's number of it."""
    stop = threading.Event()
    given = (broker, dsn, site, site_no, stations, ploughs, stop)
    thread = threading.Thread(target=_move, args=given, name="moving-town")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _move(broker: str, dsn: str, site: str, site_no: int, stations: int, ploughs: int, stop: threading.Event) -> None:
    address = BrokerAddress.parse(broker)
    with (
        Publisher(address, client_id="bench-moving-town", stop=stop) as publisher,
        open_store(dsn, pool_size=1) as store,
    ):
        second, started = 0, time.monotonic()
        while not stop.wait(max(0.0, started + second - time.monotonic())):
            now = datetime.now(UTC)
            for number in range(stations):
                publisher.publish(*reading(site, number, now, round(100 + 20 * math.sin(second + number), 1)))
            store.public_ploughs.publish(site_no, shown_places(ploughs, now, second))
            second += 1


def shown_places(ploughs: int, now: datetime, second: int) -> list[PublicFix]:
    """Where so many ploughs are shown to be in a second of the bench."""
    return [_shown(number, ploughs, now, second) for number in range(ploughs)]


def _shown(number: int, of: int, now: datetime, second: int) -> PublicFix:
    (lon, lat), heading = on_circle(number, of, second)
    letter, digit = divmod(number, 9)
    return PublicFix(
        name=f"{list(KANA)[letter]}{digit + 1}",
        day=date(now.year, 1, 1),
        at=now,
        lon=lon,
        lat=lat,
        heading_deg=round(heading) % 360,
        group=TaskGroup.PLOUGH,
    )


def on_circle(number: int, of: int, second: float) -> tuple[tuple[float, float], float]:
    """Longitude and latitude of a plough on its circle around the town's middle, and its heading in degrees."""
    angle = 2 * math.pi * (second / TURN_S + number / of)
    width, height = (EAST - WEST) * (0.1 + 0.3 * number / of), (NORTH - SOUTH) * (0.1 + 0.3 * number / of)
    lon = (WEST + EAST) / 2 + width * math.sin(angle)
    lat = (SOUTH + NORTH) / 2 + height * math.cos(angle)
    return (round(lon, 6), round(lat, 6)), round((math.degrees(angle) + 90) % 360, 1)
