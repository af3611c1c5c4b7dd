"""What waits in memory is bounded: QoS 0 gives way and is counted, QoS 1 is the broker's to hold back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.incidents import QOS0_DROPPED, IncidentBook
from ingest.intake import Publish
from ingest.messages import Message
from ingest.overflow import ENOUGH_TO_COUNT, MOST_WAITING, MOST_WAITING_BYTES, Overflow
from ingest.session import Received

NOON = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
NOISE, READING = Publish(b"t", b"x", 0, False, 0), Publish(b"t", b"x", 1, False, 1)


@pytest.fixture
def book() -> IncidentBook:
    return IncidentBook("collect/1")


def waiting(count: int, size: int = 1) -> list[Received]:
    return [Received(Message(b"t", bytes(size), NOON), 1)] * count


def test_where_there_is_room_everything_comes_in(book):
    overflow = Overflow(book, lambda: NOON)
    assert overflow.admitted([NOISE, READING], waiting(MOST_WAITING - 1)) == [NOISE, READING]
    assert book.notices == []


def test_where_there_is_none_only_what_comes_again_does(book):
    now = [NOON]
    overflow = Overflow(book, lambda: now[0])
    for _ in range(3):
        assert overflow.admitted([NOISE, READING, NOISE], waiting(MOST_WAITING)) == [READING]
    assert list(book.open) == [QOS0_DROPPED]
    assert book._counts == {"messages_dropped_qos0": 6}
    now[0] += timedelta(seconds=59)
    overflow.look()
    assert list(book.open) == [QOS0_DROPPED]
    now[0] += timedelta(seconds=1)
    overflow.look()
    assert book.open == {}
    assert [(each.began, each.at, each.detail) for each in book.notices] == [
        (True, NOON, {}),
        (False, NOON, {"messages": 6}),
    ]


def test_few_large_ones_are_too_many_too(book):
    overflow = Overflow(book, lambda: NOON)
    size = MOST_WAITING_BYTES // ENOUGH_TO_COUNT
    assert overflow.admitted([NOISE], waiting(ENOUGH_TO_COUNT - 1, size)) == [NOISE]
    assert overflow.admitted([NOISE], waiting(ENOUGH_TO_COUNT, size)) == []
