"""What people may have to be told of, in one form: episodes, incidents of the system itself, alerts of other systems."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from alerts.dispatch_incidents import incident_body, incident_id, incident_level
from alerts.external import external_body, external_id, external_kind, external_level, is_health, station_of
from config.model import Site
from config.rule_plan import RuleKind, ScheduleWindow
from core.levels import Level
from core.model import Datastream, Station
from store.alert_rows import TellingRow
from store.dispatching import Standing
from store.external_alerts import ExternalAlert
from store.watching import Incident

_OVER = frozenset({"resolved", "closed", "rule_ok"})
_OF_RULES = frozenset({"rule_broken", "rule_ok"})
_TEXTS = ("subject_ja", "subject_en", "text_ja", "text_en")
_BEGAN, _ENDED = 1, 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """How something stands that people may have to be told of, by the newest word on it.

    ``seq`` counts the words on it, ``news`` is the kind of the newest, ``reach`` decides who is told, ``lost`` says that its
    data are missing. ``known``: that word was decided on before. ``brief``: not worth a word where it is over before
    anybody was told. ``missing``: a rule says that a gauge is silent, and ``raised`` that the weather makes it matter more than the rule says. ``incident`` is the kind of an incident, empty for
    others. ``untold`` are the tellings nobody has decided on, oldest first.
    """

    id: UUID
    episode: UUID | None
    rule: str
    news: str
    seq: int
    level: Level
    reach: Level
    firing: bool
    health: bool
    at: datetime
    body: Mapping[str, Any]
    lost: bool = False
    known: bool = False
    brief: bool = False
    missing: bool = False
    raised: bool = False
    retroactive: bool = False
    for_admin: bool = False
    station: Station | None = None
    devices: frozenset[str] = frozenset()
    schedule: tuple[ScheduleWindow, ...] = ()
    inhibits: frozenset[str] = frozenset()
    incident: str = ""
    incident_no: int | None = None
    external_no: int | None = None
    untold: tuple[TellingRow, ...] = ()

    @property
    def urgent(self) -> bool:
        """Whether it waits for nobody: a danger that lasts."""
        return self.level == Level.DANGER and self.firing and not self.health

    @property
    def patient(self) -> bool:
        """Whether it waits long for company: a single silent device may turn out to be one of many."""
        return (self.missing or self.incident == "device-silent") and self.level < Level.WARNING


def matters_of(site: Site, standing: Standing) -> list[Matter]:
    """Everything in play, in a fixed order."""
    stations = {station.id: station for station in site.stations}
    streams = {stream.key: stream for stream in site.datastreams}
    by_episode: dict[UUID, list[tuple[TellingRow, datetime | None]]] = defaultdict(list)
    for row, told_at in standing.tellings:
        by_episode[row.episode].append((row, told_at))
    makers: list[tuple[str, Callable[[], Matter]]] = [
        *(
            (f"episode {each}", partial(_of_tellings, site, stations, streams, rows))
            for each, rows in by_episode.items()
        ),
        *((f"incident {each.no}", partial(_of_incident, site, stations, each)) for each in standing.incidents),
        *((f"alert {each.no} of another system", partial(_of_external, site, each)) for each in standing.externals),
    ]
    return [matter for name, make in makers if (matter := _made(name, make)) is not None]


def _made(name: str, make: Callable[[], Matter]) -> Matter | None:
    """The matter, None where it cannot be understood: it stays undecided, and stops no other."""
    try:
        return make()
    except Exception:  # noqa: BLE001 - whatever is wrong with one, the others are told
        _log.exception("%s cannot be told", name)
        return None


def _of_tellings(
    site: Site,
    stations: Mapping[Any, Station],
    streams: Mapping[str, Datastream],
    rows: Sequence[tuple[TellingRow, datetime | None]],
) -> Matter:
    newest, told_at = max(rows, key=lambda each: each[0].seq)
    rule = next((rule for rule in site.rules if rule.id == newest.rule), None)
    stream = streams.get(newest.target)
    names = (newest.body.get("station", {}).get("id"), newest.target.partition("/")[0])
    station = next((stations[name] for name in names if name in stations), None)
    over = newest.kind in _OVER or newest.body.get("status") == "resolved"
    return Matter(
        id=newest.episode,
        episode=newest.episode,
        rule=newest.rule,
        news=newest.kind,
        seq=newest.seq,
        level=newest.level,
        reach=newest.reach,
        firing=not over,
        health=newest.health,
        at=newest.at,
        body=_worded(newest),
        lost=newest.kind == "data_lost" or bool(newest.body.get("stale")),
        known=told_at is not None,
        missing=rule is not None and rule.kind is RuleKind.MISSING,
        retroactive=newest.retroactive,
        for_admin=newest.kind in _OF_RULES,
        station=station,
        devices=_devices(site, station, stream),
        schedule=() if rule is None else rule.schedule,
        inhibits=frozenset() if rule is None else rule.inhibits,
        untold=tuple(sorted((row for row, told in rows if told is None), key=lambda row: row.seq)),
    )


def _worded(row: TellingRow) -> Mapping[str, Any]:
    """The facts of a telling; where a text is missing, one that says at least what it is about."""
    plain = f"{row.level.slug} {row.rule} {row.target} {row.kind}"
    missing = [name for name in _TEXTS if not isinstance(row.body.get(name), str)]
    return {**row.body, **dict.fromkeys(missing, plain)} if missing else row.body


def _devices(site: Site, station: Station | None, stream: Datastream | None) -> frozenset[str]:
    """The device of a datastream, or those of a station where what is watched is no datastream."""
    if stream is not None:
        return frozenset({str(stream.device)})
    if station is None:
        return frozenset()
    return frozenset(str(each.device) for each in site.datastreams if each.station == station.id)


def _of_incident(site: Site, stations: Mapping[Any, Station], incident: Incident) -> Matter:
    level, over = incident_level(incident), incident.closed_at is not None
    devices = frozenset(str(each) for each in _listed(incident.detail.get("devices")))
    alone = next((each for each in site.datastreams if str(each.device) == incident.subject), None)
    station = stations.get(alone.station) if alone is not None and incident.kind == "device-silent" else None
    return Matter(
        id=incident_id(site.id, incident),
        episode=None,
        rule=f"incident/{incident.kind}",
        news="resolved" if over else "fired",
        seq=_ENDED if over else _BEGAN,
        level=level,
        reach=level,
        firing=not over,
        health=True,
        at=incident.closed_at or incident.opened_at,
        body=incident_body(site, station, incident),
        brief=True,
        station=station,
        devices=devices,
        incident=incident.kind,
        incident_no=incident.no,
    )


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _of_external(site: Site, alert: ExternalAlert) -> Matter:
    level, over = external_level(alert), alert.ends_at is not None
    return Matter(
        id=external_id(site.id, alert),
        episode=None,
        rule=external_kind(alert),
        news="resolved" if over else "fired",
        seq=_ENDED if over else _BEGAN,
        level=level,
        reach=level,
        firing=not over,
        health=is_health(alert),
        at=alert.ends_at or alert.starts_at,
        body=external_body(site, alert),
        brief=True,
        station=station_of(site, alert),
        external_no=alert.no,
    )
