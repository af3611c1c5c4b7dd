"""Tracks of ploughs: fixes listed as touched, parts replaced as a whole, states of roads and what was said before."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from core.errors import StartError, StoreError
from core.model import Quality, Task
from core.ploughs import (
    BreakReason,
    Direction,
    Evidence,
    Gap,
    Passage,
    RoadState,
    Run,
    Stop,
    Track,
)
from store import open_store
from store.rows import Batch
from store.tracks import (
    LATE,
    NETWORK,
    REMATCH,
    Again,
    Drive,
    KnownState,
    Matching,
    RoadChange,
    Span,
    TouchedFixes,
    TrackPart,
)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ploughs(store, registry):
    assert registry.vehicles
    return store.ploughs


@pytest.fixture
def passed(plough, noon):
    def make(after=timedelta(0), road="r-1", **fields):
        values = {
            "vehicle": plough,
            "road": road,
            "direction": Direction.FORWARD,
            "from_m": 0.0,
            "to_m": 120.5,
            "began_at": noon + after,
            "ended_at": noon + after + MINUTE,
            "task": Task.PLOUGH,
            "evidence": Evidence.SIGNAL,
            "fixes": 30,
        }
        return Passage(**{**values, **fields})

    return make


@pytest.fixture
def whole(plough, noon, passed):
    """A track with one of each, all beginning at noon."""
    return Track(
        passages=(passed(),),
        stops=(Stop(vehicle=plough, began_at=noon, ended_at=noon + HOUR, lon=140.4, lat=38.6, road="r-1", depot="d"),),
        gaps=(
            Gap(
                vehicle=plough,
                began_at=noon,
                ended_at=noon + HOUR,
                from_lon=140.4,
                from_lat=38.6,
                to_lon=140.5,
                to_lat=38.7,
                reason=BreakReason.SILENCE,
            ),
        ),
        runs=(
            Run(
                vehicle=plough,
                began_at=noon,
                ended_at=noon + HOUR,
                task=None,
                evidence=Evidence.INFERRED,
                fixes=3600,
                driven_m=20_000.5,
                matched_m=19_000.25,
                flags={"coarse": 3},
            ),
        ),
    )


def everything(ploughs, noon):
    span = (1, noon - DAY, noon + DAY)
    return Track(
        passages=tuple(ploughs.passages(*span)),
        stops=tuple(ploughs.stops(*span)),
        gaps=tuple(ploughs.gaps(*span)),
        runs=tuple(ploughs.runs(*span)),
    )


def state(road="r-1", **fields):
    values = {
        "share": 0.5,
        "clear_since": None,
        "cleared_at": None,
        "last_worked_at": None,
        "forward": None,
        "backward": None,
        "evidence": None,
    }
    return RoadState(road=road, **{**values, **fields})


def test_usable_fixes_are_listed_until_they_have_been_matched(store, ploughs, registry, plough, fixed, noon, look):
    store.append(
        registry.site,
        Batch(
            positions=[
                fixed(plough, noon),
                fixed(plough, noon + MINUTE, quality=Quality.SUSPECT),
                fixed(plough, noon + HOUR),
                fixed(plough, noon + 2 * HOUR, quality=Quality.FAIL),
            ]
        ),
    )
    found = ploughs.pending(registry.site, None, 100, 1_000)
    assert sorted(found.touched, key=lambda each: each.earliest) == [
        TouchedFixes(plough, noon, noon + MINUTE, 2),
        TouchedFixes(plough, noon + HOUR, noon + HOUR, 1),
    ]
    assert not found.more
    assert not ploughs.pending(registry.site, found.progress, 100, 1_000).touched, "what was given out comes no more"
    store.append(registry.site, Batch(positions=[fixed(plough, noon)]))
    assert not ploughs.pending(registry.site, found.progress, 100, 1_000).touched, "a repeat is no news"
    ploughs.save(registry.site, Matching(cursor=found.progress.cursor, network_version="n1"))
    assert look("select count(*) from position_touched") == [(0,)]
    standing = ploughs.standing(registry.site)
    assert standing is not None
    assert (standing.cursor, standing.network_version, standing.forgotten) == (found.progress.cursor, "n1", False)


def test_transactions_are_given_out_whole_and_a_few_at_a_time(store, ploughs, registry, plough, fixed, noon):
    for hour in range(3):
        rows = [fixed(plough, noon + hour * HOUR + minute * MINUTE) for minute in range(10)]
        store.append(registry.site, Batch(positions=rows))
    for most, most_fixes in ((1, 1_000), (100, 5)):
        progress, seen = None, []
        for more in (True, True, None):
            found = ploughs.pending(registry.site, progress, most, most_fixes)
            assert more is None or found.more is more
            seen += found.touched
            progress = found.progress
        assert [each.fixes for each in seen] == [10, 10, 10]


def test_the_list_is_pruned_and_says_so(store, ploughs, registry, plough, fixed, noon, look):
    store.append(registry.site, Batch(positions=[fixed(plough, noon)]))
    ploughs.save(registry.site, Matching(cursor=0, network_version="n1"))
    store.maintain(noon + 2 * DAY)
    assert len(ploughs.pending(registry.site, None, 100, 1_000).touched) == 1
    look("update position_touched set touched_at = touched_at - interval '10 days'")
    store.maintain(noon + 2 * DAY)
    found = ploughs.pending(registry.site, None, 100, 1_000)
    assert found.forgotten
    assert not found.touched
    look("delete from match_state")
    store.append(registry.site, Batch(positions=[fixed(plough, noon + MINUTE)]))
    look("update position_touched set touched_at = %s", noon + 2 * DAY - 2 * HOUR)
    store.maintain(noon + 2 * DAY)
    assert look("select count(*) from position_touched") == [(0,)], "nobody matches this site"


def test_fixes_come_in_columns_in_order_of_time(store, ploughs, registry, plough, fixed, noon):
    rows = [fixed(plough, noon + second * SECOND, lon=140.4 + second / 1e4, task=None) for second in (2, 0, 1)]
    store.append(registry.site, Batch(positions=[*rows, fixed(plough, noon + 3 * SECOND, quality=Quality.FAIL)]))
    found = ploughs.fixes(plough, noon, noon + HOUR)
    first_us = int(noon.timestamp()) * 1_000_000
    assert list(found.at_us) == [first_us, first_us + 1_000_000, first_us + 2_000_000]
    assert list(found.lon) == [140.4, 140.4001, 140.4002]
    assert list(found.task) == [None] * 3
    assert list(found.speed_kmh) == [20.0] * 3
    empty, limited = ploughs.fixes_of([Span(plough, noon + HOUR, noon + DAY), Span(plough, noon, noon + DAY)], 2)
    assert len(empty) == 0
    assert list(limited.at_us) == list(found.at_us)[:2]
    assert list(ploughs.newest_fix(plough, noon, noon + HOUR).at_us) == [first_us + 2_000_000]
    assert list(ploughs.oldest_fix(plough, noon + SECOND, noon + HOUR).at_us) == [first_us + 1_000_000]
    assert len(ploughs.newest_fix(plough, noon - DAY, noon)) == 0
    assert ploughs.extent(plough, noon - DAY, noon + DAY) == (noon, noon + 2 * SECOND)
    assert ploughs.extent(plough, noon - DAY, noon) is None


def test_ways_for_playback_are_thinned_but_keep_every_task(store, ploughs, registry, plough, fixed, noon):
    tasks = [Task.PLOUGH] * 5 + [Task.TRAVEL] * 5
    rows = [fixed(plough, noon + n * SECOND, task=task) for n, task in enumerate(tasks)]
    store.append(registry.site, Batch(positions=rows))
    (drive,) = ploughs.positions_between(registry.site, noon, noon + HOUR)
    assert (drive.number, drive.vehicle, len(drive.fixes)) == (plough, "plough-1", 10)
    assert [there - then for then, there in zip(drive.fixes.at_us, drive.received_us, strict=True)] == [1_000_000] * 10
    (drive,) = ploughs.positions_between(registry.site, noon, noon + HOUR, every=MINUTE)
    assert list(drive.fixes.task) == ["plough", "travel"]


def test_a_track_comes_back_as_it_was_written(ploughs, plough, whole, noon):
    for _ in range(2):  # the second time it replaces itself
        ploughs.replace_track(plough, noon, noon + MINUTE, whole)
        assert everything(ploughs, noon) == whole
    ploughs.replace_track(plough, noon - HOUR, noon, Track())
    ploughs.replace_track(plough, noon + SECOND, noon + HOUR, Track())
    ploughs.replace_track(plough + 1, noon, noon + HOUR, Track())
    assert everything(ploughs, noon) == whole, "only what begins in the span gives way"
    ploughs.replace_track(plough, noon, noon + SECOND, Track())
    assert everything(ploughs, noon) == Track()


def test_gaps_give_way_from_an_earlier_time_on(ploughs, registry, plough, whole, noon):
    ploughs.replace_track(plough, noon, noon + SECOND, whole)
    part = TrackPart(plough, Track(), noon + SECOND, noon + HOUR, gaps_since=noon)
    ploughs.save(registry.site, Matching(parts=[part]))
    found = everything(ploughs, noon)
    assert not found.gaps
    assert (found.passages, found.stops, found.runs) == (whole.passages, whole.stops, whole.runs)


def test_passages_are_found_by_time_road_and_vehicle(ploughs, registry, plough, passed, noon):
    track = Track(passages=(passed(), passed(HOUR, "r-2"), passed(2 * HOUR, evidence=None, task=None)))
    ploughs.replace_track(plough, noon, noon + DAY, track)

    def found(*span, **wanted):
        return [(each.road, each.began_at) for each in ploughs.passages(registry.site, *span, **wanted)]

    assert found(noon, noon + DAY) == [("r-1", noon), ("r-2", noon + HOUR), ("r-1", noon + 2 * HOUR)]
    assert found(noon + MINUTE, noon + HOUR) == [("r-1", noon)], "one that ends where the span begins is part of it"
    assert found(noon + 2 * MINUTE, noon + HOUR) == []
    assert found(noon, noon + DAY, roads=["r-2"]) == [("r-2", noon + HOUR)]
    assert found(noon, noon + DAY, roads=[]) == []
    assert found(noon, noon + DAY, vehicles=[plough + 1]) == []
    assert ploughs.passages(registry.site + 1, noon, noon + DAY) == []


def test_a_round_is_written_as_a_whole_or_not_at_all(ploughs, store, registry, plough, whole, noon):
    drive = Drive(noon, noon + HOUR, ended=False)
    wrong = state(share=7.0)
    with pytest.raises(StoreError):
        ploughs.save(registry.site, Matching(parts=[TrackPart(plough, whole)], drives={plough: drive}, states=[wrong]))
    assert everything(ploughs, noon) == Track()
    assert ploughs.drives(registry.site) == {}
    ploughs.save(registry.site, Matching(parts=[TrackPart(plough, whole)], drives={plough: drive}, states=[state()]))
    assert everything(ploughs, noon) == whole
    assert ploughs.drives(registry.site) == {plough: drive}
    assert store.road_states.latest(registry.site) == {"r-1": state()}


def test_days_to_be_matched_again_are_merged_and_done_only_as_they_were_read(ploughs, registry, plough, noon):
    def asked(cause, since, until):
        return Again(
            vehicle=plough,
            day_at=noon,
            since=since,
            until=until,
            earliest=since,
            cause=cause,
            first_at=until,
            last_at=until,
        )

    ploughs.match_again([asked(REMATCH, noon + HOUR, noon + 2 * HOUR)])
    (first,) = ploughs.agenda(registry.site, 10)
    ploughs.match_again([asked(LATE, noon, noon + 90 * MINUTE), asked(NETWORK, noon + HOUR, noon + 3 * HOUR)])
    ploughs.save(registry.site, Matching(done=[first]))
    (merged,) = ploughs.agenda(registry.site, 10)
    assert (merged.since, merged.until, merged.earliest) == (noon, noon + 3 * HOUR, noon)
    assert (merged.cause, merged.first_at, merged.last_at) == (LATE, noon + 2 * HOUR, noon + 3 * HOUR)
    assert merged.no > first.no
    ploughs.save(registry.site, Matching(done=[merged]))
    assert ploughs.agenda(registry.site, 10) == []


def test_states_that_say_the_same_are_not_written_again(store, registry, noon):
    states, site = store.road_states, registry.site
    clear = state("r-2", share=1.0, clear_since=noon, cleared_at=noon + MINUTE, evidence=Evidence.SIGNAL, forward=noon)
    assert states.save(site, [state(), clear]) == 2
    cursor, everything_now = states.changed(site, None)
    assert everything_now == states.latest(site) == {"r-1": state(), "r-2": clear}
    version = states.version(site)
    assert states.save(site, [state(), clear]) == 0
    assert states.version(site) == version
    assert states.changed(site, cursor)[1] == {}
    assert states.save(site, [state(share=0.75), clear]) == 1
    assert states.changed(site, cursor)[1] == {"r-1": state(share=0.75)}
    assert states.save(site, [], gone=["r-2"]) == 0
    assert list(states.latest(site)) == ["r-1"]
    assert states.version(site) > version


def test_what_was_said_of_a_road_before_stays_for_good(store, ploughs, registry, noon, look):
    clear = KnownState(1.0, noon, noon + MINUTE, noon + MINUTE, Evidence.INFERRED, None, noon)
    before = KnownState.of(state())
    changes = [
        RoadChange(road=road, changed_at=noon + hour * HOUR, cause=LATE, earliest=noon, was=was, now=now)
        for hour, (road, was, now) in enumerate([("r-1", None, clear), ("r-2", before, clear), ("r-1", clear, None)])
    ]
    ploughs.save(registry.site, Matching(changes=changes))

    def found(*span, **wanted):
        return [(each.road, each.was, each.now) for each in store.road_states.changes(registry.site, *span, **wanted)]

    assert found(noon, noon + DAY) == [
        ("r-1", clear, None),
        ("r-2", before, clear),
        ("r-1", None, clear),
    ]
    assert found(noon, noon + HOUR) == [("r-1", None, clear)]
    assert found(noon, noon + DAY, roads=["r-2"], most=1) == [("r-2", before, clear)]
    for statement in ("update road_state_change set share = 0", "delete from road_state_change"):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            look(statement)


def test_tracks_leave_with_the_positions_of_their_time(store, ploughs, registry, plough, whole, noon, look):
    ploughs.replace_track(plough, noon, noon + DAY, whole)
    look("update retention set positions = interval '100 days'")
    store.maintain(noon + 99 * DAY)
    assert everything(ploughs, noon) == whole
    look("delete from retention_run")
    store.maintain(noon + 101 * DAY)
    assert everything(ploughs, noon) == Track()


@pytest.mark.db
def test_one_matcher_works_for_a_site(plain_store, plain_dsn, town):
    site = plain_store.register(town).site
    with plain_store.ploughs.lock(site), open_store(plain_dsn, pool_size=1) as other:
        with pytest.raises(StartError, match="another matcher is at work"):
            other.ploughs.lock(site).ensure()
        with other.ploughs.lock(site + 1):
            pass
