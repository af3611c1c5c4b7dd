"""The one thread of a collector that waits for the database, so that the collector itself never does.

A database that hangs (a paused machine, a dead disk) answers nothing, not even no. Whoever gave a job looks at the
clock and goes on without it; the job ends when it ends, and until then no other begins.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import StartError, StoreError
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store import Store
from store.rows import Batch, QuarantineRow

log = logging.getLogger(__name__)

_OUTAGE = ("08", "28", "3D", "3F", "40", "42", "53", "55P03", "57", "58", "25006")
_DATA = ("22", "23", "53400")


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go: through the pipeline into the store; ``site`` is the store's number of the site."""

    store: Store
    pipeline: Pipeline
    site: int


OpenTarget = Callable[[], Target]
"""Reaches the database; raises StartError or StoreError where it is away."""


@dataclass(slots=True)
class Job:
    """Messages to be made durable, with counts to add in the same transaction; ``error`` says why they are not.

    ``aside``: the reason code and the detail to set the messages aside under, instead of reading them. Given again
    after a failure it is not read anew: what its rows are is decided once.
    """

    messages: Sequence[Message]
    counts: Mapping[str, int]
    aside: tuple[str, str] | None = None
    batch: Batch | None = None
    error: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def written(self) -> bool:
        """Whether it is in the database."""
        return self.ended.is_set() and self.error is None


class Writer:
    """Does one job after the other; the first one that succeeds opens the target."""

    def __init__(self, open_target: OpenTarget) -> None:
        self._open_target = open_target
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self.target: Target | None = None

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def read(self, job: Job) -> Job:
        """The job with its messages read, by the caller's thread while ours waits for the database with the one before.

        Only where the job before was read like this too: the pipeline is one thread's at a time. Without ``batch`` it
        could not be read; it is tried again when its turn comes, and says then what is wrong.
        """
        if self.target is not None:
            try:
                job.batch = self.target.pipeline.handle_all(job.messages)
            except Exception:
                log.exception("messages could not be read")
        return job

    def give(self, job: Job) -> Job:
        """The job, on its way; not before the one before has ended."""
        job.error = None
        job.ended.clear()
        self._jobs.put(job)
        return job

    def stop(self, wait_s: float) -> bool:
        """End after the job that is being done; whether it ended within ``wait_s``. It is left alone after that."""
        self._jobs.put(None)
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._do(job)
            except (StoreError, StartError) as error:
                job.error = error
            except Exception as error:  # who gave the job finds out which message it is
                log.exception("messages could not be written")
                job.error = error
            job.ended.set()

    def _do(self, job: Job) -> None:
        if self.target is None:
            self.target = self._open_target()
        if job.batch is None:
            job.batch = _set_aside(job) if job.aside else self.target.pipeline.handle_all(job.messages)
            for name, number in job.counts.items():
                job.batch.counts[name] = job.batch.counts.get(name, 0) + number
        self.target.store.append(self.target.site, job.batch)


def is_outage(error: Exception) -> bool:
    """Whether the database, its disk, the way to it or its schema is at fault: then every message would fail."""
    if isinstance(error, StartError):
        return True
    if not isinstance(error, StoreError):
        return False
    if error.sqlstate is None:
        return error.retryable
    return error.sqlstate.startswith(_OUTAGE) and error.sqlstate not in _DATA


def may_heal(error: Exception) -> bool:
    """Whether the same messages may go in when they are tried again soon."""
    return is_outage(error) and not (isinstance(error, StoreError) and not error.retryable)


def blames_data(error: Exception) -> bool:
    """Whether the messages are at fault for certain; what is neither this nor an outage nobody has heard of."""
    if not isinstance(error, StoreError):
        return not isinstance(error, StartError)
    if error.sqlstate is None:
        return not error.retryable
    return error.sqlstate.startswith(_DATA)


def _set_aside(job: Job) -> Batch:
    assert job.aside is not None
    reason, detail = job.aside
    number = len(job.messages)
    rows = [
        QuarantineRow(
            received_at=message.own_arrival,
            topic=message.topic,
            payload=message.payload,
            qos=message.qos,
            retain=message.retain,
            codec="",
            device="",
            reason=reason,
            detail=detail,
        )
        for message in job.messages
    ]
    return Batch(quarantine=rows, counts={"messages_received": number, "messages_quarantined": number})
