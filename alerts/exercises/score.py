"""Who acknowledged what when: the score of an exercise, reckoned from what was stored and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from core.csv_text import csv_bytes
from core.levels import Level
from core.times import format_rfc3339
from store.acknowledgements import Ack
from store.alert_rows import EpisodeRow, TransitionRow
from store.exercises import ToldRow

IN_TIME: Mapping[Level, timedelta] = {Level.DANGER: timedelta(minutes=5), Level.WARNING: timedelta(minutes=15)}
"""How soon an alert should be acknowledged: our own aims, a call of the next person comes after the same five minutes."""

_OTHERWISE = timedelta(minutes=30)
_RISES = frozenset({"fired", "raised"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert that asked for an answer: an episode that began or rose.

    ``reached_at`` is event time, ``told_at`` when the first message of it was delivered, ``acked_after`` counts from
    ``detected_at``. ``in_time`` is None while there is still time.
    """

    episode: UUID
    rule: str
    target: str
    level: Level
    reached_at: datetime
    detected_at: datetime
    told_at: datetime | None
    audiences: tuple[str, ...]
    acked_at: datetime | None
    acked_by: str
    acked_after: timedelta | None
    called: int
    in_time: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The lines in order of time, and what they come to; ``median_s`` is None where nobody acknowledged anything."""

    lines: tuple[Line, ...]
    alerts: int
    acknowledged: int
    in_time: int
    missed: int
    median_s: float | None


def score(
    episodes: Iterable[EpisodeRow],
    transitions: Iterable[TransitionRow],
    told: Sequence[ToldRow],
    acks: Iterable[Ack],
    until: datetime,
) -> Score:
    """The score as far as it stands at ``until``: the end of the exercise, or now."""
    known = {episode.id: episode for episode in episodes}
    answers = list(acks)
    rises = [step for step in transitions if step.kind in _RISES and step.episode in known]
    lines = [_line(known[step.episode], step, _next_rise(step, rises), told, answers, until) for step in rises]
    lines.sort(key=lambda line: (line.detected_at, line.target, line.level))
    waits = [line.acked_after.total_seconds() for line in lines if line.acked_after is not None]
    return Score(
        lines=tuple(lines),
        alerts=len(lines),
        acknowledged=len(waits),
        in_time=sum(line.in_time is True for line in lines),
        missed=sum(line.in_time is False for line in lines),
        median_s=median(waits) if waits else None,
    )


def _next_rise(step: TransitionRow, rises: Sequence[TransitionRow]) -> datetime | None:
    """When the episode rose again: from then on that is what asks for an answer."""
    later = [other.detected_at for other in rises if other.episode == step.episode and other.seq > step.seq]
    return min(later, default=None)


def _line(
    episode: EpisodeRow,
    step: TransitionRow,
    risen_at: datetime | None,
    told: Sequence[ToldRow],
    acks: Sequence[Ack],
    until: datetime,
) -> Line:
    level = step.to_level or episode.level
    own = [row for row in told if row.episode == episode.id and _within(row.queued_at, step.detected_at, risen_at)]
    delivered = [row.finished_at for row in own if row.state == "delivered" and row.finished_at is not None]
    answer = min(
        (ack for ack in acks if ack.episode == episode.id and _within(ack.at, step.detected_at, risen_at)),
        key=lambda ack: ack.at,
        default=None,
    )
    waited = None if answer is None else answer.at - step.detected_at
    return Line(
        episode=episode.id,
        rule=episode.rule,
        target=episode.target,
        level=level,
        reached_at=step.at,
        detected_at=step.detected_at,
        told_at=min(delivered, default=None),
        audiences=tuple(dict.fromkeys(row.audience for row in own)),
        acked_at=None if answer is None else answer.at,
        acked_by="" if answer is None else answer.who,
        acked_after=waited,
        called=sum(row.purpose == "escalation" for row in own),
        in_time=_in_time(waited, (risen_at or until) - step.detected_at, IN_TIME.get(level, _OTHERWISE)),
    )


def _within(at: datetime, begin: datetime, end: datetime | None) -> bool:
    return at >= begin and (end is None or at < end)


def _in_time(waited: timedelta | None, passed: timedelta, aim: timedelta) -> bool | None:
    if waited is not None:
        return waited <= aim
    return False if passed > aim else None


_COLUMNS = (
    "rule", "target", "level", "reached_at", "detected_at", "told_at", "audiences", "acked_at", "acked_by", "acked_after_s",
    "called", "in_time",
)  # fmt: skip


def as_dict(found: Score) -> dict[str, object]:
    """The score as JSON."""
    return {
        "alerts": found.alerts,
        "acknowledged": found.acknowledged,
        "in_time": found.in_time,
        "missed": found.missed,
        "median_s": found.median_s,
        "lines": [{"episode": str(line.episode), **_cells(line)} for line in found.lines],
    }


def as_csv(found: Score) -> bytes:
    """The lines as CSV, UTF-8 with BOM and a header."""
    return csv_bytes(_COLUMNS, ([_cell(_cells(line)[name]) for name in _COLUMNS] for line in found.lines))


def _cell(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _cells(line: Line) -> dict[str, object]:
    return {
        "rule": line.rule,
        "target": line.target,
        "level": line.level.slug,
        "reached_at": format_rfc3339(line.reached_at),
        "detected_at": format_rfc3339(line.detected_at),
        "told_at": _time(line.told_at),
        "audiences": list(line.audiences),
        "acked_at": _time(line.acked_at),
        "acked_by": line.acked_by,
        "acked_after_s": None if line.acked_after is None else round(line.acked_after.total_seconds()),
        "called": line.called,
        "in_time": line.in_time,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
