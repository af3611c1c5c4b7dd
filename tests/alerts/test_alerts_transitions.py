"""Each transition of an instance, one by one: given samples by the minute, what is told and where it ends."""

from datetime import timedelta

import pytest

from alerts.state import dump, load
from core.levels import Level
from core.model import Quality, QualityReason, Thresholds

N, S, C, W, D = Level
BAD, MISSING, SUSPECT = Quality.FAIL, Quality.MISSING, Quality.SUSPECT

HELD = {"hold": 3}
SLOW = {"clear_hold": 3}


@pytest.mark.parametrize(
    ("rung", "values", "told", "ends"),
    [
        pytest.param({}, [79, 80], ["fired"], C, id="ok → firing at once; equal is reached"),
        pytest.param({}, [79.99], [], N, id="ok stays short of the height"),
        pytest.param(HELD, [81, 82, 83], [], N, id="ok → pending says nothing"),
        pytest.param(HELD, [81, 82, 83, 84], ["fired"], C, id="pending → firing when the hold is covered"),
        pytest.param(HELD, [81, 82, 79, 84, 85], [], N, id="pending → ok by one sample short of it"),
        pytest.param({}, [81, 70, 75], ["fired"], C, id="equal to the clear height is not below it"),
        pytest.param({}, [81, 69.99], ["fired", "resolved"], N, id="firing → ok below the clear height"),
        pytest.param(SLOW, [81, 60, 60, 60], ["fired"], C, id="firing → recovering"),
        pytest.param(SLOW, [81, 60, 60, 71, 60, 60, 60], ["fired"], C, id="recovering → firing, the same episode"),
        pytest.param(SLOW, [81, 60, 60, 60, 60], ["fired", "resolved"], N, id="recovering → ok"),
        pytest.param({}, [81, 60, 85], ["fired", "resolved", "fired"], C, id="a later run is a new episode"),
        pytest.param({}, [81, 75, 82, 75, 82], ["fired"], C, id="between the heights nothing moves"),
    ],
)
def test_single_rung(gauge, level, sample, rung, values, told, ends):
    watched = gauge(level(**rung))
    for minute, value in enumerate(values):
        watched.arrive(sample(minute, value))
    assert watched.kinds == told
    assert watched.level == ends


@pytest.mark.parametrize(
    ("values", "told", "ends"),
    [
        pytest.param([85, 95], ["fired", "raised"], W, id="up a level"),
        pytest.param([85, 105], ["fired", "raised"], D, id="up two levels at once"),
        pytest.param([105], ["fired"], D, id="fired at the top"),
        pytest.param([105, 95], ["fired"], D, id="still above the clear height of the top"),
        pytest.param([105, 85], ["fired", "lowered"], W, id="down one level only"),
        pytest.param([105, 75, 75], ["fired", "lowered", "lowered"], C, id="one level a sample"),
        pytest.param([105, 75, 75, 75], ["fired", "lowered", "lowered"], C, id="the lowest rung is held by its margin"),
        pytest.param([105, 69], ["fired", "resolved"], N, id="below every clear height: all the way"),
        pytest.param([105, 85, 105], ["fired", "lowered", "raised"], D, id="down and up again"),
    ],
)
def test_ladder(gauge, level, sample, values, told, ends):
    watched = gauge(level(C, 80), level(W, 90), level(D, 100))
    for minute, value in enumerate(values):
        watched.arrive(sample(minute, value))
    assert watched.kinds == told
    assert watched.level == ends


def test_a_run_ends_only_when_every_rung_has_been_clear_for_its_time(gauge, level, sample):
    watched = gauge(level(C, 80, clear_hold=3), level(W, 90, clear_hold=1))
    for minute, value in enumerate([95, 60, 60]):
        watched.arrive(sample(minute, value))
    assert watched.kinds == ["fired", "lowered"]
    watched.arrive(sample(3, 60), sample(4, 60))
    assert watched.kinds == ["fired", "lowered", "resolved"]


def test_a_hold_of_a_higher_rung_does_not_delay_the_lower_one(gauge, level, sample):
    watched = gauge(level(C, 80), level(W, 90, hold=2))
    assert watched.arrive(sample(0, 95)) == ["fired"]
    assert watched.level == C
    assert watched.arrive(sample(1, 95)) == []
    assert watched.arrive(sample(2, 95)) == ["raised"]


def test_falling_rule_is_the_mirror(gauge, level, sample):
    watched = gauge(level(C, 20, clear_margin=5), direction="falling")
    for minute, value in enumerate([21, 20, 25, 24]):
        watched.arrive(sample(minute, value))
    assert watched.kinds == ["fired"]
    assert watched.state.episode.peak == 20
    assert watched.arrive(sample(4, 25.1)) == ["resolved"]


def test_falling_rule_takes_the_low_height_of_the_station(gauge, level, sample):
    watched = gauge(level(C, None, clear_margin=3), direction="falling", thresholds=Thresholds(low=10))
    assert watched.arrive(sample(0, 10)) == ["fired"]


def test_thresholds_the_town_has_not_set_are_rungs_that_do_not_exist(gauge, level, sample):
    rungs = [level(each, None, clear_margin=5) for each in (S, C, W, D)]
    watched = gauge(*rungs, thresholds=Thresholds(standby=50, caution=80, danger=100))
    assert [rung.level for rung in watched.ladder.rungs] == [S, C, D]
    watched.arrive(sample(0, 100))
    assert watched.arrive(sample(1, 80)) == ["lowered"]
    assert watched.level == C
    assert gauge(*rungs, thresholds=Thresholds()).ladder is None


def test_clear_height_is_the_number_the_town_means(gauge, level, sample):
    watched = gauge(level(C, 2.7, clear_margin=0.3))  # 2.7 − 0.3 is 2.4000000000000004 in floating point
    watched.arrive(sample(0, 2.7))
    assert watched.arrive(sample(1, 2.4)) == []
    assert watched.arrive(sample(2, 2.39)) == ["resolved"]


def test_heights_in_another_unit_of_the_same_kind_are_converted(gauge, level, sample):
    watched = gauge(level(C, 0.8, clear_margin=0.1), unit="m")
    assert watched.arrive(sample(0, 80)) == ["fired"]
    assert watched.arrive(sample(1, 70)) == []


@pytest.mark.parametrize("quality", [BAD, MISSING, Quality.NOT_EVALUATED])
@pytest.mark.parametrize("value", [None, 0.0, 500.0])
def test_what_is_not_good_neither_fires_nor_clears(gauge, level, sample, quality, value):
    watched = gauge(level(C, 80), level(D, 100))
    assert watched.arrive(sample(0, value, quality)) == []
    watched.arrive(sample(1, 85))
    assert watched.arrive(sample(2, value, quality)) == []
    assert watched.level == C


def test_a_suspect_value_raises_as_unconfirmed_holds_and_never_clears(gauge, level, sample):
    watched = gauge(level(C, 80), level(D, 100))
    assert watched.arrive(sample(0, 120, SUSPECT, QualityReason.GROSS_RANGE)) == ["fired"]
    assert watched.told[0].doubted
    assert watched.arrive(sample(1, 0.0, SUSPECT, QualityReason.RATE_OF_CHANGE)) == []
    assert watched.level == D
    assert watched.arrive(sample(2, 20.0)) == ["resolved"]
    assert not watched.told[-1].doubted


def test_a_flood_that_is_doubted_afterwards_is_not_unsaid(gauge, level, sample):
    watched = gauge(level(D, 100))
    watched.arrive(sample(0, 20), sample(10, 210))
    assert watched.kinds == ["fired"]
    assert watched.arrive(sample(10, 210, SUSPECT, QualityReason.RATE_OF_CHANGE)) == []
    assert watched.level == D


@pytest.mark.parametrize("reason", [QualityReason.WINTER, QualityReason.SPIKE, QualityReason.SENSOR_FAULT])
def test_ice_spikes_and_faults_raise_nothing(gauge, level, sample, reason):
    watched = gauge(level(C, 80))
    assert watched.arrive(sample(0, 120, SUSPECT, reason)) == []


def test_what_is_not_good_does_not_break_a_hold(gauge, level, sample):
    watched = gauge(level(hold=2))
    watched.arrive(sample(0, 85), sample(1, 0.0, SUSPECT), sample(2, 85))
    assert watched.kinds == ["fired"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_no_evidence(gauge, level, sample, value):
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    assert watched.arrive(sample(1, value)) == []


def test_silence_while_firing_is_told_once_and_never_clears(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    assert watched.wait(t0 + timedelta(minutes=10)) == []
    assert watched.wait(t0 + timedelta(minutes=10, seconds=1)) == ["data_lost"]
    assert watched.told[-1].at == t0 + timedelta(minutes=10)
    assert watched.wait(t0 + timedelta(days=3)) == []
    assert watched.state.episode.stale
    assert watched.level == C


@pytest.mark.parametrize(("value", "told"), [(85, ["data_back"]), (60, ["data_back", "resolved"])])
def test_data_come_back(gauge, level, sample, t0, value, told):
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    watched.wait(t0 + timedelta(hours=1))
    assert watched.arrive(sample(60, value)) == told
    assert watched.state.episode is None or not watched.state.episode.stale


def test_silence_while_calm_says_nothing_and_the_next_sample_counts(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(sample(0, 60))
    assert watched.wait(t0 + timedelta(hours=1)) == []
    assert watched.state.machine.lost
    assert watched.arrive(sample(60, 85)) == ["fired"]


def test_silence_restarts_a_hold(gauge, level, sample):
    watched = gauge(level(hold=3))
    watched.arrive(sample(0, 85), sample(1, 85), sample(2, 85))
    watched.arrive(sample(13, 85), sample(14, 85), sample(15, 85))
    assert watched.kinds == []
    assert watched.arrive(sample(16, 85)) == ["fired"]


def test_a_gap_freezes_a_hold_and_is_never_credited(gauge, level, sample):
    watched = gauge(level(hold=3))  # intervals up to two minutes count
    watched.arrive(sample(0, 85), sample(2, 85))
    assert watched.arrive(sample(9, 85)) == []
    assert watched.arrive(sample(10, 85)) == ["fired"]


def test_a_hold_needs_its_number_of_samples(gauge, level, sample):
    watched = gauge(level(hold=2), min_samples=4)
    watched.arrive(sample(0, 85), sample(1, 85), sample(2, 85))
    assert watched.kinds == []
    assert watched.arrive(sample(3, 85)) == ["fired"]


def test_silence_restarts_the_clear_time(gauge, level, sample):
    watched = gauge(level(clear_hold=3))
    watched.arrive(sample(0, 85), sample(1, 60), sample(2, 60), sample(3, 60))
    assert watched.arrive(sample(20, 60), sample(22, 60)) == ["data_lost", "data_back"]
    assert watched.arrive(sample(23, 60)) == ["resolved"]


def test_recovering_and_peak_are_marks_of_the_episode(gauge, level, sample):
    watched = gauge(level(clear_hold=3))
    watched.arrive(sample(0, 85), sample(1, 95))
    assert not watched.state.episode.recovering
    watched.arrive(sample(2, 60))
    assert watched.state.episode.recovering
    assert watched.state.episode.peak == 95
    watched.arrive(sample(3, 75))
    assert not watched.state.episode.recovering


def test_raised_rule_closes_what_lies_between_the_heights(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 85))
    now = t0 + timedelta(minutes=1)
    assert watched.change(gauge(level(raise_at=90, clear_margin=2), version="2").ladder, now) == ["closed"]
    assert watched.told[-1].cause == "rule-changed"
    assert watched.told[-1].to_level is None
    assert watched.arrive(sample(2, 91)) == ["fired"]
    assert watched.told[-1].episode.number == 2


def test_changed_rule_that_still_holds_leaves_the_episode_alone(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 85))
    assert watched.change(gauge(level(raise_at=82), version="2").ladder, t0 + timedelta(minutes=1)) == []
    assert watched.level == C


def test_changed_rule_moves_the_level(gauge, level, sample, t0):
    watched = gauge(level(C, 80))
    watched.arrive(sample(0, 85))
    assert watched.change(gauge(level(C, 60), level(D, 82)).ladder, t0 + timedelta(minutes=1)) == ["raised"]
    assert watched.change(gauge(level(C, 60), level(D, 100)).ladder, t0 + timedelta(minutes=2)) == ["lowered"]


def test_lowered_rule_fires_without_waiting_for_the_next_sample(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 75))
    assert watched.change(gauge(level(raise_at=70)).ladder, t0 + timedelta(minutes=1)) == ["fired"]


def test_longer_hold_does_not_end_what_is_still_true(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 85))
    assert watched.change(gauge(level(raise_at=80, hold=30)).ladder, t0 + timedelta(minutes=1)) == []
    assert watched.level == C
    assert watched.arrive(sample(2, 60)) == ["resolved"]


def test_changed_rule_keeps_an_episode_whose_data_are_older_than_a_day(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 85))
    watched.wait(t0 + timedelta(days=2))
    assert watched.change(gauge(level(raise_at=82)).ladder, t0 + timedelta(days=2, minutes=1)) == []
    assert watched.state.episode.stale
    assert watched.change(gauge(level(raise_at=90)).ladder, t0 + timedelta(days=2, minutes=2)) == ["closed"]


def test_changed_rule_does_not_tell_of_the_past(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 75), sample(1, 40))
    watched.change(gauge(level(raise_at=70)).ladder, t0 + timedelta(minutes=2))
    watched.arrive(sample(3, 40))
    watched.arrive(sample(2, 40))
    assert watched.kinds == []


def test_state_of_another_version_is_refused(gauge, level, sample):
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    with pytest.raises(ValueError, match="version 4"):
        load(dump(watched.state) | {"version": 4})
