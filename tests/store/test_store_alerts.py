"""Evaluations are saved whole; several senders share it without a double."""

import threading
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from core.errors import StoreError
from core.levels import Level
from store.alert_rows import Evaluation, InstanceRow, TellingRow

MINUTE = timedelta(minutes=1)


@pytest.fixture
def state():
    return InstanceRow("deep-snow", "snow-1/snow_depth", "v1", {"since": None, "積": [1, 2.5, "雪"]})


def test_an_evaluation_comes_back_as_saved(store, registry, noon, state, episode, step, message):
    store.save_evaluation(1, Evaluation([state], [episode()], [step()], notifications=[message()]))
    assert store.instances(1) == [state]
    assert store.open_episodes(1) == [episode()]
    assert store.transitions([UUID(int=1)]) == [step()]
    assert store.outbox(1) == [(message(), "queued", 0, None)]


def test_states_and_episodes_are_replaced_steps_are_added(store, registry, noon, state, episode, step):
    store.save_evaluation(1, Evaluation([state], [episode()], [step()], []))
    moved = InstanceRow(state.rule, state.target, "v2", {"since": "x"})
    worse = episode(level=Level.DANGER, peak=200.0, value=190.0, stale=True, recovering=True)
    raised = step(seq=2, kind="raised", from_level=Level.CAUTION, to_level=Level.DANGER, value=None)
    store.save_evaluation(1, Evaluation([moved], [worse], [raised], []))
    assert store.instances(1) == [moved]
    assert store.open_episodes(1) == [worse]
    assert store.transitions([UUID(int=1)]) == [step(), raised]


def test_closed_episodes_leave_the_open_ones_and_stay_recent(store, registry, noon, episode):
    over = episode(1, closed_at=noon + MINUTE, outcome="resolved")
    store.save_evaluation(1, Evaluation(episodes=[over, episode(2)]))
    assert store.open_episodes(1) == [episode(2)]
    assert store.recent_episodes(1, noon) == [over, episode(2)]
    assert store.recent_episodes(1, noon + 2 * MINUTE) == [episode(2)]


def test_an_evaluation_is_saved_whole_or_not_at_all(store, registry, state, episode, step, message):
    orphan = message(number=9)
    with pytest.raises(StoreError) as caught:
        store.save_evaluation(1, Evaluation([state], [episode()], [step()], notifications=[message(), orphan]))
    assert (caught.value.retryable, caught.value.sqlstate) == (False, "23503")
    assert store.instances(1) == []
    assert store.open_episodes(1) == []
    assert store.outbox(1) == []


def test_a_second_evaluator_is_refused_by_the_step_it_repeats(store, registry, episode, step, message):
    store.save_evaluation(1, Evaluation(episodes=[episode()], transitions=[step()]))
    with pytest.raises(StoreError) as caught:
        store.save_evaluation(1, Evaluation(transitions=[step(cause="another")], notifications=[message()]))
    assert (caught.value.retryable, caught.value.sqlstate) == (False, "23505")
    assert store.outbox(1) == []


def test_one_target_has_one_open_episode_per_rule(store, registry, episode):
    store.save_evaluation(1, Evaluation(episodes=[episode(1)]))
    with pytest.raises(StoreError):
        store.save_evaluation(1, Evaluation(episodes=[episode(2, target=episode(1).target)]))


def test_what_was_told_as_unconfirmed_is_read_as_that(store, registry, noon, episode, step):
    def told(seq, *, unconfirmed):
        level = Level.CAUTION
        return TellingRow(
            UUID(int=1),
            seq,
            "deep-snow",
            "snow-1/snow_depth",
            "fired",
            level,
            level,
            noon,
            noon,
            {},
            unconfirmed=unconfirmed,
        )

    fired, lost = step(), step(seq=2, kind="data_lost", value=None)
    rise = Evaluation(episodes=[episode()], transitions=[fired, lost], tellings=[told(2, unconfirmed=True)])
    store.save_evaluation(1, rise)
    assert store.open_episodes(1) == [episode(unconfirmed=True)]
    assert store.recent_episodes(1, noon) == [episode(unconfirmed=True)]
    assert [one.unconfirmed for one in store.transitions([UUID(int=1)])] == [True, True], "one telling speaks of both"
    assert store.changes(1, 0).episodes == [episode(unconfirmed=True)]
    confirmed = step(seq=3, kind="confirmed", value=None)
    rise = Evaluation(episodes=[episode()], transitions=[confirmed], tellings=[told(3, unconfirmed=False)])
    store.save_evaluation(1, rise)
    assert store.open_episodes(1) == [episode()]
    assert [one.unconfirmed for one in store.transitions([UUID(int=1)])] == [True, True, False]


@pytest.mark.parametrize("change", ["update transition set cause = ''", "delete from transition"])
def test_what_was_decided_cannot_be_changed(store, registry, look, episode, step, change):
    store.save_evaluation(1, Evaluation(episodes=[episode()], transitions=[step()]))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        look(change)
    assert store.transitions([UUID(int=1)]) == [step()]


def test_changes_carry_episodes_with_each_move(store, registry, noon, episode):
    store.save_evaluation(1, Evaluation(episodes=[episode(1), episode(2)]))
    first = store.changes(1, None)
    assert first.episodes == [episode(1), episode(2)]
    over = episode(2, closed_at=noon + MINUTE, outcome="resolved")
    store.save_evaluation(1, Evaluation(episodes=[over]))
    second = store.changes(1, first.cursor)
    assert second.episodes == [over]
    assert store.changes(1, second.cursor).episodes == []
    assert store.changes(1, None).episodes == [episode(1)], "the first answer has the open ones"


@pytest.mark.db
def test_two_senders_never_hold_the_same_message(plain_store, town, noon, episode, message):
    plain_store.register(town)
    plain_store.save_evaluation(
        1,
        Evaluation(
            episodes=[episode(number) for number in range(1, 41)],
            notifications=[message(number) for number in range(1, 41)],
        ),
    )
    held, together = [], threading.Barrier(3)

    def send():
        for _ in range(10):
            together.wait()
            held.extend(each.notification.id for each in plain_store.outgoing.lease(1, "mail", noon, MINUTE, 2))

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(held) == sorted(message(number).id for number in range(1, 41))
