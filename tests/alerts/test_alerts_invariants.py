"""What holds for any data in any order: found by trying many."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.levels import Level
from core.model import Quality, QualityReason
from tests.examples import examples

MINUTE = timedelta(minutes=1)

qualities = st.sampled_from([Quality.GOOD] * 6 + [Quality.SUSPECT, Quality.FAIL, Quality.MISSING])
readings = st.lists(
    st.tuples(st.integers(1, 25), st.sampled_from([40, 69, 70, 75, 80, 85, 90, 95, 100, 120]), qualities),
    min_size=1,
    max_size=40,
)
fixed = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(150),
)


@pytest.fixture
def watched(gauge, level):
    """A fresh gauge under a ladder that uses everything."""

    def make():
        return gauge(
            level(Level.CAUTION, 80, hold=2, clear_hold=3), level(Level.WARNING, 90), level(Level.DANGER, 100, hold=1)
        )

    return make


def _samples(sample, steps, reasons=QualityReason.NONE):
    minute, found = 0, []
    for gap, value, quality in steps:
        minute += gap
        found.append(sample(minute, value, quality, reasons))
    return found


@given(steps=readings)
@fixed
def test_without_good_data_nothing_is_told_but_silence(watched, sample, steps):
    """Missing, failed and doubtful data (here: ice) never open an episode and never end one."""
    silent, firing = watched(), watched()
    firing.arrive(sample(-2, 120), sample(-1, 120))
    assert firing.level == Level.DANGER
    for one in _samples(sample, [(gap, value, Quality.SUSPECT) for gap, value, _ in steps], QualityReason.WINTER):
        silent.arrive(one)
        firing.arrive(one)
    assert silent.kinds == []
    assert set(firing.kinds[1:]) <= {"data_lost", "raised"}
    assert firing.kinds.count("data_lost") <= 1
    assert firing.level == Level.DANGER


@given(steps=readings)
@fixed
def test_suspect_values_never_bring_an_episode_nearer_to_its_end(watched, sample, steps):
    firing = watched()
    firing.arrive(sample(-2, 120), sample(-1, 120))
    for one in _samples(sample, [(gap, value, Quality.SUSPECT) for gap, value, _ in steps]):
        firing.arrive(one)
    assert firing.level == Level.DANGER
    assert set(firing.kinds[1:]) <= {"raised", "data_lost", "data_back"}


@given(steps=readings, seed=st.integers(0, 1000))
@fixed
def test_every_fired_ends_once_and_one_episode_is_open_at_most(watched, sample, steps, seed):
    """Also in disorder; the level of the open episode is the one last told, and replaying the steps rebuilds it."""
    machine = watched()
    samples = _samples(sample, steps)
    shuffled = random.Random(seed).sample(samples, len(samples))
    now = max(one.at for one in samples)
    for one in shuffled:
        machine.arrive(one, now=now)
    open_levels, ended = {}, set()
    for item in machine.told:
        number = item.episode.number
        assert number not in ended
        if item.kind == "fired":
            assert number not in open_levels
            open_levels[number] = item.to_level
        elif item.kind in ("resolved", "closed"):
            assert open_levels.pop(number) == item.from_level
            ended.add(number)
        else:
            assert open_levels[number] == item.from_level
            open_levels[number] = item.to_level
        assert len(open_levels) <= 1
    assert list(open_levels.values()) == ([machine.level] if machine.level else [])
    seqs = {}
    for item in machine.told:
        assert item.episode.seq == seqs.get(item.episode.number, 0) + 1
        seqs[item.episode.number] = item.episode.seq


@given(steps=readings, seed=st.integers(0, 1000), batches=st.integers(1, 8))
@fixed
def test_the_order_of_arrival_does_not_change_where_it_ends(watched, sample, steps, seed, batches):
    samples = _samples(sample, steps)
    now = max(one.at for one in samples)
    sorted_gauge, shuffled_gauge, at_once = watched(), watched(), watched()
    for one in samples:
        sorted_gauge.arrive(one, now=now)
    shuffled = random.Random(seed).sample(samples, len(samples))
    for start in range(0, len(shuffled), batches):
        shuffled_gauge.arrive(*shuffled[start : start + batches], now=now)
    at_once.arrive(*samples, now=now)
    ends = {
        (each.level, each.state.machine.level, each.state.machine.lost, each.state.machine.opened_at)
        for each in (sorted_gauge, shuffled_gauge, at_once)
    }
    assert len(ends) == 1


@given(steps=readings)
@fixed
def test_live_and_all_at_once_tell_the_same(watched, sample, steps):
    """The same data live and in one late batch: the same transitions at the same event times."""
    live, batch = watched(), watched()
    samples = _samples(sample, steps)
    for one in samples:
        live.arrive(one)
    batch.arrive(*samples, now=samples[-1].at)
    told = [
        [(item.kind, item.at, item.from_level, item.to_level, item.value) for item in each.told]
        for each in (live, batch)
    ]
    assert told[0] == told[1]


@given(steps=readings, known=st.integers(0, 39), back=st.integers(1, 60))
@fixed
def test_a_backlog_tells_the_same_though_older_hours_are_read_again(watched, sample, steps, known, back):
    """What is new is told step by step, also where verdicts on what was seen before came with it."""
    live, backlog = watched(), watched()
    samples = _samples(sample, steps)
    for one in samples:
        live.arrive(one)
    for one in samples[:known]:
        backlog.arrive(one)
    backlog.arrive(*samples[known:], now=samples[-1].at, touched=samples[0].at + back * MINUTE)
    told = [
        [(item.kind, item.at, item.from_level, item.to_level, item.value, item.cause) for item in each.told]
        for each in (live, backlog)
    ]
    assert told[0] == told[1]
    assert live.state.machine == backlog.state.machine


@given(steps=readings, moves=st.lists(st.tuples(st.integers(0, 39), st.integers(60, 130)), max_size=5))
@fixed
def test_rule_changes_and_time_never_resolve(watched, gauge, level, sample, steps, moves):
    """Only evidence beyond the clear height resolves; a changed rule and passing time close or wait."""
    machine = watched()
    samples = _samples(sample, steps)
    changes = dict(moves)
    for place, one in enumerate(samples):
        machine.arrive(one)
        if place in changes:
            told = machine.change(gauge(level(Level.CAUTION, changes[place])).ladder, one.at + MINUTE / 2)
            assert "resolved" not in told
        assert "resolved" not in machine.wait(one.at + timedelta(days=1))
