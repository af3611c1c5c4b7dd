"""Two processes that make the same partition at the same time: both succeed."""

from __future__ import annotations

import threading

import psycopg
import pytest

from store import migrate

pytestmark = pytest.mark.db

MAKE = "select create_partitions('observation', array['2024-05-05T00:00Z'::timestamptz])"


def test_the_second_maker_finds_what_the_first_made_while_it_waited(plain_dsn):
    migrate(plain_dsn)
    made: list[int] = []

    def second() -> None:
        with psycopg.connect(plain_dsn, autocommit=True) as connection:
            made.append(connection.execute(MAKE).fetchone()[0])

    with psycopg.connect(plain_dsn) as first, psycopg.connect(plain_dsn, autocommit=True) as watching:
        assert first.execute(MAKE).fetchone()[0] == 1
        waiter = threading.Thread(target=second)
        waiter.start()
        waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        pause = threading.Event()
        while watching.execute(waits).fetchone()[0] == 0:
            pause.wait(0.01)
        first.commit()
        waiter.join()
    assert made == [0]
