import threading
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest

from store import open_store


def test_snapshot_first(client, send, renewed, listen, clock):
    send.value("bridge/water_level", 2.1)
    send.told("K3", minutes_ago=11)
    send.episode("one")
    renewed()
    with listen(client) as events:
        name, id_, data = events.next()
    assert name == "snapshot"
    assert id_ == f"t0-{data['version']}"
    assert data["now"] == clock.now.isoformat().replace("+00:00", "Z")
    assert data["stations"]["features"] == client.get("/api/stations").json()["features"]
    assert data["vehicles"]["features"] == client.get("/api/vehicles").json()["features"]
    alerts = client.get("/api/alerts").json()
    assert data["alerts"] == {"open": alerts["open"], "recent": alerts["recent"]}


def test_answer_is_a_stream_nobody_keeps(quiet):
    with quiet.stream("GET", "/api/stream") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert next(response.iter_lines()).startswith("retry: ")


def test_change_arrives_as_delta(client, send, listen):
    with listen(client) as events:
        _, _, snapshot = events.next("snapshot")
        send.value("bridge/water_level", 2.6)
        name, id_, delta = events.next("delta", "snapshot")
        assert name == "delta"
        assert delta["version"] == snapshot["version"] + 1
        assert id_ == f"t0-{delta['version']}"
        assert [feature["id"] for feature in delta["stations"]] == ["bridge"]
        assert delta["stations"][0]["properties"]["quantities"]["water_level"]["level"] == "warning"
        assert (delta["vehicles"], delta["vehicles_gone"]) == ([], [])
        assert "alerts" not in delta


def test_alerts_come_with_the_delta_they_changed_in(client, send, listen):
    with listen(client) as events:
        events.next("snapshot")
        send.episode("one")
        delta = events.next("delta")[2]
    assert [row["level"] for row in delta["alerts"]["open"]] == ["danger"]
    assert delta["stations"] == []


def test_plough_comes_moves_and_goes(client, send, listen, clock):
    with listen(client) as events:
        events.next("snapshot")
        send.told("K3", minutes_ago=11, lon=140.41)
        came = events.next("delta")[2]
        send.told("K3", minutes_ago=10.5, lon=140.42)
        moved = events.next("delta")[2]
        clock.advance(minutes=40)
        gone = events.next("delta")[2]
        while not gone["vehicles_gone"]:
            gone = events.next("delta")[2]
    assert came["vehicles"][0]["geometry"]["coordinates"] == [140.41, 38.6]
    assert moved["vehicles"][0]["geometry"]["coordinates"] == [140.42, 38.6]
    assert gone["vehicles_gone"] == ["20260112-K3"]


def test_value_that_grows_stale_is_told(client, send, renewed, listen, clock):
    send.value("bridge/water_level", 2.1)
    renewed()
    with listen(client) as events:
        events.next("snapshot")
        clock.advance(minutes=31)
        delta = events.next("delta")[2]
    assert delta["stations"][0]["properties"]["quantities"]["water_level"]["stale"] is True


def test_reader_resumes_where_it_was(client, send, renewed, listen):
    with listen(client) as events:
        seen = events.next("snapshot")[1]
    for value in (1.1, 1.2, 1.3):
        send.value("bridge/water_level", value, minutes_ago=10 - value)
        renewed()
    with listen(client, last_event_id=seen) as events:
        told = [events.next("delta", "snapshot") for _ in range(3)]
    assert [name for name, _, _ in told] == ["delta"] * 3
    values = [data["stations"][0]["properties"]["quantities"]["water_level"]["value"] for _, _, data in told]
    assert values == [1.1, 1.2, 1.3]


@pytest.mark.parametrize("id_", ["t0-1", "other-1234", "t0-99999999999999", "t0-", "garbage", "t0-x", "-" * 3000])
def test_unknown_place_gets_a_snapshot(quiet, listen, id_):
    with listen(quiet, last_event_id=id_) as events:
        assert events.next()[0] == "snapshot"


def test_reader_that_is_up_to_date_gets_nothing_old(client, send, listen):
    with listen(client) as events:
        seen = events.next("snapshot")[1]
    with listen(client, last_event_id=seen) as events:
        assert events.next()[0] == "heartbeat"
        send.value("bridge/water_level", 1.0)
        assert events.next()[0] == "delta"


def test_heartbeat_without_anything_new(serve, listen, clock):
    client = serve(heartbeat_every=timedelta(milliseconds=20))
    with listen(client) as events:
        events.next("snapshot")
        beats = [events.next("heartbeat")[2] for _ in range(3)]
    assert beats == [{"now": clock.now.isoformat().replace("+00:00", "Z")}] * 3


def test_crowd_beyond_the_limit_is_sent_to_the_plain_interface(serve, listen):
    client = serve(max_listeners=1)
    with listen(client) as events:
        events.next("snapshot")
        refused = client.get("/api/stream")
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert client.get("/api/stations").status_code == 200


def test_one_address_cannot_take_all_places(serve, listen):
    client = serve(max_listeners_of_one=2)
    with listen(client) as first, listen(client) as second:
        first.next("snapshot")
        second.next("snapshot")
        assert client.get("/api/stream").status_code == 429
    for _ in range(200):
        with client.stream("GET", "/api/stream") as answer:
            if answer.status_code == 200:  # the places of those who left are free again
                break
    else:
        raise AssertionError("nobody's place became free")


def test_everyone_gets_the_same_bytes(client, send, listen):
    with ExitStack() as stack:
        readers = [stack.enter_context(listen(client)) for _ in range(10)]
        for reader in readers:
            reader.next("snapshot")
        send.value("bridge/water_level", 1.7)
        deltas = [reader.next("delta") for reader in readers]
    assert all(delta == deltas[0] for delta in deltas)


def test_reader_that_left_is_forgotten(client, listen):
    hub = client.app.state.parts.hub
    with listen(client) as events:
        events.next("snapshot")
        assert hub.listeners == 1
    gone = threading.Event()
    for _ in range(500):
        if hub.listeners == 0:
            break
        gone.wait(0.01)
    assert hub.listeners == 0


def test_head_of_the_stream_ends(quiet):
    answer = quiet.head("/api/stream")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_database_away_and_back(serve, town, registry, send, listen, clock, dsn, postgres_server, caplog):
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with open_store(dsn, connect_timeout_s=0.2) as own:
        client = serve(store=own, heartbeat_every=timedelta(milliseconds=50), stale_after=timedelta(seconds=5))
        live = client.app.state.parts.live
        send.value("bridge/water_level", 1.0)
        live.refresh()
        with listen(client) as events:
            events.next("snapshot")
            with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
                admin.execute(f"alter database {name} allow_connections false")
                admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
                live.refresh()
                clock.advance(seconds=6)
                beat = events.next("heartbeat")[2]
                while "stale" not in beat:
                    beat = events.next("heartbeat")[2]
                assert beat["stale"] is True
                assert beat["read_at"] < beat["now"]
                kept = client.get("/api/stations").json()
                assert kept["stale"] is True
                assert kept["features"][0]["properties"]["quantities"]["water_level"]["value"] == 1.0
                assert client.get("/").status_code == 200
                assert client.get("/list").status_code == 200
                assert client.get("/healthz").status_code == 200
                assert client.get("/readyz").status_code == 503
                assert client.get("/api/stations/bridge/series").status_code == 503
                assert client.get("/metrics").status_code == 200
                admin.execute(f"alter database {name} allow_connections true")
            send_again(send)
            delta = events.next("delta", "snapshot")[2]
            assert delta["stations"][0]["properties"]["quantities"]["water_level"]["value"] == 2.2
        assert client.get("/api/stations").json()["stale"] is False
    assert "the database answers again" in caplog.text


def send_again(send):
    send.value("bridge/water_level", 2.2)


def test_snapshot_says_that_the_data_stand_still(client, send, renewed, listen, clock, monkeypatch):
    """A page that opens now must not take the last state for the present one, not even until the first heartbeat."""
    send.value("bridge/water_level", 1.0)
    renewed()
    monkeypatch.setattr(type(client.app.state.parts.live), "refresh", lambda self: None)
    read_at = client.app.state.parts.live.read_at
    with listen(client) as events:
        assert "stale" not in events.next("snapshot")[2]
    clock.advance(seconds=20)
    with listen(client) as events:
        snapshot, heartbeat = events.next("snapshot")[2], events.next("heartbeat")[2]
    assert snapshot["stale"] is True
    assert snapshot["read_at"] == heartbeat["read_at"] == read_at.isoformat().replace("+00:00", "Z")


def test_what_was_missed_of_data_that_stand_still_comes_as_snapshot(client, send, renewed, listen, clock, monkeypatch):
    with listen(client) as events:
        seen = events.next("snapshot")[1]
    send.value("bridge/water_level", 1.1)
    renewed()
    monkeypatch.setattr(type(client.app.state.parts.live), "refresh", lambda self: None)
    clock.advance(seconds=20)
    with listen(client, last_event_id=seen) as events:
        name, _, data = events.next()
    assert (name, data["stale"]) == ("snapshot", True)


def test_listener_is_told_as_soon_as_the_data_stand_still(serve, listen, monkeypatch):
    client = serve(heartbeat_every=timedelta(hours=1), stale_after=timedelta(milliseconds=200))
    parts = client.app.state.parts
    parts.live.refresh()
    with listen(client) as events:
        assert "stale" not in events.next("heartbeat")[2]
        monkeypatch.setattr(type(parts.live), "refresh", lambda self: None)
        parts.clock.advance(seconds=20)
        assert events.next("heartbeat")[2]["stale"] is True
