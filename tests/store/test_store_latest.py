"""Latest values and positions, and asking for what changed."""

import threading
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from core.model import Quality, Task
from store.rows import Batch

MINUTE = timedelta(minutes=1)


def test_the_latest_value_follows_the_event_time_not_the_arrival(store, snow, noon, measured):
    for minutes, value in ((0, 100.0), (10, 110.0), (5, 105.0)):
        store.append(1, Batch(observations=[measured(snow, noon + minutes * MINUTE, value)]))
    (latest,) = store.latest_values(1)
    assert (latest.datastream, latest.station, latest.quantity) == (snow, "snow-1", "snow_depth")
    assert (latest.at, latest.value, latest.quality) == (noon + 10 * MINUTE, 110.0, Quality.GOOD)


@pytest.mark.parametrize(
    ("quality", "taken"),
    [
        (Quality.GOOD, True),
        (Quality.NOT_EVALUATED, True),
        (Quality.SUSPECT, True),
        (Quality.FAIL, False),
        (Quality.MISSING, False),
    ],
)
def test_only_usable_values_become_the_latest(store, snow, noon, measured, quality, taken):
    store.append(1, Batch(observations=[measured(snow, noon), measured(snow, noon + MINUTE, 9.0, quality)]))
    assert store.latest_values(1)[0].at == (noon + MINUTE if taken else noon)


def test_a_value_from_the_future_never_freezes_the_latest(store, snow, plough, noon, measured, fixed):
    ahead = noon + timedelta(days=3)
    batch = Batch(
        observations=[measured(snow, noon), measured(snow, ahead, received_at=noon)],
        positions=[fixed(plough, noon), fixed(plough, ahead, received_at=noon)],
    )
    assert store.append(1, batch).stored == 4
    assert store.latest_values(1)[0].at == noon
    assert store.latest_positions(1)[0].at == noon


def test_the_latest_position(store, plough, noon, fixed):
    rows = [
        fixed(plough, noon + 2 * MINUTE, lon=140.6),
        fixed(plough, noon),
        fixed(plough, noon + 3 * MINUTE, quality=4),
    ]
    store.append(1, Batch(positions=rows))
    (latest,) = store.latest_positions(1)
    assert (latest.vehicle, latest.lon, latest.lat, latest.task) == ("plough-1", 140.6, 38.6, Task.PLOUGH)
    assert (latest.speed_kmh, latest.heading_deg) == (20.0, 90.0)


def test_sites_see_only_their_own(store, town, snow, noon, measured):
    other = store.register(replace(town, id="other"))
    assert other.site != 1
    assert set(other.datastreams.values()).isdisjoint(store.register(town).datastreams.values())
    store.append(1, Batch(observations=[measured(snow, noon)], counts={"received": 1}))
    assert store.latest_values(other.site) == []
    assert store.changes(other.site, None).values == []
    assert store.counters(other.site) == {}
    assert store.arrivals(other.site, None)[1] == {}


def test_changes_give_everything_once_then_what_changed(store, snow, plough, noon, measured, fixed):
    store.append(1, Batch(observations=[measured(snow, noon)], positions=[fixed(plough, noon)]))
    first = store.changes(1, None)
    assert first.values == store.latest_values(1)
    assert first.ploughs_heard_at == store.latest_positions(1)[0].received_at
    store.append(1, Batch(observations=[measured(snow, noon + MINUTE)]))
    second = store.changes(1, first.cursor)
    assert [value.at for value in second.values] == [noon + MINUTE]
    assert second.values[0].version > first.values[0].version
    assert second.ploughs_heard_at is None
    third = store.changes(1, second.cursor)
    assert (third.values, third.ploughs_heard_at, third.episodes) == ([], None, [])


def test_late_data_changes_nothing_on_a_screen(store, snow, noon, measured):
    store.append(1, Batch(observations=[measured(snow, noon)]))
    before = store.changes(1, None)
    store.append(1, Batch(observations=[measured(snow, noon - timedelta(hours=5))]))
    assert store.changes(1, before.cursor).values == []


@pytest.mark.db
def test_no_change_is_missed_when_transactions_commit_out_of_order(plain_store, plain_dsn, town, noon, measured):
    registry = plain_store.register(town)
    one, two = registry.datastreams["snow-1/snow_depth"], registry.datastreams["river-1/water_level"]
    with psycopg.connect(plain_dsn) as slow:
        slow.execute(  # takes its transaction number first, commits last
            "insert into observation_latest (datastream_id, at, value, quality, reasons, received_at)"
            " values (%s, %s, 1, 1, 0, %s)",
            [one, noon, noon],
        )
        plain_store.append(1, Batch(observations=[measured(two, noon)]))
        first = plain_store.changes(1, None)
        assert [value.datastream for value in first.values] == [two]
        assert [value.datastream for value in plain_store.changes(1, first.cursor).values] == [two]
        slow.commit()
    second = plain_store.changes(1, first.cursor)
    assert {value.datastream for value in second.values} == {one, two}
    assert plain_store.changes(1, second.cursor).values == []


@pytest.mark.db
def test_the_same_rows_from_two_collectors_at_once_are_stored_once(plain_store, town, noon, measured):
    registry = plain_store.register(town)
    streams = sorted(registry.datastreams.values())
    rows = [measured(stream, noon + place * MINUTE) for place in range(300) for stream in streams]
    done, together = [], threading.Barrier(2)

    def collect(given):
        for start in range(0, len(given), 30):
            together.wait()
            done.append(plain_store.append(1, Batch(observations=given[start : start + 30])))

    workers = [threading.Thread(target=collect, args=(given,)) for given in (rows, rows[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(each.stored for each in done) == len(rows)
    assert sum(each.duplicate for each in done) == len(rows)
    assert plain_store.counters(1) == {"stored": 900, "duplicate": 900}
    assert {value.at for value in plain_store.latest_values(1)} == {noon + 299 * MINUTE}


def test_arrivals_name_what_to_look_at_and_from_when(store, registry, noon, measured):
    one, two = registry.datastreams["snow-1/snow_depth"], registry.datastreams["river-1/water_level"]
    cursor, nothing = store.arrivals(1, None)
    assert nothing == {}
    store.append(1, Batch(observations=[measured(one, noon), measured(two, noon + MINUTE)]))
    cursor, found = store.arrivals(1, cursor)
    assert found == {one: noon, two: noon + MINUTE}
    late = [measured(one, noon - timedelta(days=9)), measured(one, noon + 2 * MINUTE)]
    store.append(1, Batch(observations=late))
    following, found = store.arrivals(1, cursor)
    assert found == {one: noon - timedelta(days=9)}
    store.append(1, Batch(observations=late))
    assert store.arrivals(1, following)[1] == {}, "what was known is no arrival"
    assert store.arrivals(1, None)[1] == {one: noon - timedelta(days=9), two: noon + MINUTE}


def test_arrivals_of_a_failed_value_count_too(store, snow, noon, measured):
    cursor, _ = store.arrivals(1, None)
    store.append(1, Batch(observations=[measured(snow, noon, None, Quality.MISSING)]))
    assert store.arrivals(1, cursor)[1] == {snow: noon}


def test_a_cursor_older_than_the_list_of_arrivals_gets_everything(store, registry, noon, measured):
    one, two = registry.datastreams["snow-1/snow_depth"], registry.datastreams["river-1/water_level"]
    cursor, _ = store.arrivals(1, None)
    store.append(1, Batch(observations=[measured(one, noon)]))
    store.maintain(noon + timedelta(days=10))
    store.append(1, Batch(observations=[measured(two, noon)]))
    assert store.arrivals(1, cursor)[1] == {one: noon, two: noon}
