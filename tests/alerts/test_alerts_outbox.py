"""Sending: real listeners, real sockets, one id however often it is tried."""

import logging
import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.channel import Channel
from alerts.delivery import Delivery, tend
from alerts.outbox import deliver_next, open_senders, wait_before
from core.levels import Level

pytestmark = pytest.mark.db

RIVER = "harame/water_level"


@pytest.fixture
def flooded(town, site, river_rule):
    """A town whose river has just reached a level, with these channels."""

    def make(*channels, value=1.6):
        place = town(site([river_rule], channels))
        place.play(RIVER, [(0, 1.0), (10, value)])
        return place

    return make


@pytest.fixture
def deliver():
    def run(place, channel=0, environment=None):
        senders = open_senders(place.site, environment or {})
        sender = senders[channel]
        tend(place.store, place.registry.site, place.site, [each.id for each in senders], place.clock)
        return deliver_next(place.store, place.registry.site, sender, place.clock, lambda: 0.0)

    return run


def _states(place):
    return [(state, attempts) for _, state, attempts, _ in place.outbox]


def test_delivered_once(flooded, deliver, http_listener):
    place = flooded(http_listener.channel())
    assert deliver(place)
    assert not deliver(place)
    assert _states(place) == [("delivered", 1)]
    ((path, headers, body),) = http_listener.requests
    assert path == "/hook"
    assert headers["Idempotency-Key"] == body["yukimori"]["id"] == str(place.outbox[0][0].id)


@pytest.mark.parametrize("status", [500, 503, 429, 408, 425])
def test_what_may_pass_is_tried_again_under_the_same_id(flooded, deliver, http_listener, status):
    http_listener.answers = [(status, {})]
    place = flooded(http_listener.channel())
    deliver(place)
    assert _states(place) == [("queued", 1)]
    assert not deliver(place), "the back-off has not passed"
    place.now += timedelta(seconds=1)
    deliver(place)
    assert _states(place) == [("delivered", 2)]
    first, second = (headers["Idempotency-Key"] for _, headers, _ in http_listener.requests)
    assert first == second


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410])
def test_what_will_not_pass_is_given_up_visibly(flooded, deliver, http_listener, status):
    http_listener.answers = [(status, {"Location": http_listener.url})]
    place = flooded(http_listener.channel())
    deliver(place)
    assert _states(place) == [("dead", 1)]
    assert str(status) in place.outbox[0][3]
    assert len(http_listener.requests) == 1, "redirects are not followed"


def test_retry_after_is_obeyed(flooded, deliver, http_listener):
    http_listener.answers = [(429, {"Retry-After": "300"})]
    place = flooded(http_listener.channel())
    deliver(place)
    place.now += timedelta(seconds=299)
    assert not deliver(place)
    place.now += timedelta(seconds=1)
    assert deliver(place)
    assert _states(place) == [("delivered", 2)]


def test_a_clock_that_is_set_back_holds_no_message_back(flooded, deliver, http_listener):
    """Neither one that was just queued, nor one that waits to be tried again, nor one a dead process held."""
    http_listener.answers = [(500, {})]
    place = flooded(http_listener.channel())
    place.now -= timedelta(hours=1)
    deliver(place)
    assert _states(place) == [("queued", 1)]
    place.now -= timedelta(hours=1)
    outgoing = place.store.outgoing
    assert outgoing.lease(place.registry.site, "hook", place.now, timedelta(minutes=1), 1)
    place.now -= timedelta(hours=1)
    deliver(place)
    assert _states(place) == [("delivered", 3)]


def test_a_receiver_that_says_nothing_is_tried_again(flooded, deliver, http_listener):
    channel = http_listener.channel()
    place = flooded(replace(channel, settings={**channel.settings, "timeout_s": 0.2}))
    http_listener.hold.clear()
    deliver(place)
    http_listener.hold.set()
    assert _states(place) == [("queued", 1)]
    assert "no answer in time" in place.outbox[0][3] or "timed out" in place.outbox[0][3]


def test_a_receiver_that_drips_is_cut_off(flooded, deliver, http_listener):
    """F22: a byte now and then keeps every single read alive; the whole exchange still ends in time."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nX: "[:1])
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        channel = http_listener.channel()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        place = flooded(replace(channel, settings={"url": url, "allow_private": True, "timeout_s": 0.5}))
        deliver(place)
        stop.set()
        dripping.join()
    assert _states(place) == [("queued", 1)]
    assert "127.0.0.1" in place.outbox[0][3]


def test_nobody_listens(flooded, deliver, http_listener):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    channel = replace(http_listener.channel(), settings={"url": f"http://127.0.0.1:{port}/", "allow_private": True})
    place = flooded(channel)
    deliver(place)
    assert _states(place) == [("queued", 1)]


def test_a_crash_between_sending_and_marking_sends_again_under_the_same_id(
    flooded, deliver, http_listener, monkeypatch
):
    """F3, B3: the sender is gone after the receiver has the message; the lease runs out."""
    place = flooded(http_listener.channel())
    monkeypatch.setattr(place.store.outgoing, "delivered", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        deliver(place)
    monkeypatch.undo()
    assert not deliver(place), "the lease still holds"
    place.now += timedelta(seconds=61)
    assert deliver(place)
    assert _states(place) == [("delivered", 2)]
    first, second = (headers["Idempotency-Key"] for _, headers, _ in http_listener.requests)
    assert first == second


@pytest.mark.parametrize(("value", "minutes"), [(1.6, 360), (2.5, 30)])
def test_the_deadline_ends_it_visibly(flooded, deliver, http_listener, value, minutes):
    """F21: half an hour for danger, six hours for the rest; what is past it is not sent any more."""
    place = flooded(http_listener.channel(), value=value)
    (row, *_), *_ = place.outbox
    assert row.deadline_at - row.queued_at == timedelta(minutes=minutes)
    place.now = row.deadline_at
    assert not deliver(place)
    assert _states(place) == [("dead", 0)]
    assert http_listener.requests == []


def test_a_receiver_that_is_down_until_the_deadline(flooded, deliver, http_listener):
    http_listener.answers = [(503, {})] * 1000
    place = flooded(http_listener.channel(), value=2.5)
    attempts = 0
    while _states(place)[0][0] == "queued":
        attempts += deliver(place)
        place.now += timedelta(seconds=10)
    assert _states(place)[0][0] == "dead"
    assert 8 <= attempts <= 100
    assert "503" in place.outbox[0][3]
    assert len({headers["Idempotency-Key"] for _, headers, _ in http_listener.requests}) == 1


def test_order_is_kept_and_no_level_is_lost(flooded, deliver, http_listener):
    """Danger came and went down again while nobody answered: both are told, in order."""
    place = flooded(http_listener.channel(), value=2.5)
    http_listener.answers = [(503, {})]
    deliver(place)
    place.play(RIVER, [(20, 1.6)])
    while deliver(place):
        pass
    assert [body["yukimori"]["kind"] for *_, body in http_listener.requests] == ["fired", "fired", "lowered"]


def test_what_the_newest_message_says_as_well_is_not_sent_any_more(flooded, deliver, http_listener):
    place = flooded(http_listener.channel())
    http_listener.answers = [(503, {})]
    deliver(place)
    place.play(RIVER, [(20, 2.5), (30, 1.0)])
    while deliver(place):
        pass
    assert [body["yukimori"]["kind"] for *_, body in http_listener.requests] == ["fired", "resolved"]
    assert _states(place) == [("superseded", 1), ("superseded", 0), ("delivered", 1)]


def test_a_mistake_in_a_channel_is_no_end(flooded, http_listener, caplog):
    place = flooded(http_listener.channel())
    (good,) = open_senders(place.site, {})

    def fails(*_):
        raise ZeroDivisionError

    broken = replace(good, channel=Channel(good.channel.settings, fails))
    with caplog.at_level(logging.CRITICAL):
        deliver_next(place.store, place.registry.site, broken, place.clock, lambda: 0.0)
    assert _states(place) == [("queued", 1)]
    assert "ZeroDivisionError" in place.outbox[0][3]


def test_a_slow_channel_delays_no_other(flooded, http_listener, mail_listener):
    """F22: the webhook hangs; the mail is delivered while it does."""
    arrived, let_go = threading.Event(), threading.Event()

    def slow(*_):
        arrived.set()
        let_go.wait(60)
        return "late"

    place = flooded(http_listener.channel(), mail_listener.channel())
    hook, mail = open_senders(place.site, {})
    delivered = threading.Event()

    def fast(*given):
        try:
            return mail.channel.send(*given)
        finally:
            delivered.set()

    senders = [
        replace(hook, channel=Channel(hook.channel.settings, slow)),
        replace(mail, channel=Channel(mail.channel.settings, fast)),
    ]
    with Delivery(place.site, place.store, place.registry.site, senders, place.clock, lambda: 0.0) as delivery:
        delivery.wake()
        assert arrived.wait(60)
        assert delivered.wait(60)
        assert len(mail_listener.mails) == 1
        let_go.set()
    assert {state for _, state, *_ in place.outbox} == {"delivered"}


def test_stopping_finishes_the_message_at_hand(flooded, http_listener):
    """F25: told to stop while sending, the sender ends with the message delivered and marked."""
    place = flooded(http_listener.channel())
    http_listener.hold.clear()
    (sender,) = open_senders(place.site, {})
    began = threading.Event()

    def watched(*given):
        began.set()
        return sender.channel.send(*given)

    watching = replace(sender, channel=Channel(sender.channel.settings, watched))
    with Delivery(place.site, place.store, place.registry.site, [watching], place.clock, lambda: 0.0):
        assert began.wait(60)
        http_listener.hold.set()
    assert _states(place) == [("delivered", 1)]


@pytest.mark.parametrize(
    ("attempt", "retry_after", "random", "seconds"),
    [
        (1, None, 0.0, 0.5),
        (1, None, 1.0, 1.0),
        (4, None, 1.0, 8.0),
        (50, None, 1.0, 60.0),
        (1, 200.0, 0.0, 200.0),
        (1, 600.0, 0.0, 600.0),
        (1, 7200.0, 0.0, 600.0),
    ],
)
def test_back_off(attempt, retry_after, random, seconds):
    assert wait_before(attempt, retry_after, lambda: random) == timedelta(seconds=seconds)


def test_a_message_below_the_level_of_a_channel_is_not_queued(flooded, http_listener):
    assert flooded(http_listener.channel(min_level=Level.DANGER)).outbox == []


@pytest.mark.parametrize("asked", ["3600", "999999999"])
def test_a_receiver_that_asks_for_hours_is_tried_again_all_the_same(flooded, deliver, http_listener, asked):
    """A danger lives for half an hour: who obeyed would give it up at the first refusal."""
    http_listener.answers = [(503, {"Retry-After": asked})]
    place = flooded(http_listener.channel(), value=2.5)
    deliver(place)
    assert _states(place) == [("queued", 1)]
    place.now += timedelta(minutes=10)
    deliver(place)
    assert _states(place) == [("delivered", 2)]


def test_a_message_that_waits_long_does_not_hold_up_the_danger_behind_it(flooded, deliver, http_listener):
    http_listener.answers = [(503, {"Retry-After": "7200"})]
    place = flooded(http_listener.channel(), value=1.3)
    deliver(place)
    place.play(RIVER, [(18, 2.5)])
    place.now += timedelta(minutes=10)
    assert deliver(place)
    assert _states(place) == [("superseded", 1), ("delivered", 1)]
