"""Publishing at a steady rate, each message carrying the instant it was handed to the client."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from bench.messages import depth_cm, reading
from core.broker_address import BrokerAddress
from ingest.publishing import Publisher

TICK_S = 0.01


def publish_steadily(address: BrokerAddress, site: str, stations: int, *, rate: float, seconds: float) -> int:
    """Publish ``rate`` readings a second in groups of a hundredth of a second; returns how many.

    The event time of a reading is the instant it is published at, to the microsecond.
    """
    total = round(rate * seconds)
    with Publisher(address, client_id="bench-steady-publisher") as publisher:
        started = time.monotonic()
        for number in range(total):
            due = started + (number // max(1, round(rate * TICK_S))) * TICK_S
            if due > time.monotonic():
                time.sleep(due - time.monotonic())
            gauge, now = number % stations, datetime.now(UTC)
            publisher.publish(*reading(site, gauge, now, depth_cm(gauge, now)))
        publisher.drain()
    return total
