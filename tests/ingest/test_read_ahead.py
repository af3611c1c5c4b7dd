"""While one batch is being committed the next is read; whatever happens to the first, none is lost or out of order."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime

import pytest

from core.errors import StoreError
from ingest.collector import Collector, Mode, Pace
from ingest.incidents import IncidentBook
from ingest.messages import Message
from ingest.session import Received
from ingest.spool import SpoolLimits, open_spool
from ingest.writer import Job, Target, Writer
from store.rows import Batch

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
SOON_S = 20.0
HASTY = Pace(idle_s=0.01, patience_s=0.3, stop_patience_s=0.2, first_retry_s=0.02, slowest_retry_s=0.05)
PATIENT = Pace(idle_s=0.01, patience_s=SOON_S, stop_patience_s=SOON_S)


class Inlet:
    """A session that was filled by hand."""

    connected, last_heard = True, NOW

    def __init__(self) -> None:
        self.book = IncidentBook("test")
        self.arrived: deque[Received] = deque()
        self.acknowledged: list[bytes] = []

    @property
    def waiting(self) -> int:
        return len(self.arrived)

    def arrive(self, *payloads: bytes, qos: int = 1) -> None:
        self.arrived.extend(Received(Message(b"t", payload, NOW, qos), 1) for payload in payloads)

    def take(self, timeout_s: float, most: int) -> list[Received]:
        if not self.arrived:
            threading.Event().wait(timeout_s)
        return [self.arrived.popleft() for _ in range(min(most, len(self.arrived)))]

    def acknowledge(self, taken) -> None:
        self.acknowledged += [received.message.payload for received in taken]

    def look_after(self) -> None:
        """Nothing becomes of it."""


class Database:
    """A pipeline and a store in one: payloads go through; a commit waits until it may go on, or fails as it is told."""

    def __init__(self) -> None:
        self.read: list[list[bytes]] = []
        self.stored: list[list[bytes]] = []
        self.begun, self.may_go_on, self.read_two = threading.Event(), threading.Event(), threading.Event()
        self.errors: list[Exception] = []
        self.unreadable = 0

    def handle_all(self, messages) -> Batch:
        if self.unreadable:
            self.unreadable -= 1
            raise RuntimeError("nobody foresaw this")
        self.read.append([message.payload for message in messages])
        if len(self.read) == 2:
            self.read_two.set()
        return Batch(quarantine=list(self.read[-1]))

    def append(self, _site: int, batch: Batch) -> None:
        self.begun.set()
        assert self.may_go_on.wait(SOON_S)
        if self.errors:
            raise self.errors.pop(0)
        if batch.quarantine:
            self.stored.append(batch.quarantine)


class Rig:
    def __init__(self, folder, pace: Pace) -> None:
        self.inlet, self.database = Inlet(), Database()
        self.writer = Writer(lambda: Target(self.database, self.database, 1))
        self.writer.start()
        self.database.may_go_on.set()
        assert self.writer.give(Job([], {})).ended.wait(SOON_S)
        self.database.read.clear()
        self.database.begun.clear()
        self.database.may_go_on.clear()
        self.spool = open_spool(folder / "spool", SpoolLimits(free=0))
        self.collector = Collector(self.inlet, self.writer, self.spool, pace=pace)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.collector.run, args=(self.stop, lambda: None))

    def until(self, true) -> None:
        for _ in range(round(SOON_S / 0.01)):
            if true():
                return
            threading.Event().wait(0.01)
        raise AssertionError((self.inlet.acknowledged, self.database.stored, self.collector.mode))

    def end(self) -> None:
        self.stop.set()
        self.database.may_go_on.set()
        self.thread.join(SOON_S)
        assert not self.thread.is_alive()
        self.collector.put_away()
        assert self.writer.stop(SOON_S)
        self.spool.close()


@pytest.fixture
def rig_at(tmp_path):
    rigs = []

    def make(pace: Pace) -> Rig:
        rigs.append(Rig(tmp_path, pace))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


def _busy(rig: Rig, *payloads: bytes) -> None:
    """One batch hangs in its commit while what follows has arrived before the database was asked."""
    hold = threading.Event()
    give = rig.writer.give

    def arrive_then_give(job: Job) -> Job:
        if not hold.is_set():
            hold.set()
            rig.inlet.arrive(*payloads)
        return give(job)

    rig.writer.give = arrive_then_give
    rig.inlet.arrive(b"1")
    rig.thread.start()
    assert rig.database.begun.wait(SOON_S)


def test_the_next_batch_is_read_while_the_one_before_is_committed(rig_at):
    rig = rig_at(PATIENT)
    _busy(rig, b"2", b"3")
    assert rig.database.read_two.wait(SOON_S)
    assert rig.database.read == [[b"1"], [b"2", b"3"]]
    assert (rig.database.stored, rig.inlet.acknowledged) == ([], [])
    assert rig.collector.state()["in_flight"] == 2
    rig.database.may_go_on.set()
    rig.until(lambda: len(rig.inlet.acknowledged) == 3)
    assert rig.database.stored == [[b"1"], [b"2", b"3"]]
    assert rig.inlet.acknowledged == [b"1", b"2", b"3"]
    assert len(rig.database.read) == 2, "nothing is read twice"


def test_told_to_stop_it_writes_what_it_has_read(rig_at):
    rig = rig_at(PATIENT)
    _busy(rig, b"2")
    assert rig.database.read_two.wait(SOON_S)
    rig.stop.set()
    rig.inlet.arrive(b"3")
    rig.database.may_go_on.set()
    rig.thread.join(SOON_S)
    assert rig.inlet.acknowledged == [b"1", b"2"]
    assert rig.inlet.waiting == 1, "the rest stays at the broker"


def test_where_the_commit_hangs_both_go_to_the_spool_in_order(rig_at):
    rig = rig_at(HASTY)
    _busy(rig, b"2")
    rig.until(lambda: rig.inlet.acknowledged == [b"1", b"2"])
    assert rig.collector.mode is Mode.SPOOLING
    assert rig.spool.state.messages == 2
    rig.database.may_go_on.set()
    rig.until(lambda: rig.collector.mode is Mode.DIRECT)
    stored = [payload for batch in rig.database.stored for payload in batch]
    assert stored == [b"1", b"1", b"2"], "the one that hung comes again; its key makes that harmless"


def test_where_the_commit_fails_both_are_stored_later(rig_at):
    rig = rig_at(HASTY)
    rig.database.errors = [StoreError("no", retryable=False, sqlstate="42P01")]
    _busy(rig, b"2")
    assert rig.database.read_two.wait(SOON_S)
    rig.database.may_go_on.set()
    rig.until(lambda: rig.inlet.acknowledged == [b"1", b"2"])
    rig.until(lambda: rig.collector.mode is Mode.DIRECT)
    assert [payload for batch in rig.database.stored for payload in batch] == [b"1", b"2"]


def test_what_cannot_be_read_ahead_is_read_when_its_turn_comes(rig_at):
    rig = rig_at(PATIENT)
    rig.database.unreadable = 1
    rig.database.may_go_on.set()
    rig.inlet.arrive(b"1")
    rig.thread.start()
    rig.until(lambda: rig.inlet.acknowledged == [b"1"])
    assert rig.database.stored == [[b"1"]]
