"""Reads what the console shows: a fixed number of questions to the store, however many episodes there are."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.quantities import QUANTITIES
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow, TransitionRow
from store.console import ToldRow
from store.rows import Sample
from web.console_timeline import timeline
from web.console_view import (
    TREND_WINDOW,
    EpisodeShapes,
    Json,
    as_known,
    counts_of,
    gravest_first,
    places_of,
    silence_of,
    trend_of,
)
from web.features import quantity
from web.parts import Parts
from web.payloads import Payload, json_payload
from web.problems import Problem

RECENT = timedelta(hours=24)
LONGEST_BACK = timedelta(days=400)
VALUES_REACH = timedelta(days=3)
_FEWEST_OF_A_TREND = 4


class ConsoleReading:
    """The answers of ``/api/console``; may be asked by many threads at once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._store = parts.store
        self._shapes = EpisodeShapes(parts.site, parts.shapes)
        self._streams = {stream.key: stream for stream in parts.site.datastreams}
        self._turn = threading.Lock()
        self._kept: tuple[int, Payload] | None = None

    def board(self, *, since: datetime | None = None, closed: bool = True) -> Payload:
        """The open episodes and those that ended since ``since``; what everybody asks for is made once a second."""
        now = self._parts.clock()
        if since is not None or not closed:
            return json_payload(self._board(now, since or now, closed=closed))
        with self._turn:
            second = int(now.timestamp())
            if self._kept is None or self._kept[0] != second:
                self._kept = (second, json_payload(self._board(now, now - RECENT, closed=True)))
            return self._kept[1]

    def _board(self, now: datetime, since: datetime, *, closed: bool) -> Json:
        rows = self._store.recent_episodes(self._site, since)
        cards = self._cards([row for row in rows if closed or row.closed_at is None], now)
        return {"exercise": self._parts.site.exercise, "counts": counts_of(cards), "episodes": gravest_first(cards)}

    def _cards(self, rows: Sequence[EpisodeRow], now: datetime) -> list[Json]:
        ids = [row.id for row in rows]
        facts = self._store.console.facts(ids, now)
        told = _by_episode(self._store.console.told(self._site, ids, now))
        acks = {id_: ack_as_dict(ack) for id_, ack in self._store.acknowledgements.holding(self._site, now).items()}
        trends = self._trends([row for row in rows if row.closed_at is None], now)
        calls = self._calls()
        silences = [one for one in self._store.silences.since(self._site, now) if one.in_force(now)]
        cards = [
            self._shapes.episode(
                row,
                facts.get(row.id),
                told.get(row.id, ()),
                present=self._present(row, now) if row.closed_at is None else None,
                trend=trends.get(shown_stream(row.target)),
            )
            for row in rows
        ]
        return [
            card
            | {
                "ack": acks.get(UUID(card["id"])),
                "silence": silence_of(card, silences),
                "next_call": calls.get(UUID(card["id"])),
            }
            for card in cards
        ]

    def _calls(self) -> dict[UUID, Json]:
        """Who is called next, and when, for each episode somebody is called for; the soonest call of several."""
        running = [timer for timer in self._store.escalations.timers(self._site) if timer.ended_at is None]
        latest_first = sorted(running, key=lambda timer: timer.due_at, reverse=True)
        return {timer.episode: self._shapes.call(timer) for timer in latest_first}

    def _present(self, row: EpisodeRow, now: datetime) -> Json | None:
        stream = self._streams.get(shown_stream(row.target))
        if stream is None:
            return None
        picture = self._parts.live.picture()
        found = quantity(stream, picture.values.get(stream.key), now, picture.offline.get(stream.device))
        # The page reckons the age from ``at``: a number that moves each second would make every answer a new one.
        return {name: found[name] for name in ("value", "at", "stale", "stale_after_s", "quality", "level")}

    def _trends(self, rows: Iterable[EpisodeRow], now: datetime) -> dict[str, Json | None]:
        windows = {}
        for target in {shown_stream(row.target) for row in rows}:
            stream = self._streams.get(target)
            if stream is not None and target in self._parts.registry.datastreams:
                windows[target] = max(TREND_WINDOW, _FEWEST_OF_A_TREND * stream.expected_interval)
        if not windows:
            return {}
        numbers = {self._parts.registry.datastreams[target]: target for target in windows}
        found = self._store.samples(list(numbers), now - max(windows.values()), now)
        return {
            target: trend_of(_within(found.get(number, ()), windows[target]), _decimals(target))
            for number, target in numbers.items()
        }

    def course(self, episode: UUID) -> Json:
        """One episode with everything that happened about it. Raises Problem 404."""
        now = self._parts.clock()
        row = self._store.console.episode(self._site, episode)
        if row is None:
            raise Problem(404, "There is no such episode.")
        entries = timeline(
            self._shapes,
            self._store.transitions([episode]),
            self._store.console.tellings(episode, now),
            self._store.console.messages(self._site, episode, now),
            self._answers(episode),
        )
        return {"episode": self._cards([row], now)[0], "entries": entries}

    def _answers(self, episode: UUID) -> list[Json]:
        given = self._store.acknowledgements
        acks = [
            {"entry": "answer", "kind": "ack", "known_at": format_rfc3339(ack.at), **ack_as_dict(ack)}
            for ack in given.of_episode(self._site, episode)
        ]
        wishes = [
            {
                "entry": "answer",
                "kind": "closing_wish",
                "known_at": format_rfc3339(wish.at),
                "at": format_rfc3339(wish.at),
                "who": wish.who,
                "note": wish.reason,
                "outcome": wish.outcome,
            }
            for wish in given.wishes_of(self._site, episode)
        ]
        return [*acks, *wishes]

    def known(self, at: datetime) -> Json:
        """What was known at an instant: by arrival and detection, not by the times things happened. Raises Problem 400."""
        now = self._parts.clock()
        if not now - LONGEST_BACK <= at <= now:
            raise Problem(400, f"Parameter 'at' lies within the last {LONGEST_BACK.days} days, and not ahead.")
        rows = self._store.console.known_episodes(self._site, at, at - RECENT)
        steps = _steps(self._store.transitions([row.id for row in rows]))
        then = [known for row in rows if (known := as_known(row, steps.get(row.id, ()), at)) is not None]
        ids = [row.id for row in then]
        facts = self._store.console.facts(ids, at)
        told = _by_episode(self._store.console.told(self._site, ids, at))
        cards = [
            self._shapes.episode(row, facts.get(row.id), told.get(row.id, ()))
            | {"ack": None, "silence": None, "next_call": None}
            for row in then
        ]
        values = {
            f"{value.station}/{value.quantity}": value
            for value in self._store.console.known_values(self._site, at, VALUES_REACH)
        }
        pause = self._store.pauses.pause_around(self._site, at)
        return {
            "at": format_rfc3339(at),
            "not_evaluated": pause and {"since": format_rfc3339(pause[0]), "until": format_rfc3339(pause[1])},
            "counts": counts_of(cards),
            "episodes": gravest_first(cards),
            "stations": self._parts.shapes.stations(values, at),
        }


def shown_stream(target: str) -> str:
    """The key of the datastream an episode is shown by: of a pair or a group the first."""
    places, measured = places_of(target)
    return f"{places[0]}/{measured}"


def ack_as_dict(ack: Any) -> Json:
    """An acknowledgement: who, at which level, when, with which note."""
    return {"who": ack.who, "level": ack.level.slug, "at": format_rfc3339(ack.at), "note": ack.note}


def _by_episode(rows: Iterable[ToldRow]) -> Mapping[UUID, list[ToldRow]]:
    found: dict[UUID, list[ToldRow]] = {}
    for row in rows:
        found.setdefault(row.episode, []).append(row)
    return found


def _steps(rows: Iterable[TransitionRow]) -> Mapping[UUID, list[TransitionRow]]:
    found: dict[UUID, list[TransitionRow]] = {}
    for row in rows:
        found.setdefault(row.episode, []).append(row)
    return found


def _within(samples: Sequence[Sample], window: timedelta) -> list[Sample]:
    """The samples of the window that ends with the newest: a gauge that reports late has a trend all the same."""
    return [one for one in samples if one.at > samples[-1].at - window] if samples else []


def _decimals(target: str) -> int:
    row = QUANTITIES.get(target.partition("/")[2])
    return row.decimals if row else 1
