from dataclasses import replace
from datetime import timedelta

import pytest

from config.model import Privacy
from core.model import Task


def shown(client):
    return {feature["id"]: feature for feature in client.get("/api/vehicles").json()["features"]}


def test_public_sees_where_a_plough_was_a_delay_ago(client, send, renewed):
    send.fix("plough-1", minutes_ago=12, lon=140.45)
    send.fix("plough-1", minutes_ago=1, lon=140.55)
    renewed()
    plough = shown(client)["plough-1"]
    assert plough["geometry"]["coordinates"] == [140.45, 38.6]
    assert plough["properties"]["age_s"] == 720


def test_nothing_but_what_a_resident_needs_is_told(client, send, renewed):
    send.fix("plough-1", minutes_ago=12)
    renewed()
    assert shown(client)["plough-1"]["properties"] == {
        "id": "plough-1",
        "name": "除雪車1",
        "name_en": "Plough 1",
        "kind": "dozer",
        "task": "plough",
        "heading_deg": 90.0,
        "at": shown(client)["plough-1"]["properties"]["at"],
        "age_s": 720,
        "fictitious": False,
    }
    text = client.get("/api/vehicles").text
    assert "speed" not in text
    assert "gps-1" not in text


@pytest.mark.parametrize("task", [Task.TRAVEL, Task.IDLE, None])
def test_plough_that_is_not_at_work_is_nobodys_business(client, send, renewed, task):
    send.fix("plough-1", minutes_ago=12, task=task)
    renewed()
    assert shown(client) == {}


def test_fresh_fix_is_not_shown(client, send, renewed):
    send.fix("plough-1", minutes_ago=9)
    renewed()
    assert shown(client) == {}


def test_no_answer_tells_the_live_position(client, send, renewed, listen):
    send.fix("plough-1", minutes_ago=1, lon=140.555)
    renewed()
    with listen(client) as events:
        _, _, snapshot = events.next("snapshot")
    answers = [client.get(path).text for path in ("/api/vehicles", "/api/stations", "/", "/list", "/map.js")]
    assert snapshot["vehicles"]["features"] == []
    assert not any("140.555" in text for text in answers)


def test_plough_leaves_the_map_after_the_window(client, send, renewed, clock):
    send.fix("plough-1", minutes_ago=12)
    renewed()
    clock.advance(minutes=29)
    renewed()
    assert shown(client) == {}


def test_town_without_delay(serve, send, town):
    client = serve(site=replace(town, privacy=Privacy(vehicle_delay=timedelta(0))))
    send.fix("plough-2", minutes_ago=0)
    client.app.state.parts.live.refresh()
    assert list(shown(client)) == ["plough-2"]
