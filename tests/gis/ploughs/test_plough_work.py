"""Stops, what was work, which fixes are used, and what is told of runs."""

from dataclasses import replace

import pytest

from config.plough_plan import PloughPlan
from core.model import Task
from core.ploughs import BreakReason, Evidence
from gis.ploughs.matching import LiveMatcher, match_fixes
from gis.ploughs.work import evidence_of


@pytest.fixture(scope="module")
def street(drives):
    return drives.roads(a=[(0, 0), (500, 0)], short=[(0, 300), (40, 300)])


def match(network, plan, fixes):
    return match_fixes(network, plan, 7, fixes)


def test_a_stop_begins_at_180_s(street, plan, drives):
    def stops(seconds):
        standing = drives.fixes([(number * 5.0, (200, 5)) for number in range(seconds // 5 + 1)])
        return match(street, plan, standing).stops

    assert not stops(175)
    assert [(stop.ended_at - stop.began_at).total_seconds() for stop in stops(180)] == [180]


def test_a_plough_shuttling_in_a_yard_of_50_m_does_not_stand(street, plan, drives):
    way = [(100 + 50 * (number % 2), 200) for number in range(60)]
    for every_s in (1, 5, 10):
        track = match(street, plan, drives.drive(way, kmh=9, every_s=every_s))
        assert not track.stops
        assert "stopped" not in track.runs[0].flags


def test_one_fix_outside_does_not_end_a_stop(street, plan, drives):
    places = [(number * 10.0, (200, 5)) for number in range(60)]
    places[30] = (300.0, (200, 45))
    assert len(match(street, plan, drives.fixes(places)).stops) == 1


def test_a_stop_in_a_depot_names_it_and_nothing_there_is_work(street, plan_with_depot, drives):
    standing = drives.fixes([(number * 10.0, (10, 0)) for number in range(40)], task="plough")
    out = drives.drive([(10, 0), (560, 0)], begin_s=400, task="plough")
    track = match(street, plan_with_depot, drives.together(standing, out))
    assert [(stop.depot, stop.road) for stop in track.stops] == [("yard", "a")]
    inside, outside = drives.uncut(track.passages)
    assert (inside.evidence, outside.evidence) == (None, Evidence.SIGNAL)
    assert inside.to_m == outside.from_m == pytest.approx(60, abs=15)
    assert outside.to_m == 500


def test_an_hour_with_three_tasks_in_one_place_is_one_stop_and_three_runs(street, plan, drives):
    parts = [
        drives.fixes([(number * 20.0, (200, 5)) for number in range(begin, begin + 60)], task=task)
        for begin, task in ((0, "plough"), (60, "idle"), (120, "plough"))
    ]
    track = match(street, plan, drives.together(*parts))
    assert len(track.stops) == 1
    assert [run.task for run in track.runs] == [Task.PLOUGH, Task.IDLE, Task.PLOUGH]
    assert [(run.ended_at - run.began_at).total_seconds() for run in track.runs] == [1200, 1200, 1180]
    assert [run.fixes for run in track.runs] == [60, 60, 60]


def test_a_change_of_task_loses_no_metre_and_is_no_gap(street, plan, drives):
    way = [(-60, 0), (560, 0)]
    whole = drives.drive(way, every_s=10)
    tasks = ["travel"] * 6 + ["plough"] * (len(whole) - 6)
    track = match(street, plan, replace(whole, task=tasks))
    assert [(each.task, each.evidence) for each in track.passages] == [
        (Task.TRAVEL, None),
        (Task.PLOUGH, Evidence.SIGNAL),
    ]
    first, second = track.passages
    assert (first.from_m, second.to_m) == (0, 500)
    assert first.to_m == second.from_m
    assert first.ended_at == second.began_at
    assert not track.gaps
    assert len(track.runs) == 2


@pytest.mark.parametrize(
    ("task", "kmh", "in_depot", "enough", "expected"),
    [
        (Task.PLOUGH, 20, False, True, Evidence.SIGNAL),
        (Task.PLOUGH, 60, False, False, Evidence.SIGNAL),
        (Task.PLOUGH, 20, True, True, None),
        (Task.TRAVEL, 20, False, True, None),
        (Task.IDLE, 20, False, True, None),
        (None, 20, False, True, Evidence.INFERRED),
        (None, 2.9, False, True, None),
        (None, 40.1, False, True, None),
        (None, 20, False, False, None),
        (None, 20, True, True, None),
    ],
)
def test_why_a_stretch_was_work(task, kmh, in_depot, enough, expected):
    assert evidence_of(task, kmh, in_depot=in_depot, enough=enough) is expected


def test_work_is_inferred_from_50_m_or_most_of_a_shorter_road(street, plan, drives):
    less = match(street, plan, drives.drive([(100, 0), (140, 0), (140, 60)]))
    assert [each.evidence for each in less.passages] == [None]
    most = match(street, plan, drives.drive([(-40, 300), (90, 300)]))
    assert [(each.road, each.evidence) for each in most.passages] == [("short", Evidence.INFERRED)]


def test_a_truck_at_50_kmh_does_not_clear(street, plan, drives):
    track = match(street, plan, drives.drive([(-60, 0), (560, 0)], kmh=50))
    assert [(each.to_m, each.evidence) for each in track.passages] == [(500, None)]
    assert track.runs[0].evidence is None


def test_fixes_without_any_task_are_inferred_in_the_run_too(street, plan, drives):
    assert match(street, plan, drives.drive([(-60, 0), (560, 0)])).runs[0].evidence is Evidence.INFERRED


def test_a_receiver_that_repeats_its_place_for_long_is_silent(street, plan, drives):
    """Under a roof it says the same place and a speed for five minutes: nobody knows where it was."""
    before = drives.drive([(-60, 0), (200, 0)], speed=True)
    last = len(before)
    frozen = drives.fixes([(last + number, (200, 0)) for number in range(300)], kmh=20)
    after = drives.drive([(400, 0), (560, 0)], begin_s=last + 300, speed=True)
    track = match(street, plan, drives.together(before, frozen, after))
    assert [gap.reason for gap in track.gaps] == [BreakReason.SILENCE]
    assert sum(run.flags.get("repeated", 0) for run in track.runs) == 299
    assert drives.told(track.passages)[0][3] <= 205
    assert drives.told(track.passages)[1][2] >= 395


def test_an_outlier_is_flagged_and_three_that_agree_are_the_truth(street, plan, drives):
    """A filter that compares with the last good fix only would lock the vehicle out for ever."""
    before = drives.drive([(-60, 0), (200, 0)])
    elsewhere = drives.drive([(9000, 300), (9100, 300)], begin_s=len(before))
    track = match(street, plan, drives.together(before, elsewhere))
    assert [gap.reason for gap in track.gaps] == [BreakReason.SPEED]
    assert [run.fixes for run in track.runs] == [len(before), len(elsewhere)]
    two = match(street, plan, drives.together(before, drives.part(elsewhere, [0, 1])))
    assert not two.gaps
    assert two.runs[0].flags["jump"] == 2


def test_coarse_fixes_are_kept_but_not_matched(street, plan, drives):
    track = match(street, plan, drives.drive([(-60, 0), (560, 0)], accuracy_m=31.0))
    assert not track.passages
    assert [(run.fixes, run.flags["coarse"], run.driven_m) for run in track.runs] == [(112, 112, 0.0)]
    fine = match(street, plan, drives.drive([(-60, 0), (560, 0)], accuracy_m=30.0))
    assert drives.told(fine.passages) == [("a", "forward", 0, 500)]


def test_off_the_network_is_kept_in_the_run_and_not_counted(street, plan, drives):
    track = match(street, plan, drives.drive([(0, 60), (500, 60)]))
    assert not track.passages
    run = track.runs[0]
    assert (run.matched_m, run.flags["off_network"]) == (0.0, run.fixes)
    assert abs(run.driven_m - 500) < 20


def test_what_a_run_drove_and_what_of_it_was_on_roads(street, plan, drives):
    run = match(street, plan, drives.drive([(-200, 0), (500, 0)])).runs[0]
    assert abs(run.driven_m - 690) < 15
    assert abs(run.matched_m - 500) < 30


def test_long_stretches_are_cut_with_each_minute_of_the_clock(plan, drives):
    network = drives.roads(long=[(0, 0), (2600, 0)])
    track = match(network, plan, drives.drive([(-50, 0), (2650, 0)], kmh=18))
    assert len(track.passages) == 9
    assert [each.ended_at.minute for each in track.passages[:-1]] == list(range(1, 9))
    assert drives.told(track.passages) == [("long", "forward", 0, 2600)]


@pytest.mark.parametrize("every_s", [1, 10])
def test_a_long_road_is_told_while_it_is_driven(plan, drives, every_s):
    """What was driven is told within two minutes, though the plough is on its road for nine."""
    network = drives.roads(long=[(0, 0), (2600, 0)])
    fixes = drives.drive([(-50, 0), (2650, 0)], kmh=18, every_s=every_s)
    matcher = LiveMatcher(network, plan)
    for number, at_us in enumerate(fixes.at_us):
        for passage in matcher.feed(7, drives.part(fixes, [number])).passages:
            assert at_us / 1e6 - passage.began_at.timestamp() <= 120


def test_headings_of_the_device_tell_a_crossing_from_a_parallel_road(drives, plan):
    """Three fixes of a drive across two roads: the heading says along which it went."""
    network = drives.roads(east=[(-300, 0), (300, 0)], north=[(0, -300), (0, 300)])
    few = drives.fixes([(0, (-6, -9)), (1, (-5, -6)), (2, (-4, -3)), (3, (-3, 0)), (4, (-2, 3))])
    across = match(network, plan, replace(few, heading_deg=[0.0] * 5, speed_kmh=[20.0] * 5))
    assert across.passages == ()
    driven = replace(drives.drive([(-300, 0), (300, 0)]), heading_deg=[90.0] * 109)
    assert drives.told(match(network, plan, driven).passages) == [("east", "forward", 0, 600)]


def test_a_plan_without_depots_is_enough(street, drives):
    bare = PloughPlan(roads="roads", classes={})
    assert match_fixes(street, bare, 3, drives.drive([(0, 0), (500, 0)])).passages[0].vehicle == 3
