"""The pure parts of the benches: what they reckon, write and publish."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.listeners import Listeners
from bench.measurement import Measurement, percentiles, quantile, rounded, save, spread
from bench.messages import INTERVAL_S, SPIKE_EVERY, backlog, depth_cm, position, reading
from bench.moving_town import on_circle, shown_places
from bench.rows import drives, in_batches, winter
from bench.sites import EAST, NORTH, SOUTH, WEST, write_site
from config import check_site
from core.model import DeviceId
from ingest.codecs import CODECS
from ingest.messages import CodecOptions, Message

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), share=st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0])
)
def test_a_quantile_is_the_smallest_value_with_that_share_at_or_below_it(values, share):
    found = quantile(values, share)
    needed = math.ceil(share * len(values) - 1e-9)
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


def test_no_values_have_no_quantile():
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.70512, "0.7051"),
        (0.0, "0"),
        (12.3456, "12.35"),
        (41287.4, "41287"),
        (1, "1"),
        (999.96, "1000"),
        (-0.25, "-0.25"),
    ],
)
def test_numbers_are_written_with_four_digits_and_never_in_powers_of_ten(value, text):
    assert rounded(value) == text


def test_a_line_is_name_value_unit_and_the_verdict_where_there_is_a_target():
    assert Measurement("a", 1.5, "ms").line() == "a 1.5 ms"
    assert Measurement("a", 0.7, "×", at_least=0.7).line() == "a 0.7 ×  # target >= 0.7: reached"
    assert Measurement("a", 31, "ms", at_most=30).line() == "a 31 ms  # target <= 30: NOT REACHED"


def test_repeats_give_median_and_extremes_and_events_give_percentiles():
    assert [(found.name, found.value) for found in spread("x", [3.0, 1.0, 9.0], "s")] == [
        ("x_median", 3.0),
        ("x_min", 1.0),
        ("x_max", 9.0),
    ]
    found = percentiles("y", [float(number) for number in range(1, 101)], "ms", p99_at_most=98)
    assert [(each.value, each.reached) for each in found] == [(50.0, True), (95.0, True), (99.0, False)]


def test_results_are_written_with_their_circumstances(tmp_path):
    path = save(tmp_path / "results", "store", [Measurement("a", 2.0, "s", at_most=3)], {"scale": 0.5})
    assert path.name == "store.json"
    assert json.loads(path.read_text()) == {
        "bench": "store",
        "scale": 0.5,
        "measurements": [{"name": "a", "value": 2.0, "unit": "s", "target": "<= 3", "reached": True}],
    }


@pytest.mark.parametrize(("stations", "vehicles"), [(1, 0), (100, 0), (500, 60)])
def test_a_made_up_site_is_sound(tmp_path, stations, vehicles):
    checked = check_site(write_site(tmp_path / "site", name="bench", stations=stations, vehicles=vehicles))
    assert not checked.mistakes
    assert checked.site is not None
    assert (len(checked.site.stations), len(checked.site.vehicles)) == (stations, vehicles)
    assert len({station.position for station in checked.site.stations}) == stations


def test_a_backlog_is_distinct_in_order_and_readable():
    published = list(backlog("bench", 7, 30, NOW))
    found = [_reading(topic, payload) for topic, payload in published]
    assert len({(each.device, each.at) for each in found}) == 30
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert found[-1].at == NOW


def test_half_of_the_gauges_number_their_messages_one_after_the_other():
    newest = NOW - timedelta(seconds=NOW.timestamp() % INTERVAL_S)
    numbers: dict[str, list[int]] = {}
    for turn in range(2):
        for topic, payload in backlog("bench", 4, 20, newest + timedelta(seconds=5 * INTERVAL_S * turn)):
            numbers.setdefault(topic.split("/")[2], []).extend(
                [json.loads(payload)["seq"]] if b"seq" in payload else []
            )
    assert {device for device, found in numbers.items() if found} == {"gauge-001", "gauge-003"}
    assert all(found == list(range(found[0], found[0] + 10)) for found in numbers.values() if found)


def test_a_backlog_has_few_spikes_and_is_steady_otherwise():
    values = [json.loads(payload)["value"] for _, payload in backlog("bench", 10, 4_000, NOW)]
    spikes = [value for value in values if value > 150]
    assert len(spikes) == 4_000 // SPIKE_EVERY
    assert all(
        abs(depth_cm(3, NOW + timedelta(minutes=10 * n)) - depth_cm(3, NOW + timedelta(minutes=10 * n + 10))) < 1
        for n in range(300)
    )


def test_drives_are_seeded_stay_in_the_area_and_every_fix_is_its_own():
    fixes = list(drives([3, 8], NOW, timedelta(seconds=5), 60, seed=2))
    assert fixes == list(drives([3, 8], NOW, timedelta(seconds=5), 60, seed=2))
    assert len({(fix.vehicle, fix.at) for fix in fixes}) == len(fixes) == 120
    assert all(WEST <= fix.lon <= EAST and SOUTH <= fix.lat <= NORTH for fix in fixes)
    assert all(fix.at < fix.received_at for fix in fixes)


def test_sixty_ploughs_are_told_of_each_second_under_names_of_their_own():
    told = shown_places(60, NOW, 3)
    later = shown_places(60, NOW + timedelta(seconds=1), 4)
    assert len({fix.id for fix in told}) == 60
    assert [fix.id for fix in told] == [fix.id for fix in later]
    assert all((fix.lon, fix.lat) != (after.lon, after.lat) for fix, after in zip(told, later, strict=True))
    assert all(0 <= fix.heading_deg < 360 for fix in told)


def test_readings_and_positions_are_readable():
    assert _decoded(*reading("bench", 3, NOW, 12.5)).device == DeviceId("gauge-003")
    assert _decoded(*position("bench", "plough-01", NOW, (140.4, 38.6), 90.0)).lon == 140.4


def _reading(topic, payload):
    """The reading of a message, without its number."""
    return CODECS["yukimori"].decode(Message(topic.encode(), payload, NOW), topic, CodecOptions())[0]


def _decoded(topic, payload):
    (found,) = CODECS["yukimori"].decode(Message(topic.encode(), payload, NOW), topic, CodecOptions())
    return found


@given(number=st.integers(0, 59), second=st.integers(0, 10_000))
def test_a_plough_stays_in_town_and_looks_where_it_drives(number, second):
    (lon, lat), heading = on_circle(number, 60, second)
    (ahead_lon, ahead_lat), _ = on_circle(number, 60, second + 0.5)
    assert WEST <= lon <= EAST
    assert SOUTH <= lat <= NORTH
    assert 0 <= heading < 360
    moves_east, moves_north = ahead_lon - lon, ahead_lat - lat
    assert moves_east * math.sin(math.radians(heading)) + moves_north * math.cos(math.radians(heading)) > 0


def test_a_winter_is_seeded_and_every_row_is_its_own():
    rows = list(winter([4, 9], NOW, timedelta(minutes=10), 50, seed=3))
    assert rows == list(winter([4, 9], NOW, timedelta(minutes=10), 50, seed=3))
    assert len({(row.datastream, row.at) for row in rows}) == len(rows) == 100
    assert all(row.at < row.received_at for row in rows)
    batches = list(in_batches(iter(rows), 30))
    assert [len(batch.observations) for batch in batches] == [30, 30, 30, 10]
    assert sum(batch.counts["rows_received"] for batch in batches) == 100


def test_a_latency_is_counted_for_each_reading_and_listener_but_not_for_what_is_repeated():
    listeners = Listeners()
    instant = NOW.timestamp()
    listeners.bodies = {
        b"id: 1": _event(("s1", NOW)),
        b"id: 2": _event(("s1", NOW), ("s2", NOW + timedelta(seconds=1))),
    }
    listeners.arrivals = [(b"id: 1", instant + 0.2), (b"id: 1", instant + 0.3), (b"id: 2", instant + 1.1)]
    listeners.present = 2
    assert listeners.result() == {"latencies": [(100, 1), (200, 1), (300, 1)], "seen": 2, "listeners": 2}


def _event(*stations):
    features = [
        {"id": station, "properties": {"quantities": {"snow_depth": {"at": at.isoformat()}}}}
        for station, at in stations
    ]
    return b"event: delta\nid: x\ndata: " + json.dumps({"stations": features}).encode() + b"\n\n"


def test_a_bench_that_is_none_is_refused():
    command = [sys.executable, "-m", "bench", "weather"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no weather; there are: ingest, live, store, judge, keep, recover, series, page" in done.stderr
