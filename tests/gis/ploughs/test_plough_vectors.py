"""The known hard cases of matching ploughs, one test each."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from config.plough_plan import PloughPlan
from core.model import Task
from core.ploughs import BreakReason, Evidence, Track
from gis.ploughs.fixes import in_order
from gis.ploughs.matching import match_fixes


def match(network, plan, fixes) -> Track:
    return match_fixes(network, plan, 7, fixes)


def noisy(drives, fixes, metres, seed=1):
    """The fixes with independent noise."""
    dice = np.random.default_rng(seed)
    count = len(fixes)
    return replace(
        fixes,
        lon=(np.array(fixes.lon) + dice.normal(0, metres / 87_000, count)).tolist(),
        lat=(np.array(fixes.lat) + dice.normal(0, metres / 111_000, count)).tolist(),
    )


def test_a_road_is_driven_from_end_to_end(drives, plan):
    network = drives.roads(a=[(0, 0), (500, 0)])
    track = match(network, plan, drives.drive([(-60, 0), (560, 0)]))
    assert drives.told(track.passages) == [("a", "forward", 0, 500)]
    (passage,) = drives.uncut(track.passages)
    assert passage.evidence is Evidence.INFERRED
    assert abs((passage.ended_at - passage.began_at).total_seconds() - 90) <= 5  # 500 m at 20 km/h


def test_parallel_roads_15_m_apart(drives, plan):
    network = drives.roads(north=[(0, 15), (600, 15)], south=[(0, 0), (600, 0)])
    for seed in range(5):
        fixes = noisy(drives, drives.drive([(-50, 15), (650, 15)]), 5, seed)
        assert drives.told(match(network, plan, fixes).passages) == [("north", "forward", 0, 600)]


def test_parallel_roads_are_not_changed_halfway(drives, plan):
    """A receiver that drifts to the other road for a while does not put the plough there."""
    network = drives.roads(north=[(0, 15), (900, 15)], south=[(0, 0), (900, 0)])
    way = [(-50, 15), (400, 15), (430, 6.5), (470, 6.5), (500, 15), (950, 15)]
    assert drives.told(match(network, plan, drives.drive(way)).passages) == [("north", "forward", 0, 900)]


def test_out_and_back_on_one_street(drives, plan):
    network = drives.roads(a=[(0, 0), (300, 0)], b=[(0, -200), (0, 200)])
    for every_s in (1, 2, 5, 10):
        track = match(network, plan, drives.drive([(0, -150), (0, 0), (300, 0), (0, 0), (0, 150)], every_s=every_s))
        assert [each for each in drives.told(track.passages) if each[0] == "a"] == [
            ("a", "forward", 0, 300),
            ("a", "backward", 0, 300),
        ]


def test_bridge_over_a_street(drives, plan):
    """Who drives over the bridge was not on the street below, nor the other way round."""
    network = drives.roads(bridge=[(-300, 0), (300, 0)], street=[(0, -300), (0, 300)])
    over = match(network, plan, noisy(drives, drives.drive([(-330, 0), (330, 0)]), 5))
    assert drives.told(over.passages) == [("bridge", "forward", 0, 600)]
    below = match(network, plan, noisy(drives, drives.drive([(0, 330), (0, -330)], every_s=5), 5))
    assert drives.told(below.passages) == [("street", "backward", 0, 600)]


def test_roundabout(drives, plan):
    """Three quarters of a ring between two roads: driven there, and not across it."""
    ring = drives.circle(20)
    network = drives.roads(ring=ring, west=[(-300, 0), (-20, 0)], south=[(0, -300), (0, -20)])
    quarter = ring[18:] + ring[1:13]  # from the south, by the east and north, to the west
    found = drives.told(match(network, plan, drives.drive([(0, -330), *quarter, (-330, 0)])).passages)
    assert ("south", "forward", 0, 280) in found
    assert ("west", "backward", 0, 280) in found
    on_ring = [each for each in found if each[0] == "ring"]
    assert {each[1] for each in on_ring} == {"forward"}
    assert abs(sum(end - begin for *_, begin, end in on_ring) - 94) <= 8


def test_a_loop_is_driven_round(drives, plan):
    ring = drives.circle(80)
    network = drives.roads(ring=ring)
    for turned in (False, True):
        way = ring[6:] + ring[1:7]  # begins in the north, not where the line does
        found = drives.told(match(network, plan, drives.drive(way[::-1] if turned else way)).passages)
        assert {each[1] for each in found} == {"backward" if turned else "forward"}
        assert abs(sum(end - begin for *_, begin, end in found) - 501) <= 3


def test_a_silence_of_90_s_is_no_gap(drives, plan):
    network = drives.roads(a=[(0, 0), (1500, 0)])
    whole = drives.drive([(-50, 0), (1550, 0)])
    heard = drives.part(whole, [number for number in range(len(whole)) if not 100 < number < 190])
    track = match(network, plan, heard)
    assert not track.gaps
    assert drives.told(track.passages) == [("a", "forward", 0, 1500)]


def test_a_silence_of_150_s_is_a_gap_and_never_bridged(drives, plan):
    """A snow shed of 830 m: what lies in it is not known to be cleared."""
    network = drives.roads(a=[(0, 0), (1500, 0)])
    whole = drives.drive([(-50, 0), (1550, 0)])
    heard = drives.part(whole, [number for number in range(len(whole)) if not 60 < number < 210])
    track = match(network, plan, heard)
    entered, left = 60 / 3.6 * 20 - 50, 210 / 3.6 * 20 - 50
    assert [(gap.reason, (gap.ended_at - gap.began_at).total_seconds()) for gap in track.gaps] == [
        (BreakReason.SILENCE, 150.0)
    ]
    assert len(track.runs) == 2
    found = drives.told(track.passages)
    assert [each[:2] for each in found] == [("a", "forward")] * 2
    assert abs(found[0][3] - entered) <= 2
    assert abs(found[1][2] - left) <= 2


def test_a_clock_9_h_ahead_never_joins_what_is_hours_apart(drives, plan):
    """JST sent as UTC from half of the drive on: two drives, a gap of nine hours, no road driven between."""
    network = drives.roads(a=[(0, 0), (1000, 0)])
    first = drives.drive([(-50, 0), (500, 0)])
    second = drives.drive([(500, 0), (1050, 0)], begin_s=100 + 9 * 3600)
    track = match(network, plan, drives.together(first, second))
    assert [round((gap.ended_at - gap.began_at) / timedelta(hours=1)) for gap in track.gaps] == [9]
    assert drives.told(track.passages) == [("a", "forward", 0, 500), ("a", "forward", 500, 1000)]


def test_fixes_of_a_wrong_clock_among_those_of_a_right_one_are_jumps(drives, plan):
    """Each tenth fix is of nine hours before, from the other end of the town: flagged, kept, not matched."""
    network = drives.roads(a=[(0, 0), (1000, 0)], far=[(9000, 5000), (9900, 5000)])
    right = drives.drive([(-50, 0), (1050, 0)])
    wrong = drives.fixes([(number + 0.5, (9000 + number, 5000)) for number in range(10, len(right), 10)])
    track = match(network, plan, drives.together(right, wrong))
    assert drives.told(track.passages) == [("a", "forward", 0, 1000)]
    assert [run.flags for run in track.runs] == [{"jump": len(wrong)} | _off_network(track)]
    assert track.runs[0].fixes == len(right) + len(wrong)


def _off_network(track):
    return {name: count for name, count in track.runs[0].flags.items() if name == "off_network"}


def test_late_points_across_midnight_change_nothing(drives, plan):
    """A drive from 23:50 to 00:10 in Japan, its middle sent last."""
    network = drives.roads(a=[(0, 0), (6000, 0)])
    midnight_s = 21 * 3600.0  # 18:00Z + 21 h = 15:00Z
    whole = drives.drive([(-50, 0), (6050, 0)], begin_s=midnight_s - 600)
    third = len(whole) // 3
    numbers = list(range(len(whole)))
    late = drives.part(whole, numbers[:third] + numbers[2 * third :] + numbers[third : 2 * third])
    assert match(network, plan, late) == match(network, plan, whole)
    assert sum(each.to_m - each.from_m for each in match(network, plan, whole).passages) == 6000


def test_the_same_payload_twice_changes_nothing(drives, plan):
    network = drives.roads(a=[(0, 0), (500, 0)])
    once = drives.drive([(-60, 0), (560, 0)])
    assert match(network, plan, drives.together(once, once)) == match(network, plan, once)


def test_parked_on_a_road_for_two_hours(drives, plan):
    """One stop; the road before and after is driven when it was driven, and once."""
    network = drives.roads(a=[(0, 0), (1000, 0)])
    before = drives.drive([(-50, 0), (400, 0)], every_s=5)
    parked = drives.fixes([(85 + 10 * number, (400, 0)) for number in range(720)])
    after = drives.drive([(400, 0), (1050, 0)], every_s=5, begin_s=7290)
    track = match(network, plan, drives.together(before, noisy(drives, parked, 4), after))
    assert [(stop.road, stop.depot) for stop in track.stops] == [("a", "")]
    stop = track.stops[0]
    assert abs((stop.ended_at - stop.began_at).total_seconds() - 7200) < 30
    first, second = drives.uncut(track.passages)
    assert (first.from_m, second.to_m) == (0, 1000)
    assert abs(first.to_m - 400) < 12
    assert abs(second.from_m - 400) < 12
    assert first.ended_at < stop.began_at + timedelta(seconds=20)
    assert second.began_at > stop.ended_at - timedelta(seconds=20)
    assert track.runs[0].flags["stopped"] > 700


def test_loss_in_a_tunnel_leaves_a_street_above_alone(drives, plan):
    """In at one end, out at the other after 140 s; the street over the tunnel was never driven."""
    network = drives.roads(tunnel=[(0, 0), (2000, 0)], above=[(800, -300), (800, 300)])
    whole = drives.drive([(-50, 0), (2050, 0)], kmh=30)
    heard = drives.part(whole, [number for number in range(len(whole)) if not 60 < number < 200])
    track = match(network, plan, heard)
    assert {each.road for each in track.passages} == {"tunnel"}
    assert len(track.gaps) == 1
    assert abs(sum(each.to_m - each.from_m for each in track.passages) - (2000 - 140 / 3.6 * 30)) < 5


def test_a_grader_without_its_blade_down_does_not_work(drives, plan):
    network = drives.roads(a=[(0, 0), (500, 0)])
    driven = match(network, plan, drives.drive([(-60, 0), (560, 0)], task="travel"))
    assert [(each.evidence, each.task) for each in drives.uncut(driven.passages)] == [(None, Task.TRAVEL)]
    graded = match(network, plan, drives.drive([(-60, 0), (560, 0)], task="grade"))
    assert [(each.evidence, each.task) for each in drives.uncut(graded.passages)] == [(Evidence.SIGNAL, Task.GRADE)]


def test_a_stretch_shared_by_two_contractors_is_each_ones_own(drives, plan):
    network = drives.roads(a=[(0, 0), (500, 0)])
    one = match_fixes(network, plan, 1, drives.drive([(-60, 0), (560, 0)]))
    other = match_fixes(network, plan, 2, drives.drive([(-60, 0), (560, 0)], begin_s=600))
    assert [{each.vehicle for each in track.passages} for track in (one, other)] == [{1}, {2}]
    assert drives.told(one.passages) == drives.told(other.passages)


def test_a_drive_of_more_than_a_day_ago_keeps_its_days(drives, plan):
    """Ages are differences of whole times, never of seconds within a day."""
    network = drives.roads(a=[(0, 0), (500, 0)])
    drive = drives.drive([(-60, 0), (560, 0)])
    again = drives.drive([(-60, 0), (560, 0)], begin_s=100_000)
    first, second = drives.uncut(match(network, plan, drives.together(drive, again)).passages)
    assert second.began_at - first.began_at == timedelta(seconds=100_000)
    assert match(network, PloughPlan(roads="roads", classes={}), drive).gaps == ()


def test_fixes_that_cannot_be_placed_are_told_not_matched(drives, plan):
    network = drives.roads(a=[(0, 0), (500, 0)])
    good = drives.drive([(-60, 0), (560, 0)])
    lon, lat = [*good.lon], [*good.lat]
    lon[50], lat[50] = 0.0, 0.0
    lon[60], lat[60] = float("nan"), float("nan")
    track = match(network, plan, replace(good, lon=lon, lat=lat))
    assert drives.told(track.passages) == [("a", "forward", 0, 500)]
    assert track.runs[0].flags["jump"] == 2
    assert len(in_order(good, network.epsg)) == len(good)
