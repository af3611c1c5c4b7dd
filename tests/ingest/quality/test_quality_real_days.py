"""Real floods and a whole winter night: what is dangerous is never hidden, what is ordinary is seldom doubted."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from ioos_qc import qartod

from config import load_site
from config.quality_limits import hastened
from core.model import Quality, QualityReason
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.quality import Neighbour, Series, Surroundings, at_elevation, gate_of, judge, kernels, needed_by, spans_of
from ingest.simulate import night
from store.rows import Registry

ROOT = Path(__file__).parents[3]
FUKUI = ROOT / "config" / "fukui"
JULY = ("2023-07-13.csv", "2023-07-14.csv", "2023-07-15.csv")
NOVEMBER = ("2024-11-01.csv", "2024-11-02.csv", "2024-11-03.csv")
RUNGS = ("standby", "caution", "warning", "danger")
SECOND = 1_000_000


@pytest.fixture(scope="module")
def site():
    return load_site(FUKUI)


def micros(written):
    """An instant of the files (JST, hour 24 is midnight) in µs since 1970."""
    day, clock = (
        datetime.fromisoformat(f"{written[:10]}T00:00+09:00"),
        timedelta(hours=int(written[11:13]), minutes=int(written[14:16])),
    )
    return int((day + clock).timestamp()) * SECOND


def read(files):
    """Of each gauge its readings as a series."""
    gauges = defaultdict(dict)
    for name in files:
        with (FUKUI / "recordings" / name).open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                level = row["河川水位"].strip()
                gauges[row["id"]][micros(row["日時"])] = np.nan if level in ("", "*") else float(level)
    return {gauge: as_series(levels) for gauge, levels in gauges.items()}


def as_series(levels):
    times = np.array(sorted(levels), dtype=np.int64)
    values = np.array([levels[time] for time in times.tolist()], dtype=np.float64)
    none = np.zeros(times.size, dtype=np.int64)
    return Series(times, values, gate_of(values, none), none.astype(bool))


@pytest.mark.parametrize(
    ("files", "readings", "suspect", "reached"),
    [
        (JULY, 6544, 31, {"standby": 349, "caution": 128, "warning": 17, "danger": 6}),
        (NOVEMBER, 7093, 33, {"standby": 268, "caution": 29, "warning": 0, "danger": 0}),
    ],
)
def test_no_dangerous_reading_of_a_real_flood_is_doubted(site, files, readings, suspect, reached):
    """With the start values: nothing fails, half a percent is suspect, all of it flat water at rest, and of all
    readings at or above a threshold none.
    """
    gauges, qualities, reasons, found = read(files), Counter(), Counter(), Counter()
    for stream in site.datastreams:
        if stream.device not in gauges:
            continue
        part = gauges[stream.device]
        verdicts = judge(stream, part)
        qualities.update(verdicts.quality.tolist())
        reasons.update(verdicts.reasons[verdicts.quality == Quality.SUSPECT].tolist())
        for rung in RUNGS:
            height = getattr(stream.thresholds, rung)
            above = np.zeros(len(part), dtype=bool) if height is None else part.values >= height
            assert set(verdicts.quality[above].tolist()) <= {Quality.GOOD}
            found[rung] += np.count_nonzero(above)
    assert qualities.total() == readings
    assert qualities[Quality.FAIL] == 0
    assert qualities[Quality.SUSPECT] == suspect
    assert set(reasons) <= {QualityReason.FLAT_LINE, QualityReason.FLAT_LINE | QualityReason.GAP}
    assert dict(found) == reached


@pytest.mark.parametrize(("files", "share"), [(JULY, 0.08), (NOVEMBER, 0.08)])
def test_with_limits_made_for_ten_minutes_hourly_floods_are_doubted_at_times_and_never_failed(site, files, share):
    """The strictest a town could be by mistake: limits of a gauge that reports every ten minutes."""
    gauges, at_rung, doubted = read(files), 0, 0
    for stream in site.datastreams:
        limits = replace(stream.limits, spike_suspect=0.2, gap_after=timedelta(hours=3))
        part = gauges.get(stream.device)
        if part is None or stream.thresholds.standby is None:
            continue
        verdicts = judge(replace(stream, limits=limits), part)
        above = part.values >= stream.thresholds.standby
        assert not np.any(verdicts.quality[above] == Quality.FAIL)
        at_rung += np.count_nonzero(above)
        doubted += np.count_nonzero(verdicts.quality[above] == Quality.SUSPECT)
    assert 0 < doubted <= share * at_rung


@pytest.mark.parametrize("files", [JULY, NOVEMBER])
def test_the_kernels_say_what_the_reference_says_of_the_real_days(site, files):
    gauges = read(files)
    ranges = {stream.device: spans_of(stream) for stream in site.datastreams}
    compared = 0
    for gauge in gauges.keys() & ranges.keys():
        part, spans = gauges[gauge], ranges[gauge]
        dates, interval = part.times.astype("datetime64[us]"), float(np.median(np.diff(part.times // SECOND)))
        fail, suspect = spans[:2], spans[2:]
        pairs = [
            (kernels.gross_range(part.values, spans), qartod.gross_range_test(part.values, fail, suspect)),
            (
                kernels.rate_of_change(part.times, part.values, 1e-4, 1e-4),
                qartod.rate_of_change_test(part.values, dates, 1e-4),
            ),
            (kernels.spike(part.values, 0.05, 0.2), qartod.spike_test(part.values, 0.05, 0.2)),
            (
                kernels.flat_line(
                    part.values,
                    kernels.windows_by_count(len(part), 10_800, interval),
                    kernels.windows_by_count(len(part), 86_400, interval),
                    0.015,
                ),
                qartod.flat_line_test(part.values, dates, 10_800, 86_400, 0.015),
            ),
            (kernels.time_gap(part.times, 3600 * SECOND), qartod.time_gap_test(dates, 1)),
        ]
        for ours, reference in pairs:
            np.testing.assert_array_equal(np.asarray(ours, dtype=int), np.asarray(reference).astype(int))
            compared += len(part)
    assert compared > 30_000


def night_rows(town, speed, hours):
    """What a made-up night becomes in the pipeline, a series a datastream."""
    streams = {stream.key: number for number, stream in enumerate(town.datastreams)}
    vehicles = {vehicle.id: number for number, vehicle in enumerate(town.vehicles)}
    pipeline = Pipeline(town, Registry(1, streams, vehicles))
    start = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
    plan = takewhile(lambda message: message.due < start + hours, night(town, seed=20260115, start=start, speed=speed))
    messages = [Message(message.topic.encode(), message.payload, message.due) for message in plan]
    levels = defaultdict(dict)
    for row in pipeline.handle_all(messages).observations:
        micro = int(row.at.timestamp() * SECOND)
        levels[row.datastream][micro] = np.nan if row.value is None else row.value
    return {key: as_series(levels[number]) for key, number in streams.items()}


@pytest.mark.parametrize(("speed", "hours"), [(1, timedelta(hours=2)), (60, timedelta(minutes=14))])
def test_an_ordinary_winter_night_is_good(speed, hours):
    """Heavy snow, a blocked channel, a river that rises: nothing of it is doubted, at life's speed or played faster."""
    town = hastened(load_site(ROOT / "config" / "example"), speed)
    town = replace(town, vehicles=())
    series, verdicts = night_rows(town, speed, hours), {}
    for stream in town.datastreams:
        needed = needed_by(town, stream)
        air = needed.air and at_elevation(series[needed.air.stream.key], needed.air.elevation_difference_m)
        near = (
            Neighbour(series[other.stream.key], other.distance_km, other.elevation_difference_m)
            for other in needed.neighbours
        )
        verdicts[stream.key] = judge(stream, series[stream.key], Surroundings(air, tuple(near)))
    assert sum(found.quality.size for found in verdicts.values()) > 1_500
    doubted = {key: np.count_nonzero(found.quality >= Quality.SUSPECT) for key, found in verdicts.items()}
    assert {key: count for key, count in doubted.items() if count} == {}


def test_played_faster_without_saying_so_water_is_doubted():
    town = replace(load_site(ROOT / "config" / "example"), vehicles=())
    series = night_rows(town, 60, timedelta(minutes=14))
    river = next(stream for stream in town.datastreams if stream.key == "river-nyu-upper/water_level")
    assert np.any(judge(river, series[river.key]).reasons & QualityReason.RATE_OF_CHANGE)
