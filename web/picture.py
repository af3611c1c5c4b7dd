"""The state everyone is shown: one immutable picture, replaced as the store changes. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from config.model import Site
from core.model import Datastream, DeviceId, StationId
from core.public_ploughs import PublicFix
from core.shelters import ShelterState
from store.alert_rows import EpisodeRow
from store.rows import LatestValue
from web.features import is_stale


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from the store. ``complete``: everything there is, else only what may have changed.

    ``positions`` is always the whole public view; None where it was not read this time. ``offline`` is always whole:
    since when devices are, by their own word or their last will; ``shelters`` too: the word that stands for each.
    """

    now: datetime
    complete: bool
    values: Iterable[LatestValue]
    episodes: Iterable[EpisodeRow]
    positions: Iterable[PublicFix] | None
    offline: Mapping[DeviceId, datetime] = field(default_factory=dict)
    shelters: Mapping[str, ShelterState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """Newest values by ``station/quantity``, public places of ploughs by pseudonym, open and recent episodes, states of shelters by 共通ID.

    ``version`` grows by one with each change; the four others say at which version their part changed. A shelter nobody
    ever spoke of is not in ``shelters``: its state is not known.
    ``stale`` holds the datastreams whose newest value was too old at the last look.
    """

    version: int
    values: Mapping[str, LatestValue] = field(default_factory=dict)
    positions: Mapping[str, PublicFix] = field(default_factory=dict)
    episodes: Mapping[UUID, EpisodeRow] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    offline: Mapping[DeviceId, datetime] = field(default_factory=dict)
    shelters: Mapping[str, ShelterState] = field(default_factory=dict)
    stations_version: int = 0
    vehicles_version: int = 0
    alerts_version: int = 0
    shelters_version: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the picture before: stations and vehicles to draw again, vehicles to take away."""

    stations: tuple[StationId, ...]
    vehicles: tuple[str, ...]
    vehicles_gone: tuple[str, ...]
    alerts: bool
    shelters: bool = False

    def __bool__(self) -> bool:
        """Whether anything differs at all."""
        return bool(self.stations or self.vehicles or self.vehicles_gone or self.alerts or self.shelters)


class Painter:
    """Makes the next picture from the last and a reading; knows the site, holds no state."""

    def __init__(self, site: Site, recent: timedelta) -> None:
        self._streams: dict[str, Datastream] = {stream.key: stream for stream in site.datastreams}
        self._recent = recent

    def advance(self, picture: Picture, reading: Reading) -> tuple[Picture, Change]:
        """The picture after ``reading``, and what changed; the same picture where nothing did."""
        values = self._values(picture, reading)
        stale = frozenset(
            key for key, stream in self._streams.items() if is_stale(stream, values.get(key), reading.now)
        )
        positions = picture.positions
        if reading.positions is not None:
            positions = {row.id: row for row in reading.positions}
        episodes = self._episodes(picture, reading)
        change = Change(
            stations=self._changed_stations(picture, values, stale, reading.offline),
            vehicles=tuple(key for key, row in positions.items() if picture.positions.get(key) != row),
            vehicles_gone=tuple(key for key in picture.positions if key not in positions),
            alerts=episodes != picture.episodes,
            shelters=reading.shelters != picture.shelters,
        )
        if not change:
            return picture, change
        moved = replace(picture, version=picture.version + 1, values=values, positions=positions)
        moved = replace(moved, episodes=episodes, stale=stale, offline=reading.offline, shelters=reading.shelters)
        return _stamped(moved, change), change

    def _values(self, picture: Picture, reading: Reading) -> dict[str, LatestValue]:
        values = {} if reading.complete else dict(picture.values)
        for row in reading.values:
            key = f"{row.station}/{row.quantity}"
            known = values.get(key)
            # Rows may come twice and late: an older version never replaces a newer one.
            if key in self._streams and (known is None or row.version >= known.version):
                values[key] = row
        return values

    def _episodes(self, picture: Picture, reading: Reading) -> dict[UUID, EpisodeRow]:
        episodes = {} if reading.complete else dict(picture.episodes)
        episodes.update((row.id, row) for row in reading.episodes)
        since = reading.now - self._recent
        return {key: row for key, row in episodes.items() if row.closed_at is None or row.closed_at >= since}

    def _changed_stations(
        self,
        picture: Picture,
        values: Mapping[str, LatestValue],
        stale: frozenset[str],
        offline: Mapping[DeviceId, datetime],
    ) -> tuple[StationId, ...]:
        keys = [key for key in self._streams if picture.values.get(key) != values.get(key)]
        if offline != picture.offline:
            keys += [
                key
                for key, stream in self._streams.items()
                if offline.get(stream.device) != picture.offline.get(stream.device)
            ]
        keys += picture.stale ^ stale
        return tuple(dict.fromkeys(self._streams[key].station for key in keys if key in self._streams))


def _stamped(picture: Picture, change: Change) -> Picture:
    return replace(
        picture,
        stations_version=picture.version if change.stations else picture.stations_version,
        vehicles_version=picture.version if change.vehicles or change.vehicles_gone else picture.vehicles_version,
        alerts_version=picture.version if change.alerts else picture.alerts_version,
        shelters_version=picture.version if change.shelters else picture.shelters_version,
    )
