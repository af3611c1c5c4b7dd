"""Series and summaries: the same answer before and after a refresh, with late data, on both flavours."""

import random
import statistics
from datetime import timedelta

import psycopg
import pytest

from core.model import Quality
from core.times import JST
from store import open_store
from store.rows import Batch, SeriesPoint

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEPS = (10 * MINUTE, HOUR, DAY)
USABLE = (Quality.GOOD, Quality.NOT_EVALUATED, Quality.SUSPECT)


def bucket_start(at, step):
    """The oracle's buckets: reckoned from midnight in Japan."""
    local = at.astimezone(JST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // step * step


def expected_series(rows, step):
    """Plain Python over the raw rows: the oracle for both flavours."""
    buckets = {}
    for row in rows:
        buckets.setdefault(bucket_start(row.at, step), []).append(row)
    points = []
    for at, inside in sorted(buckets.items()):
        usable = [row.value for row in inside if row.quality in USABLE]
        flags = {row.quality for row in inside}
        ladder = (Quality.SUSPECT, Quality.GOOD, Quality.NOT_EVALUATED, Quality.FAIL, Quality.MISSING)
        points.append(
            SeriesPoint(
                at,
                pytest.approx(statistics.fmean(usable)) if usable else None,
                min(usable, default=None),
                max(usable, default=None),
                next(flag for flag in ladder if flag in flags),
                len(usable),
            )
        )
    return points


@pytest.fixture
def season(measured, noon):
    """Three days at 5 minutes in shuffled order, with gaps, suspect, failed and missing values."""

    def make(stream):
        dice = random.Random(7)
        rows = []
        for place in range(3 * 288):
            if dice.random() < 0.1:
                continue
            quality = dice.choices((1, 2, 3, 4, 9), weights=(80, 5, 5, 5, 5))[0]
            value = None if quality == 9 else round(dice.uniform(0, 300), 1)
            rows.append(measured(stream, noon - 3 * DAY + place * 5 * MINUTE, value, Quality(quality)))
        dice.shuffle(rows)
        return rows

    return make


def everything(store, stream, noon, step):
    return store.series(stream, noon - 40 * DAY, noon + 2 * DAY, step)


@pytest.mark.parametrize("step", STEPS)
def test_summaries_equal_a_reckoning_from_raw_rows(store, snow, noon, season, step):
    rows = season(snow)
    store.append(1, Batch(observations=rows))
    expected = expected_series(rows, step)
    assert everything(store, snow, noon, step) == expected, "before any refresh"
    store.maintain(noon)
    assert everything(store, snow, noon, step) == expected, "after the refresh"
    store.maintain(noon)
    assert everything(store, snow, noon, step) == expected, "after another"


@pytest.mark.parametrize("step", STEPS)
def test_late_data_moves_exactly_the_buckets_it_falls_into(store, snow, noon, season, measured, step):
    rows = season(snow)
    store.append(1, Batch(observations=rows))
    store.maintain(noon)
    before = everything(store, snow, noon, step)
    late = [
        measured(snow, noon - 2 * DAY + 3 * MINUTE, 999.0),
        measured(snow, noon - 20 * DAY, 5.0),
        measured(snow, noon - 2 * DAY + 4 * MINUTE, None, Quality.MISSING),
    ]
    store.append(1, Batch(observations=late))
    expected = expected_series(rows + late, step)
    assert everything(store, snow, noon, step) == expected, "at once"
    store.maintain(noon)
    after = everything(store, snow, noon, step)
    assert after == expected, "after the refresh"
    known = {(point.at, point.low, point.high, point.quality, point.count) for point in before}
    moved = [point.at for point in after if (point.at, point.low, point.high, point.quality, point.count) not in known]
    assert moved == sorted({bucket_start(row.at, step) for row in late[:2]})


def test_a_refreshed_summary_is_read_from_the_summary(store, snow, noon, season, look):
    rows = season(snow)
    store.append(1, Batch(observations=rows))
    store.maintain(noon)
    for table, step in zip(("summary_10m", "summary_1h", "summary_1d"), STEPS, strict=True):
        kept = look(
            f"select bucket, total / nullif(good + unevaluated + suspect, 0), low, high from {table} order by bucket"
        )
        expected = [(point.at, point.value, point.low, point.high) for point in expected_series(rows, step)]
        assert kept == expected
    last = look("select last_value, last_at from summary_1d order by bucket desc limit 1")
    newest = max((row for row in rows if row.quality in USABLE), key=lambda row: row.at)
    assert last == [(newest.value, newest.at)]


def test_a_season_in_any_order_gives_the_same_summaries(store, registry, noon, season, measured):
    one, two = registry.datastreams["snow-1/snow_depth"], registry.datastreams["river-1/water_level"]
    ordered = sorted(season(one), key=lambda row: row.at)
    for start in range(0, len(ordered), 97):
        store.append(1, Batch(observations=ordered[start : start + 97]))
        store.maintain(noon)
    shuffled = [measured(two, row.at, row.value, row.quality) for row in season(one)]
    for start in range(0, len(shuffled), 211):
        store.append(1, Batch(observations=shuffled[start : start + 211]))
    store.maintain(noon)
    for step in STEPS:
        first, second = everything(store, one, noon, step), everything(store, two, noon, step)
        assert [(p.at, p.low, p.high, p.quality, p.count) for p in first] == [
            (p.at, p.low, p.high, p.quality, p.count) for p in second
        ]
        assert [p.value for p in first] == [pytest.approx(p.value) for p in second]


def test_raw_samples_are_half_open_and_in_order(store, snow, noon, measured):
    rows = [measured(snow, noon + place * MINUTE, float(place)) for place in (3, 1, 0, 2)]
    store.append(1, Batch(observations=rows))
    found = store.series(snow, noon, noon + 3 * MINUTE, None)
    assert found == [
        SeriesPoint(noon + place * MINUTE, float(place), float(place), float(place), Quality.GOOD, 1)
        for place in range(3)
    ]
    assert store.series(snow, noon, noon + 3 * MINUTE, 5 * MINUTE) == found, "finer than any summary"


@pytest.mark.parametrize(
    ("step", "picked"),
    [(10 * MINUTE, 6 * 3), (59 * MINUTE, 6 * 3), (HOUR, 3), (5 * HOUR, 3), (DAY, 1), (365 * DAY, 1)],
)
def test_the_coarsest_summary_that_is_fine_enough_is_picked(store, snow, noon, measured, step, picked):
    store.append(1, Batch(observations=[measured(snow, noon + place * MINUTE) for place in range(180)]))
    assert len(store.series(snow, noon, noon + 3 * HOUR, step)) == picked


def test_the_bucket_in_which_the_span_begins_is_included(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon + place * MINUTE, float(place)) for place in range(60)]))
    for _ in range(2):
        found = store.series(snow, noon + 15 * MINUTE, noon + 40 * MINUTE, 10 * MINUTE)
        assert [(point.at - noon, point.count) for point in found] == [
            (10 * MINUTE, 10), (20 * MINUTE, 10), (30 * MINUTE, 10),
        ]  # fmt: skip
        store.maintain(noon)


def test_an_unknown_datastream_has_an_empty_series(store, registry, noon):
    assert everything(store, 4711, noon, None) == []
    assert everything(store, 4711, noon, HOUR) == []
    assert store.samples([4711], noon, noon) == {4711: []}
    assert store.samples([], noon, noon) == {}


def test_a_summary_outlives_the_raw_rows_past_their_keeping(store, snow, plough, noon, measured, fixed, look):
    old = noon - timedelta(days=3800)
    store.append(1, Batch(observations=[measured(snow, old), measured(snow, noon)], positions=[fixed(plough, old)]))
    store.append(1, Batch(positions=[fixed(plough, noon)]))
    store.maintain(noon)
    store.maintain(noon)
    assert look("select at from observation") == [(noon,)]
    assert look("select at from vehicle_position") == [(noon,)]
    assert [point.value for point in store.series(snow, old - DAY, old + DAY, DAY)] == [100.0]


@pytest.mark.timescale
def test_old_chunks_are_compressed_and_still_take_late_rows(timescale_dsn, town, noon, measured):
    with open_store(timescale_dsn, pool_size=1) as store:
        number = store.register(town).datastreams["snow-1/snow_depth"]
        old = [measured(number, noon - 60 * DAY + place * HOUR) for place in range(48)]
        store.append(1, Batch(observations=[*old, measured(number, noon)]))
        store.maintain(noon)
        with psycopg.connect(timescale_dsn, prepare_threshold=None) as connection:
            chunks = connection.execute(
                "select is_compressed, count(*) from timescaledb_information.chunks"
                " where hypertable_name = 'observation' group by 1 order by 1"
            ).fetchall()
        assert (False, 1) in chunks
        assert dict(chunks)[True] in (1, 2)
        late = [measured(number, noon - 60 * DAY + 5 * MINUTE, 7.0), measured(number, noon - 60 * DAY, 8.0)]
        done = store.append(1, Batch(observations=[*old, *late]))
        assert (done.stored, done.duplicate, done.conflict) == (1, 48, 1)
        expected = expected_series([*old, late[0]], DAY)
        assert store.series(number, noon - 70 * DAY, noon - 50 * DAY, DAY) == expected
        store.maintain(noon)
        assert store.series(number, noon - 70 * DAY, noon - 50 * DAY, DAY) == expected
