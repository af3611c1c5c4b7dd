"""Digests of episodes: the same data give the same digest, live, late by seconds, and in a backtest.

Only what happened in event time goes in: when and how high an episode rose, fell and ended. When somebody noticed, which
program wrote it, and when silence was noticed meanwhile, are no part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.machine import Kind
from alerts.telling import Transition
from core.levels import Level
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow, TransitionRow

_MOVES = frozenset({Kind.FIRED, Kind.RAISED, Kind.LOWERED, Kind.RESOLVED, Kind.CLOSED})


@dataclass(frozen=True, slots=True)
class Move:
    """One change of level; ``at`` is None where the end is not told by evidence (``closed``)."""

    kind: str
    to_level: int | None
    at: datetime | None
    value: float | None


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What an episode was, in event time."""

    rule: str
    target: str
    opened_at: datetime
    peak: float | None
    moves: tuple[Move, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the facts in one canonical spelling, 64 hex digits."""
        facts = [
            self.rule,
            self.target,
            format_rfc3339(self.opened_at),
            self.peak,
            [[move.kind, move.to_level, move.at and format_rfc3339(move.at), move.value] for move in self.moves],
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def facts_of_transitions(rule: str, target: str, told: Sequence[Transition], peak: float | None) -> EpisodeFacts:
    """The facts of one episode from all that was told of it, in order; ``peak`` as it stands in the end."""
    moves = tuple(_move(step.kind, step.to_level, step.at, step.value) for step in told if step.kind in _MOVES)
    return EpisodeFacts(rule, target, told[0].episode.opened_at, peak, moves)


def facts_of_rows(episodes: Iterable[EpisodeRow], transitions: Iterable[TransitionRow]) -> list[EpisodeFacts]:
    """The facts of stored episodes, in the order of the episodes given."""
    steps: dict[UUID, list[TransitionRow]] = defaultdict(list)
    for step in sorted(transitions, key=lambda row: row.seq):
        if step.kind in _MOVES:
            steps[step.episode].append(step)
    return [
        EpisodeFacts(
            episode.rule,
            episode.target,
            episode.opened_at,
            episode.peak,
            tuple(_move(step.kind, step.to_level, step.at, step.value) for step in steps[episode.id]),
        )
        for episode in episodes
    ]


def digest_of(episodes: Iterable[EpisodeFacts]) -> str:
    """One digest of many episodes, whatever order they come in."""
    return hashlib.sha256("\n".join(sorted(episode.digest for episode in episodes)).encode()).hexdigest()


def _move(kind: str, to_level: Level | None, at: datetime, value: float | None) -> Move:
    told = at if kind != Kind.CLOSED else None
    return Move(str(kind), None if to_level is None else int(to_level), told, value)
