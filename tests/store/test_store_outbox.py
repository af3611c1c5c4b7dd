"""The outbox keeps order, leases and the last word; a sender whose lease ended marks nothing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.levels import Level
from store.alert_rows import Evaluation
from store.exercises import ExerciseRow
from store.outbox import ChannelState

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queued(store, registry, episode):
    """Puts messages of the first two episodes into the outbox."""

    def put(*messages):
        store.save_evaluation(1, Evaluation(episodes=[episode(1), episode(2)], notifications=list(messages)))
        return store.outgoing

    return put


@pytest.fixture
def lease(store, noon):
    def take(at=noon, channel="mail", limit=10):
        return store.outgoing.lease(1, channel, at, MINUTE, limit)

    return take


@pytest.fixture
def states(store):
    return lambda: [(state, error) for _, state, _, error in store.outbox(1)]


def test_a_repeated_notification_stays_as_it_was(queued, store, lease, noon, message):
    outgoing = queued(message())
    outgoing.delivered(lease()[0], noon, "queue id 7")
    store.save_evaluation(1, Evaluation(notifications=[message(body={"text": "again"})]))
    assert [(row.body, state) for row, state, *_ in store.outbox(1)] == [(message().body, "delivered")]


def test_leases_go_in_order_one_at_a_time_per_thread_channel_and_audience(queued, lease, noon, message):
    outgoing = queued(message(1, 1), message(2, 1), message(1, 2), message(1, 1, "webhook"), message(2, 2))
    (first,) = lease(limit=1)
    assert first.notification == message(1, 1)
    (second,) = lease()
    assert second.notification.id == message(2, 1).id, "the second of an episode waits for the first"
    assert lease() == []
    assert [held.notification.id for held in lease(channel="webhook")] == [message(1, 1, "webhook").id]
    assert outgoing.delivered(first, noon, "a")
    assert [held.notification.id for held in lease()] == [message(1, 2).id]
    assert outgoing.finish(1, second, "dead", noon, "550 no such user")
    assert [held.notification.id for held in lease()] == [message(2, 2).id]


def test_audiences_of_one_thread_do_not_wait_for_each_other(queued, lease, message):
    queued(message(1, 1, audience="night"), message(1, 2, audience="chief"))
    assert len(lease()) == 2


def test_a_lease_ends_when_its_holder_died_and_the_dead_one_marks_nothing(queued, lease, states, noon, message):
    outgoing = queued(message())
    (first,) = lease()
    assert lease(noon + MINUTE - timedelta(seconds=1)) == []
    (second,) = lease(noon + MINUTE)
    assert (second.notification.id, second.attempt) == (message().id, 2)
    assert not outgoing.delivered(first, noon, "a")
    assert not outgoing.retry_later(first, noon, "x")
    assert not outgoing.finish(1, first, "dead", noon, "x", [message(2)])
    assert not outgoing.give_back(first)
    assert states() == [("queued", None)]
    assert outgoing.delivered(second, noon, "b")
    assert not outgoing.finish(1, second, "dead", noon, "too late")
    assert states() == [("delivered", None)]


def test_a_message_put_off_is_due_later_keeps_its_place_and_who_has_it(queued, lease, states, noon, message):
    outgoing = queued(message(1, 1), message(1, 2))
    assert outgoing.retry_later(lease()[0], noon + 10 * MINUTE, "421 busy \0", {"b"})
    assert lease(noon + 9 * MINUTE) == []
    assert states()[0] == ("queued", "421 busy \ufffd")
    (held,) = lease(noon + 10 * MINUTE)
    assert (held.notification.id, held.attempt, held.served) == (message().id, 2, {"b"})
    outgoing.retry_later(held, noon + 10 * MINUTE, "", {"a"})
    assert lease(noon + 10 * MINUTE)[0].served == {"a", "b"}


def test_what_is_given_back_is_there_at_once(queued, lease, message):
    outgoing = queued(message())
    assert outgoing.give_back(lease()[0])
    assert [held.attempt for held in lease()] == [2]


def test_what_was_being_handed_over_is_never_leased_again(queued, lease, noon, message):
    outgoing = queued(message(resident=True))
    (held,) = lease()
    assert outgoing.begin_sending(held, noon)
    assert not outgoing.give_back(held)
    assert lease(noon + 10 * MINUTE) == []
    assert outgoing.unfinished(1, noon, ["mail"], []) == [], "somebody is at it"
    (left,) = outgoing.unfinished(1, noon + 2 * MINUTE, ["mail"], [])
    assert left.cut_off
    assert outgoing.finish(1, left.leased, "unknown", noon, "cut off")


def test_only_who_holds_it_begins_to_send(queued, lease, noon, message):
    outgoing = queued(message())
    (held,) = lease()
    assert not outgoing.begin_sending(held, noon + 2 * MINUTE), "the lease is over"
    lease(noon + 2 * MINUTE)
    assert not outgoing.begin_sending(held, noon)


def test_what_cannot_wait_is_found(queued, noon, message):
    danger = message(1, 5, channel="line", level=Level.DANGER)
    resident = message(2, 3, channel="line", level=Level.DANGER, resident=True)
    late, stray = message(1, deadline_at=noon), message(2, channel="removed")
    outgoing = queued(message(2), danger, resident, late, stray)
    found = outgoing.unfinished(1, noon, ["mail", "line"], ["line"])
    assert {item.leased.notification.id for item in found} == {danger.id, late.id, stray.id}
    assert outgoing.also_by(1, danger.id, noon, [message(1, 7, "webhook")])
    assert not outgoing.also_by(1, danger.id, noon, [message(1, 8, "webhook")])
    found = outgoing.unfinished(1, noon, ["mail", "line", "webhook"], ["line"])
    assert {item.leased.notification.id for item in found} == {late.id, stray.id}


def test_superseding_spares_what_is_held(queued, lease, states, noon, message):
    outgoing = queued(message(1, 1), message(1, 2), message(1, 3))
    lease()
    assert [row.id for row in outgoing.crowded(1, "mail", noon)] == [message(1, 2).id, message(1, 3).id]
    outgoing.supersede([message(1, 1).id, message(1, 2).id], message(1, 3).id, noon)
    assert [state for state, _ in states()] == ["queued", "superseded", "queued"]
    (listed,) = outgoing.listed(1, ["superseded"], before=None, limit=9)
    assert listed.superseded_by == message(1, 3).id


def test_a_person_decides_on_what_is_dead_or_unknown(queued, lease, states, noon, message):
    outgoing = queued(message(1), message(2), message(1, 2, "webhook"))
    first, second = lease()
    outgoing.finish(1, first, "unknown", noon, "cut off")
    outgoing.finish(1, second, "dead", noon, "550")
    assert not outgoing.arrived(1, message(2).id, noon, "x"), "what is dead did not arrive"
    assert outgoing.arrived(1, message(1).id, noon, "seen by the chief")
    assert not outgoing.again(1, message(1).id, noon, noon + MINUTE)
    assert not outgoing.again(2, message(2).id, noon, noon + MINUTE), "of another site"
    assert outgoing.again(1, message(2).id, noon, noon + 9 * MINUTE)
    assert states()[0] == ("delivered", "seen by the chief")
    assert [held.attempt for held in lease()] == [2]


def test_how_the_outbox_stands(queued, lease, noon, message):
    outgoing = queued(message(1), message(2), message(1, 2), message(1, 2, "webhook"))
    first, second = lease()
    outgoing.finish(1, first, "dead", noon, "550")
    outgoing.finish(1, second, "unknown", noon, "?")
    mail, webhook = outgoing.standing(1, noon)
    assert (mail.channel, mail.queued, mail.oldest, mail.dead, mail.unknown) == ("mail", 1, noon, 1, 1)
    assert (webhook.queued, webhook.dead) == (1, 0)
    assert outgoing.standing(1, noon + timedelta(days=2))[0].dead == 0


def test_how_a_channel_does_is_remembered(store, registry, noon):
    state = ChannelState(
        channel="mail", state="open", failures=5, not_before=noon, reason="421", changed_at=noon, delivered_at=None
    )
    assert store.outgoing.channel_states(1) == {}
    store.outgoing.save_channel_state(1, state)
    store.outgoing.save_channel_state(1, replace(state, failures=6))
    assert store.outgoing.channel_states(1) == {"mail": replace(state, failures=6)}


def test_an_exercise_counts_a_gathered_message_for_each_alert_it_speaks_of(queued, store, noon, message):
    gathered = {"text": "二つ", "alerts": [{"episode": str(UUID(int=1))}, {"episode": str(UUID(int=2))}]}
    queued(message(1, body=gathered), message(2, seq=2))
    held = ExerciseRow(UUID(int=9), 1, "night", "夜", "Night", 1.0, noon, "hanako", noon + timedelta(hours=1))
    told = store.exercises.told(held, noon + MINUTE)
    assert [row.episode for row in told] == [UUID(int=1), UUID(int=2), UUID(int=2)]
    assert store.exercises.told(held, noon) == []
