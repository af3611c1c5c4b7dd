"""What the public never learns of ploughs, by whatever address it asks (the town delays positions by ten minutes)."""

import json

import pytest

from core.model import Task

SECRETS = {
    "a fix younger than the delay": "140.422222",
    "an idle plough": "140.433333",
    "a plough that only travels": "140.444444",
    "a plough without a task": "140.455555",
    "how fast it drives": "23.5",
    "the tracker of a plough": "gps-1",
    "the device of a station": "dev-bridge",
}
ADDRESSES = (
    "/", "/en/", "/map.js", "/en/map.js", "/list", "/en/list", "/station/bridge", "/en/station/bridge",
    "/api/stations", "/api/vehicles", "/api/alerts", "/api/stations/bridge/series", "/api/stations/bridge/series.csv",
    "/api/stations/plough-1/series", "/api/vehicles?id=plough-1", "/station/plough-1", "/readyz", "/healthz",
    "/layers/layers.json", "/layers/shelters.geojson", "/openapi.json",
)  # fmt: skip


def _found(text):
    return [what for what, secret in SECRETS.items() if secret in text]


@pytest.fixture
def ploughs(client, send, renewed):
    """A plough at work, of which an old and a young fix are known; the other was not at work when last allowed."""
    send.value("bridge/water_level", 1.1, minutes_ago=5)
    send.fix("plough-1", minutes_ago=12, lon=140.411111)
    send.fix("plough-1", minutes_ago=9.9, lon=140.422222)
    renewed()
    return client


@pytest.mark.parametrize(
    ("task", "lon"),
    [(Task.IDLE, 140.433333), (Task.TRAVEL, 140.444444), (None, 140.455555)],
    ids=["idle", "travel", "none"],
)
def test_no_public_address_tells(ploughs, send, renewed, task, lon):
    send.fix("plough-2", minutes_ago=15, lon=140.466666)
    send.fix("plough-2", minutes_ago=11, task=task, lon=lon)
    renewed()
    told = {address: _found(ploughs.get(address).text) for address in ADDRESSES}
    assert {address: found for address, found in told.items() if found} == {}
    assert _found(ploughs.get("/metrics").text) == []
    features = ploughs.get("/api/vehicles").json()["features"]
    assert [feature["geometry"]["coordinates"] for feature in features] == [[140.411111, 38.6]]


def test_the_stream_tells_no_more(ploughs, send, listen, clock):
    with listen(ploughs) as events:
        snapshot = events.next("snapshot")[2]
        send.fix("plough-1", minutes_ago=0, lon=140.422222)
        send.fix("plough-2", minutes_ago=0, task=Task.IDLE, lon=140.433333)
        send.value("bridge/water_level", 1.2)
        delta = events.next("delta")[2]
        assert _found(json.dumps([snapshot, delta])) == []
        assert delta["vehicles"] == []
        clock.advance(minutes=10, seconds=1)
        later = events.next("delta")[2]
        while not later["vehicles"]:
            later = events.next("delta")[2]
    assert [feature["geometry"]["coordinates"][0] for feature in later["vehicles"]] == [140.422222]
    assert "23.5" not in json.dumps(later)
    assert "gps-1" not in json.dumps(later)
