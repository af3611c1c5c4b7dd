"""A device that sends far too much is held back; a backlog, a demonstration and its neighbours are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from config import load_site
from config.model import Limits
from core.errors import DecodeError
from ingest.flood import FloodGate
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.replay import Pace, Shift, planned, read_gauges
from ingest.simulate import night
from store.rows import Registry

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EXAMPLES = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def example():
    """The example town."""
    return load_site(EXAMPLES / "example")


def admitted(gate: FloodGate, device: str, arrivals, age=timedelta(0)) -> int:
    """How many readings of these arrivals get in."""
    count, refusals = 0, set()
    for received_at in arrivals:
        try:
            gate.check(device, received_at - age, received_at)
            count += 1
        except DecodeError as error:
            refusals.add(error.reason)
    assert refusals <= {"flood"}
    return count


def gate_of(site, **limits) -> FloodGate:
    return FloodGate(replace(site, limits=replace(Limits(), **limits)))


def test_a_burst_gets_in_and_then_the_rate(example):
    gate = gate_of(example, device_rate_per_s=2.0, device_burst=50)
    assert admitted(gate, "snow-01", [NOW] * 200) == 50
    later = [NOW + SECOND + number * SECOND / 100 for number in range(1_000)]
    assert admitted(gate, "snow-01", later) == pytest.approx(22, abs=1)
    assert admitted(gate, "snow-01", [NOW + 3600 * SECOND] * 200) == 50


def test_ten_times_the_expected_rate_is_allowed_where_that_is_more(example):
    gate = gate_of(example, device_rate_per_s=0.001, device_burst=1)
    every_minute = [NOW + number * 60 * SECOND for number in range(100)]
    assert admitted(gate, "snow-01", every_minute) == 100, "its interval is ten minutes"


def test_neighbours_of_a_flood_are_not_touched(example):
    gate = gate_of(example, device_burst=10)
    assert admitted(gate, "snow-01", [NOW] * 1_000) == 10
    assert admitted(gate, "snow-02", [NOW] * 10) == 10
    assert admitted(gate, "nobody", [NOW] * 1_000) == 1_000, "what is unknown is refused elsewhere"


def test_a_backlog_passes_and_leaves_room_for_what_is_new(example):
    gate = gate_of(example, device_burst=5)
    assert admitted(gate, "snow-01", [NOW] * 1_000, age=timedelta(minutes=11)) == 1_000
    assert admitted(gate, "snow-01", [NOW] * 10) == 5


def test_what_waited_with_us_passes_beside_what_is_new(example):
    gate = gate_of(example, device_burst=5)
    mixed = [at for number in range(500) for at in (NOW + number * SECOND, NOW - timedelta(hours=1) + number * SECOND)]
    assert admitted(gate, "snow-01", mixed) == 1_000


def test_a_server_clock_set_back_refuses_nobody_for_that(example):
    gate = gate_of(example, device_burst=5)
    assert admitted(gate, "snow-01", [NOW] * 10) == 5
    set_back = [NOW - timedelta(hours=1) + number * SECOND for number in range(100)]
    assert admitted(gate, "snow-01", set_back) == 100


def registry_of(site) -> Registry:
    streams = {stream.key: number for number, stream in enumerate(site.datastreams, 1)}
    return Registry(1, streams, {vehicle.id: number for number, vehicle in enumerate(site.vehicles, 1)})


def test_over_the_rate_is_set_aside_and_counted(example):
    site = replace(example, limits=Limits(device_burst=3))
    topic = f"yukimori/{site.id}/snow-01/reading"
    payload = b'{"at":null,"quantity":"snow_depth","value":80,"unit":"cm"}'
    messages = [Message(topic.encode(), payload, NOW, 1)] * 10
    batch = Pipeline(site, registry_of(site)).handle_all(messages)
    assert len(batch.observations) == 3
    assert {(row.reason, row.device) for row in batch.quarantine} == {("flood", "snow-01")}
    assert batch.counts["rows_received"] == 10
    assert batch.counts["rows_quarantined"] == batch.counts["messages_quarantined"] == 7


def floods(site, plan) -> list[str]:
    """The devices of a plan, published when due, that are held back."""
    pipeline = Pipeline(site, registry_of(site))
    messages = [Message(each.topic.encode(), each.payload, each.due or NOW, 1, each.retain) for each in plan]
    batch = pipeline.handle_all(messages)
    assert len(batch.observations) > 1_000
    return [row.device for row in batch.quarantine if row.reason == "flood"]


def test_the_example_night_is_no_flood(example):
    plan = night(example, seed=20260115, start=NOW, speed=60.0)
    assert floods(example, takewhile(lambda each: each.due < NOW + timedelta(minutes=5), plan)) == []


def test_the_recorded_flood_of_water_is_none_of_messages():
    site = load_site(EXAMPLES / "fukui")
    assert site.demo is not None
    files = [site.folder / name for name in site.demo.settings["files"]]
    device = site.demo.settings.get("device", "{id}")
    for pace in (
        Pace(speed=720.0, shift=Shift.NOW, history=timedelta(hours=29)),
        Pace(speed=None, shift=Shift.NOW),
        Pace(speed=None, shift=Shift.ORIGINAL),
    ):
        plan = planned(read_gauges(files, device=device), pace, NOW, site_id=site.id)
        assert floods(replace(site, limits=Limits(late_sensor=timedelta(days=1_000))), plan) == []
