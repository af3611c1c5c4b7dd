"""From what happened to what is told: an episode is opened, moved and ended by appended transitions only.

What has been told is never taken back. Where late data show another past, the difference is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alerts.ladder import Ladder
from alerts.machine import Kind, Machine, Step, evidence_until
from alerts.state import Episode, InstanceState, Past
from core.levels import Level


class Cause(StrEnum):
    """Why a transition was told; stored with it."""

    SAMPLE = "sample"
    SILENCE = "silence"
    LATE_SAMPLE = "late-sample"
    CORRECTED = "corrected"
    RULE_CHANGED = "rule-changed"
    RULE_REMOVED = "rule-removed"
    REACHED = "reached"
    BY_HAND = "by-hand"
    ERROR = "error"


class Transition(NamedTuple):
    """One step of an episode; ``episode`` is how it stands after it.

    ``to_level`` is None where an episode was closed: how high it is now is not known from evidence. ``doubted``: the
    value is suspect, so the step is told as unconfirmed.
    """

    episode: Episode
    kind: Kind
    from_level: Level
    to_level: Level | None
    at: datetime
    value: float | None
    cause: Cause
    doubted: bool = False


@dataclass(slots=True)
class Teller:
    """Collects the transitions of one instance in one evaluation; ``now`` is when they were detected.

    ``sign`` is the ladder's: it says which way is worse.
    """

    now: datetime
    cause: Cause
    sign: int
    count: int
    episode: Episode | None
    past: list[Past]
    told: list[Transition] = field(default_factory=list)

    @classmethod
    def of(cls, state: InstanceState, sign: int, now: datetime, cause: Cause) -> Teller:
        """A teller that goes on where the state stopped."""
        return cls(now, cause, sign, state.episodes, state.episode, list(state.past))

    def tell(self, step: Step) -> None:
        """Tell a step as it happened."""
        if step.kind == Kind.FIRED:
            self.open(step)
        elif self.episode is None:
            return
        elif step.kind == Kind.RESOLVED:
            self._end(step, Kind.RESOLVED, Level.NORMAL, self.cause)
        elif step.kind == Kind.CLOSED:
            self._end(step, Kind.CLOSED, None, Cause.REACHED)
        elif step.kind in (Kind.DATA_LOST, Kind.DATA_BACK):
            # Silence confirms nothing: what was unconfirmed is told as that again.
            step = step._replace(doubted=self.episode.unconfirmed)
            self._follow(step, replace(self.episode, stale=step.kind == Kind.DATA_LOST), Cause.SILENCE)
        else:
            self._follow(step, replace(self.episode, level=step.after, unconfirmed=step.doubted), self.cause)

    def open(self, step: Step) -> None:
        """Open the next episode at the level the step reached."""
        self.count += 1
        self.episode = Episode(
            number=self.count,
            seq=0,
            level=step.after,
            highest=step.after,
            stale=False,
            recovering=False,
            opened_at=step.at,
            detected_at=self.now,
            value=step.value,
            peak=step.peak,
            unconfirmed=step.doubted,
        )
        self._follow(step._replace(kind=Kind.FIRED, before=Level.NORMAL), self.episode, self.cause)

    def close(self, machine: Machine, cause: Cause) -> None:
        """End the episode without evidence that the danger is over; never worded as resolved."""
        if self.episode is not None:
            step = Step(Kind.CLOSED, self.now, self.episode.level, Level.NORMAL, machine.value, self.episode.peak)
            self._end(step, Kind.CLOSED, None, cause)

    def aside(self, steps: Sequence[Step]) -> None:
        """Tell a whole run that is over, beside the episode that is open now."""
        present, self.episode = self.episode, None
        for step in steps:
            self.tell(step)
        self.episode = present

    def settle(self, machine: Machine, ladder: Ladder) -> None:
        """Bring the marks of the open episode (stale, unconfirmed, recovering, peak) into line with the machine."""
        if self.episode is None:
            return
        if self.episode.stale != machine.lost and machine.good_at is not None:
            kind = Kind.DATA_LOST if machine.lost else Kind.DATA_BACK
            at = (evidence_until(machine, ladder) if machine.lost else None) or machine.good_at
            self.tell(Step(kind, at, self.episode.level, self.episode.level, machine.value, machine.peak))
        if ladder.confirms and self.episode.unconfirmed and not machine.doubted and machine.good_at is not None:
            level, at = self.episode.level, machine.good_at
            self.tell(Step(Kind.CONFIRMED, at, level, level, machine.value, machine.peak))
        peak = self._farther(self.episode.peak, machine.peak)
        self.episode = replace(self.episode, recovering=machine.recovering(ladder), peak=peak)

    def drop_flicker(self, before: Episode | None) -> None:
        """Leave out data that came back and were lost again in one evaluation: nothing has changed by it."""
        if before is None or not before.stale or self.episode is None:
            return
        if self.episode.number == before.number and self.episode.stale:
            kept = [item for item in self.told if item.cause != Cause.SILENCE]
            own = [place for place, item in enumerate(kept) if item.episode.number == before.number]
            for seq, place in enumerate(own, start=before.seq + 1):
                kept[place] = kept[place]._replace(episode=replace(kept[place].episode, seq=seq, stale=True))
            self.told = kept
            self.episode = replace(self.episode, seq=before.seq + len(own))

    def _follow(self, step: Step, after: Episode, cause: Cause) -> None:
        self.episode = replace(
            after,
            seq=after.seq + 1,
            highest=max(after.highest, after.level),
            value=step.value,
            peak=self._farther(after.peak, step.peak),
        )
        told = Transition(self.episode, step.kind, step.before, step.after, step.at, step.value, cause, step.doubted)
        self.told.append(told)

    def _end(self, step: Step, kind: Kind, to_level: Level | None, cause: Cause) -> None:
        open_episode = self.episode
        assert open_episode is not None
        ended = replace(
            open_episode,
            seq=open_episode.seq + 1,
            stale=False,
            recovering=False,
            value=step.value,
            peak=self._farther(open_episode.peak, step.peak),
            closed_at=max(step.at, open_episode.opened_at),
            outcome=kind.value,
        )
        self.told.append(Transition(ended, kind, open_episode.level, to_level, step.at, step.value, cause))
        self.past.append(Past(open_episode.opened_at, max(step.at, open_episode.opened_at), open_episode.highest))
        self.episode = None

    def _farther(self, first: float | None, second: float | None) -> float | None:
        known = [value for value in (first, second) if value is not None]
        return max(known, key=lambda value: value * self.sign, default=None)
