"""The state of a site as files, without HTTP: what the stream's snapshot says, and the last day and week of each series.

The static site shows it where no server of ours can be reached; everything in it is what the public may know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Site
from core.errors import StoreError
from core.model import Datastream
from core.times import Clock, format_rfc3339
from store import Store
from store.rows import LatestValue, Registry
from web.alert_feed import feed_facts
from web.closures import closures_document, read_closures
from web.events import Writer
from web.exercises import exercise_document
from web.features import Shapes
from web.live import Live
from web.picture import Picture
from web.road_states import roads_state, standing_still
from web.series import Wish, as_columns, as_csv, chosen_step
from web.settings import WebSettings
from web.warnings import read_warnings, warnings_document

DAY, WEEK = timedelta(hours=24), timedelta(days=7)

WEEK_EVERY = timedelta(minutes=10)
"""How often at most a week is written anew: its points stand for ten minutes or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """``facts`` as the stream's snapshot event has them, with ``generated_at`` and ``read_at``; ``feed`` what the feed of
    alerts is written from; ``changed`` the stations whose values are others than in the snapshot before; ``roads`` is what
    ``/api/roads/state`` says, ``warnings`` what ``/api/warnings`` does; None where the town has none of them. ``closures`` is what
    ``/api/closures`` says, ``exercise`` what ``/api/exercise`` does.
    """

    facts: Mapping[str, Any]
    feed: Mapping[str, Any]
    changed: frozenset[str]
    closures: Mapping[str, Any]
    exercise: Mapping[str, Any]
    roads: Mapping[str, Any] | None = None
    warnings: Mapping[str, Any] | None = None


class Snapshots:
    """Takes snapshots of one site from the store, one after the other."""

    def __init__(
        self, site: Site, store: Store, registry: Registry, *, clock: Clock, settings: WebSettings | None = None
    ) -> None:
        settings = settings or WebSettings()
        self._site, self._store, self._clock, self._settings = site, store, clock, settings
        self._site_no = registry.site
        shapes = Shapes(site)
        self._shapes = shapes
        self._writer = Writer(shapes, "", settings.recent_alerts)
        self._live = Live(site, store, registry, clock=clock, settings=settings, on_change=_unheard)
        self._series = SeriesFiles(site, store, registry)
        self._seen: Picture | None = None
        self._told: Mapping[str, Any] | None = None

    def take(self) -> Snapshot:
        """The state now. Raises StoreError where the database is away: an old state is never written as a new one."""
        self._live.refresh()
        read_at = self._live.read_at
        if self._live.failing or read_at is None:
            raise StoreError(
                f"reading the state for the static site: {self._live.error or 'nothing was read'}", retryable=True
            )
        picture, now = self._live.picture(), self._clock()
        facts = self._writer.facts(picture, now, read_at, stale=False) | {
            "generated_at": format_rfc3339(now),
            "read_at": format_rfc3339(read_at),
            "stale": False,
        }
        changed = _changed(self._seen, picture) if self._seen else frozenset(self._shapes.station_ids)
        changed |= _with_other_alerts(self._told, facts)
        since = now - self._settings.recent_alerts
        feed = feed_facts(self._site, self._shapes, self._store, picture, since=since, now=now)
        self._seen, self._told = picture, facts
        return Snapshot(
            facts=facts,
            feed=feed,
            changed=changed,
            closures=closures_document(read_closures(self._store, self._site_no, now), now, stale=False),
            exercise=exercise_document(self._store, self._site_no, now),
            roads=self._roads(now),
            warnings=self._warnings(now),
        )

    def _roads(self, now: datetime) -> dict[str, Any] | None:
        plan = self._site.ploughs
        if plan is None:
            return None
        roads = self._store.public_ploughs.roads(self._site_no)
        return roads_state(self._site, plan, roads, now, stale=standing_still(self._site, plan, roads, now))

    def _warnings(self, now: datetime) -> dict[str, Any] | None:
        if self._site.jma is None:
            return None
        return warnings_document(self._site, *read_warnings(self._site, self._store, self._site_no), now)

    def series(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of the series files that have to be written anew. Raises StoreError."""
        return self._series.due(self._live.picture().values, self._clock())


class SeriesFiles:
    """Day and week of every datastream as files, made anew only where a newer value has come."""

    def __init__(self, site: Site, store: Store, registry: Registry) -> None:
        self._site, self._store, self._registry = site, store, registry
        self._stations = {station.id: station for station in site.stations}
        self._day_of: dict[str, int | None] = {}
        self._week_of: dict[str, tuple[int | None, datetime]] = {}

    def due(self, values: Mapping[str, LatestValue], now: datetime) -> Iterator[tuple[str, bytes]]:
        """Path and content of what is due at ``now``; what was yielded counts as written."""
        for stream in self._site.datastreams:
            version = values[stream.key].version if stream.key in values else None
            day, rows, week = series_paths(stream)
            if self._day_of.get(stream.key, -1) != version:
                yield from self._day(stream, day, rows, now)
                self._day_of[stream.key] = version
            if self._week_due(stream, version, now):
                yield week, _json(as_columns(*self._read(stream, WEEK, now)))
                self._week_of[stream.key] = (version, now)

    def _day(self, stream: Datastream, day: str, rows: str, now: datetime) -> Iterator[tuple[str, bytes]]:
        wish, points = self._read(stream, DAY, now)
        yield day, _json(as_columns(wish, points))
        zone = ZoneInfo(self._site.time_zone)
        yield rows, as_csv(wish, points, self._stations[stream.station], zone)

    def _read(self, stream: Datastream, length: timedelta, now: datetime) -> tuple[Wish, Any]:
        end = now + self._site.limits.future_sensor
        wish = Wish(stream, now - length, end, chosen_step("auto", stream, length))
        return wish, self._store.series(self._registry.datastreams[stream.key], wish.start, wish.end, wish.step)

    def _week_due(self, stream: Datastream, version: int | None, now: datetime) -> bool:
        known = self._week_of.get(stream.key)
        return known is None or (known[0] != version and now - known[1] >= WEEK_EVERY)


def series_paths(stream: Datastream) -> list[str]:
    """The files of one datastream: its day as columns and as rows, its week."""
    place = f"series/{stream.station}/{stream.quantity}"
    return [f"{place}.json", f"{place}.csv", f"{place}-7d.json"]


def facts_of_nothing(site: Site, now: datetime) -> dict[str, Any]:
    """The facts of a site nothing was ever read of: every station without a value, and that nothing came."""
    shapes, nothing = Shapes(site), Picture(version=0)
    return Writer(shapes, "", timedelta(0)).facts(nothing, now, None, stale=True)


def _changed(before: Picture, after: Picture) -> frozenset[str]:
    """The stations whose newest values, or whether those are too old, differ."""
    keys = {key for key in {*before.values, *after.values} if before.values.get(key) != after.values.get(key)}
    return frozenset(key.partition("/")[0] for key in keys | (before.stale ^ after.stale))


def _with_other_alerts(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> frozenset[str]:
    """The stations that have other open alerts than before."""
    had, have = (
        {} if facts is None else {alert["id"]: alert for alert in facts["alerts"]["open"]} for facts in (before, after)
    )
    differing = [
        each for key in {*had, *have} if had.get(key) != have.get(key) for each in (had.get(key), have.get(key))
    ]
    return frozenset(station for alert in differing if alert is not None for station in alert["stations"])


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _unheard(*_: object) -> None:
    """Nobody listens to changes: a snapshot is taken when it is time for one."""
