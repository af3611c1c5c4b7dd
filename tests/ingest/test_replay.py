"""Recordings: what is read from gauge files, which times a replay gives, what reaches the broker."""

from __future__ import annotations

import csv
import json
import queue
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from core.broker_address import BrokerAddress
from core.errors import StartError
from core.times import parse_rfc3339, utc_now
from ingest.playing import play
from ingest.publishing import Publisher
from ingest.replay import Pace, Recorded, Recording, Shift, planned, read_gauges, replay

ROOT = Path(__file__).parents[2]
REAL_DAYS = sorted((ROOT / "config/fukui/recordings").glob("*.csv"))
START = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
T0 = datetime(2024, 11, 1, 0, 0, tzinfo=UTC)


class Kept:
    """An outlet that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict]] = []
        self.drained = 0

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        assert not retain
        self.messages.append((topic, json.loads(payload)))
        return True

    def drain(self) -> bool:
        self.drained += 1
        return True


class FakeTime:
    """A clock that only waiting moves."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.stop_at: datetime | None = None

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += timedelta(seconds=seconds)
        return self.stop_at is not None and self.now >= self.stop_at


def gauge_file(folder: Path, text: str, name: str = "day.csv", *, bom: bool = True) -> Path:
    file = folder / name
    file.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
    return file


def recording(*minutes: float) -> Recording:
    readings = (Recorded(T0 + timedelta(minutes=m), "7", "water_level", m / 100, "m") for m in minutes)
    return Recording(tuple(readings), 0)


def times(plan) -> list[datetime]:
    return [parse_rfc3339(json.loads(message.payload)["at"]) for message in plan]


@pytest.mark.parametrize("bom", [True, False])
def test_gauge_file_times_are_japanese_and_hour_24_is_the_next_day(tmp_path, bom):
    file = gauge_file(
        tmp_path, "日時,河川水位,id\n2023-07-13T24:00,1.23,28\n2023-07-14T00:20,0.45,1\n2024-02-29T24:00,2,3\n", bom=bom
    )
    assert [(r.at.isoformat(), r.device, r.value) for r in read_gauges([file]).readings] == [
        ("2023-07-13T15:00:00+00:00", "28", 1.23),
        ("2023-07-13T15:20:00+00:00", "1", 0.45),
        ("2024-02-29T15:00:00+00:00", "3", 2.0),
    ]


def test_rows_without_value_are_counted_not_published(tmp_path):
    file = gauge_file(
        tmp_path, "日時,河川水位,id\n2023-07-13T07:00,,28\n2023-07-13T07:00,*,30\n2023-07-13T07:00,0.00,31\n"
    )
    found = read_gauges([file])
    assert found.without_value == 2
    assert [(r.device, r.value) for r in found.readings] == [("31", 0.0)]


def test_readings_of_several_files_are_in_order_of_time(tmp_path):
    later = gauge_file(tmp_path, "日時,河川水位,id\n2023-07-14T09:00,1,1\n2023-07-13T24:00,2,2\n", "b.csv")
    earlier = gauge_file(tmp_path, "日時,河川水位,id\n2023-07-13T09:10,3,1\n2023-07-13T09:00,4,2\n", "a.csv")
    assert [r.value for r in read_gauges([later, earlier]).readings] == [4, 3, 2, 1]


def test_name_of_the_device_follows_a_template(tmp_path):
    file = gauge_file(tmp_path, "日時,河川水位,id\n2023-07-13T09:10,3,17\n")
    found = read_gauges([file], device="gauge-{id}", quantity="channel_level", unit="cm").readings[0]
    assert (found.device, found.quantity, found.unit) == ("gauge-17", "channel_level", "cm")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("日時,河川水位,id\n2023-07-13T25:00,1,1\n", "line 2.*25:00"),
        ("日時,河川水位,id\n2023-07-13T07:00,1,1\n13.7.2023,1,1\n", "line 3.*is no time"),
        ("日時,河川水位,id\n2023-07-13T07:00,１.２,1\n", "is no level"),
        ("日時,河川水位,id\n2023-07-13T07:00,1e3,1\n", "is no level"),
        ("日時,河川水位,id\n2023-07-13T07:00,nan,1\n", "is no level"),
        ("日時,水位,id\n2023-07-13T07:00,1,1\n", "no column 河川水位"),
        ("", "no column"),
    ],
)
def test_broken_gauge_file_is_one_clear_error(tmp_path, text, words):
    with pytest.raises(StartError, match=f"day.csv.*{words}") as caught:
        read_gauges([gauge_file(tmp_path, text)])
    assert caught.value.hint


def test_missing_and_foreign_files_are_clear_errors(tmp_path):
    with pytest.raises(StartError, match="nowhere"):
        read_gauges([tmp_path / "nowhere.csv"])
    foreign = tmp_path / "sjis.csv"
    foreign.write_bytes("日時,河川水位,id\n".encode("cp932"))
    with pytest.raises(StartError, match="sjis"):
        read_gauges([foreign])


def test_six_real_days_are_read_whole():
    rows = []
    for file in REAL_DAYS:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows += list(csv.DictReader(lines))
    valued = [row for row in rows if row["河川水位"].strip() not in ("", "*")]
    found = read_gauges(REAL_DAYS)
    assert len(rows) == 6_544 + 7_229
    assert len(found.readings) == len(valued)
    assert found.without_value == len(rows) - len(valued)
    assert Counter(r.device for r in found.readings) == Counter(row["id"] for row in valued)
    assert len({(r.device, r.at) for r in found.readings}) == len(valued)
    assert sum(r.value for r in found.readings) == pytest.approx(sum(float(row["河川水位"]) for row in valued))
    midnights = sum(row["日時"].endswith("T24:00") for row in valued)
    assert midnights > 0
    assert found.readings[-1].at <= datetime(2024, 11, 3, 15, 0, tzinfo=UTC)
    assert {"251", "252"} <= {r.device for r in found.readings}


def test_original_times_as_fast_as_possible():
    plan = list(planned(recording(0, 60), Pace(), START, site_id="fukui"))
    assert [message.due for message in plan] == [None, None]
    assert times(plan) == [T0, T0 + timedelta(hours=1)]
    assert plan[0].topic == "yukimori/fukui/7/reading"


def test_original_times_at_a_speed():
    plan = list(planned(recording(0, 60, 180), Pace(speed=60), START, site_id="fukui"))
    assert [message.due for message in plan] == [START + timedelta(minutes=m) for m in (0, 1, 3)]
    assert times(plan) == [T0 + timedelta(minutes=m) for m in (0, 60, 180)]


def test_shifted_as_fast_as_possible_ends_now():
    plan = list(planned(recording(0, 60, 180), Pace(shift=Shift.NOW), START, site_id="fukui"))
    assert times(plan) == [START - timedelta(minutes=m) for m in (180, 120, 0)]


@pytest.mark.parametrize("speed", [1.0, 7.0, 720.0])
def test_shifted_at_a_speed_happens_when_it_is_published(speed):
    plan = list(planned(recording(0, 60, 180), Pace(speed=speed, shift=Shift.NOW), START, site_id="fukui"))
    assert [m.due for m in plan] == [START + timedelta(minutes=m) / speed for m in (0, 60, 180)]
    for message, at in zip(plan, times(plan), strict=True):
        assert timedelta(0) <= message.due - at < timedelta(milliseconds=1)


def test_history_is_the_past_before_the_start():
    pace = Pace(speed=60, shift=Shift.NOW, history=timedelta(hours=2))
    plan = list(planned(recording(0, 60, 119, 120, 180), pace, START, site_id="fukui"))
    assert [m.due for m in plan] == [None, None, None, START, START + timedelta(minutes=1)]
    assert times(plan)[:4] == [START - timedelta(minutes=m) for m in (120, 60, 1, 0)]


def test_history_published_by_an_earlier_run_is_left_out():
    pace = Pace(speed=60, shift=Shift.NOW, history=timedelta(hours=2), history_after=START - timedelta(minutes=60))
    plan = list(planned(recording(0, 60, 119, 120), pace, START, site_id="fukui"))
    assert times(plan) == [START - timedelta(minutes=1), START]


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_speed_that_is_none_is_a_clear_error(speed):
    with pytest.raises(StartError, match="speed"):
        Pace(speed=speed)


def test_empty_recording_plans_nothing():
    assert list(planned(Recording((), 3), Pace(), START, site_id="fukui")) == []


def test_real_flood_in_quick_motion_never_runs_ahead():
    time, kept = FakeTime(), Kept()
    ahead = []

    class Watching(Kept):
        def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
            if parse_rfc3339(json.loads(payload)["at"]) > time.clock():
                ahead.append(payload)
            return super().publish(topic, payload, retain=retain)

    kept = Watching()
    flood = read_gauges(REAL_DAYS[3:])
    pace = Pace(speed=720, shift=Shift.NOW, history=timedelta(hours=24))
    told: list[int] = []
    done = replay(
        flood, site_id="fukui", outlet=kept, pace=pace, clock=time.clock, stop=threading.Event(), wait=time.wait,
        progress=told.append,
    )  # fmt: skip
    assert not ahead
    assert done.published == len(flood.readings) == len(kept.messages)
    assert told == list(range(1, done.published + 1))
    assert time.now - START == (flood.readings[-1].at - flood.readings[0].at - timedelta(hours=24)) / 720
    assert len({(topic, body["at"]) for topic, body in kept.messages}) == len(kept.messages)


def test_loop_begins_again_without_history_until_stopped():
    time, kept = FakeTime(), Kept()
    time.stop_at = START + timedelta(minutes=8)
    pace = Pace(speed=60, shift=Shift.NOW, history=timedelta(hours=1), loop=True)
    done = replay(
        recording(0, 60, 120), site_id="s", outlet=kept, pace=pace, clock=time.clock, stop=threading.Event(),
        wait=time.wait,
    )  # fmt: skip
    values = [body["value"] for _, body in kept.messages]
    assert values == [0.0, 0.6, 1.2] * 4 + [0.0]
    assert done.published == len(values)


def test_stop_ends_a_wait_of_hours_at_once():
    stop, kept = threading.Event(), Kept()
    player = threading.Thread(
        target=play,
        args=(planned(recording(0, 6000), Pace(speed=1), utc_now(), site_id="s"), kept),
        kwargs={"clock": utc_now, "stop": stop},
    )
    player.start()
    stop.set()
    player.join(20)
    assert not player.is_alive()
    assert len(kept.messages) <= 1


class Listener:
    """Subscribes to everything and queues what comes."""

    def __init__(self, port: int) -> None:
        self.arrived: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
        ready = threading.Event()
        self.client.on_connect = lambda client, *_: client.subscribe("yukimori/#", 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _c, _d, message: self.arrived.put((message.topic, message.payload))
        self.client.connect("127.0.0.1", port, 30)
        self.client.loop_start()
        assert ready.wait(20)

    def take(self, count: int) -> list[tuple[str, bytes]]:
        return [self.arrived.get(timeout=30) for _ in range(count)]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.mark.broker
def test_what_was_published_is_what_arrives(broker):
    listener, stop = Listener(broker.port), threading.Event()
    flood = read_gauges(REAL_DAYS[:1])
    with Publisher(BrokerAddress.parse(broker.url), client_id="replay", stop=stop) as publisher:
        done = replay(flood, site_id="fukui", outlet=publisher, pace=Pace(), clock=utc_now, stop=stop)
        assert publisher.published == publisher.confirmed == done.published == len(flood.readings)
    arrived = listener.take(done.published)
    listener.close()
    sent = [(m.topic, m.payload) for m in planned(flood, Pace(), START, site_id="fukui")]
    assert arrived == sent
    assert listener.arrived.empty()


@pytest.mark.broker
def test_nothing_is_lost_when_the_broker_restarts_under_way(start_mosquitto):
    broker = start_mosquitto()
    listener, stop = Listener(broker.port), threading.Event()
    numbers = range(3_000)
    with Publisher(BrokerAddress.parse(broker.url), client_id="publisher", stop=stop, window=200) as publisher:
        for number in numbers:
            if number == 1_500:
                broker.stop()
                start_mosquitto(broker.port)
            publisher.publish("yukimori/s/d/reading", b"%d" % number)
        assert publisher.drain()
    seen: set[int] = set()
    while len(seen) < len(numbers):
        seen.update(int(payload) for _, payload in listener.take(1))
    listener.close()
    assert seen == set(numbers)


@pytest.mark.broker
def test_publisher_told_to_stop_while_the_broker_is_away_gives_up(start_embedded):
    broker, stop = start_embedded(), threading.Event()
    publisher = Publisher(BrokerAddress.parse(broker.url), client_id="publisher", stop=stop, window=5)
    publisher.connect()
    broker.stop()
    threading.Timer(0.3, stop.set).start()
    outcomes = [publisher.publish("yukimori/s/d/reading", b"x") for _ in range(6)]
    assert outcomes[-1] is False
    assert publisher.drain() is False
    publisher.close()


def test_publisher_without_broker_is_a_clear_error():
    publisher = Publisher(BrokerAddress.parse("mqtt://127.0.0.1:1"), client_id="p")
    with pytest.raises(StartError, match=r"127\.0\.0\.1:1") as caught:
        publisher.connect()
    assert "MQTT_URL" in caught.value.hint
