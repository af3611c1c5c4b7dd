"""``/api/roads`` and ``/api/roads/state``: what the public table says of roads, with lines and without."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from config.model import LayerConfig
from config.plough_plan import PloughPlan
from core.model import Access
from core.ploughs import Evidence
from core.public_ploughs import PublicOrder, PublicRoad
from core.times import format_rfc3339
from gis import publish_layers

pytestmark = pytest.mark.db

PLAN = PloughPlan(roads="roads", classes={})


@pytest.fixture(scope="session")
def streets(tmp_path_factory, make_town_in):
    """A town that clears three roads, and its published layer."""
    folder = tmp_path_factory.mktemp("streets")
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": f"r{n}",
                "name": f"町道{n}号",
                "class": "第1種",
                "contractor": "越後建設",
                "vehicles": "p1",
            },
            "geometry": {"type": "LineString", "coordinates": [[140.40, 38.6 + n / 100], [140.41, 38.6 + n / 100]]},
        }
        for n in range(3)
    ]
    (folder / "roads.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = LayerConfig(
        id="roads",
        kind="roads",
        title_ja="除雪路線",
        title_en="Roads",
        file=folder / "roads.geojson",
        crs="EPSG:6668",
        licence="CC0 1.0",
        credit="試験町",
        source_url="",
        date="2024-04-01",
        access=Access.PUBLIC,
        shown=True,
        fictitious=True,
    )
    publish_layers(replace(make_town_in(folder), layers=(layer,)), folder / "layers")
    return folder / "layers"


@pytest.fixture
def roads(serve, town, public_folder, streets):
    for path in streets.iterdir():
        (public_folder / "layers" / path.name).write_bytes(path.read_bytes())
    return serve(site=replace(town, ploughs=PLAN))


def state(client):
    return client.get("/api/roads/state").json()


def cleared(now, minutes_ago, **more):
    at = now - timedelta(minutes=minutes_ago)
    return PublicRoad(road="r1", share=1.0, clear_since=at, cleared_at=at, evidence=Evidence.SIGNAL, **more)


def test_before_anything_is_published(roads):
    told = state(roads)
    assert (told["as_of"], told["roads"], told["stale"], told["order"]) == (None, {}, False, None)
    assert (told["step_s"], told["window_s"], told["delay_s"]) == (600, 86400, 600)
    assert told["remember_s"] == 14 * 86400
    assert told["notes"]["ja"]
    assert [feature["properties"]["state"] for feature in roads.get("/api/roads").json()["features"]] == [None] * 3


def test_a_road_with_everything(roads, send, clock):
    deadline = clock.now + timedelta(hours=1)
    order = PublicOrder(at=clock.now - timedelta(hours=2), deadlines={"1": deadline, "3": None})
    send.roads(cleared(clock.now, 50, deadline=deadline, snow_cm=3.5, second_pass=False), order=order)
    told = state(roads)
    assert told["roads"] == {
        "r1": {
            "age_class": "under_1h",
            "clear_since": format_rfc3339(clock.now - timedelta(minutes=50)),
            "cleared_at": format_rfc3339(clock.now - timedelta(minutes=50)),
            "age_s": 3000,
            "share": 1.0,
            "evidence": "signal",
            "deadline": format_rfc3339(deadline),
            "late": False,
            "snow_cm": 3.5,
            "second_pass": False,
            "withheld": False,
        }
    }
    assert told["as_of"] == format_rfc3339(clock.now - timedelta(minutes=10))
    assert told["order"]["classes"] == [
        {"class": "1", "deadline": format_rfc3339(deadline)},
        {"class": "3", "deadline": None},
    ]


def test_lines_with_their_state_and_never_who_clears_them(roads, send, clock):
    send.roads(cleared(clock.now, 200), PublicRoad(road="r2", withheld=True))
    answer = roads.get("/api/roads")
    assert answer.headers["content-type"] == "application/geo+json"
    features = {feature["id"]: feature["properties"] for feature in answer.json()["features"]}
    assert features["r0"]["state"] is None
    assert features["r1"]["state"]["age_class"] == "3_6h"
    assert (features["r1"]["name"], features["r1"]["age_en"]) == ("町道1号", "3–6 h ago")
    assert features["r2"]["state"] == {"withheld": True}
    assert "age_ja" not in features["r2"]
    assert answer.json()["credit"] == "試験町"
    assert "越後" not in answer.text


def test_ages_grow_with_the_clock_and_the_tag_with_the_minute(roads, send, clock):
    clock.now = clock.now.replace(second=0)
    send.roads(cleared(clock.now, 59))
    first = roads.get("/api/roads/state")
    clock.advance(seconds=59)
    roads.app.state.parts.live.refresh()
    same = roads.get("/api/roads/state", headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    clock.advance(seconds=2)
    roads.app.state.parts.live.refresh()
    later = roads.get("/api/roads/state", headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200
    assert (first.json()["roads"]["r1"]["age_class"], later.json()["roads"]["r1"]["age_class"]) == ("under_1h", "1_3h")


def test_steps_that_stay_away_are_told(roads, send, clock):
    send.roads(cleared(clock.now, 50), minutes_ago=39)
    assert state(roads)["stale"] is False
    clock.advance(minutes=2)
    roads.app.state.parts.live.refresh()
    assert state(roads)["stale"] is True


def test_a_step_told_by_a_clock_ahead_of_ours_is_no_news(roads, send, clock):
    send.roads(cleared(clock.now, 50), minutes_ago=-30)
    assert state(roads)["stale"] is True


def test_a_new_step_is_seen(roads, send, clock):
    send.roads(cleared(clock.now, 50), minutes_ago=20)
    assert state(roads)["roads"]["r1"]["share"] == 1.0
    send.roads(PublicRoad(road="r1", withheld=True), minutes_ago=10)
    assert state(roads)["roads"]["r1"] == {"withheld": True}
    assert state(roads)["withheld"] == 1


def test_the_last_step_stays_while_the_database_is_away(roads, send, clock, monkeypatch):
    send.roads(cleared(clock.now, 50))
    assert state(roads)["stale"] is False
    live = roads.app.state.parts.live
    monkeypatch.setattr(type(live), "away", lambda _self, _now: True)
    told = state(roads)
    assert (told["stale"], list(told["roads"])) == (True, ["r1"])


def test_nothing_was_ever_read(serve, town, monkeypatch):
    client = serve(site=replace(town, ploughs=PLAN))
    monkeypatch.setattr(type(client.app.state.parts.live), "away", lambda _self, _now: True)
    assert client.get("/api/roads/state").status_code == 503


def test_a_town_without_a_plan_or_without_lines(serve, town):
    assert serve().get("/api/roads/state").status_code == 404
    bare = serve(site=replace(town, ploughs=PLAN))
    assert bare.get("/api/roads").status_code == 404
    assert bare.get("/api/roads/state").status_code == 200


def test_other_sites_may_read_it_and_parameters_are_refused(roads):
    assert roads.get("/api/roads/state").headers["access-control-allow-origin"] == "*"
    assert roads.get("/api/roads/state?vehicle=plough-1").status_code == 400
