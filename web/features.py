"""The shapes of the API: stations and vehicles as GeoJSON features, episodes as plain objects.

Coordinates are longitude, latitude in WGS 84 / JGD2011 degrees; times RFC 3339 with offset; ages are
seconds at the moment the answer was made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.members import members_of
from config.model import Site
from config.rule_plan import Rule, RuleClass, RuleKind
from core.freshness import report_due_at, silence_allowed
from core.levels import judge
from core.model import Datastream, DeviceId, Quality, Station, StationId, Thresholds
from core.public_ploughs import PublicFix, spoken
from core.quantities import QUANTITIES
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow
from store.rows import LatestValue

GEOJSON = "application/geo+json"

Json = dict[str, Any]

NONE_OFFLINE: Mapping[DeviceId, datetime] = {}


class Shapes:
    """Turns rows of the store into what the API says about them; knows the site, holds no state."""

    def __init__(self, site: Site) -> None:
        self._stations = {station.id: station for station in site.stations}
        # Of all or of none: a mark on some would tell them from the others.
        self._fictitious = bool(site.vehicles) and all(vehicle.fictitious for vehicle in site.vehicles)
        self._rules = {rule.id: rule for rule in site.rules}
        self._members = members_of(site)
        self._streams: dict[StationId, list[Datastream]] = {station.id: [] for station in site.stations}
        for stream in site.datastreams:
            self._streams[stream.station].append(stream)

    @property
    def station_ids(self) -> Iterable[StationId]:
        """All stations of the site, in the order of its file."""
        return self._stations.keys()

    def station(
        self,
        station: StationId,
        values: Mapping[str, LatestValue],
        now: datetime,
        offline: Mapping[DeviceId, datetime] = NONE_OFFLINE,
    ) -> Json:
        """One station with its newest values; ``values`` is keyed ``station/quantity``.

        ``offline`` says since when devices are, by their own word or their last will.
        """
        about = self._stations[station]
        quantities = {
            stream.quantity: quantity(stream, values.get(stream.key), now, offline.get(stream.device))
            for stream in self._streams[station]
        }
        return _feature(
            about.id, about.position.lon, about.position.lat, _station_facts(about) | {"quantities": quantities}
        )

    def place(self, station: str) -> Json | None:
        """What the site says of a station, None for one it does not list."""
        about = self._stations.get(StationId(station))
        return _station_facts(about) if about else None

    def stations(
        self,
        values: Mapping[str, LatestValue],
        now: datetime,
        offline: Mapping[DeviceId, datetime] = NONE_OFFLINE,
    ) -> Json:
        """All stations of the site."""
        return _collection([self.station(station, values, now, offline) for station in self._stations])

    def vehicle(self, fix: PublicFix, now: datetime) -> Json:
        """One plough where the public may know it to have been."""
        return _feature(fix.id, fix.lon, fix.lat, self._vehicle_facts(fix, now))

    def vehicles(self, fixes: Iterable[PublicFix], now: datetime) -> Json:
        """All ploughs that may be shown."""
        return _collection([self.vehicle(fix, now) for fix in fixes])

    def alerts(self, episodes: Iterable[EpisodeRow], recent_since: datetime) -> Json:
        """``open`` and ``recent`` episodes, the worst and newest first; recent ones closed after ``recent_since``."""
        rows = [row for row in episodes if self.is_public(row)]
        running = [row for row in rows if row.closed_at is None]
        ended = [row for row in rows if row.closed_at is not None and row.closed_at >= recent_since]
        running.sort(key=lambda row: (-row.level, -row.opened_at.timestamp(), str(row.id)))
        ended.sort(key=lambda row: (-_closed(row).timestamp(), str(row.id)))
        return {"open": [self.episode(row) for row in running], "recent": [self.episode(row) for row in ended]}

    def is_public(self, row: EpisodeRow) -> bool:
        """Whether an episode is for everyone: about something measured; not the system's health, and no forecast."""
        rule = self._rules.get(row.rule)
        if rule is None:  # of a rule that is gone; those of the system have a slash, which no rule can have
            return "/" not in row.rule
        return rule.rule_class is RuleClass.MEASUREMENT and rule.kind is not RuleKind.FORECAST

    def _vehicle_facts(self, fix: PublicFix, now: datetime) -> Json:
        name_ja, name_en = spoken(fix.name)
        return {
            "id": fix.id,
            "name": name_ja,
            "name_en": name_en,
            "task": fix.group.value,
            "heading_deg": fix.heading_deg,
            "at": format_rfc3339(fix.at),
            "age_s": age_s(fix.at, now),
            "fictitious": self._fictitious,
        }

    def episode(self, row: EpisodeRow) -> Json:
        """One episode; a closed one says when and how it ended."""
        places, _, measured = row.target.partition("/")
        station = places.partition("+")[0]  # of a pair or a group the first
        members = self._members.get((row.rule, row.target), (StationId(station),))
        rule: Rule | None = self._rules.get(row.rule)
        facts: Json = {
            "id": str(row.id),
            "rule": row.rule,
            "station": station,
            "stations": list(members),
            "quantity": measured,
            "level": row.level.slug,
            "title_ja": rule.title_ja if rule else row.rule,
            "title_en": rule.title_en if rule else row.rule,
            "value": finite(row.value),
            "unit": _unit(rule, measured),
            "kind": (rule.kind if rule else RuleKind.LEVEL).value,
            "opened_at": format_rfc3339(row.opened_at),
            "stale": row.stale,
            "recovering": row.recovering,
            "unconfirmed": row.unconfirmed,
        }
        if row.closed_at is not None:
            facts |= {"closed_at": format_rfc3339(row.closed_at), "outcome": row.outcome}
        return facts


def _unit(rule: Rule | None, measured: str) -> str:
    """The unit of an episode's value: the quantity's own, or what the kind of rule makes of it (``m/h``, ``min``)."""
    if rule is not None and rule.kind in (RuleKind.RATE, RuleKind.FORECAST, RuleKind.MISSING):
        return rule.unit
    return QUANTITIES[measured].unit if measured in QUANTITIES else ""


def quantity(
    stream: Datastream, latest: LatestValue | None, now: datetime, offline_since: datetime | None = None
) -> Json:
    """What is known of one datastream: value, age, quality, level, and the heights the level comes from.

    ``stale_after_s`` follows the value: an event-driven gauge may be silent for long while the water is low, and then
    ``report_due_at`` says before when nothing is expected of it.
    """
    due_at = report_due_at(stream, latest.at, latest.value, latest.quality) if latest else None
    return {
        "value": finite(latest.value) if latest else None,
        "unit": QUANTITIES[stream.quantity].unit,
        "at": format_rfc3339(latest.at) if latest else None,
        "age_s": age_s(latest.at, now) if latest else None,
        "stale": is_stale(stream, latest, now),
        "stale_after_s": int(_silence_allowed(stream, latest).total_seconds()),
        "expected_interval_s": int(stream.expected_interval.total_seconds()),
        "report_due_at": format_rfc3339(due_at) if due_at else None,
        "offline_since": format_rfc3339(offline_since) if offline_since else None,
        "quality": quality_word(latest.quality if latest else Quality.MISSING),
        "level": level_word(stream, latest),
        "thresholds": _heights(stream.thresholds),
        "threshold_source": stream.threshold_source,
    }


def level_word(stream: Datastream, latest: LatestValue | None) -> str:
    """The level's slug; ``no_data`` where there is no value, ``unjudged`` where it cannot be judged."""
    if latest is None or latest.value is None:
        return "no_data"
    level = judge(latest.value, latest.quality, stream.thresholds)
    return "unjudged" if level is None else level.slug


def is_stale(stream: Datastream, latest: LatestValue | None, now: datetime) -> bool:
    """Whether the newest value is too old to speak for now; nothing at all is never fresh."""
    return latest is None or now - latest.at > _silence_allowed(stream, latest)


def _silence_allowed(stream: Datastream, latest: LatestValue | None) -> timedelta:
    return silence_allowed(stream, latest.value, latest.quality) if latest else stream.stale_after


def quality_word(quality: Quality) -> str:
    """``good``, ``not_evaluated``, ``suspect``, ``fail`` or ``missing``."""
    return quality.name.lower()


def finite(value: float | None) -> float | None:
    """The number, None for one JSON cannot carry: a single strange row must not silence all others."""
    return value if value is not None and math.isfinite(value) else None


def age_s(at: datetime, now: datetime) -> int:
    """Whole seconds from ``at`` to ``now``, never below zero (a device clock may run a little ahead)."""
    return max(0, int((now - at).total_seconds()))


def _closed(row: EpisodeRow) -> datetime:
    assert row.closed_at is not None
    return row.closed_at


def _heights(thresholds: Thresholds) -> Json:
    return {name: getattr(thresholds, name) for name in ("standby", "caution", "warning", "danger", "low")}


def _station_facts(station: Station) -> Json:
    return {
        "id": station.id,
        "name": station.name_ja,
        "name_en": station.name_en,
        "kind": station.kind.value,
        "place": station.place,
        "river": station.river,
        "fictitious": station.fictitious,
    }


def _feature(id_: str, lon: float, lat: float, properties: Json) -> Json:
    point = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "id": id_, "geometry": point, "properties": properties}


def _collection(features: list[Json]) -> Json:
    return {"type": "FeatureCollection", "features": features}
