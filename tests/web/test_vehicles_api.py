"""``/api/vehicles``: what the public table says, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

from core.public_ploughs import TaskGroup


def shown(client):
    return {feature["id"]: feature for feature in client.get("/api/vehicles").json()["features"]}


def test_public_sees_the_newest_told_place(client, send, renewed):
    send.told("K3", minutes_ago=12, lon=140.45)
    send.told("K3", minutes_ago=11, lon=140.46)
    renewed()
    plough = shown(client)["20260112-K3"]
    assert plough["geometry"]["coordinates"] == [140.46, 38.6]
    assert plough["properties"]["age_s"] == 660


def test_nothing_but_what_a_resident_needs_is_told(client, send, renewed):
    send.told("K3", minutes_ago=12, group=TaskGroup.WORK)
    renewed()
    properties = shown(client)["20260112-K3"]["properties"]
    assert properties == {
        "id": "20260112-K3",
        "name": "除雪車 か3",
        "name_en": "Plough K3",
        "task": "work",
        "heading_deg": 90,
        "at": properties["at"],
        "age_s": 720,
        "fictitious": False,
    }


def test_no_live_fix_is_read_for_the_public(client, send, renewed, listen):
    for minutes_ago in (40, 12, 0):
        send.fix("plough-1", minutes_ago=minutes_ago, lon=140.555)
    renewed()
    with listen(client) as events:
        _, _, snapshot = events.next("snapshot")
    answers = [client.get(path).text for path in ("/api/vehicles", "/api/stations", "/", "/list", "/map.js")]
    assert snapshot["vehicles"]["features"] == []
    assert not any("140.555" in text for text in answers)


def test_plough_leaves_the_map_after_the_window(client, send, renewed, clock):
    send.told("K3", minutes_ago=12)
    renewed()
    clock.advance(minutes=29)
    renewed()
    assert shown(client) == {}


def test_the_order_is_that_of_pseudonyms(client, send, renewed):
    for name in ("Y1", "A9", "K3"):
        send.told(name, minutes_ago=12)
    send.told("A1", minutes_ago=12, day=date(2026, 1, 13))
    renewed()
    assert list(shown(client)) == ["20260112-A9", "20260112-K3", "20260112-Y1", "20260113-A1"]


def test_a_made_up_fleet_is_marked_and_a_mixed_one_is_not(serve, send, town):
    send.told("K3", minutes_ago=12)
    first, second = (replace(vehicle, fictitious=True) for vehicle in town.vehicles)
    for vehicles, marked in (((first, second), True), ((first, replace(second, fictitious=False)), False)):
        client = serve(site=replace(town, vehicles=vehicles), vehicles_every=timedelta(0))
        client.app.state.parts.live.refresh()
        assert shown(client)["20260112-K3"]["properties"]["fictitious"] is marked
