"""Instances, episodes, transitions and what has to be told of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from core.errors import StoreError
from core.levels import Level
from store import statements
from store.alert_rows import EpisodeRow, Evaluation, InstanceRow, NotificationRow, TellingRow, TransitionRow, columns
from store.connection import Connection
from store.outbox import queue

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


def shadow_episodes(connection: Connection, site: int, since: datetime) -> list[EpisodeRow]:
    """The episodes of shadow rules, open or closed since, newest first."""
    return _episodes(connection.execute(_SQL["shadow_episodes"], {"site": site, "since": since}))


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
    """Write what one round of the evaluator changed; refused where another evaluator has taken over."""
    _check_fence(connection, site, evaluation.fence)
    episodes = [{**columns(row), "level": int(row.level)} for row in evaluation.episodes]
    steps = [_renamed(columns(row)) for row in evaluation.transitions]
    written = {
        "upsert_instances": [columns(row) for row in evaluation.instances],
        "upsert_episodes": episodes,
        "insert_transitions": steps,
        "insert_tellings": [_renamed(columns(row)) for row in evaluation.tellings],
    }
    for name, rows in written.items():
        if rows:
            connection.execute(_SQL[name], {"site": site, "rows": Jsonb(rows, dumps=_dumps)})
    queue(connection, site, evaluation.notifications)


def _check_fence(connection: Connection, site: int, fence: int | None) -> None:
    if fence is None:
        return
    row = connection.execute(_SQL["fence"], {"site": site}).fetchone()
    if row is None or row[0] != fence:
        raise StoreError(
            "cannot save an evaluation: another evaluator has taken over this site",
            retryable=True,
            hint="stop one of the two: this one waits for the lock",
        )


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
    queue(connection, site, messages)
    told = [{"episode_id": row.episode, "seq": row.seq, "verdict": verdict} for row, verdict in verdicts]
    if told:
        connection.execute(_SQL["told"], {"now": now, "rows": Jsonb(told, dumps=_dumps)})
