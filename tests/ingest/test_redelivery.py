"""Copies of what waits with us are not kept, whatever the broker sends again and however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.messages import Message
from ingest.redelivery import without_older_copies

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def message(payload: str, minute: int = 0, qos: int = 1) -> Message:
    return Message(b"yukimori/town/a/reading", payload.encode(), NOON + timedelta(minutes=minute), qos)


def test_the_newer_copy_is_kept_with_the_arrival_of_the_older():
    waiting = [(message("a"), 1), (message("b"), 1), (message("a", 5), 2), (message("b", 5), 2), (message("c", 5), 2)]
    assert without_older_copies(waiting) == [(message("a"), 2), (message("b"), 2), (message("c", 5), 2)]


def test_the_newer_copy_keeps_the_place_of_the_older_too():
    first = [replace(message("a"), place=0), replace(message("b"), place=1)]
    again = [replace(message("b", 5), place=0), replace(message("a", 5), place=1)]
    kept = without_older_copies([(each, 1) for each in first] + [(each, 2) for each in again])
    assert [(each.payload, each.own_arrival) for each, _ in kept] == [
        (b"b", first[1].own_arrival),
        (b"a", first[0].own_arrival),
    ]


def test_two_messages_alike_stay_two():
    waiting = [(message("a"), 1), (message("a", 1), 1), (message("a", 5), 2), (message("a", 5), 2)]
    assert without_older_copies(waiting) == [(message("a"), 2), (message("a", 1), 2)]


def test_what_does_not_come_again_stays():
    waiting = [(message("a"), 1), (message("b"), 1), (message("a", 5), 2)]
    assert without_older_copies(waiting) == [(message("b"), 1), (message("a"), 2)]
    waiting = [(message("a"), 1), (message("a", 1), 1), (message("a", 5), 2)]
    assert without_older_copies(waiting) == [(message("a"), 1), (message("a", 1), 2)]


def test_what_is_sent_once_stays():
    waiting = [(message("a", qos=0), 1), (message("a", 5, qos=0), 2)]
    assert without_older_copies(waiting) == waiting


def test_copies_of_several_connections_are_one():
    waiting: list = []
    for connection in range(1, 50):
        waiting += [(message(str(number), connection), connection) for number in range(100)]
        if connection % 3:
            waiting = without_older_copies(waiting)
    assert len(waiting) == 100
    assert {each.received_at for each, _ in waiting} == {message("", 1).received_at}
