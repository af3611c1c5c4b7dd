"""The simulated night: the same for a seed, plausible, never ahead of now, readable by every codec."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest

from config.load import load_site
from config.model import LayerConfig, Limits, Privacy, Site, Source
from core.broker_address import BrokerAddress
from core.errors import DecodeError, LayerError, StartError
from core.model import (
    Access,
    Bounds,
    Datastream,
    DeviceId,
    Position,
    Station,
    StationId,
    StationKind,
    Thresholds,
    Vehicle,
    VehicleId,
)
from core.quantities import QUANTITIES
from core.times import parse_rfc3339, utc_now
from ingest.codecs import CODECS
from ingest.decoding import decode_with_devices
from ingest.messages import Message
from ingest.playing import Planned
from ingest.publishing import Publisher
from ingest.simulate import chance, frames, night, simulate, water
from ingest.simulate.night_time import NightTime
from ingest.simulate.oddities import oddity_plan
from ingest.simulate.weather import SnowCover, Weather
from ingest.sources import SourceTable

ROOT = Path(__file__).parents[2]
START = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
SEED = 7

# The first 3 000 messages of the small site; a change of the simulation changes it, and nothing else may.
GOLDEN = "deb55c15d1e60246594fb752f539ea8c6bee46b5ed30eb91e80ba6a1d169992b"

# What a phone kept in a dead zone comes minutes later.
LATEST = {"reading": timedelta(seconds=1), "fix": timedelta(minutes=15)}

GRID = [
    *([[140.40 + 0.002 * x, 38.60 + 0.002 * y], [140.40 + 0.002 * (x + 1), 38.60 + 0.002 * y]]
      for y in range(4) for x in range(3)),
    *([[140.40 + 0.002 * x, 38.60 + 0.002 * y], [140.40 + 0.002 * x, 38.60 + 0.002 * (y + 1)]]
      for y in range(3) for x in range(4)),
]  # fmt: skip


def station(name: str, kind: StationKind, river: str = "") -> Station:
    return Station(
        id=StationId(name), kind=kind, name_ja=name, name_en=name, position=Position(140.4, 38.6), elevation_m=100.0,
        river=river, fictitious=True,
    )  # fmt: skip


def stream(name: str, quantity: str, device: str, minutes: int = 10, **more: Any) -> Datastream:
    row = QUANTITIES[quantity]
    return Datastream(**({
        "station": StationId(name), "quantity": quantity, "device": DeviceId(device),
        "expected_interval": timedelta(minutes=minutes), "stale_after": timedelta(minutes=3 * minutes),
        "range_min": row.low, "range_max": row.high,
    } | more))  # fmt: skip


@pytest.fixture
def town(tmp_path) -> Site:
    """A small town with every kind of station, device and tracker."""
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}} for line in GRID
    ]
    (tmp_path / "roads.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    snow, channel = (
        Thresholds(standby=80, caution=120, warning=160),
        Thresholds(caution=45, warning=55, danger=65, low=6),
    )
    vehicle = {"name_ja": "除雪車", "name_en": "Plough", "kind": "plough", "fictitious": True}
    roads = LayerConfig(
        id="roads", kind="roads", title_ja="", title_en="", file=Path("roads.geojson"), crs="EPSG:6668", licence="",
        credit="", source_url="", date="", access=Access.PUBLIC, shown=False, fictitious=True,
    )  # fmt: skip
    return Site(
        folder=tmp_path, id="town", code="06212", name_ja="町", name_en="Town", time_zone="Asia/Tokyo",
        bounds=Bounds(140.3, 38.5, 140.5, 38.7), plane_epsg=6678, zoom=12, notice_ja="架空", notice_en="fictitious",
        contact_ja="", contact_en="", limits=Limits(), privacy=Privacy(),
        sources=(
            Source(topic="yukimori/town/#", codec="yukimori"),
            Source(topic="application/+/device/+/event/+", codec="chirpstack"),
            Source(topic="v3/+/devices/+/#", codec="ttn"),
            Source(topic="owntracks/+/+", codec="owntracks"),
        ),
        stations=(
            station("s1", StationKind.SNOW), station("s2", StationKind.SNOW), station("s3", StationKind.SNOW),
            station("r1", StationKind.RIVER), station("c1", StationKind.CHANNEL, "line"),
            station("c2", StationKind.CHANNEL, "line"), station("w1", StationKind.WEATHER),
        ),
        datastreams=(
            stream("s1", "snow_depth", "snow-1", thresholds=snow),
            stream("s1", "battery_voltage", "snow-1", 60),
            stream("s2", "snow_depth", "0200000000000001", thresholds=snow, model="em500-udl", mount_height_cm=400.0),
            stream("s2", "battery", "0200000000000001", 60, model="em500-udl"),
            stream("s3", "snow_depth", "radar", thresholds=snow, model="em410-rdl", mount_height_cm=450.0, offset=2.0),
            stream("s3", "air_temperature", "radar", model="em410-rdl"),
            stream("r1", "water_level", "river-1", thresholds=Thresholds(standby=1.2, caution=1.6)),
            stream("c1", "channel_level", "channel-1", 5, thresholds=channel),
            stream("c2", "channel_level", "channel-2", 5, thresholds=channel),
            stream("w1", "air_temperature", "weather-1"),
            stream("w1", "snowfall_1h", "weather-1"),
            stream("w1", "precipitation_1h", "weather-1"),
        ),
        vehicles=(
            Vehicle(id=VehicleId("v1"), device=DeviceId("plough-1"), **vehicle),
            Vehicle(id=VehicleId("v2"), device=DeviceId("crew/phone"), **vehicle),
            Vehicle(id=VehicleId("v3"), device=DeviceId("0200000000000002"), model="at101", **vehicle),
        ),
        layers=(roads,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def example() -> Site:
    return load_site(ROOT / "config/example")


def until(plan: Iterator[Planned], minutes: float) -> list[Planned]:
    end = START + timedelta(minutes=minutes)
    return list(takewhile(lambda message: message.due is not None and message.due <= end, plan))


def digest(messages: list[Planned]) -> str:
    text = "\n".join(f"{m.due.isoformat()} {m.topic} {m.payload.decode()} {m.retain}" for m in messages)
    return sha256(text.encode()).hexdigest()


class Reader:
    """What the codecs make of a site's messages."""

    def __init__(self, site: Site) -> None:
        self._sources = SourceTable(site.sources, site.limits, CODECS)
        self._models = {one.device: one.model for one in (*site.datastreams, *site.vehicles) if one.model}

    def codec(self, message: Planned) -> str:
        return self._sources.find(message.topic)[0].name

    def read(self, message: Planned) -> list[dict[str, Any]]:
        codec, options = self._sources.find(message.topic)
        arrived = Message(message.topic.encode(), message.payload, message.due)
        return decode_with_devices(arrived, codec.name, options, self._models)


def genuine(site: Site, messages: list[Planned]) -> list[Planned]:
    """The messages without those that are wrong on purpose."""
    odd = set(islice(oddity_plan(site, NightTime(START, 60.0)), 1_000))
    return [message for message in messages if message not in odd]


def values(site: Site, messages: list[Planned]) -> dict[str, list[tuple[float, float]]]:
    """(minutes after the start, value) by datastream key, distances turned into depths."""
    streams = {(one.device, one.quantity): one for one in site.datastreams}
    streams |= {(one.device, "distance"): one for one in site.datastreams if one.mount_height_cm is not None}
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    reader = Reader(site)
    for message in genuine(site, messages):
        for one in reader.read(message):
            if one["kind"] == "reading" and (one["device"], one["quantity"]) in streams:
                key, value = streams[one["device"], one["quantity"]], one["value"]
                if one["quantity"] == "distance":
                    value = key.mount_height_cm - value / 10 + key.offset
                found[key.key].append(((message.due - START).total_seconds() / 60, value))
    return found


def test_same_seed_and_start_give_the_same_night(town):
    one, two = (list(islice(night(town, seed=SEED, start=START), 3_000)) for _ in range(2))
    assert one == two
    assert digest(one) == GOLDEN


def test_another_seed_gives_another_night(town):
    one, two = (list(islice(night(town, seed=seed, start=START), 500)) for seed in (1, 2))
    assert digest(one) != digest(two)


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_messages_are_in_order_and_never_ahead_of_their_time(example, speed):
    messages, reader = until(night(example, seed=SEED, start=START, speed=speed), 5), Reader(example)
    assert [m.due for m in messages] == sorted(m.due for m in messages)
    checked = 0
    for message in genuine(example, messages):
        for one in reader.read(message):
            if "at" in one:
                checked += 1
                assert timedelta(0) <= message.due - parse_rfc3339(one["at"]) < LATEST[one["kind"]]
    assert checked > 3_000


def test_every_message_is_read_but_the_few_that_must_not_be(example):
    messages, reader = until(night(example, seed=SEED, start=START), 3), Reader(example)
    kinds = Counter(
        (reader.codec(message), one["kind"]) for message in genuine(example, messages) for one in reader.read(message)
    )
    assert set(kinds) == {
        ("yukimori", "reading"), ("yukimori", "fix"), ("yukimori", "status"), ("chirpstack", "reading"),
        ("chirpstack", "fix"), ("ttn", "reading"), ("owntracks", "fix"),
    }  # fmt: skip
    odd = list(islice(oddity_plan(example, NightTime(START, 60.0)), 5))
    assert set(odd) <= set(messages)
    refused = []
    for message in odd:
        try:
            reader.read(message)
        except DecodeError as error:
            refused.append(error.reason)
    assert refused == ["bad-json", "not-finite"]


def test_event_times_of_a_device_never_repeat(example):
    reader = Reader(example)
    messages = dict.fromkeys(genuine(example, until(night(example, seed=SEED, start=START), 5)))
    seen = Counter(
        (one["device"], one.get("quantity", one["kind"]), one.get("at", message.due))
        for message in messages  # the very same message may come twice
        for one in reader.read(message)
    )
    assert max(seen.values()) == 1


def test_snow_builds_up_and_passes_its_level(town):
    series = values(town, until(night(town, seed=SEED, start=START), 6))
    for key in ("s1/snow_depth", "s2/snow_depth", "s3/snow_depth"):
        depths = [depth for _, depth in series[key]]
        assert series[key][0][0] < -11 * 60
        assert 60 < depths[0] < depths[-1] < 180
        assert depths[-1] > 120
        assert max(abs(b - a) for a, b in pairwise(depths)) < 4
    assert all(depth == round(depth) for _, depth in series["s1/snow_depth"])


def test_channel_blocks_and_is_cleared_within_five_minutes(town):
    series = values(town, until(night(town, seed=SEED, start=START), 6))
    upper, lower = series["c1/channel_level"], series["c2/channel_level"]
    live = [(minute, level) for minute, level in upper if minute >= 0]
    blocked = [minute for minute, level in live if level >= 65]
    assert 1 < blocked[0] < 2
    assert 3 < blocked[-1] < 4.2
    assert live[-1][1] < 35
    dry = [minute for minute, level in lower if minute >= 0 and level <= 6]
    assert dry
    assert min(level for minute, level in lower if minute > 4.5) > 15
    before = [level for minute, level in [*upper, *lower] if minute < 0]
    assert min(before) > 6
    assert max(before) < 45


def test_river_rises_slowly(town):
    series = values(town, until(night(town, seed=SEED, start=START), 6))["r1/water_level"]
    assert 0.7 < series[0][1] < 1.2
    assert 1.6 <= max(level for _, level in series) < 1.8
    assert max(abs(b[1] - a[1]) for a, b in pairwise(series)) < 0.1


def test_every_station_reports_at_its_interval_before_and_faster_after(town):
    series = values(town, until(night(town, seed=SEED, start=START, speed=60), 5))
    past = [minute for minute, _ in series["c1/channel_level"] if minute < 0]
    live = [minute for minute, _ in series["c1/channel_level"] if minute >= 0]
    assert len(past) == pytest.approx(12 * 60 / 5, abs=1)
    assert len(live) == pytest.approx(5 * 60 / 5, abs=1)
    assert len(series["s2/battery"]) == pytest.approx(12 + 5, abs=2)


def test_history_known_already_is_left_out(town):
    known = START - timedelta(hours=2)
    messages = until(night(town, seed=SEED, start=START, known_until=known), 1)
    whole = until(night(town, seed=SEED, start=START), 1)
    assert messages == [m for m in whole if m.due > known]
    assert min(m.due for m in messages) > known


def test_night_that_stands_still_is_refused(town):
    with pytest.raises(StartError, match="speed 0"):
        night(town, seed=SEED, start=START, speed=0)


def test_night_without_past_begins_now(town):
    messages = until(night(replace(town, vehicles=()), seed=SEED, start=START, past=timedelta(0)), 1)
    assert min(m.due for m in messages) >= START
    depths = [depth for _, depth in values(town, messages)["s1/snow_depth"]]
    assert 95 < depths[0] < 125


def test_plough_reports_go_the_way_of_their_device(town):
    topics = {message.topic for message in until(night(town, seed=SEED, start=START), 2)}
    assert {
        "yukimori/town/plough-1/position",
        "owntracks/crew/phone",
        "application/yukimori-demo/device/0200000000000002/event/up",
        "application/yukimori-demo/device/0200000000000001/event/up",
        "v3/yukimori-demo@demo/devices/radar/up",
        "yukimori/town/snow-1/reading",
        "yukimori/town/snow-1/status",
    } <= topics


def test_ten_simulated_days_stay_within_reason(town):
    site = replace(town, vehicles=())
    series = values(site, until(night(site, seed=SEED, start=START, speed=600), 24))
    assert series["s1/snow_depth"][-1][0] > 20
    for key, low, high in (
        ("s1/snow_depth", 60, 320), ("c1/channel_level", 10, 80), ("c2/channel_level", 1, 40),
        ("r1/water_level", 0.7, 1.8), ("w1/air_temperature", -15, 3), ("w1/snowfall_1h", 0, 12),
    ):  # fmt: skip
        found = [value for _, value in series[key]]
        assert low <= min(found) <= max(found) <= high, key


def test_snow_cover_settles_and_forgets_nothing():
    weather = Weather(SEED)
    coarse = SnowCover(weather, catch=1.0, begin=-12.0, depth_at_0=100.0)
    fine = SnowCover(weather, catch=1.0, begin=-12.0, depth_at_0=100.0)
    for minute in range(-720, 1):
        fine.advance(minute / 60)
    assert coarse.advance(0.0) == pytest.approx(100.0, abs=0.01)
    assert fine.depth_cm == pytest.approx(100.0, abs=0.1)


def test_snowfall_of_parts_is_the_snowfall_of_the_whole():
    weather = Weather(SEED)
    parts = weather.snowfall(0, 1) + weather.snowfall(1, 3)
    assert parts == pytest.approx(weather.snowfall(0, 3), rel=1e-6)
    assert weather.snowfall(0, 5) > 10


def test_blockage_follows_its_hours():
    assert water.blockage(0.5, 0) == 0
    assert water.blockage(2.0, 0) == 1
    assert water.blockage(4.5, 0) == 0
    assert water.blockage(2.0 + water.BLOCKED_EVERY_H, 0) == 1
    assert water.blockage(2.0, 1) == 0


def test_two_clocks_agree_at_any_hour():
    time = NightTime(START, 60.0)
    assert time.instant(-2.0) == START - timedelta(hours=2)
    assert time.instant(2.0) == START + timedelta(minutes=2)
    for hour in (-7.25, 0.0, 3.5):
        assert time.hour(time.instant(hour)) == pytest.approx(hour)


def test_chance_is_even_and_repeatable():
    numbers = [chance.unit("x", number) for number in range(4_000)]
    assert sum(numbers) / 4_000 == pytest.approx(0.5, abs=0.02)
    assert numbers == [chance.unit("x", number) for number in range(4_000)]
    assert abs(chance.wander(3.999999, "y") - chance.wander(4.0, "y")) < 1e-4
    assert chance.identity("a").version == 4


def test_tracker_frame_is_that_of_the_vendor():
    frame = frames.tracker_frame(118.030088, 24.62435, 100)
    assert frame.hex() == "017564" + "050000" + "0488debc770108ff080720"


@pytest.mark.parametrize(
    "text", ["", "{", '{"type":"FeatureCollection","features":[]}', '{"features":[{"geometry":null}]}', "[1]"]
)
def test_roads_that_cannot_be_driven_are_a_clear_error(town, text):
    (town.folder / "roads.geojson").write_text(text)
    with pytest.raises(LayerError, match="roads"):
        night(town, seed=SEED, start=START)


def test_site_without_roads_has_no_ploughs_on_the_road(town):
    messages = until(night(replace(town, layers=()), seed=SEED, start=START), 1)
    assert not [m for m in messages if m.topic.startswith("owntracks")]


@pytest.mark.broker
def test_night_is_published_as_it_passes(town, embedded_broker):
    stop, told = threading.Event(), []

    def enough(count: int) -> None:
        told.append(count)
        if count == 500:
            stop.set()

    with Publisher(BrokerAddress.parse(embedded_broker.url), client_id="night") as publisher:
        count = simulate(town, seed=SEED, outlet=publisher, clock=utc_now, stop=stop, progress=enough)
        assert count == publisher.published == publisher.confirmed == 500
    assert told == list(range(1, 501))
