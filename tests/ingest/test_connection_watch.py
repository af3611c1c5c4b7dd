"""What the comings and goings of the connection mean, by the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.connection_watch import RECONNECT_S, RECONNECT_WHEN_TAKEN_S, SHORT_IN_A_ROW, ConnectionWatch
from ingest.incidents import BROKER_AWAY, CLIENT_ID_IN_USE, IncidentBook


class Scene:
    """A clock, a book and a client that only remembers how long it shall wait."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
        self.delays = RECONNECT_S
        self.book = IncidentBook("collect/1")
        self.watch = ConnectionWatch(self.book, lambda: self.now, self)

    def reconnect_delay_set(self, shortest: int, longest: int) -> None:
        self.delays = (shortest, longest)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.watch.look()

    def lives(self, seconds: float) -> None:
        self.watch.back()
        self.later(seconds)
        self.watch.gone()
        self.later(1)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_short_interruption_is_no_incident(scene):
    scene.watch.back()
    scene.later(100)
    scene.watch.gone()
    scene.later(5)
    scene.watch.back()
    assert scene.book.notices == []


def test_a_broker_that_is_away_is_told_from_the_moment_it_went(scene):
    scene.watch.back()
    scene.later(100)
    gone = scene.now
    scene.watch.gone()
    for _ in range(3):
        scene.later(5)
        scene.watch.refused(None, None)
    scene.watch.back()
    assert [(each.kind, each.began, each.at) for each in scene.book.notices] == [
        (BROKER_AWAY, True, gone),
        (BROKER_AWAY, False, gone + timedelta(seconds=15)),
    ]


def test_many_short_connections_in_a_row_are_another_client_with_our_name(scene):
    for _ in range(SHORT_IN_A_ROW):
        scene.lives(2)
    assert list(scene.book.open) == [CLIENT_ID_IN_USE]
    assert scene.delays == RECONNECT_WHEN_TAKEN_S
    scene.watch.back()
    scene.later(59)
    assert list(scene.book.open) == [CLIENT_ID_IN_USE]
    scene.later(2)
    assert scene.book.open == {}
    assert scene.delays == RECONNECT_S


def test_a_broker_that_refuses_in_between_is_only_a_bad_broker(scene):
    for _ in range(3 * SHORT_IN_A_ROW):
        scene.lives(2)
        scene.watch.refused(None, None)
    assert CLIENT_ID_IN_USE not in scene.book.open


def test_connections_that_last_a_while_in_between_are_only_a_bad_network(scene):
    for number in range(3 * SHORT_IN_A_ROW):
        scene.lives(11 if number % SHORT_IN_A_ROW == 0 else 2)
    assert CLIENT_ID_IN_USE not in scene.book.open
