from dataclasses import replace
from datetime import timedelta

import pytest

from core.model import Quality, Reporting
from core.times import format_rfc3339
from store.rows import Batch, DeviceSeen


def properties(client, station="bridge"):
    features = client.get("/api/stations").json()["features"]
    return next(feature["properties"] for feature in features if feature["id"] == station)


def test_shape_of_a_station(client, send, renewed, clock):
    send.value("bridge/water_level", 2.1, minutes_ago=4)
    renewed()
    answer = client.get("/api/stations")
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert body["type"] == "FeatureCollection"
    assert body["stale"] is False
    assert body["generated_at"].endswith("Z")
    assert [feature["id"] for feature in body["features"]] == ["bridge", "field", "eyes"]
    bridge = body["features"][0]
    assert bridge["geometry"] == {"type": "Point", "coordinates": [140.4, 38.6]}
    facts = bridge["properties"]
    assert {name: facts[name] for name in ("id", "name", "name_en", "kind", "place", "river", "fictitious")} == {
        "id": "bridge",
        "name": "大橋",
        "name_en": "Bridge",
        "kind": "river",
        "place": "中央",
        "river": "丹生川",
        "fictitious": False,
    }
    at = (clock.now - timedelta(minutes=4)).isoformat(timespec="seconds").replace("+00:00", "Z")
    assert facts["quantities"]["water_level"] == {
        "value": 2.1,
        "unit": "m",
        "at": at,
        "age_s": 240,
        "stale": False,
        "stale_after_s": 1800,
        "report_due_at": None,
        "offline_since": None,
        "expected_interval_s": 600,
        "quality": "good",
        "level": "caution",
        "thresholds": {"standby": 1.0, "caution": 2.0, "warning": 2.5, "danger": 3.0, "low": None},
        "threshold_source": "town",
    }


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.99, "normal"), (1.0, "standby"), (2.0, "caution"), (2.5, "warning"), (3.0, "danger"), (9.0, "danger")],
)
def test_level_is_reached_at_the_threshold_itself(client, send, renewed, value, level):
    send.value("bridge/water_level", value)
    renewed()
    assert properties(client)["quantities"]["water_level"]["level"] == level


def test_no_value_is_not_calm(quiet):
    level = properties(quiet)["quantities"]["water_level"]
    assert (level["level"], level["value"], level["at"], level["age_s"]) == ("no_data", None, None, None)
    assert (level["quality"], level["stale"]) == ("missing", True)


def test_quantity_without_thresholds_is_unjudged(client, send, renewed):
    send.value("bridge/air_temperature", -3.5)
    renewed()
    assert properties(client)["quantities"]["air_temperature"]["level"] == "unjudged"


def test_suspect_value_says_so(client, send, renewed):
    send.value("bridge/water_level", 2.0, quality=Quality.SUSPECT)
    renewed()
    assert properties(client)["quantities"]["water_level"]["quality"] == "suspect"


def test_stale_value_keeps_its_level(client, send, renewed, clock):
    send.value("bridge/water_level", 3.5)
    renewed()
    clock.advance(minutes=31)
    renewed()
    level = properties(client)["quantities"]["water_level"]
    assert (level["level"], level["stale"], level["age_s"]) == ("danger", True, 1860)


def event_driven(town):
    streams = [
        replace(each, reporting=Reporting.EVENT) if each.quantity == "water_level" else each
        for each in town.datastreams
    ]
    return replace(town, datastreams=tuple(streams))


def test_a_gauge_that_rests_is_not_stale_for_a_day_and_says_when_a_report_is_due(serve, town, send, clock):
    client = serve(site=event_driven(town))
    send.value("bridge/water_level", 0.4)
    at = clock.now
    clock.advance(hours=20)
    client.app.state.parts.live.refresh()
    level = properties(client)["quantities"]["water_level"]
    assert (level["stale"], level["stale_after_s"], level["age_s"]) == (False, 25 * 3600, 20 * 3600)
    assert level["report_due_at"] == format_rfc3339(at + timedelta(days=1))
    clock.advance(hours=5, seconds=1)
    client.app.state.parts.live.refresh()
    assert properties(client)["quantities"]["water_level"]["stale"] is True


def test_a_gauge_that_was_high_is_stale_as_soon_as_any(serve, town, send, clock):
    client = serve(site=event_driven(town))
    send.value("bridge/water_level", 1.0)
    clock.advance(minutes=31)
    client.app.state.parts.live.refresh()
    level = properties(client)["quantities"]["water_level"]
    assert (level["stale"], level["stale_after_s"], level["report_due_at"]) == (True, 1800, None)


def test_a_last_will_shows_at_once_beside_a_fresh_value_until_the_device_speaks(
    client, store, registry, send, renewed, clock
):
    send.value("bridge/water_level", 1.1)
    store.append(registry.site, Batch(seen=[DeviceSeen("dev-bridge", clock.now, False)]))
    renewed()
    level = properties(client)["quantities"]["water_level"]
    assert (level["offline_since"], level["stale"]) == (format_rfc3339(clock.now), False)
    clock.advance(minutes=1)
    store.append(registry.site, Batch(seen=[DeviceSeen("dev-bridge", clock.now, None)]))
    renewed()
    assert properties(client)["quantities"]["water_level"]["offline_since"] is None


def test_station_without_datastream_is_listed(quiet):
    assert properties(quiet, "eyes")["quantities"] == {}


def test_known_answer_is_not_sent_again(client, send, renewed):
    first = client.get("/api/stations")
    again = client.get("/api/stations", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    send.value("bridge/water_level", 1.0)
    renewed()
    assert client.get("/api/stations", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_change_of_a_plough_leaves_the_stations_tag(client, send, renewed):
    tag = client.get("/api/stations").headers["etag"]
    send.told("K3", minutes_ago=11)
    renewed()
    assert client.get("/api/vehicles").json()["features"]
    assert client.get("/api/stations").headers["etag"] == tag


def test_unchanged_answer_is_renewed_before_its_ages_mislead(client, send, renewed, clock):
    send.value("bridge/water_level", 1.0)
    renewed()
    first = client.get("/api/stations")
    clock.advance(seconds=16)
    second = client.get("/api/stations", headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    ages = [body.json()["features"][0]["properties"]["quantities"]["water_level"]["age_s"] for body in (first, second)]
    assert ages == [0, 16]


def test_compressed_for_who_takes_it(quiet):
    plain = quiet.get("/api/stations", headers={"Accept-Encoding": "identity"})
    packed = quiet.get("/api/stations", headers={"Accept-Encoding": "gzip"})
    refused = quiet.get("/api/stations", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert "accept-encoding" in packed.headers["vary"].lower()


def test_head_has_the_head_only(quiet):
    head, full = quiet.head("/api/stations"), quiet.get("/api/stations")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == full.headers["etag"]
    assert head.headers["content-length"] == full.headers["content-length"]


def test_open_data_may_be_read_from_any_page(quiet):
    assert quiet.get("/api/stations").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("query", ["callback=steal", "bbox=1,2,3,4", "a=1&a=2", "station=%00"])
def test_unknown_parameter_is_refused(quiet, query):
    answer = quiet.get(f"/api/stations?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_busy_address_is_told_to_wait(serve):
    client = serve(requests_per_second=0.001, requests_burst=2)
    answers = [client.get("/api/stations") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert client.get("/").status_code == 200
