"""What the dispatcher decides from, and what it decided: each round is one transaction of reading and one of writing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from core.levels import Level
from store import alerting, statements
from store.alert_rows import NotificationRow, TellingRow, columns
from store.connection import Connection
from store.external_alerts import ExternalAlert, external_in_play
from store.part import Part
from store.silences import Silence, announced_since, silences_since
from store.watching import Incident

_SQL = statements.load("dispatching")
_LOOK_BACK = timedelta(days=7)
_MOST_SILENCES = 1_000

News = tuple[Any, ...]
"""Opaque: differs where anything came that a round has to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What an audience knows of a matter: the last step it was told (0: none) and how it stood then.

    ``turn`` counts how often it was told; ``waits_since`` is set while news waits for company. ``held`` is why it is not
    told (``silence``, ``inhibit``, ``schedule``; empty: it is not held), since ``held_at``. ``lost`` is whether the audience was
    told that its data are missing. ``incident_no`` and ``external_no`` name what is no episode.
    """

    audience: str
    matter: UUID
    group_key: str
    seq: int = 0
    turn: int = 0
    level: Level = Level.NORMAL
    firing: bool = False
    lost: bool = False
    told_at: datetime | None = None
    waits_since: datetime | None = None
    held: str = ""
    held_at: datetime | None = None
    incident_no: int | None = None
    external_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything a round decides from. ``tellings`` come with when they were decided on, None where they were not.

    ``groups`` is when (audience, group key) spoke last; ``announced`` are the words said of silences.
    """

    tellings: Sequence[tuple[TellingRow, datetime | None]] = ()
    incidents: Sequence[Incident] = ()
    externals: Sequence[ExternalAlert] = ()
    silences: Sequence[Silence] = ()
    announced: frozenset[tuple[UUID, str]] = frozenset()
    members: Sequence[Member] = ()
    groups: dict[tuple[str, str], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What a round decided; written in one transaction. ``members`` are those that changed."""

    messages: Sequence[NotificationRow] = ()
    verdicts: Sequence[tuple[TellingRow, str]] = ()
    members: Sequence[Member] = ()
    dropped: Sequence[Member] = ()
    groups: Sequence[tuple[str, str]] = ()
    words: Sequence[tuple[UUID, str]] = ()

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return any((self.messages, self.verdicts, self.members, self.dropped, self.groups, self.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A matter that is held back from some audience: why (``silence``, ``inhibit``, ``schedule``) and since when."""

    matter: UUID
    why: str
    since: datetime


class Dispatching(Part):
    """The dispatcher's memory. ``site`` is the store's number of the site."""

    def news(self, site: int) -> News:
        """One cheap look: equal to the one before where nothing came, went or was said since."""
        with self._transaction("look for something to tell") as connection:
            return connection.execute(_SQL["news"], {"site": site}).fetchone() or ()

    def standing(self, site: int, now: datetime) -> Standing:
        """Everything a round decides from; alerts of other systems that fell silent are over from now on."""
        with self._transaction("read what has to be told") as connection:
            members = [_member(row) for row in connection.execute(_SQL["members"], {"site": site})]
            incidents = [each.incident_no for each in members if each.incident_no is not None]
            externals = [each.external_no for each in members if each.external_no is not None]
            found = connection.execute(_SQL["incidents"], {"site": site, "numbers": sorted(set(incidents))})
            return Standing(
                tellings=_tellings(connection, site),
                incidents=[Incident(*row) for row in found],
                externals=external_in_play(connection, site, sorted(set(externals)), now),
                silences=silences_since(connection, site, now - _LOOK_BACK, _MOST_SILENCES),
                announced=frozenset(announced_since(connection, site, now - _LOOK_BACK)),
                members=members,
                groups={
                    (audience, key): at
                    for audience, key, at in connection.execute(_SQL["groups"], {"site": site}).fetchall()
                },
            )

    def save(self, site: int, dispatch: Dispatch, now: datetime) -> None:
        """Write what a round decided: all of it or nothing."""
        rows = {
            "put_members": [{**columns(each), "level": int(each.level)} for each in dispatch.members],
            "drop_members": [{"audience": each.audience, "matter": each.matter} for each in dispatch.dropped],
            "put_groups": [
                {"audience": audience, "group_key": key, "sent_at": now} for audience, key in dispatch.groups
            ],
            "say_words": [{"silence_id": silence, "word": word} for silence, word in dispatch.words],
        }
        with self._transaction("queue messages") as connection:
            alerting.tell(connection, site, dispatch.verdicts, dispatch.messages, now)
            for name, values in rows.items():
                if values:
                    parameters = {"site": site, "now": now, "rows": Jsonb(values, dumps=_dumps)}
                    connection.execute(_SQL[name], parameters)

    def holds(self, site: int) -> list[Hold]:
        """What is held back now; a matter is an episode's id, or that of an incident or of an alert of another system."""
        with self._transaction("read what is held back") as connection:
            rows = connection.execute(_SQL["holds"], {"site": site}).fetchall()
        return [Hold(matter=matter, why=why, since=since) for matter, why, since in rows]


def _dumps(rows: Any) -> str:
    return json.dumps(rows, default=str, allow_nan=False)


def _tellings(connection: Connection, site: int) -> list[tuple[TellingRow, datetime | None]]:
    rows = connection.execute(_SQL["in_play"], {"site": site})
    return [
        (TellingRow(episode, seq, rule, target, kind, Level(level), Level(reach), *rest), told_at)
        for episode, seq, rule, target, kind, level, reach, *rest, told_at in rows
    ]


def _member(row: Sequence[Any]) -> Member:
    audience, matter, group_key, seq, turn, level, firing, lost, told_at, waits_since, held, held_at, *numbers = row
    incident_no, external_no = numbers
    return Member(
        audience=audience,
        matter=matter,
        group_key=group_key,
        seq=seq,
        turn=turn,
        level=Level(level),
        firing=firing,
        lost=lost,
        told_at=told_at,
        waits_since=waits_since,
        held=held,
        held_at=held_at,
        incident_no=incident_no,
        external_no=external_no,
    )
