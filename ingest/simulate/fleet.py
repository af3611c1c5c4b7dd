"""What the ploughs of the night send: fixes of where they are, each by the way of its device, some late, some never.

Ploughs drive at the speed of life, before the start as after it; only the weather passes in quick motion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from config.model import Site
from core.model import Task, Vehicle
from core.times import format_rfc3339
from ingest.devices import MODELS
from ingest.playing import Planned
from ingest.simulate import chance, frames
from ingest.simulate.shifts import Crew, Shift, crew_of
from ingest.simulate.sorties import Place
from ingest.simulate.streets import Streets

GPS_NOISE_M = 3.5
SILENT_SHARE = 0.03
SILENCE = timedelta(seconds=40)
"""Behind snow walls and in valleys a plough is not heard for a while, this share of the time."""
TWICE_SHARE = 0.004
"""A message so seldom comes twice, as QoS 1 allows."""
STANDING = timedelta(minutes=1)
"""How often a plough that stands in the depot reports."""

_BEFORE = {"native": timedelta(seconds=10), "owntracks": timedelta(seconds=15), "tracker": timedelta(seconds=30)}
_LIVE = {"native": timedelta(seconds=2), "owntracks": timedelta(seconds=5), "tracker": timedelta(seconds=30)}
"""Between two fixes on the road, by the way a vehicle reports; what is past is told more coarsely, so that it is soon here."""

_DEAD_ZONES = ((timedelta(minutes=14), timedelta(minutes=11)), (timedelta(minutes=40), timedelta(minutes=3)))
"""A phone finds no network so long after leaving, for so long; then it sends what it kept, not in order."""


def fleet_plan(site: Site, streets: Streets, seed: int, start: datetime, past: timedelta) -> Iterator[Planned]:
    """The endless plan of all vehicles, in order of time, from ``past`` before the start on."""
    crew = crew_of(site, streets, seed)
    return merge(*(_plan(_Sender(site.id, seed, streets, one), crew, start, past) for one in crew.shifts), key=_due)


def _due(message: Planned) -> datetime:
    assert message.due is not None
    return message.due


def way_of(vehicle: Vehicle) -> str:
    """How a vehicle reports: ``native``, ``owntracks`` or ``tracker``."""
    if vehicle.model in MODELS:
        return "tracker"
    return "owntracks" if "/" in vehicle.device else "native"


@dataclass(slots=True)
class _Sender:
    """The device of one plough."""

    site: str
    seed: int
    streets: Streets
    shift: Shift
    sent: int = 0

    def message(self, at: datetime, place: Place) -> Planned:
        """The fix as it is sent at once."""
        self.sent += 1
        vehicle = self.shift.vehicle
        lon, lat = self._believed(at, place)
        way = way_of(vehicle)
        if way == "tracker":
            battery = max(20, 96 - self.sent // 200)
            out = frames.uplink(self.seed, vehicle.device, at, self.sent, frames.tracker_frame(lon, lat, battery))
            return Planned(at, out.topic, out.payload)
        if way == "owntracks":
            body = {"_type": "location", "lat": lat, "lon": lon, "tst": int(at.timestamp()), "acc": 6,
                    "vel": round(place.speed_kmh), "cog": round(place.heading_deg) % 360, "batt": 88, "t": "p"}  # fmt: skip
            return Planned(at, f"owntracks/{vehicle.device}", frames.compact(body))
        body = {"at": format_rfc3339(at), "lon": lon, "lat": lat, "speed_kmh": place.speed_kmh,
                "heading_deg": round(place.heading_deg, 1), "accuracy_m": 4.0, "task": str(place.task)}  # fmt: skip
        return Planned(at, f"yukimori/{self.site}/{vehicle.device}/position", frames.compact(body))

    def heard(self, at: datetime, left: datetime, place: Place) -> bool:
        """Whether a fix gets out of the place at all."""
        if not place.heard:
            return False
        return chance.unit(self.seed, self.shift.vehicle.id, "silent", (at - left) // SILENCE) >= SILENT_SHARE

    def twice(self, at: datetime) -> bool:
        """Whether the broker gets a message a second time."""
        return chance.unit(self.seed, self.shift.vehicle.id, "twice", at.timestamp()) < TWICE_SHARE

    def _believed(self, at: datetime, place: Place) -> tuple[float, float]:
        """Where the receiver believes to be: some metres off, wandering slowly as fixes do."""
        seconds, name = at.timestamp(), self.shift.vehicle.id
        east, north = (GPS_NOISE_M * chance.wander(seconds / 15.0, self.seed, name, axis) for axis in ("east", "north"))
        lon, lat = self.streets.degrees(place.at[0] + east, place.at[1] + north)
        return round(lon, 6), round(lat, 6)


def _plan(sender: _Sender, crew: Crew, start: datetime, past: timedelta) -> Iterator[Planned]:
    """All fixes of a plough: round after round, between them standing in the depot."""
    now = start - past
    for left, round_ in sender.shift.rounds(start, start - crew.ordered_before):
        back = left + timedelta(seconds=round_.seconds)
        if back <= start - past:
            continue
        yield from _standing(sender, now, left)
        now = max(now, left)
        driving = (
            (at, round_.place((at - left).total_seconds())) for at in _ticks(sender.shift.vehicle, now, back, start)
        )
        yield from _sent(sender, left, driving)
        now = back
    yield from _standing(sender, now, None)


def _standing(sender: _Sender, since: datetime, until: datetime | None) -> Iterator[Planned]:
    place = Place(sender.shift.yard.place, 0.0, Task.IDLE, 0.0)
    at = since
    while until is None or at < until:
        yield sender.message(at, place)
        at += STANDING


def _ticks(vehicle: Vehicle, since: datetime, until: datetime, start: datetime) -> Iterator[datetime]:
    way, at = way_of(vehicle), since
    while at < until:
        yield at
        at += _LIVE[way] if at >= start else _BEFORE[way]


def _sent(sender: _Sender, left: datetime, driving: Iterator[tuple[datetime, Place]]) -> Iterator[Planned]:
    """The fixes of a round as they reach the broker: silences lost, dead zones late, a few twice."""
    kept: list[Planned] = []
    phone = way_of(sender.shift.vehicle) == "owntracks"
    for at, place in driving:
        if kept and not _dead(at - left):
            yield from _resent(sender, kept, at)
            kept = []
        if not sender.heard(at, left, place):
            continue
        message = sender.message(at, place)
        if phone and _dead(at - left):
            kept.append(message)
            continue
        yield message
        if sender.twice(at):
            yield message
    if kept:
        yield from _resent(sender, kept, _due(kept[-1]))


def _dead(passed: timedelta) -> bool:
    return any(begins <= passed < begins + lasts for begins, lasts in _DEAD_ZONES)


def _resent(sender: _Sender, kept: list[Planned], at: datetime) -> Iterator[Planned]:
    """What a phone kept, all at once when it is heard again, in the order it comes to hand."""
    shuffled = sorted(kept, key=lambda one: chance.unit(sender.seed, "kept", _due(one).timestamp()))
    return (Planned(at, one.topic, one.payload) for one in shuffled)
