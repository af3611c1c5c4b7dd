"""Late, disordered and repeated data: the state is the one of the same data in order; what was told stays told."""

from datetime import timedelta

import pytest

from alerts.evaluator import evaluate
from alerts.state import dump, load
from core.levels import Level

MINUTE = timedelta(minutes=1)


def test_hold_counts_covered_minutes_not_a_window(gauge, level, sample):
    """B1: 81, 79, 81, 82, 83, 83 by the minute, three minutes of hold: at the last sample; 75 does not clear."""
    watched = gauge(level(raise_at=80, clear_margin=10, hold=3))
    told = [watched.arrive(sample(minute, value)) for minute, value in enumerate([81, 79, 81, 82, 83, 83])]
    assert told == [[], [], [], [], [], ["fired"]]
    assert watched.arrive(sample(6, 75)) == []
    assert watched.level == Level.CAUTION


def test_silence_while_firing(gauge, level, sample, t0):
    """B2: half an hour of silence: no resolved, one data_lost, marked stale."""
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    for second in range(0, 1800, 10):
        watched.wait(t0 + timedelta(seconds=second))
    assert watched.kinds == ["fired", "data_lost"]
    assert watched.state.episode.stale


def test_one_late_sample_above_makes_a_past_episode(gauge, level, sample, t0):
    """B4: 40 minutes late, the newer ones normal: an episode that is over as soon as it is told."""
    watched = gauge(level())
    watched.arrive(*[sample(minute, 60) for minute in range(50) if minute != 5])
    told = watched.arrive(sample(5, 95), now=t0 + 45 * MINUTE)
    assert told == ["fired", "resolved"]
    assert {item.cause.value for item in watched.told} == {"late-sample"}
    assert watched.told[-1].episode.opened_at == t0 + 5 * MINUTE
    assert watched.told[-1].episode.closed_at == t0 + 6 * MINUTE
    assert watched.level == Level.NORMAL
    assert watched.arrive(sample(50, 60)) == []
    assert watched.arrive(sample(4, 60), now=t0 + 51 * MINUTE) == []


def test_a_late_batch_that_is_still_true_fires_at_once(gauge, level, sample, t0):
    """B5: forty late samples, the last one current and above: one episode that began with the first."""
    watched = gauge(level(hold=10))
    watched.arrive(sample(0, 60))
    assert watched.arrive(*[sample(minute, 85) for minute in range(1, 41)]) == ["fired"]
    assert watched.state.episode.opened_at == t0 + 11 * MINUTE
    assert watched.state.episode.detected_at == t0 + 40 * MINUTE


def test_one_old_sample_never_satisfies_a_duration(gauge, level, sample, t0):
    """B6: a single sample two hours old, then silence."""
    watched = gauge(level(hold=10))
    watched.arrive(sample(0, 500), now=t0 + timedelta(hours=2))
    for minute in range(0, 600, 5):
        watched.wait(t0 + timedelta(hours=2, minutes=minute))
    assert watched.kinds == []


def test_a_late_sample_disproves_an_episode(gauge, level, sample, t0):
    """What was told is closed as corrected: nobody measured an end, so it is not resolved."""
    watched = gauge(level(hold=2), max_gap=2 * MINUTE)
    watched.arrive(sample(0, 85))
    assert watched.arrive(sample(2, 85)) == ["fired"]
    assert watched.arrive(sample(1, 40), now=t0 + 2 * MINUTE) == ["closed"]
    assert watched.told[-1].cause == "corrected"
    assert watched.told[-1].to_level is None
    watched.arrive(sample(3, 85))
    assert watched.arrive(sample(4, 85)) == ["fired"]


def test_a_late_sample_keeps_a_run_alive_that_was_told_as_over(gauge, level, sample, t0):
    watched = gauge(level(clear_hold=4))
    watched.arrive(sample(0, 85), *[sample(minute, 60) for minute in (1, 2, 4, 5)])
    assert watched.kinds == ["fired", "resolved"]
    assert watched.arrive(sample(3, 85), now=t0 + 6 * MINUTE) == ["fired"]
    assert watched.state.episode.number == 2
    assert watched.state.episode.opened_at >= t0 + 5 * MINUTE


def test_a_late_sample_ends_one_episode_and_the_next_goes_on(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(sample(0, 85), sample(2, 85))
    assert watched.arrive(sample(1, 40), now=t0 + 3 * MINUTE) == ["resolved", "fired"]
    assert watched.state.episode.number == 2
    assert watched.state.episode.opened_at == t0 + 2 * MINUTE


def test_a_late_height_is_told_although_the_water_has_fallen_again(gauge, level, sample, t0):
    watched = gauge(level(Level.CAUTION, 80), level(Level.DANGER, 100))
    watched.arrive(sample(0, 85), sample(2, 85))
    assert watched.arrive(sample(1, 120), now=t0 + 3 * MINUTE) == ["raised", "lowered"]
    assert watched.level == Level.CAUTION
    assert watched.state.episode.highest == Level.DANGER
    assert watched.state.episode.peak == 120


def test_a_late_height_is_told_although_its_episode_is_over(gauge, level, sample, t0):
    """People were told of caution and its end; that it was danger in between comes late, and they learn it, once."""
    watched = gauge(level(Level.CAUTION, 80), level(Level.DANGER, 100))
    watched.arrive(*[sample(minute, value) for minute, value in ((0, 60), (1, 85), (3, 85), (4, 60), (5, 60))])
    assert watched.kinds == ["fired", "resolved"]
    assert watched.arrive(sample(2, 120), now=t0 + 6 * MINUTE) == ["fired", "lowered", "resolved"]
    told = watched.told[-1].episode
    assert (told.opened_at, told.closed_at, told.highest) == (t0 + 2 * MINUTE, t0 + 4 * MINUTE, Level.DANGER)
    assert watched.arrive(sample(2.5, 120), now=t0 + 7 * MINUTE) == []
    assert watched.arrive(sample(1.5, 90), now=t0 + 7 * MINUTE) == []


def test_a_late_height_is_told_although_the_episode_began_hours_before(gauge, level, sample, t0):
    """Also where it is reckoned from a checkpoint within the episode."""
    watched = gauge(level(Level.CAUTION, 80), level(Level.DANGER, 100))
    values = [60] + [85] * 700 + [60] * 10
    watched.arrive(*[sample(minute, value) for minute, value in enumerate(values)])
    assert watched.arrive(sample(600.5, 120), now=t0 + 711 * MINUTE) == ["fired", "lowered", "resolved"]
    assert watched.told[-1].episode.highest == Level.DANGER


def test_a_run_that_turns_out_to_be_one_of_its_own_is_told(gauge, level, sample, t0):
    """It was taken for the beginning of one people knew, until the calm between the two came in."""
    watched = gauge(level(), stale_after=timedelta(hours=2))
    watched.arrive(sample(50, 85), sample(60, 60))
    assert watched.arrive(sample(10, 85), now=t0 + 61 * MINUTE) == []
    assert watched.arrive(sample(20, 60), now=t0 + 62 * MINUTE) == ["fired", "resolved"]
    told = watched.told[-1].episode
    assert (told.number, told.opened_at, told.closed_at) == (2, t0 + 10 * MINUTE, t0 + 20 * MINUTE)


def test_a_past_episode_of_an_older_program_is_not_told_twice(gauge, level, sample, t0):
    """It did not write down how high it was."""
    watched = gauge(level(Level.CAUTION, 80), level(Level.DANGER, 100))
    watched.arrive(*[sample(minute, value) for minute, value in enumerate([60, 120, 60, 60])])
    stored = dump(watched.state)
    stored |= {"version": 2, "past": [each[:2] for each in stored["past"]]}
    watched.state = load(stored)
    assert watched.arrive(sample(1.5, 120), now=t0 + 4 * MINUTE) == []


def test_late_samples_bring_nothing_back_that_is_silent_now(gauge, level, sample, t0):
    """A backlog that is still hours behind does not say 'back' and 'lost' with each of its batches."""
    watched = gauge(level())
    watched.arrive(sample(0, 85))
    watched.wait(t0 + timedelta(hours=2))
    for minute in range(1, 60):
        assert watched.arrive(sample(minute, 85), now=t0 + timedelta(hours=2, minutes=1)) == []
    assert watched.arrive(sample(122, 85)) == ["data_back"]
    assert watched.kinds == ["fired", "data_lost", "data_back"]
    assert [item.episode.seq for item in watched.told] == [1, 2, 3]


def test_a_past_episode_beside_one_whose_data_are_lost_has_steps_of_its_own(gauge, level, sample, t0):
    watched = gauge(level())
    for minute, value in enumerate([60, 85, 85, 85], start=10):
        watched.arrive(sample(minute, value))
    watched.wait(t0 + 40 * MINUTE)
    assert watched.kinds == ["fired", "data_lost"]
    told = watched.arrive(sample(9, 85), now=t0 + 41 * MINUTE)
    assert told == ["fired", "resolved"]
    assert [(item.episode.number, item.episode.seq) for item in watched.told] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert not watched.told[-1].episode.stale
    assert (watched.state.episode.number, watched.state.episode.seq, watched.state.episode.stale) == (1, 2, True)


def test_a_backlog_moves_the_level_without_flicker(gauge, level, sample, t0):
    watched = gauge(level(Level.CAUTION, 80), level(Level.DANGER, 100))
    watched.arrive(sample(0, 85))
    watched.wait(t0 + timedelta(hours=2))
    assert watched.arrive(sample(30, 120), now=t0 + timedelta(hours=2, minutes=1)) == ["raised"]
    assert watched.state.episode.stale
    assert [item.episode.seq for item in watched.told] == [1, 2, 3]


def test_a_repeat_changes_nothing(gauge, level, sample, t0):
    watched = gauge(level(hold=2))
    samples = [sample(minute, 85) for minute in range(4)]
    watched.arrive(*samples)
    machine = watched.state.machine
    for again in samples:
        assert watched.arrive(again, now=t0 + 4 * MINUTE) == []
    assert watched.state.machine == machine


def test_samples_out_of_order_are_too_late_after_a_day(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(*[sample(60 * hour, 60) for hour in range(72)])
    assert watched.arrive(sample(60 * 20 + 1, 95), now=t0 + timedelta(hours=71)) == []
    assert watched.arrive(sample(60 * 60 + 1, 95), now=t0 + timedelta(hours=71)) == ["fired", "resolved"]


def test_a_sample_that_is_too_late_takes_none_with_it(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(*[sample(60 * hour, 60) for hour in range(72)])
    together = [sample(60 * 2 + 1, 95), sample(60 * 60 + 1, 95)]
    assert watched.arrive(*together, now=t0 + timedelta(hours=71)) == ["fired", "resolved"]
    assert watched.told[0].at == t0 + timedelta(hours=60, minutes=1)


def test_samples_in_order_are_never_too_old(gauge, level, sample, t0):
    """A recording that is played, a gateway that was away for days: in order, so it is judged."""
    watched = gauge(level(), stale_after=timedelta(hours=2))
    watched.wait(t0 + timedelta(days=3))
    for hour, value in enumerate([60, 85, 85, 60]):
        watched.arrive(sample(60 * hour, value), now=t0 + timedelta(days=3, seconds=hour))
    assert [kind for kind in watched.kinds if not kind.startswith("data")] == ["fired", "resolved"]


def test_checkpoints_stay_few(gauge, level, sample):
    watched = gauge(level())
    for minute in range(0, 60 * 24 * 5, 10):
        watched.arrive(sample(minute, 60))
    assert len(watched.state.checkpoints) <= 6
    assert watched.state.machine.seen_at - watched.state.checkpoints[0].seen_at >= timedelta(hours=24)


@pytest.mark.parametrize("reverse", [False, True])
def test_six_hours_in_reverse_end_like_six_hours_in_order(gauge, level, sample, t0, reverse):
    values = [60] * 100 + [85] * 100 + [60] * 50 + [120] * 110
    samples = [sample(minute, value) for minute, value in enumerate(values)]
    watched = gauge(level(Level.CAUTION, 80, hold=3, clear_hold=5), level(Level.DANGER, 100))
    for one in reversed(samples) if reverse else samples:
        watched.arrive(one, now=t0 + timedelta(hours=6))
    assert watched.level == Level.DANGER
    assert watched.state.machine.opened_at == t0 + 250 * MINUTE


def test_an_earlier_episode_is_not_mistaken_for_the_open_one(gauge, level, sample, t0):
    watched = gauge(level())
    watched.arrive(*[sample(minute, value) for minute, value in enumerate([85, 60, 85, 85])])
    assert watched.arrive(sample(2.5, 85), now=t0 + 4 * MINUTE) == []
    assert watched.state.episode.number == 2


def test_late_samples_bring_nothing_back_while_silence_is_not_judged(gauge, level, sample, t0):
    """After a restart, with the backlog still coming."""
    watched = gauge(level())
    watched.arrive(sample(0, 85), sample(2, 85))
    watched.wait(t0 + timedelta(hours=2))
    news = [sample(0, 85), sample(1, 85), sample(2, 85)]
    state, told = evaluate(watched.ladder, watched.state, news, t0 + timedelta(hours=2), judge_silence=False)
    assert told == ()
    assert state.episode.stale


def test_a_changed_rule_leaves_the_past_alone_also_when_late_samples_come(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(*[sample(minute, value) for minute, value in enumerate([40, 75, 40, 40])])
    watched.change(gauge(level(raise_at=70)).ladder, t0 + 4 * MINUTE)
    watched.arrive(sample(2.5, 40), now=t0 + 5 * MINUTE)
    assert watched.kinds == []


def test_a_firing_carried_over_by_a_new_rule_survives_late_samples(gauge, level, sample, t0):
    watched = gauge(level(raise_at=80))
    watched.arrive(sample(0, 40), sample(2, 85))
    watched.change(gauge(level(raise_at=80, hold=30)).ladder, t0 + 3 * MINUTE)
    assert watched.arrive(sample(1, 40), now=t0 + 3 * MINUTE) == []
    assert watched.level == Level.CAUTION
