"""Several real collectors at one Mosquitto: what one of them leaves behind is taken in by the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config import load_site
from core.broker_address import BrokerAddress
from core.times import utc_now
from ingest.membership import Member
from ingest.publishing import Publisher
from ingest.session import Session
from store import open_store

ROOT = Path(__file__).resolve().parents[2]
FUKUI = ROOT / "config" / "fukui"
GAUGES = [stream.device for stream in load_site(FUKUI).datastreams[:100]]
NEWEST = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
PATIENCE_S = 30.0

pytestmark = [pytest.mark.broker, pytest.mark.db, pytest.mark.faults, pytest.mark.timeout(120)]

Row = tuple[str, datetime, float]


def rows_to_publish(first: int, last: int) -> list[Row]:
    """Readings number ``first`` to ``last``; no two share gauge and time."""
    return [
        (GAUGES[number % len(GAUGES)], NEWEST - timedelta(seconds=20 * (number // len(GAUGES))), number / 10_000)
        for number in range(first, last)
    ]


def eventually(true: Callable[[], object], what: Callable[[], object]) -> None:
    waiting = threading.Event()
    for _ in range(round(PATIENCE_S / 0.05)):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError(f"waited in vain: {what()}")


class Members:
    """A broker, a database and the collectors that work between them."""

    def __init__(self, dsn: str, broker, folder: Path) -> None:
        self.dsn, self.broker, self._folder = dsn, broker, folder
        self.running: dict[int, subprocess.Popen] = {}
        self.store = open_store(dsn)
        self.site = self.store.register(load_site(FUKUI)).site

    def begin(self, number: int, of: int, folder: str = "") -> subprocess.Popen:
        data = self._folder / (folder or f"member-{number}")
        data.mkdir(exist_ok=True)
        environment = {**os.environ, "DATABASE_URL": self.dsn, "MQTT_URL": self.broker.url}
        command = [sys.executable, "-m", "tests.ingest.members_in_a_hurry", "collect", "--site", str(FUKUI)]
        command += ["--data", str(data), "--member", str(number), "--of", str(of)]
        with (data / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def start(self, *numbers: int, of: int) -> None:
        """Start these and wait until they listen."""
        for number in numbers:
            self.running[number] = self.begin(number, of)
        for number in numbers:
            eventually(lambda number=number: self.listens(number, of), lambda number=number: self.said(number))

    def listens(self, number: int, of: int) -> bool:
        assert self.running[number].poll() is None, self.said(number)
        since = utc_now() - timedelta(seconds=1)
        return any(
            row.member == str(number)
            and row.state.get("of") == of
            and row.state.get("connected")
            and row.beat_at > since
            for row in self.store.watching.processes(self.site)
        )

    def said(self, number: int) -> str:
        return (self._folder / f"member-{number}" / "log").read_text()

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.wait()

    def publish(self, rows: list[Row]) -> None:
        with Publisher(BrokerAddress.parse(self.broker.url), client_id="publisher") as publisher:
            for gauge, at, value in rows:
                body = {"at": at.isoformat(), "quantity": "water_level", "value": value, "unit": "m"}
                publisher.publish(f"yukimori/fukui/{gauge}/reading", json.dumps(body).encode())
            assert publisher.drain()

    def stored(self) -> list[Row]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(
                "select d.device, o.at, o.value from observation o join datastream d on d.no = o.datastream_id"
            ).fetchall()

    def until_stored(self, rows: list[Row]) -> None:
        eventually(lambda: len(self.stored()) >= len(rows), lambda: f"{len(self.stored())} of {len(rows)}")
        assert sorted(self.stored()) == sorted(rows)

    def taken(self, number: int) -> int:
        states = {row.member: row.state for row in self.store.watching.processes(self.site)}
        return states[str(number)].get("taken", 0)

    def incidents(self) -> list[tuple[str, str]]:
        return [(each.kind, each.subject) for each in self.store.watching.incidents(self.site)]

    def ever(self) -> list[tuple[str, str]]:
        since = datetime(2000, 1, 1, tzinfo=UTC)
        return [(each.kind, each.subject) for each in self.store.watching.incidents(self.site, since)]

    def settled(self, number: int) -> bool:
        """Whether the survivors have looked into the session of a member, each in turn, and left nothing in it."""
        return all(
            f"what was parked for member {number} is taken in" in self.said(each)
            for each in self.running
            if each != number
        )

    def parked(self, number: int) -> tuple[bool, int]:
        """Whether the broker knows the session of a member, and how many messages it holds for it."""
        session = Session(
            BrokerAddress.parse(self.broker.url),
            client_id=Member(number).client_id("fukui"),
            topics=("nobody/publishes/here",),
            clock=utc_now,
            last_heard=utc_now(),
        )
        session.start()
        # The broker answers in order: what it held came before its answer to the subscription made on connecting.
        eventually(lambda: session.connected, lambda: "no answer of the broker")
        session.stop()
        return not session.sessions_lost, session.waiting

    def close(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            finally:
                process.kill()
        self.store.close()


@pytest.fixture
def members(dsn, mosquitto_broker, tmp_path) -> Iterator[Members]:
    with ExitStack() as stack:
        found = Members(dsn, mosquitto_broker, tmp_path)
        stack.callback(found.close)
        yield found


def test_a_member_that_is_killed_for_good_leaves_nothing_behind_and_is_welcome_again(members):
    members.start(1, 2, 3, of=3)
    rows = rows_to_publish(0, 3_000)
    publishing = threading.Thread(target=members.publish, args=(rows,))
    publishing.start()
    eventually(lambda: members.taken(2) > 300, lambda: "member 2 takes nothing")
    members.kill(2)
    publishing.join()
    members.until_stored(rows)
    eventually(lambda: members.settled(2), lambda: members.said(1) + members.said(3))
    # On a busy machine the beat of a living one may be late by the short bound of this test, and be told too.
    assert ("collector-dead", "collect/2") in members.incidents()
    assert members.parked(2) == (True, 0)
    eventually(lambda: min(members.taken(1), members.taken(3)) > 600, lambda: members.taken(1))

    more = rows_to_publish(3_000, 3_300)
    members.publish(more)
    members.until_stored(rows + more)
    assert members.parked(2) == (True, 0)

    members.start(2, of=3)
    eventually(lambda: not members.incidents(), members.incidents)
    still_more = rows_to_publish(3_300, 3_900)
    members.publish(still_more)
    members.until_stored(rows + more + still_more)
    eventually(lambda: members.taken(2) > 100, lambda: members.taken(2))
    assert members.ever().count(("collector-dead", "collect/2")) == 1
    assert {kind for kind, _ in members.ever()} == {"collector-dead"}
    # Who takes over from a living one whose beat was late throws it out of the broker, which is told as such.
    told_late = {who for _, who in members.ever()} - {"collect/2"}
    assert told_late or not [number for number in (1, 2, 3) if "lost (" in members.said(number)]


def test_a_member_that_hangs_is_replaced_and_goes_on_when_it_wakes(members):
    members.start(1, 2, of=2)
    members.running[2].send_signal(signal.SIGSTOP)
    rows = rows_to_publish(0, 1_000)
    members.publish(rows)
    members.until_stored(rows)
    eventually(lambda: members.settled(2), lambda: members.said(1))
    members.running[2].send_signal(signal.SIGCONT)
    eventually(lambda: not members.incidents(), members.incidents)
    eventually(lambda: members.listens(2, 2), lambda: members.said(2))
    more = rows_to_publish(1_000, 2_000)
    members.publish(more)
    members.until_stored(rows + more)
    eventually(lambda: members.taken(2) > 300, lambda: members.taken(2))
    assert ("client-id-in-use", "collect/2") not in members.ever()


def test_a_second_collector_with_the_same_number_is_refused(members):
    members.start(1, 2, of=2)
    second = members.begin(2, 2, folder="second")
    assert second.wait(60) == 3
    said = (members._folder / "second" / "log").read_text()
    assert "another collector works as member 2 of fukui" in said
    assert "--member" in said
    assert members.listens(2, 2)
    assert "lost (" not in members.said(2)


def test_from_one_to_two_and_back_nothing_is_lost_and_no_session_is_left(members):
    members.start(1, of=1)
    first = rows_to_publish(0, 300)
    members.publish(first)
    members.until_stored(first)
    members.kill(1)
    members.publish(rows_to_publish(300, 400))
    members.start(1, 2, of=2)
    second = rows_to_publish(400, 1_000)
    members.publish(second)
    members.until_stored(rows_to_publish(0, 1_000))
    eventually(lambda: members.taken(2) > 100, lambda: members.taken(2))
    members.kill(2)
    members.kill(1)
    members.publish(rows_to_publish(1_000, 1_200))

    members.start(1, of=1)
    members.until_stored(rows_to_publish(0, 1_200))
    eventually(lambda: "member 2 is retired" in members.said(1), lambda: members.said(1))
    assert members.parked(2) == (False, 0)
    assert [row.member for row in members.store.watching.processes(members.site)] == ["1"]
    assert members.incidents() == []
