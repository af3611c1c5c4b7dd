"""The watch over the devices, on the real store: one incident per cause, opened once, closed when readings come again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.model import Limits, Privacy, Site
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityReason,
    Reporting,
    Station,
    StationId,
    StationKind,
    Thresholds,
    Vehicle,
    VehicleId,
)
from ingest.liveness import State
from ingest.liveness_json import look_as_dict
from ingest.liveness_round import LivenessRound
from store.rows import Batch, DeviceHeard, DeviceSeen

MINUTE, TEN_SECONDS = timedelta(minutes=1), timedelta(seconds=10)
# Partitions are made around the real present, so the tests live in it too; the clock stands still all the same.
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)

GATEWAY_OF = {"lora-1": "north", "lora-2": "north", "lora-3": "north"}
REGULAR = ("lora-1", "lora-2", "lora-3", "direct-1", "direct-2")


def _stream(device, **fields):
    facts = {
        "station": StationId(f"at-{device}"),
        "quantity": "water_level",
        "device": DeviceId(device),
        "expected_interval": 10 * MINUTE,
        "stale_after": 30 * MINUTE,
        "range_min": -2.0,
        "range_max": 8.0,
        "thresholds": Thresholds(standby=1.0, danger=3.0),
    }
    return Datastream(**(facts | fields))


def _site():
    streams = (*map(_stream, REGULAR), _stream("resting", reporting=Reporting.EVENT), _stream("unborn"))
    return Site(
        folder=Path("town"),
        id="town",
        code="000000",
        name_ja="架空町",
        name_en="Town",
        time_zone="Asia/Tokyo",
        bounds=Bounds(140.0, 38.0, 141.0, 39.0),
        plane_epsg=6678,
        zoom=12,
        notice_ja="",
        notice_en="",
        contact_ja="",
        contact_en="",
        sources=(),
        limits=Limits(),
        privacy=Privacy(),
        stations=tuple(
            Station(id=each.station, kind=StationKind.RIVER, name_ja="局", name_en="S", position=Position(140.4, 38.6))
            for each in streams
        ),
        datastreams=streams,
        vehicles=(
            Vehicle(id=VehicleId("p"), device=DeviceId("plough"), name_ja="除雪車", name_en="Plough", kind="plough"),
        ),
    )


class Town:
    """A town whose devices speak every ten minutes, each at its own minute, as long as they are not silenced."""

    def __init__(self, store):
        self.store, self.site = store, _site()
        self.registry = store.register(self.site)
        self.watch = LivenessRound(self.site, self.registry, store)
        self.now = NOW
        self.silenced = set()
        self.collecting = {"mode": "direct", "connected": True}
        self.begun = 0
        self.speak("resting")

    def speak(self, *devices, value=0.4, at=None, arrived=None):
        arrived = arrived or self.now
        keys = {each.device: self.registry.datastreams[each.key] for each in self.site.datastreams}
        rows = [
            Observation(keys[device], at or self.now, value, value, Quality.GOOD, QualityReason.NONE, arrived)
            for device in devices
            if device in keys
        ]
        batch = Batch(
            observations=rows,
            seen=[DeviceSeen(device, arrived, None) for device in devices],
            heard=[DeviceHeard(each, GATEWAY_OF[each], arrived) for each in devices if each in GATEWAY_OF],
        )
        self.store.append(self.registry.site, batch)

    def last_will(self, device):
        self.store.append(self.registry.site, Batch(seen=[DeviceSeen(device, self.now, False)]))

    def run(self, minutes):
        """Let the town live, a look at it each minute."""
        for _ in range(minutes):
            self.now += MINUTE
            self.begun += 1
            due = [each for n, each in enumerate(REGULAR) if self.begun % 10 == 2 * n and each not in self.silenced]
            if due and self.collecting is not None:
                self.speak(*due)
            if self.collecting is not None:
                self.store.watching.beat(self.registry.site, "collect", "1", self.now, self.collecting)
            self.look()

    def look(self):
        # Twice in a minute, so that the watch knows that nothing kept it from looking.
        for back in (30, 0):
            self.seen = self.watch.round(self.now - timedelta(seconds=back))

    def silence(self, *devices):
        self.silenced = set(devices)

    @property
    def open(self):
        incidents = self.store.watching.incidents(self.registry.site)
        return [(each.kind, each.subject, each.detail.get("devices", [])) for each in incidents]

    @property
    def all(self):
        incidents = self.store.watching.incidents(self.registry.site, NOW - timedelta(days=1))
        return sorted((each.kind, each.subject, each.closed_at is not None) for each in incidents)

    def state(self, device):
        return next(each for each in self.seen.life.devices if each.device == device)


@pytest.fixture
def town(store):
    return Town(store)


NORTH = ("lora-1", "lora-2", "lora-3")
NORTH_SILENT = ("gateway-silent", "north", list(NORTH))


def test_a_living_town_has_no_incident(town):
    town.run(60)
    assert town.all == []
    assert {town.state(each).state for each in REGULAR} == {State.ALIVE}
    assert town.state("unborn").state is State.NEVER
    assert town.state("resting").state is State.ALIVE
    assert town.state("resting").allowed == timedelta(hours=25)


def test_a_gateway_that_dies_is_one_incident_that_closes_when_it_is_back(town):
    town.run(20)
    died_at = town.now
    town.silence(*NORTH)
    town.run(60)
    assert town.open == [NORTH_SILENT]
    assert town.all == [("gateway-silent", "north", False)]
    (incident,) = town.store.watching.incidents(town.registry.site)
    assert incident.opened_at <= died_at
    assert town.state("lora-1").state is State.SILENT
    town.silence()
    town.run(40)
    assert town.open == []
    assert town.all == [("gateway-silent", "north", True)]


def test_a_gateway_that_dies_twice_is_two_incidents(town):
    for _ in range(2):
        town.run(20)
        town.silence(*NORTH)
        town.run(45)
        town.silence()
    town.run(30)
    assert town.all == [("gateway-silent", "north", True)] * 2


def test_a_device_that_stays_silent_after_its_gateway_is_back_is_told_alone(town):
    town.run(20)
    town.silence(*NORTH)
    town.run(45)
    town.silence("lora-2")
    town.run(25)
    assert town.open == []
    town.run(20)
    assert town.open == [("device-silent", "lora-2", ["lora-2"])]
    town.silence()
    town.run(10)
    assert town.open == []


def test_everything_silent_is_one_incident_of_the_town(town):
    town.run(20)
    town.silence(*REGULAR)
    town.run(60)
    assert town.open == [("town-silent", "", sorted(REGULAR))]
    town.silence()
    town.run(40)
    assert town.all == [("town-silent", "", True)]


def test_a_plough_on_its_way_shows_that_the_town_is_not_cut_off(town):
    town.run(20)
    town.silence(*REGULAR)
    for _ in range(60):
        town.run(1)
        town.speak("plough")
    assert ("town-silent", "", False) not in town.all
    assert NORTH_SILENT in town.open


def test_a_collector_that_is_away_explains_the_silence(town):
    town.run(20)
    town.collecting = None
    town.run(120)
    assert town.open == [("collector-away", "collect", [])]
    assert town.seen.life.troubles == ()
    town.collecting = {"mode": "direct", "connected": True}
    town.run(60)
    assert town.all == [("collector-away", "collect", True)]


@pytest.mark.parametrize("state", [{"mode": "spooling", "connected": True}, {"mode": "direct", "connected": False}])
def test_while_messages_do_not_come_in_no_device_is_blamed(town, state):
    town.run(20)
    town.collecting, before = state, town.collecting
    town.silence(*REGULAR)
    town.run(120)
    assert town.all == []
    assert not town.seen.collecting.works
    town.collecting = before
    town.silence()
    town.run(40)
    assert town.all == []


def test_one_collector_of_several_is_enough(town):
    town.store.watching.beat(town.registry.site, "collect", "2", NOW, {"mode": "stopped"})
    town.run(30)
    assert town.seen.collecting.works
    assert town.all == []


def test_a_watch_that_begins_again_neither_forgets_nor_repeats(town):
    town.run(20)
    town.silence(*NORTH)
    town.run(60)
    for _ in range(3):
        town.watch = LivenessRound(town.site, town.registry, town.store)
        town.now += timedelta(minutes=5)  # the host was away
        town.run(5)
    assert town.open == [NORTH_SILENT]
    assert town.all == [("gateway-silent", "north", False)]


def test_a_whole_host_that_was_off_for_the_night_gives_everybody_time(town):
    town.run(20)
    town.watch = LivenessRound(town.site, town.registry, town.store)
    town.now += timedelta(hours=8)
    town.run(40)
    assert town.all == []


def test_a_clock_that_was_set_back_by_a_day_blinds_nobody_for_a_day(town):
    town.run(20)
    town.now -= timedelta(days=1)
    town.store.watching.beat(town.registry.site, "collect", "1", town.now, town.collecting)
    assert town.watch.round(town.now).listening_since == town.now


def test_a_restart_of_a_moment_does_not_let_a_resting_gauge_be_silent_for_ever(town):
    town.run(20)
    town.now += timedelta(hours=25) - 30 * MINUTE
    town.watch._looked_at = None
    town.store.watching.beat(  # as it would stand, had it looked all the time
        town.registry.site,
        "judge",
        "liveness",
        town.now,
        {"listening_since": NOW.isoformat(), "worked_at": town.now.isoformat()},
    )
    town.watch = LivenessRound(town.site, town.registry, town.store)
    town.speak(*REGULAR)
    town.run(9)
    assert town.open == []
    town.run(30)
    assert town.open == [("device-silent", "resting", ["resting"])]
    town.speak("resting")
    town.run(1)
    assert town.open == []


def test_a_gauge_that_was_high_may_not_be_silent_for_a_day(town):
    town.run(20)
    town.speak("resting", value=2.0)
    town.run(35)
    assert town.open == [("device-silent", "resting", ["resting"])]


def test_a_last_will_is_known_at_once_and_a_reading_takes_it_back(town):
    town.run(20)
    town.last_will("direct-1")
    town.look()
    assert (town.state("direct-1").state, town.state("direct-1").since) == (State.OFFLINE, town.now)
    assert town.open == []  # a hint; silence is told when it has lasted
    town.run(10)
    assert town.state("direct-1").state is State.ALIVE


def test_late_readings_are_life_but_not_fresh(town):
    town.run(20)
    town.silence("direct-1")
    for _ in range(9):
        town.run(5)
        town.speak("direct-1", at=town.now - timedelta(hours=3))
    assert town.state("direct-1").state is State.LATE
    assert town.open == []


def test_the_same_value_for_ever_is_life(town):
    town.run(180)
    assert town.state("direct-1").state is State.ALIVE


def test_a_device_the_site_no_longer_names_leaves_its_incident(town):
    town.run(20)
    town.silence("direct-1")
    town.run(45)
    assert [kind for kind, _, _ in town.open] == ["device-silent"]
    streams = tuple(each for each in town.site.datastreams if each.device != "direct-1")
    town.watch = LivenessRound(replace(town.site, datastreams=streams), town.registry, town.store)
    town.run(1)
    assert town.open == []


def test_as_json(town):
    town.run(20)
    said = look_as_dict(town.seen, town.now)
    assert said["collecting"] == {"works": True, "why_not": "", "since": None}
    known = {each["device"]: each for each in said["devices"]}
    assert known["lora-1"]["gateways"] == ["north"]
    assert (known["unborn"]["state"], known["unborn"]["age_s"]) == ("never-heard", None)
    assert (known["resting"]["expected_s"], known["resting"]["allowed_s"]) == (86_400, 90_000)
