"""The ploughs of the night: they leave the depot one after the other and clear what has snowed in.

A plough takes the nearest street that nobody is on and that needs clearing: ``SNOWED_IN_CM`` fell since it was
last cleared. On the way there it travels. Reported speeds are those of real ploughs; in the live part they move
``HASTE`` times as far, so that one sees them move on a map of the whole town.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.model import Site
from core.model import Task, Vehicle
from core.times import format_rfc3339
from ingest.devices import MODELS
from ingest.playing import Planned
from ingest.simulate import chance, frames
from ingest.simulate.night_time import NightTime
from ingest.simulate.streets import Place, Street, Streets
from ingest.simulate.weather import Weather

OUT_BEFORE_START = timedelta(minutes=45)
"""Ploughs are out this long when the live part begins: public maps show them late."""
LEAVE_APART = timedelta(minutes=3)
SNOWED_IN_CM = 1.5
HASTE = 3.0
GPS_NOISE_M = 3.5
WORKING_KMH = (12.0, 20.0)
TRAVEL_KMH = (25.0, 30.0)
LIVE_TICK = timedelta(seconds=1)
PAST_TICK = timedelta(seconds=5)
SILENT_SHARE = 0.04
SILENCE = timedelta(seconds=40)
"""Behind snow walls and in valleys a plough is not heard for a while, this share of the time."""

_TASKS = {
    "grader": Task.GRADE,
    "rotary": Task.WIDEN,
    "spreader": Task.DEICE,
    "sidewalk": Task.SIDEWALK,
}
_REPORTS_EVERY = {"native": 1, "owntracks": 5, "tracker": 30}
"""Ticks between two messages, by the way a vehicle reports."""


@dataclass(slots=True)
class Plough:
    """Where a vehicle is: ``driven_m`` along ``street`` from ``junction``; without a street it stands there."""

    vehicle: Vehicle
    number: int
    junction: int
    street: Street | None = None
    driven_m: float = 0.0
    task: Task = Task.IDLE
    speed_kmh: float = 0.0
    route: deque[Street] = field(default_factory=deque)
    streets_driven: int = 0
    sent: int = 0

    @property
    def way(self) -> str:
        """How it reports: ``native``, ``owntracks`` or ``tracker``."""
        if self.vehicle.model in MODELS:
            return "tracker"
        return "owntracks" if "/" in self.vehicle.device else "native"


def fleet_plan(site: Site, streets: Streets, weather: Weather, time: NightTime) -> Iterator[Planned]:
    """The endless plan of all vehicles, in order of time."""
    fleet = _Fleet(streets, weather, [Plough(one, n, streets.depot) for n, one in enumerate(site.vehicles)])
    leave = time.start - OUT_BEFORE_START
    now, ticks = leave, 0
    while True:
        live = now >= time.start
        fleet.snow(time.hour(now))
        for plough in fleet.ploughs:
            if now >= leave + plough.number * LEAVE_APART:
                fleet.drive(plough, (LIVE_TICK if live else PAST_TICK).total_seconds() * (HASTE if live else 1.0))
            if ticks % _REPORTS_EVERY[plough.way] == plough.number % _REPORTS_EVERY[plough.way] and not _silent(
                weather.seed, plough, now - leave
            ):
                yield _message(site.id, weather.seed, streets, plough, now)
        now += LIVE_TICK if live else PAST_TICK
        ticks += 1


class _Fleet:
    """All ploughs, and how much snow had fallen when each street was last cleared."""

    def __init__(self, streets: Streets, weather: Weather, ploughs: Sequence[Plough]) -> None:
        self._streets, self._weather = streets, weather
        self.ploughs = ploughs
        self._fallen_cm = SNOWED_IN_CM
        self._hour: float | None = None
        self._cleared_cm = [0.0] * len(streets.streets)

    def snow(self, hour: float) -> None:
        """Let it snow until ``hour``."""
        if self._hour is not None:
            self._fallen_cm += self._weather.snowfall_rate(hour) * (hour - self._hour)
        self._hour = hour

    def drive(self, plough: Plough, seconds: float) -> None:
        """Move a plough on for so many seconds, over junctions where they come."""
        while seconds > 0.0:
            if plough.street is None:
                self._take_next(plough)
            street = plough.street
            if street is None:
                return
            metres_per_s = plough.speed_kmh / 3.6
            rest_s = (street.length_m - plough.driven_m) / metres_per_s
            if rest_s > seconds:
                plough.driven_m += seconds * metres_per_s
                return
            seconds -= rest_s
            self._leave(plough, street)

    def _leave(self, plough: Plough, street: Street) -> None:
        plough.junction, plough.street, plough.driven_m = street.other_end(plough.junction), None, 0.0

    def _take_next(self, plough: Plough) -> None:
        if not plough.route:
            plough.route.extend(self._way_to_work(plough))
        if not plough.route:
            plough.task, plough.speed_kmh = Task.IDLE, 0.0
            return
        street = plough.route.popleft()
        works = self._snowed_in(street)
        plough.street, plough.driven_m, plough.streets_driven = street, 0.0, plough.streets_driven + 1
        plough.task = _TASKS.get(plough.vehicle.kind, Task.PLOUGH) if works else Task.TRAVEL
        low, high = WORKING_KMH if works else TRAVEL_KMH
        share = chance.unit(self._weather.seed, plough.vehicle.id, plough.streets_driven, "speed")
        plough.speed_kmh = round(low + share * (high - low), 1)
        if works:
            self._cleared_cm[street.number] = self._fallen_cm

    def _snowed_in(self, street: Street) -> bool:
        return self._fallen_cm - self._cleared_cm[street.number] >= SNOWED_IN_CM

    def _way_to_work(self, plough: Plough) -> list[Street]:
        """The streets up to and with the nearest one to clear; empty where all is clear."""
        taken = {street.number for other in self.ploughs if other is not plough for street in other.route}
        reached: dict[int, list[Street]] = {plough.junction: []}
        waiting = deque([plough.junction])
        while waiting:
            junction = waiting.popleft()
            for street in self._by_taste(plough, junction):
                way = [*reached[junction], street]
                if self._snowed_in(street) and street.number not in taken:
                    return way
                if street.other_end(junction) not in reached:
                    reached[street.other_end(junction)] = way
                    waiting.append(street.other_end(junction))
        return []

    def _by_taste(self, plough: Plough, junction: int) -> list[Street]:
        """The streets of a junction in the order this plough looks at them: they part ways early."""
        seed, name = self._weather.seed, plough.vehicle.id
        return sorted(self._streets.meeting[junction], key=lambda street: chance.unit(seed, name, street.number))


def _silent(seed: int, plough: Plough, passed: timedelta) -> bool:
    return chance.unit(seed, plough.vehicle.id, "silent", passed // SILENCE) < SILENT_SHARE


def _message(site: str, seed: int, streets: Streets, plough: Plough, at: datetime) -> Planned:
    plough.sent += 1
    lon, lat, heading = _fix(seed, streets, plough, at)
    vehicle = plough.vehicle
    if plough.way == "tracker":
        battery = max(20, 96 - plough.sent // 200)
        out = frames.uplink(seed, vehicle.device, at, plough.sent, frames.tracker_frame(lon, lat, battery))
        return Planned(at, out.topic, out.payload)
    if plough.way == "owntracks":
        body = {"_type": "location", "lat": lat, "lon": lon, "tst": int(at.timestamp()), "acc": 6,
                "vel": round(plough.speed_kmh), "cog": round(heading) % 360, "batt": 88, "t": "p"}  # fmt: skip
        return Planned(at, f"owntracks/{vehicle.device}", frames.compact(body))
    body = {"at": format_rfc3339(at), "lon": lon, "lat": lat, "speed_kmh": plough.speed_kmh,
            "heading_deg": round(heading, 1), "accuracy_m": 4.0, "task": str(plough.task)}  # fmt: skip
    return Planned(at, f"yukimori/{site}/{vehicle.device}/position", frames.compact(body))


def _fix(seed: int, streets: Streets, plough: Plough, at: datetime) -> tuple[float, float, float]:
    """Where the receiver believes to be: some metres off, wandering slowly as fixes do."""
    seconds, name = at.timestamp(), plough.vehicle.id
    east, north = (GPS_NOISE_M * chance.wander(seconds / 15.0, seed, name, axis) for axis in ("east", "north"))
    place = _place(streets, plough)
    zero, off = streets.degrees(0.0, 0.0), streets.degrees(east, north)
    lon, lat = place.lon + off[0] - zero[0], place.lat + off[1] - zero[1]
    return round(lon, 6), round(lat, 6), place.heading_deg


def _place(streets: Streets, plough: Plough) -> Place:
    street = plough.street or streets.meeting[plough.junction][0]
    return streets.place(street, plough.junction, plough.driven_m)
