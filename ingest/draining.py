"""Emptying the spool into the database: a portion at a time, and around a message the database will not have.

What fails in an outage is tried again as it is. Where the messages are to blame the portion is halved until one
message is left. It is set aside only where another one of the same portion went in since, or the next one does: else
it would be the table that is at fault, and the whole world would end in quarantine.
"""

from __future__ import annotations

from enum import Enum

from ingest.spool import Portion, Spool
from ingest.writer import Job, Writer, blames_data, is_outage

MOST_PER_PORTION = 1_000
UNKNOWN_ATTEMPTS = 3
"""How often an error nobody has heard of is taken for an outage before a message is suspected."""


class Drained(Enum):
    """How an attempt ended: something went in, go on with something smaller, or the database is away."""

    WELL = "well"
    AGAIN = "again"
    AWAY = "away"


class _Step(Enum):
    WRITE = "write a portion"
    PROVE = "prove that another message goes in"
    ASIDE = "set one message aside"


class Draining:
    """Gives jobs to the writer and judges how they ended; one job at a time.

    ``lost`` counts the messages of the spool that were found to be damaged.
    """

    def __init__(self, spool: Spool, writer: Writer) -> None:
        self._spool, self._writer = spool, writer
        self._most = MOST_PER_PORTION
        self._step = _Step.WRITE
        self._portion: Portion | None = None
        self._unknown = 0
        self._blamed: Exception | None = None
        self._suspected = 0
        self._proof = False
        self.lost = 0

    def begin(self) -> Job | None:
        """The next job, given to the writer: an empty one where nothing waits. None where the spool cannot be read now."""
        if self._step is _Step.PROVE:
            pair = self._spool.read(2)
            if pair is not None and len(pair.messages) == 2:
                return self._writer.give(Job(pair.messages[1:], {}))
            self._step = _Step.WRITE  # no other message to prove it with
        portion = self._portion = self._spool.read(1 if self._step is _Step.ASIDE else self._most)
        if portion is None:
            return self._writer.give(Job([], {})) if self._spool.empty else None
        aside = ("refused-by-store", str(self._blamed)) if self._step is _Step.ASIDE else None
        return self._writer.give(Job(portion.messages, _counts(portion), aside))

    def settle(self, job: Job) -> Drained:
        """What the end of the job means; what went in leaves the spool."""
        if job.error is None:
            return self._went_in()
        if self._step is not _Step.WRITE:
            self._step = _Step.WRITE
            return Drained.AWAY
        return self._failed(job, job.error)

    def _went_in(self) -> Drained:
        self._unknown = 0
        if self._step is _Step.PROVE:
            # The suspect once more: whatever was wrong with the table may have been put right just now.
            self._step, self._proof, self._most = _Step.WRITE, True, 1
            return Drained.AGAIN
        if self._portion is not None:
            self._spool.release(self._portion)
            self.lost += self._portion.lost
            self._suspected -= min(self._suspected, len(self._portion.messages))
            self._proof = self._step is _Step.WRITE
        self._most = min(2 * self._most, MOST_PER_PORTION)
        self._step = _Step.WRITE
        return Drained.WELL

    def _failed(self, job: Job, error: Exception) -> Drained:
        self._unknown += not is_outage(error)
        if is_outage(error) or (not blames_data(error) and self._unknown < UNKNOWN_ATTEMPTS):
            return Drained.AWAY
        if not self._suspected:
            self._suspected, self._proof = len(job.messages), False
        if len(job.messages) > 1:
            self._most = len(job.messages) // 2
            return Drained.AGAIN
        if not job.messages:
            return Drained.AWAY
        self._blamed = error
        self._step = _Step.ASIDE if self._proof else _Step.PROVE
        if self._proof:
            return Drained.AGAIN
        # Without another message there is no proof, and no hurry: it waits for the next one.
        return Drained.AGAIN if self._spool.state.messages > 1 else Drained.AWAY


def _counts(portion: Portion) -> dict[str, int]:
    """What the messages count as when they leave the spool, besides what each counts as by itself."""
    drained = len(portion.messages)
    return {"messages_spooled": drained + portion.lost, "spool_drained": drained, "spool_damaged": portion.lost}
