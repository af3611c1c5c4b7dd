"""The clock of the server jumps an hour ahead, then back: nothing is lost and no latest value stands still.

The collector's clock alone is moved, while it runs (libfaketime); the seconds it waits by go on as ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.faults.machinery import eventually
from tests.faults.town import topic

_LATEST = "select l.value from observation_latest l join datastream d on d.no = l.datastream_id where d.device = %s"
_ARRIVED = (
    "select max(received_at) from (select received_at from observation union all select received_at from quarantine) a"
)


class MovedClock:
    """The clock of one process, moved by what stands in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move(0)
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def move(self, seconds: int) -> None:
        """From now on it is that far from the time there is."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._file)


@pytest.fixture
def clock(tmp_path) -> Iterator[MovedClock]:
    """A clock to be moved."""
    return MovedClock(tmp_path / "clock")


def now_reading(value: float) -> bytes:
    """A reading of this moment, by a device whose clock is right."""
    body = {"at": datetime.now(UTC).isoformat(), "quantity": "water_level", "value": value, "unit": "m"}
    return json.dumps(body).encode()


def one(dsn: str, query: str, *values: str):
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def test_an_hour_ahead_and_an_hour_back(mosquitto, town, collector_of, clock, scaled):
    collector = collector_of(town, mosquitto.url, environment=clock.environment).start().until_up()
    gauge = town.gauges[0]
    sent = 0
    for hours in (0, 1, 0, -1, 0):
        clock.move(hours * 3_600)
        town.publish(mosquitto.url, scaled(200, 5_000))
        payload = now_reading(10 + sent / 100)
        town.send(mosquitto.url, [(topic(gauge), payload)])
        sent += 1
        if hours == -1:  # by its own clock the reading is an hour ahead: set aside with its bytes, to be replayed
            town.set_aside[payload, "future"] += 1
        eventually(lambda: town.counts()["messages_received"] == len(town.published) + sent, collector.said)  # noqa: B023
        away = (one(town.dsn, _ARRIVED) - datetime.now(UTC)).total_seconds()
        assert hours < 1 or away > 3_000, "the clock was moved"
        if hours >= 0:
            assert one(town.dsn, _LATEST, gauge) == 10 + (sent - 1) / 100
    collector.stop()
    assert town.stored() == town.published
    counts = town.counts()
    assert counts["stored"] == len(town.published) + sent - 1
    assert [(each.payload, each.reason) for each in town.aside()] == list(town.set_aside)


def test_a_device_without_a_clock(mosquitto, town, collector_of, clock):
    """Its time is the arrival. What arrived an hour ahead does not keep the latest value from moving on."""
    collector = collector_of(town, mosquitto.url, environment=clock.environment).start().until_up()
    gauge = town.gauges[0]
    for place, hours in enumerate((1, 0)):
        clock.move(hours * 3_600)
        town.send(mosquitto.url, [(topic(gauge), town.message(gauge, place, at=None, value=float(place), seq=None))])
        eventually(lambda: town.counts()["stored"] == place + 1, collector.said)  # noqa: B023
        assert one(town.dsn, _LATEST, gauge) == place
    collector.stop()
