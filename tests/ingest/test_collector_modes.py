"""What a collector does where the spool itself is in the way, and what it must not do where nothing answers."""

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
from ingest.spool import Spool, SpoolLimits, open_spool
from ingest.writer import Job

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
HASTY = Pace(idle_s=0.001, patience_s=0.02, stop_patience_s=0.02, first_retry_s=0.001, slowest_retry_s=0.001)
ROOMY, NONE = SpoolLimits(free=0), SpoolLimits(total=1, free=0)


def message(payload: bytes, qos: int = 1) -> Message:
    return Message(b"t", payload, NOW, qos)


class Inlet:
    """A session that was filled by hand, and gives at most half of what it has at a time."""

    connected, last_heard = True, NOW

    def __init__(self) -> None:
        self.book = IncidentBook("test")
        self.arrived: deque[Received] = deque()
        self.acknowledged: list[bytes] = []

    @property
    def waiting(self) -> int:
        return len(self.arrived)

    def arrive(self, *payloads: bytes, qos: int = 1) -> None:
        self.arrived.extend(Received(message(payload, qos), 1) for payload in payloads)

    def take(self, _timeout_s: float, most: int) -> list[Received]:
        return [self.arrived.popleft() for _ in range(min(most, (len(self.arrived) + 1) // 2))]

    def acknowledge(self, taken) -> None:
        self.acknowledged += [received.message.payload for received in taken]

    def look_after(self) -> None:
        """Nothing becomes of it."""


class Database:
    """A writer: jobs without messages are done at once, others where ``hangs`` is false."""

    target = object()

    def __init__(self) -> None:
        self.hangs = False
        self.given: list[Job] = []

    def read(self, job: Job) -> Job:
        return job

    def give(self, job: Job) -> Job:
        job.error = None
        job.ended = threading.Event()
        if job.messages:
            self.given.append(job)
        if not (job.messages and self.hangs):
            job.ended.set()
        return job


class Rig:
    def __init__(self, spool: Spool) -> None:
        self.inlet, self.database, self.spool = Inlet(), Database(), spool
        self.collector = Collector(self.inlet, self.database, spool, pace=HASTY)

    def rounds(self, number: int) -> None:
        for _ in range(number):
            self.collector._rounds[self.collector.mode]()


@pytest.fixture
def rig_of(tmp_path):
    opened = []

    def make(limits: SpoolLimits, *waiting: bytes) -> Rig:
        opened.append(open_spool(tmp_path / "spool", limits))
        if waiting:
            assert opened[-1].append([message(payload) for payload in waiting]) == len(waiting)
        return Rig(opened[-1])

    yield make
    for spool in opened:
        spool.close()


def test_what_hangs_is_given_once_however_long_it_hangs(rig_of):
    rig = rig_of(NONE)
    rig.database.hangs = True
    rig.inlet.arrive(b"1")
    rig.rounds(5)
    assert (rig.collector.mode, len(rig.database.given)) == (Mode.FULL, 1)
    rig.database.given[0].error = StoreError("gone", sqlstate="57P01", retryable=True)
    rig.database.given[0].ended.set()
    rig.rounds(20)  # it answers what is empty, and hangs with what is not
    assert len(rig.database.given) == 2
    rig.database.given[1].ended.set()
    rig.database.hangs = False
    rig.rounds(20)
    assert rig.collector.mode is Mode.DIRECT
    assert rig.inlet.acknowledged == [b"1"]


def test_a_spool_that_cannot_be_read_keeps_no_new_message_from_the_database(rig_of, tmp_path):
    rig = rig_of(ROOMY, b"1", b"2")
    (file,) = (tmp_path / "spool").glob("*.spool")
    file.rename(tmp_path / "aside")
    file.mkdir()  # whoever reads it gets an error, root too
    assert rig.collector.mode is Mode.SPOOLING
    rig.rounds(5)
    rig.inlet.arrive(b"3")
    rig.rounds(5)
    assert rig.collector.mode is Mode.DRAINING
    assert rig.inlet.acknowledged == [b"3"]
    assert rig.spool.state.messages == 2
    file.rmdir()
    (tmp_path / "aside").rename(file)
    rig.rounds(20)
    assert rig.collector.mode is Mode.DIRECT
    assert [each.payload for job in rig.database.given for each in job.messages] == [b"3", b"1", b"2"]


def test_everything_no_broker_sends_again_is_put_away(rig_of):
    rig = rig_of(ROOMY)
    rig.inlet.arrive(*(str(number).encode() for number in range(9)), qos=0)
    rig.inlet.arrive(b"9")
    rig.collector.put_away()
    assert rig.spool.state.messages == 9
    assert rig.inlet.acknowledged == []
