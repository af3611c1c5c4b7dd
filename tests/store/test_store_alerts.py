"""Evaluations are saved whole; the outbox keeps order, leases and the last word."""

import threading
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from core.errors import StoreError
from core.levels import Level
from store.rows import Evaluation, InstanceRow

MINUTE = timedelta(minutes=1)


@pytest.fixture
def state():
    return InstanceRow("deep-snow", "snow-1/snow_depth", "v1", {"since": None, "積": [1, 2.5, "雪"]})


def test_an_evaluation_comes_back_as_saved(store, registry, noon, state, episode, step, message):
    store.save_evaluation(1, Evaluation([state], [episode()], [step()], [message()]))
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
        store.save_evaluation(1, Evaluation([state], [episode()], [step()], [message(), orphan]))
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


def test_a_repeated_notification_stays_as_it_was(store, registry, noon, episode, message):
    store.save_evaluation(1, Evaluation(episodes=[episode()], notifications=[message()]))
    store.delivered(message().id, noon, "queue id 7")
    store.save_evaluation(1, Evaluation(notifications=[message(body={"text": "again"})]))
    assert store.outbox(1) == [(message(), "delivered", 0, None)]


def test_leases_go_in_order_one_at_a_time_per_episode_and_channel(store, registry, noon, episode, message):
    queue = [message(1, 1), message(2, 1), message(1, 2), message(1, 1, "webhook"), message(2, 2)]
    store.save_evaluation(1, Evaluation(episodes=[episode(1), episode(2)], notifications=queue))

    def leased(limit=10):
        return [held.notification for held in store.lease(1, "mail", noon, MINUTE, limit)]

    assert leased(1) == [message(1, 1)]
    assert leased() == [message(2, 1)], "the second of an episode waits for the first"
    assert leased() == []
    assert [held.notification for held in store.lease(1, "webhook", noon, MINUTE, 9)] == [message(1, 1, "webhook")]
    store.delivered(message(1, 1).id, noon, "a")
    assert leased() == [message(1, 2)]
    store.dead_letter(message(2, 1).id, noon, "550 no such user")
    assert leased() == [message(2, 2)]
    states = {row.id: (state, error) for row, state, _, error in store.outbox(1)}
    assert states[message(1, 1).id] == ("delivered", None)
    assert states[message(2, 1).id] == ("dead", "550 no such user")


def test_a_lease_ends_when_its_holder_died(store, registry, noon, episode, message):
    store.save_evaluation(1, Evaluation(episodes=[episode()], notifications=[message()]))
    assert [held.attempt for held in store.lease(1, "mail", noon, MINUTE, 1)] == [1]
    assert store.lease(1, "mail", noon + MINUTE - timedelta(seconds=1), MINUTE, 1) == []
    (again,) = store.lease(1, "mail", noon + MINUTE, MINUTE, 1)
    assert (again.notification.id, again.attempt) == (message().id, 2)


def test_a_message_put_off_is_due_later_and_keeps_its_place(store, registry, noon, episode, message):
    store.save_evaluation(1, Evaluation(episodes=[episode()], notifications=[message(1, 1), message(1, 2)]))
    store.lease(1, "mail", noon, MINUTE, 1)
    store.retry_later(message().id, noon + 10 * MINUTE, "421 busy \0")
    assert store.lease(1, "mail", noon + 9 * MINUTE, MINUTE, 5) == []
    assert store.outbox(1)[0] == (message(), "queued", 1, "421 busy \ufffd")
    (held,) = store.lease(1, "mail", noon + 10 * MINUTE, MINUTE, 5)
    assert (held.notification, held.attempt) == (message(), 2)


def test_the_last_word_on_a_message_stays(store, registry, noon, episode, message):
    store.save_evaluation(1, Evaluation(episodes=[episode()], notifications=[message()]))
    store.delivered(message().id, noon, "a")
    store.retry_later(message().id, noon, "too late")
    store.dead_letter(message().id, noon, "too late")
    assert store.outbox(1) == [(message(), "delivered", 0, None)]


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
            held.extend(each.notification.id for each in plain_store.lease(1, "mail", noon, MINUTE, 2))

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(held) == sorted(message(number).id for number in range(1, 41))
