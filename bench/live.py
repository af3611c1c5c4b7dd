"""From publishing a reading to its event on ``/api/stream``, with 50 listeners at 500 readings a second.

Real processes: Mosquitto, the embedded database with fsync on, ``collect`` and ``serve``. 500 gauges report
once a second each, every reading with the instant it was published at as its event time. The listeners are 50
raw connections in one other process (``bench.listeners``), which notes when the last byte of an event arrived
and reads what was in it after the end. Each (reading, listener) is one latency; the share of published
readings that were seen in events tells that no listener was spared any.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench import machinery
from bench.measurement import Measurement, percentiles
from bench.pacing import publish_steadily
from bench.sites import write_site
from core.broker_address import BrokerAddress

STATIONS = 500
RATE = 500
LISTENERS = 50
SECONDS = 20.0


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The live measurements; ``scale`` 1 is 20 seconds."""
    site = write_site(folder / "site", name="bench", stations=STATIONS)
    with (
        machinery.mosquitto(folder) as broker,
        machinery.database(folder) as dsn,
        machinery.collecting(folder, site, dsn, broker),
        machinery.served(folder, site, dsn) as port,
    ):
        listeners = machinery.own_program("bench.listeners", [str(port), str(LISTENERS)])
        try:
            assert listeners.stdout is not None
            assert listeners.stdout.readline() == "listening\n"
            seconds = max(3.0, SECONDS * scale)
            published = publish_steadily(BrokerAddress.parse(broker), "bench", STATIONS, rate=RATE, seconds=seconds)
            found = json.loads(listeners.communicate("", timeout=60)[0])
        finally:
            machinery.end(listeners)
    latencies = [float(ms) for ms, count in found["latencies"] for _ in range(count)]
    return [
        *percentiles("live_publish_to_event", latencies, "ms", p99_at_most=500),
        Measurement("live_readings_seen", found["seen"] / published, "of published"),
        Measurement("live_listeners", found["listeners"], "listeners"),
    ]
