"""Instances, episodes, transitions and the outbox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from core.levels import Level
from store import statements
from store.connection import Connection
from store.rows import (
    EpisodeRow,
    Evaluation,
    InstanceRow,
    LeasedNotification,
    NotificationRow,
    TellingRow,
    TransitionRow,
)

_SQL = statements.load("alerts")


def instances(connection: Connection, site: int) -> list[InstanceRow]:
    """The state of every rule on every target."""
    return [InstanceRow(*row) for row in connection.execute(_SQL["instances"], {"site": site})]


def open_episodes(connection: Connection, site: int) -> list[EpisodeRow]:
    """The episodes that are not over, oldest first."""
    return _episodes(connection.execute(_SQL["open_episodes"], {"site": site}))


def recent_episodes(connection: Connection, site: int, since: datetime) -> list[EpisodeRow]:
    """The open episodes and those closed since, newest first."""
    return _episodes(connection.execute(_SQL["recent_episodes"], {"site": site, "since": since}))


def changed_episodes(connection: Connection, site: int, since: int) -> list[EpisodeRow]:
    """The episodes changed at or after the cursor, open or over."""
    return _episodes(connection.execute(_SQL["changed_episodes"], {"site": site, "cursor": since}))


def _episodes(rows: Iterable[tuple[Any, ...]]) -> list[EpisodeRow]:
    return [EpisodeRow(number, rule, target, Level(level), *rest) for number, rule, target, level, *rest in rows]


def transitions(connection: Connection, episodes: Iterable[UUID]) -> list[TransitionRow]:
    """The steps of these episodes, each episode's in order."""
    rows = connection.execute(_SQL["transitions"], {"episodes": list(episodes)})
    return [
        TransitionRow(episode, seq, kind, _level(before), _level(after), *rest)
        for episode, seq, kind, before, after, *rest in rows
    ]


def _level(number: int | None) -> Level | None:
    return None if number is None else Level(number)


def save_evaluation(connection: Connection, site: int, evaluation: Evaluation) -> None:
    """Write what one round of the evaluator changed."""
    episodes = [{**asdict(row), "level": int(row.level)} for row in evaluation.episodes]
    steps = [_renamed(asdict(row)) for row in evaluation.transitions]
    messages = [_renamed(asdict(row)) for row in evaluation.notifications]
    written = {
        "upsert_instances": [asdict(row) for row in evaluation.instances],
        "upsert_episodes": episodes,
        "insert_transitions": steps,
        "insert_tellings": [_renamed(asdict(row)) for row in evaluation.tellings],
        "insert_notifications": messages,
    }
    for name, rows in written.items():
        if rows:
            connection.execute(_SQL[name], {"site": site, "rows": Jsonb(rows, dumps=_dumps)})


def _dumps(rows: Any) -> str:
    """JSON of rows; ids and times as text, NaN refused because PostgreSQL would refuse it later."""
    return json.dumps(rows, default=str, allow_nan=False)


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    return {"episode_id": fields.pop("episode"), **fields}


def untold(connection: Connection, site: int) -> list[TellingRow]:
    """What has to be told and has not been yet, oldest first."""
    rows = connection.execute(_SQL["untold"], {"site": site})
    return [
        TellingRow(episode, seq, rule, target, kind, Level(level), Level(reach), *rest)
        for episode, seq, rule, target, kind, level, reach, *rest in rows
    ]


def tell(
    connection: Connection,
    site: int,
    verdicts: Iterable[tuple[TellingRow, str]],
    messages: Iterable[NotificationRow],
    now: datetime,
) -> None:
    """Queue messages and note what became of the tellings they come from."""
    queued = [_renamed(asdict(row)) for row in messages]
    if queued:
        connection.execute(_SQL["insert_notifications"], {"site": site, "rows": Jsonb(queued, dumps=_dumps)})
    told = [{"episode_id": row.episode, "seq": row.seq, "verdict": verdict} for row, verdict in verdicts]
    if told:
        connection.execute(_SQL["told"], {"now": now, "rows": Jsonb(told, dumps=_dumps)})


def lease(
    connection: Connection, site: int, channel: str, now: datetime, lease_for: timedelta, limit: int
) -> list[LeasedNotification]:
    """The messages this sender holds until ``now + lease_for``, in queue order."""
    values = {"site": site, "channel": channel, "now": now, "until": now + lease_for, "limit": limit}
    rows = sorted(connection.execute(_SQL["lease"], values).fetchall())
    return [LeasedNotification(_notification(row[1:-1]), row[-1]) for row in rows]


def outbox(connection: Connection, site: int) -> list[tuple[NotificationRow, str, int, str | None]]:
    """Every message with its state (``queued``, ``delivered``, ``dead``), attempts and last error."""
    rows = connection.execute(_SQL["outbox"], {"site": site})
    return [(_notification(row[:-3]), row[-3], row[-2], row[-1]) for row in rows]


def _notification(row: Sequence[Any]) -> NotificationRow:
    number, episode, seq, channel, level, *rest = row
    return NotificationRow(number, episode, seq, channel, Level(level), *rest)


def delivered(connection: Connection, number: UUID, now: datetime, provider: str) -> None:
    """Note that the provider has the message, and what it called it."""
    connection.execute(_SQL["delivered"], {"id": number, "now": now, "provider": provider})


def retry_later(connection: Connection, number: UUID, due_at: datetime, error: str) -> None:
    """Give the message back, to be tried again at ``due_at``."""
    connection.execute(_SQL["retry_later"], {"id": number, "due_at": due_at, "error": error})


def dead_letter(connection: Connection, number: UUID, now: datetime, error: str) -> None:
    """Give the message up; it stays in the outbox with its reason."""
    connection.execute(_SQL["dead_letter"], {"id": number, "now": now, "error": error})
