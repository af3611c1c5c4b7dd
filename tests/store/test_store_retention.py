"""What is past its keeping leaves, site by site and class by class; the summaries stay. On both flavours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config.model import Retention
from store import retention
from store.archiving import Place
from store.months import month_bounds, month_of
from store.rows import Batch

DAY = timedelta(days=1)
STEPS = (timedelta(minutes=10), timedelta(hours=1), DAY)
AT = "select distinct at from observation order by at"


@pytest.fixture
def sites(store, town):
    """Registers the town and another one upstream, each with its own keeping; their registries."""

    def make(mine, theirs=None):
        here = store.register(replace(town, retention=mine))
        there = store.register(replace(town, id="upstream", retention=theirs or mine))
        return here, there

    return make


def depth(registry):
    return registry.datastreams["snow-1/snow_depth"]


def partitions(look, store, table="observation"):
    if store.flavour == "plain":
        return len(look(f"select inhrelid from pg_inherits where inhparent = '{table}'::regclass"))
    return len(look(f"select show_chunks('{table}')"))


def series(store, stream, noon):
    return {step: store.series(stream, noon - 3000 * DAY, noon, step) for step in STEPS}


def test_what_nobody_keeps_is_dropped_as_a_whole_and_stays_in_the_summaries(store, sites, noon, measured, look):
    here, there = sites(Retention(observations=100 * DAY))
    old = [measured(depth(each), noon - age * DAY, float(age)) for each in (here, there) for age in (170, 200, 400)]
    young = [measured(depth(here), noon - 90 * DAY), measured(depth(here), noon)]
    store.append(here.site, Batch(observations=[*old, *young]))
    before = partitions(look, store)
    store.maintain(noon - timedelta(hours=2) - 100 * DAY)
    assert len(look(AT)) == 4, "the oldest was past its keeping a hundred days ago"
    kept = series(store, depth(here), noon + DAY)
    store.maintain(noon)
    assert [at for (at,) in look(AT)] == [row.at for row in young]
    assert partitions(look, store) <= before - 2
    for _ in range(2):
        assert series(store, depth(here), noon + DAY) == kept, "twice is not double"
        assert [point.value for point in series(store, depth(there), noon)[DAY]] == [400.0, 200.0, 170.0]
        store.maintain(noon + timedelta(hours=2))


def test_a_site_that_keeps_longer_keeps_its_rows(store, sites, noon, measured, fixed, look):
    here, there = sites(
        Retention(observations=100 * DAY, positions=40 * DAY), Retention(observations=1000 * DAY, positions=1000 * DAY)
    )
    at = noon - 300 * DAY
    store.append(1, Batch(observations=[measured(depth(each), at, 5.0) for each in (here, there)]))
    store.append(1, Batch(positions=[fixed(each.vehicles["plough-1"], at) for each in (here, there)]))
    if store.flavour == "timescale":
        look("select compress_chunk(chunk, true) from show_chunks('observation') as chunk")
    store.maintain(noon)
    assert look("select datastream_id from observation") == [(depth(there),)]
    assert look("select vehicle_id from vehicle_position") == [(there.vehicles["plough-1"],)]
    for each in (here, there):
        assert [point.value for point in series(store, depth(each), noon)[DAY]] == [5.0]
    store.maintain(noon + timedelta(hours=2))
    for each in (here, there):
        assert [point.count for point in series(store, depth(each), noon)[DAY]] == [1]
    store.maintain(noon + 800 * DAY)
    assert look(AT) == []
    assert partitions(look, store, "vehicle_position") <= 6


def test_what_the_archive_shall_have_waits_for_it(store, sites, noon, measured, fixed, look, tmp_path):
    """Positions are kept for less time than the archive begins after: they never get there."""
    keeping = Retention(observations=400 * DAY, positions=100 * DAY, archive_after=200 * DAY)
    here, _ = sites(keeping)
    at = noon - 500 * DAY
    store.append(here.site, Batch(observations=[measured(depth(here), at)]))
    store.append(here.site, Batch(positions=[fixed(here.vehicles["plough-1"], at)]))
    store.maintain(noon)
    assert look(AT) == [(at,)]
    assert look("select count(*) from vehicle_position") == [(0,)]
    place = Place(here.site, "town", tmp_path)
    assert store.archiving.archive(place, "observations", month_of(at), noon).deleted == 1
    store.maintain(noon + timedelta(hours=2))
    empty = "select count(*) from observation"
    assert look(empty) == [(0,)]
    _, until = month_bounds(month_of(at))
    assert [point.count for point in store.series(depth(here), at - DAY, until, DAY)] == [1]


def test_emptied_partitions_go_but_not_those_rows_are_still_expected_for(store, sites, noon, measured, look, tmp_path):
    here, _ = sites(Retention(archive_after=200 * DAY))
    at = noon - 500 * DAY
    store.append(here.site, Batch(observations=[measured(depth(here), at)]))
    store.maintain(noon)
    before = partitions(look, store)
    store.archiving.archive(Place(here.site, "town", tmp_path), "observations", month_of(at), noon)
    store.maintain(noon + timedelta(hours=2))
    assert partitions(look, store) == before - 1
    store.append(here.site, Batch(observations=[measured(depth(here), noon)]))
    assert look(AT) == [(noon,)]


def test_what_was_brought_back_is_not_dropped(store, sites, noon, measured, look, tmp_path):
    here, _ = sites(Retention(observations=100 * DAY))
    at = noon - 500 * DAY
    store.append(here.site, Batch(observations=[measured(depth(here), at)]))
    place = Place(here.site, "town", tmp_path)
    store.archiving.archive(place, "observations", month_of(at), noon)
    store.archiving.bring_back(place, "observations", month_of(at), noon, noon + DAY)
    for days in (0, 3):
        store.maintain(noon + days * DAY)
        assert look(AT) == [(at,)]
        assert [point.count for point in store.series(depth(here), at - DAY, at + DAY, DAY)] == [1]


def test_a_short_keeping_holds_inside_the_window_rows_are_accepted_for(store, sites, noon, fixed, look):
    here, _ = sites(Retention(positions=8 * DAY))
    ages = (20, 16, 6, 0)
    rows = [fixed(here.vehicles["plough-1"], noon - age * DAY) for age in ages]
    store.append(here.site, Batch(positions=rows))
    before = partitions(look, store, "vehicle_position")
    store.maintain(noon)
    assert [at for (at,) in look("select at from vehicle_position order by at")] == [row.at for row in rows[2:]]
    assert partitions(look, store, "vehicle_position") == before


def test_it_looks_once_an_hour(store, sites, noon, measured, look):
    here, _ = sites(Retention(observations=100 * DAY))
    store.maintain(noon)
    store.append(here.site, Batch(observations=[measured(depth(here), noon - 300 * DAY)]))
    store.maintain(noon + timedelta(minutes=59))
    assert len(look(AT)) == 1
    store.maintain(noon + timedelta(hours=1))
    assert look(AT) == []


def test_the_quarantine_is_kept_for_days_of_its_own(store, sites, noon, aside):
    here, there = sites(Retention(quarantine=10 * DAY), Retention(quarantine=100 * DAY))
    for each in (here, there):
        rows = [aside(received_at=noon - age * DAY, payload=bytes([age])) for age in (50, 9)]
        store.append(each.site, Batch(quarantine=rows))
    store.maintain(noon)
    assert [each.message.payload[0] for each in store.aside.listed(here.site, limit=9)] == [9]
    assert [each.message.payload[0] for each in store.aside.listed(there.site, limit=9)] == [9, 50]
    assert store.counters(here.site)["quarantine_forgotten"] == 1


@pytest.mark.db
def test_rows_that_arrive_while_a_partition_is_summed_up_are_not_dropped_with_it(
    plain_store, town, noon, measured, monkeypatch, plain_dsn
):
    here = plain_store.register(replace(town, retention=Retention(observations=100 * DAY)))
    rows = [measured(depth(here), noon - 300 * DAY + n * DAY / 24, 1.0) for n in range(2)]
    plain_store.append(here.site, Batch(observations=rows[:1]))
    counted = retention._rows

    def and_meanwhile(connection, partition):
        found = counted(connection, partition)
        monkeypatch.setattr(retention, "_rows", counted)
        plain_store.append(here.site, Batch(observations=rows[1:]))
        return found

    monkeypatch.setattr(retention, "_rows", and_meanwhile)
    plain_store.maintain(noon)
    day = (noon - 302 * DAY, noon - 298 * DAY, timedelta(hours=1))
    assert sum(point.count for point in plain_store.series(depth(here), *day)) == 2
    plain_store.maintain(noon + timedelta(hours=2))
    assert plain_store.series(depth(here), *day[:2], None) == []
    assert sum(point.count for point in plain_store.series(depth(here), *day)) == 2
