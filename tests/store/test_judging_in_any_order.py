"""The judge on both flavours: whatever the order of arrival, however often it is started anew, the end is the same."""

import itertools
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.model import (
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityLimits,
    QualityReason,
    Station,
    StationId,
    StationKind,
)
from ingest.judge_rounds import Judge
from ingest.judging import subjects_of
from ingest.requality import Requality, plan
from store.rows import Batch
from store.verdicts import Span

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEN = 10 * MINUTE
SNOW = QualityLimits(
    rise_per_h=30.0,
    fall_per_h=20.0,
    spike_suspect=20.0,
    spike_fail=60.0,
    flat_suspect_after=4 * HOUR,
    neighbour_km=20.0,
    neighbour_difference=25.0,
)
WATER = QualityLimits(spike_suspect=0.3, spike_fail=2.0, winter_jump=0.3, flat_suspect_after=6 * HOUR)
SNOW_KEYS = [f"snow-{number}/snow_depth" for number in (1, 2, 3)]


@pytest.fixture
def snow_town(town):
    """Three snow gauges near each other, a river gauge and a thermometer."""
    names = ("snow-1", "snow-2", "snow-3", "river-1", "weather-1")
    stations = tuple(
        Station(
            id=StationId(name),
            kind=StationKind.SNOW,
            name_ja=name,
            name_en=name,
            position=Position(140.4 + place / 100, 38.6),
            elevation_m=100.0 + place,
        )
        for place, name in enumerate(names)
    )
    streams = (
        *(_stream(name, "snow_depth", SNOW) for name in names[:3]),
        _stream("river-1", "water_level", WATER),
        _stream("weather-1", "air_temperature", QualityLimits(spike_suspect=8.0), low=-50.0, high=50.0),
    )
    return replace(town, stations=stations, datastreams=streams)


def _stream(station, quantity, limits, low=0.0, high=400.0):
    return Datastream(
        station=StationId(station),
        quantity=quantity,
        device=DeviceId(f"dev-{station}"),
        expected_interval=TEN,
        stale_after=3 * TEN,
        range_min=low,
        range_max=high,
        limits=limits,
    )


def winter_days(registry, noon, seed, days=3):
    """Readings every ten minutes with falling snow, spikes, jumps of ice, a dead hour, gaps and flat stretches."""
    dice, rows = random.Random(seed), []
    start = noon - days * DAY
    for key, number in registry.datastreams.items():
        level = {"snow_depth": 80.0, "water_level": 1.2, "air_temperature": -4.0}[key.split("/")[1]]
        for place in range(days * 144):
            if dice.random() < 0.03:
                continue
            stuck = "snow-2" in key and 100 < place < 150
            level += 0.0 if stuck else dice.uniform(-0.01, 0.02)
            value = level
            if dice.random() < 0.02 and not stuck:
                value += dice.choice((30.0, 90.0, 500.0)) if "snow" in key else dice.choice((0.5, 3.0, -9.0))
            if "snow-3" in key and place > 250:
                value += 60.0
            at = start + place * TEN
            if dice.random() < 0.01:
                rows.append(_row(number, at, None, Quality.MISSING))
            else:
                rows.append(_row(number, at, round(value, 2), Quality.GOOD))
    return rows


def _row(number, at, value, quality):
    return Observation(number, at, value, value, quality, QualityReason.NONE, at + timedelta(seconds=20))


def work_off(judge):
    rounds = 0
    while judge.round().more:
        rounds += 1
        assert rounds < 1000
    return rounds


def arrive(store, site, registry, portions, *, start_anew=False, hours=8_000):
    judge = Judge(site, store, registry, hours_a_round=hours)
    for portion in portions:
        store.append(registry.site, Batch(observations=portion))
        if start_anew:
            judge = Judge(site, store, registry, hours_a_round=hours)
        work_off(judge)


def portions_of(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def flags(store, registry, noon):
    """Every stored row: what it says of its value."""
    found = {}
    for key, number in registry.datastreams.items():
        (stretch,) = store.judging.stretches([Span(number, noon - 60 * DAY, noon + DAY)])
        for row in zip(stretch.at, stretch.value, stretch.quality, stretch.reasons, stretch.tests, strict=True):
            found[key, row[0]] = row[1:]
    return found


def shown(store, registry, noon):
    """What the outside sees of it: latest values and summaries."""
    latest = {each.datastream: (each.at, each.value, each.quality, each.reasons) for each in store.latest_values(1)}
    store.maintain(noon)
    summaries = {
        (number, step): [
            (point.at, point.low, point.high, point.quality, point.count)
            for point in store.series(number, noon - 60 * DAY, noon + DAY, step)
        ]
        for number in registry.datastreams.values()
        for step in (TEN, HOUR, DAY)
    }
    return latest, summaries


def assert_history_fits(store, registry, noon, stored):
    """The versions of a row follow one another, and the last is what stands."""
    for key, number in registry.datastreams.items():
        versions = defaultdict(list)
        for version in store.judging.versions(Span(number, noon - 60 * DAY, noon + DAY), 100_000):
            versions[version.change.at].append(version.change)
        for at, changes in versions.items():
            for before, after in itertools.pairwise(changes):
                assert after.was == before.now
            last = changes[-1].now
            micros = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            assert stored[key, micros] == (last.value, last.quality, last.reasons, last.tests)


def forget_everything(look):
    for table in ("observation", "observation_latest", "observation_touched", "observation_verdict", "judged"):
        look(f"truncate {table}")
    look("truncate judge_state")


def test_late_and_shuffled_rows_end_with_the_flags_of_ordered_ones(store, snow_town, noon, look):
    registry = store.register(snow_town)
    rows = winter_days(registry, noon, seed=3)
    in_order = sorted(rows, key=lambda row: row.at)
    arrive(store, snow_town, registry, portions_of(in_order, 150))
    expected = flags(store, registry, noon)
    seen = shown(store, registry, noon)
    assert_history_fits(store, registry, noon, expected)
    met = {reason for _, _, reasons, _ in expected.values() for reason in QualityReason(reasons)}
    assert met >= {
        QualityReason.GROSS_RANGE,
        QualityReason.SPIKE,
        QualityReason.RATE_OF_CHANGE,
        QualityReason.FLAT_LINE,
        QualityReason.GAP,
        QualityReason.WINTER,
        QualityReason.NEIGHBOUR,
    }
    shuffled = random.Random(11).sample(rows, len(rows))
    backwards = in_order[::-1]
    for name, order, size, start_anew in (("shuffled", shuffled, 333, True), ("backwards", backwards, 500, False)):
        forget_everything(look)
        arrive(store, snow_town, registry, portions_of(order, size), start_anew=start_anew, hours=97)
        stored = flags(store, registry, noon)
        assert stored == expected, name
        assert_history_fits(store, registry, noon, stored)
        assert shown(store, registry, noon) == seen, name


def test_history_judged_anew_is_what_live_judging_gave_and_twice_is_once(store, snow_town, noon, look, stop):
    registry = store.register(snow_town)
    rows = winter_days(registry, noon, seed=5)
    arrive(store, snow_town, registry, portions_of(sorted(rows, key=lambda row: row.at), 400))
    expected = flags(store, registry, noon)
    forget_everything(look)
    store.append(registry.site, Batch(observations=rows))
    subjects = list(subjects_of(snow_town, registry).values())

    def anew():
        plans = plan(store, subjects, None, None)
        return list(Requality(store=store, site_no=registry.site, plans=plans, dry_run=False).run(stop))

    first = anew()
    assert sum(each.rows for each in first) == len(rows)
    assert flags(store, registry, noon) == expected
    assert all(each.finished for each in first)
    again = anew()
    assert [(each.values, each.flags) for each in again] == [(0, 0)] * len(subjects)
    assert flags(store, registry, noon) == expected
    work_off(Judge(snow_town, store, registry))
    assert flags(store, registry, noon) == expected, "live judging has nothing to add"
