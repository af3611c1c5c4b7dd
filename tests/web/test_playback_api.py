"""A night for staff: ways, ages of roads, values, alerts and orders of one time, and who may read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

import pytest

from config.model import LayerConfig
from config.plough_plan import PloughPlan, RoadClass
from core.levels import Level
from core.model import Access, Quality, Task
from core.ploughs import BreakReason, Direction, Evidence, Gap, Order, Passage, Track
from core.times import format_rfc3339

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
PATH = "/api/staff/playback"


@pytest.fixture
def ploughing(town, tmp_path):
    """The small town with one road."""
    line = {"type": "LineString", "coordinates": [[140.50, 38.60], [140.51, 38.60]]}
    road = {"type": "Feature", "properties": {"id": "r1", "name": "市道", "class": "1"}, "geometry": line}
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}))
    layer = LayerConfig(
        id="roads", kind="roads", title_ja="除雪路線", title_en="Roads", file=file, crs="EPSG:6668", licence="CC0 1.0",
        credit="試験町", source_url="", date="2025-12-01", access=Access.PUBLIC, shown=True, fictitious=True,
    )  # fmt: skip
    return replace(town, layers=(layer,), ploughs=PloughPlan(roads="roads", classes={"1": RoadClass(code="1")}))


@pytest.fixture
def staff(serve, ploughing):
    client = serve(site=ploughing, staff_token=TOKEN)
    client.headers.update({"Authorization": f"Bearer {TOKEN}"})
    return client


@pytest.fixture
def night(staff, clock):
    """Reads a night; without times the last twelve hours."""

    def read(**times):
        answer = staff.get(PATH, params={name.rstrip("_"): format_rfc3339(at) for name, at in times.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def test_a_night_has_everything_of_its_time(night, send, store, registry, clock):
    began = clock.now - timedelta(minutes=60)
    for minutes in (62, 61, 60, 40, 39):
        send.fix("plough-1", minutes_ago=minutes, lon=140.5 + (62 - minutes) / 1000, task=Task.PLOUGH)
    number = registry.vehicles["plough-1"]
    one = Passage(
        vehicle=number, road="r1", direction=Direction.FORWARD, from_m=0.0, to_m=865.0, began_at=began,
        ended_at=began + timedelta(minutes=2), task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=3,
    )  # fmt: skip
    gap = Gap(
        vehicle=number, began_at=began, ended_at=began + timedelta(minutes=20), from_lon=140.5, from_lat=38.6,
        to_lon=140.51, to_lat=38.6, reason=BreakReason.SILENCE,
    )  # fmt: skip
    span = (clock.now - timedelta(hours=3), clock.now)
    store.ploughs.replace_track(number, *span, Track(passages=(one,), gaps=(gap,)))
    order = Order(id="o1", at=clock.now - timedelta(hours=2), classes=("1",), by="除雪センター")
    store.orders.give(registry.site, order, order.at)
    send.value("field/snow_depth", 84.0, minutes_ago=30)
    send.value("bridge/water_level", 3.2, minutes_ago=20, quality=Quality.SUSPECT)
    send.episode("flood", Level.DANGER)

    found = night(from_=clock.now - timedelta(hours=2), to=clock.now)
    (vehicle,) = found["vehicles"]
    assert (vehicle["id"], vehicle["name"]) == ("plough-1", "除雪車1")
    assert next(accumulate(vehicle["t"])) == 58 * 60
    assert vehicle["gaps"] == [[3_600, 4_800, "silence"]]
    assert vehicle["tasks"] == [[0, "plough"]]
    assert found["roads"]["known"] == {"r1": [0, None, 3_720, 3_600]}
    assert [(each["at"], each["ended"], each["classes"]) for each in found["orders"]] == [(0, None, ["1"])]
    gauges = {(each["id"], each["quantity"]): each for each in found["stations"]}
    snow, river = gauges["field", "snow_depth"], gauges["bridge", "water_level"]
    assert (snow["t"], snow["v"]) == ([5_400], [84])
    assert (river["levels"], river["doubtful"]) == ([[0, "danger"]], [[0, True]])
    (episode,) = found["episodes"]
    assert episode["name"] == "大橋"
    assert episode["steps"][0][1] == "danger"


def test_what_came_late_is_told(night, send, store, registry, clock):
    """The fixes of these tests arrive at the present: nothing was known of an hour ago before it."""
    number = registry.vehicles["plough-1"]
    for minutes in (62, 61, 60):
        send.fix("plough-1", minutes_ago=minutes)
    began = clock.now - timedelta(minutes=62)
    one = Passage(
        vehicle=number, road="r1", direction=Direction.FORWARD, from_m=0.0, to_m=865.0, began_at=began,
        ended_at=began + timedelta(minutes=2), task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=3,
    )  # fmt: skip
    store.ploughs.replace_track(number, clock.now - timedelta(hours=3), clock.now, Track(passages=(one,)))
    found = night(from_=clock.now - timedelta(hours=2), to=clock.now)
    assert found["vehicles"][0]["late"] == [[58 * 60, 60 * 60, 120 * 60]]
    assert found["roads"] == {
        "known": {"r1": [0, None, 60 * 60, 58 * 60]},
        "then": {"r1": [0, None, 120 * 60, 58 * 60]},
    }
    earlier = night(from_=clock.now - timedelta(hours=2), to=clock.now - timedelta(minutes=10))
    assert earlier["roads"]["then"] == {"r1": []}


def test_a_town_without_records_has_an_empty_night(night):
    found = night()
    assert found["vehicles"] == found["episodes"] == found["orders"] == []
    assert found["roads"] == {"known": {}, "then": {}}
    assert all(each["t"] == each["v"] == [] for each in found["stations"])


def test_a_night_is_kept_by_its_tag_and_is_staffs_alone(staff, clock):
    times = {"from": format_rfc3339(clock.now - timedelta(hours=1)), "to": format_rfc3339(clock.now)}
    first = staff.get(PATH, params=times)
    assert first.headers["cache-control"] == "private, no-cache"
    again = staff.get(PATH, params=times, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert staff.get(PATH, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_what_is_no_night_is_refused_with_words(staff):
    for params, said in (
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"}, "At most 24 hours"),
        ({"from": "2026-01-03T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "before"),
        ({"from": "yesterday"}, "RFC 3339"),
        ({"since": "2026-01-03T00:00:00Z"}, "Unknown parameter"),
    ):
        answer = staff.get(PATH, params=params)
        assert answer.status_code == 400, params
        assert said in answer.json()["detail"]


def test_it_is_for_staff_alone(serve, ploughing):
    assert serve(site=ploughing).get(PATH).status_code == 401


def test_the_pages_are_there_in_both_languages(staff):
    for path, word in (("/playback", "夜の再生"), ("/en/playback", "Playback of a night"), ("/roads", "道路の除雪")):
        answer = staff.get(path)
        assert answer.status_code == 200
        assert word in answer.text
        assert TOKEN not in answer.text


def test_roads_that_were_drawn_anew_are_told_of_without_a_new_start(night, ploughing, store, registry, clock):
    number, at = registry.vehicles["plough-1"], clock.now - timedelta(hours=1)
    passage = Passage(
        vehicle=number, road="r2", direction=Direction.FORWARD, from_m=0.0, to_m=900.0, began_at=at,
        ended_at=at + timedelta(minutes=4), task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=90,
    )  # fmt: skip
    store.ploughs.replace_track(number, at - timedelta(hours=1), clock.now, Track(passages=(passage,)))
    assert "r2" not in night()["roads"]["known"]
    file = ploughing.layers[0].file
    roads = json.loads(file.read_text())
    roads["features"][0]["properties"]["id"] = "r2"
    file.write_text(json.dumps(roads, indent=1))
    assert "r2" in night()["roads"]["known"]
