"""The look at all devices every few seconds: reads what is known, opens an incident per cause, closes it when it is over."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.model import Site
from core.freshness import REST_SILENCE
from core.model import DeviceId
from core.times import parse_rfc3339
from ingest.liveness import Before, Liveness, assess
from ingest.silence import DEVICE_SILENT, SILENT_KINDS, Trouble
from store import Store
from store.rows import Registry
from store.watching import Incident, ProcessState

log = logging.getLogger(__name__)

COLLECTOR, JUDGE, MEMBER = "collect", "judge", "liveness"
COLLECTOR_AWAY = "collector-away"

BEAT_LOST = timedelta(seconds=60)
"""After so long without a word a collector is away; it says one every five seconds."""

BREAK = timedelta(minutes=2)
"""Not having collected, or not having looked, for longer than this makes every silence count from anew."""

LOOK_BACK = REST_SILENCE + timedelta(hours=1)
"""How far back the end of an incident still excuses devices; none is expected less often than this."""

READINGS = "readings"


@dataclass(frozen=True, slots=True)
class Collecting:
    """Whether messages come in as far as the collectors say: ``why`` not, since ``since``."""

    works: bool
    why: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in one round; ``incidents`` are those open before it that this round looks after."""

    life: Liveness
    collecting: Collecting
    incidents: tuple[Incident, ...]
    closed: tuple[Incident, ...]
    listening_since: datetime | None


def collecting_of(processes: Sequence[ProcessState], now: datetime) -> Collecting:
    """How the collectors are by their last words: any that works is enough."""
    members = [each for each in processes if each.process == COLLECTOR]
    if not members:
        return Collecting(works=False, why="no collector was ever heard")
    newest = max(members, key=lambda each: each.beat_at)
    states = [_why_not(each, now) for each in members]
    if "" in states:
        return Collecting(works=True)
    return Collecting(works=False, why=_why_not(newest, now), since=newest.beat_at)


def _why_not(member: ProcessState, now: datetime) -> str:
    mode = member.state.get("mode")
    if mode == "stopped":
        return "stopped"
    if now - member.beat_at > BEAT_LOST:
        return "away"
    if mode in ("spooling", "full"):
        return "keeps messages on its own disk"
    return "" if member.state.get("connected", True) else "not connected to the broker"


def look(site: Site, registry: Registry, store: Store, now: datetime) -> Look:
    """How the devices are now; reads only. May raise StoreError."""
    watching, number = store.watching, registry.site
    processes = watching.processes(number)
    collecting = collecting_of(processes, now)
    incidents = watching.incidents(number, now - LOOK_BACK)
    ours = [each for each in incidents if each.kind in SILENT_KINDS]
    open_ones = tuple(each for each in ours if each.closed_at is None)
    closed = tuple(each for each in ours if each.closed_at is not None)
    listening_since = _listening_since(processes, collecting, now)
    before = Before(
        listening_since=listening_since if collecting.works else None,
        named=_named(open_ones),
        grouped=frozenset(
            DeviceId(device) for each in open_ones if each.kind != DEVICE_SILENT for device in _devices(each)
        ),
        excused=_excused(closed),
    )
    latest, seen = store.latest_values(number), store.devices_seen(number)
    life = assess(site, latest, seen, store.intake.last_heard(number), now, before)
    own = tuple(each for each in incidents if each.kind == COLLECTOR_AWAY and each.closed_at is None)
    return Look(life, collecting, open_ones + own, closed, listening_since)


def _listening_since(processes: Sequence[ProcessState], collecting: Collecting, now: datetime) -> datetime | None:
    """Since when it is known that messages are collected; what this process said last is believed for two minutes."""
    last = next((each for each in processes if (each.process, each.member) == (JUDGE, MEMBER)), None)
    if last is not None and now - last.beat_at <= BREAK:
        since, worked_at = _moment(last.state.get("listening_since")), _moment(last.state.get("worked_at"))
        if since is not None and worked_at is not None and now - worked_at <= BREAK:
            return min(since, now)  # a clock that was set back counts from anew
    return now if collecting.works else None


def _named(incidents: Sequence[Incident]) -> dict[DeviceId, datetime]:
    """The devices of open incidents with the last word the incident knew of."""
    return {DeviceId(device): _since(each) for each in incidents for device in _devices(each)}


def _excused(closed: Sequence[Incident]) -> dict[DeviceId, datetime]:
    """From when on devices may be expected again, because what cut them off together is over."""
    found: dict[DeviceId, datetime] = {}
    for each in closed:
        if each.closed_at is None or each.kind == DEVICE_SILENT:
            continue
        for device in map(DeviceId, _devices(each)):
            found[device] = max(each.closed_at, found.get(device, each.closed_at))
    return found


class LivenessRound:
    """Looks, and keeps the incidents in step with what was seen."""

    def __init__(self, site: Site, registry: Registry, store: Store) -> None:
        self._site, self._registry, self._store = site, registry, store
        self._looked_at: datetime | None = None
        self._steady_since: datetime | None = None
        self._worked_at: datetime | None = None

    def round(self, now: datetime) -> Look:
        """One look; may raise StoreError, and is then repeated as if it had not been."""
        seen = look(self._site, self._registry, self._store, now)
        self._note_steadiness(now)
        self._watch_collector(seen, now)
        if seen.collecting.works:
            self._worked_at = now
            self._settle(seen, now)
        self._say(seen, now)
        return seen

    def _note_steadiness(self, now: datetime) -> None:
        # While the database was away no collector could leave a word in it: that is no silence of the collector.
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at <= BEAT_LOST / 2:
            self._steady_since = now
        self._looked_at = now

    def _watch_collector(self, seen: Look, now: datetime) -> None:
        collecting, site = seen.collecting, self._registry.site
        is_open = any(each.kind == COLLECTOR_AWAY for each in seen.incidents)
        if collecting.works and is_open:
            self._store.watching.close_incident(site, COLLECTOR_AWAY, COLLECTOR, now, {"ended_by": READINGS})
        elif collecting.why in ("away", "stopped") and collecting.since is not None and not is_open:
            steady = self._steady_since is not None and now - self._steady_since > BEAT_LOST
            if steady and now - collecting.since > BEAT_LOST:
                log.warning("no collector is at work: nothing can be said of the devices")
                detail = {"why": collecting.why}
                self._store.watching.open_incident(site, COLLECTOR_AWAY, COLLECTOR, collecting.since, detail)

    def _settle(self, seen: Look, now: datetime) -> None:
        """Open what is new, add to what lasts, close what is over."""
        troubles = {(each.kind, each.subject): each for each in seen.life.troubles}
        open_ones = {(each.kind, each.subject): each for each in seen.incidents if each.kind in SILENT_KINDS}
        for key, incident in open_ones.items():
            if key not in troubles:
                self._close(incident, seen.life.troubles, now)
        for key, trouble in troubles.items():
            known = open_ones.get(key)
            detail = _detail(trouble)
            if known is None:
                log.warning("%s %s: nothing since %s", trouble.kind, trouble.subject, trouble.since.isoformat())
                self._open(trouble, _opened_at(trouble, seen.closed, now), detail)
            elif any(known.detail.get(name) != value for name, value in detail.items()):
                self._open(trouble, known.opened_at, detail)

    def _open(self, trouble: Trouble, at: datetime, detail: Mapping[str, Any]) -> None:
        self._store.watching.open_incident(self._registry.site, trouble.kind, trouble.subject, at, detail)

    def _close(self, incident: Incident, troubles: Sequence[Trouble], now: datetime) -> None:
        names = set(_devices(incident))
        became = next((each.kind for each in troubles if names & set(each.devices)), READINGS)
        log.info("%s %s is over: %s", incident.kind, incident.subject, became)
        self._store.watching.close_incident(
            self._registry.site, incident.kind, incident.subject, now, {"ended_by": became}
        )

    def _say(self, seen: Look, now: datetime) -> None:
        state = {
            "listening_since": _text(seen.listening_since),
            "worked_at": _text(now if seen.collecting.works else self._worked_at),
        }
        self._store.watching.beat(self._registry.site, JUDGE, MEMBER, now, state)


def _opened_at(trouble: Trouble, closed: Sequence[Incident], now: datetime) -> datetime:
    """Since the last sign of life, but not within an incident of the same name that is over."""
    ends = [each.closed_at for each in closed if (each.kind, each.subject) == (trouble.kind, trouble.subject)]
    if now - trouble.since > LOOK_BACK:
        return now  # what was over before we look back cannot be in the way
    return max([trouble.since, *(end + timedelta(microseconds=1) for end in ends if end is not None)])


def _detail(trouble: Trouble) -> dict[str, Any]:
    return {
        "devices": [str(device) for device in trouble.devices],
        "since": trouble.since.isoformat(),
        "everything": trouble.everything,
    }


def _devices(incident: Incident) -> list[str]:
    return [str(device) for device in incident.detail.get("devices", [])]


def _since(incident: Incident) -> datetime:
    return _moment(incident.detail.get("since")) or incident.opened_at


def _moment(text: object) -> datetime | None:
    try:
        return parse_rfc3339(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
