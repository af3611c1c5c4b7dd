import pytest
from prometheus_client.parser import text_string_to_metric_families

from store import Store
from store.aside import Aside
from store.rows import Batch, QuarantineRow

OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_alive(quiet):
    answer = quiet.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_ready_once_readings_arrive(client, send, renewed):
    waiting = client.get("/readyz")
    assert waiting.status_code == 503
    assert waiting.json()["reasons"] == ["collector: no reading has arrived yet"]
    send.value("bridge/water_level", 1.0)
    renewed()
    assert (client.get("/readyz").status_code, client.get("/readyz").json()) == (200, {"status": "ready"})


def test_silent_collector_is_not_ready(client, send, renewed, clock):
    send.value("bridge/water_level", 1.0)
    renewed()
    clock.advance(minutes=31)
    renewed()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["collector: nothing has arrived for 1860 s (limit 1800 s)"]


def test_plough_is_a_sign_of_life_of_the_collector_too(client, send, renewed, clock):
    send.value("bridge/water_level", 1.0)
    renewed()
    clock.advance(minutes=31)
    send.fix("plough-1", minutes_ago=0)
    renewed()
    assert client.get("/readyz").status_code == 200


def test_picture_that_stands_still_is_not_ready(client, send, renewed, clock, monkeypatch):
    send.value("bridge/water_level", 1.0)
    renewed()
    monkeypatch.setattr(type(client.app.state.parts.live), "refresh", lambda self: None)
    clock.advance(seconds=20)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "live picture" in answer.json()["reasons"][0]


@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_outside_learns_no_reasons_and_no_metrics(serve, proxies):
    client = serve(proxies=proxies)
    told = client.get("/readyz", headers=OUTSIDE)
    assert told.status_code == 503
    assert "reasons" not in told.json()
    assert client.get("/metrics", headers=OUTSIDE).status_code == 404


def test_claim_to_come_from_inside_is_not_believed(serve):
    client = serve()
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics", headers={"Forwarded": "for=127.0.0.1"}).status_code == 404


def test_metrics_tell_what_happened(client, send, renewed, listen, clock):
    send.value("bridge/water_level", 3.2)
    send.episode("one")
    renewed()
    client.get("/api/stations")
    clock.advance(seconds=30)
    renewed()
    with listen(client) as events:
        events.next("snapshot")
        found = samples(client)
    assert found["yukimori_store_up", ()] == 1
    assert found["yukimori_stream_listeners", ()] == 1
    assert found["yukimori_stream_snapshots_total", ()] == 1
    assert found["yukimori_episodes_open", ()] == 1
    assert found["yukimori_newest_reading_age_seconds", ()] == 30
    assert found["yukimori_datastreams", (("level", "danger"),)] == 1
    assert found["yukimori_datastreams", (("level", "no_data"),)] == 2
    assert found["yukimori_ingest_total", (("count", "stored"),)] == 1
    answered = (("endpoint", "stations"), ("method", "GET"), ("status", "200"))
    assert found["yukimori_http_requests_total", answered] == 1


def test_callers_cannot_make_up_labels(client):
    for n in range(5):
        client.request(f"MADEUP{n}", f"/made/up/{n}")
    found = samples(client)
    made = [
        labels for name, labels in found if name == "yukimori_http_requests_total" and "other" in dict(labels).values()
    ]
    assert len(made) == 1


def test_failing_store_is_a_metric_not_an_error(client, monkeypatch):
    monkeypatch.setattr(type(client.app.state.parts.live), "failing", property(lambda self: True))
    assert samples(client)["yukimori_store_up", ()] == 0


def test_nobody_waits_for_a_database_that_hangs(client, send, renewed, clock, monkeypatch):
    """One hanging question is the poller's; were it each caller's, forty callers would hold all threads."""
    send.value("bridge/water_level", 1.0)
    renewed()
    parts = client.app.state.parts
    monkeypatch.setattr(type(parts.live), "refresh", lambda self: None)
    clock.advance(seconds=20)
    asked = []
    for of, name in ((Store, "ready"), (Store, "counters"), (Store, "series"), (Aside, "counts")):
        monkeypatch.setattr(of, name, lambda self, *_, name=name: asked.append(name))
    assert "live picture" in client.get("/readyz").json()["reasons"][0]
    assert samples(client)["yukimori_store_up", ()] == 0
    assert client.get("/api/stations/bridge/series").status_code == 503
    assert asked == []


def test_ready_asks_no_more_than_the_poller_did(client, send, renewed, monkeypatch):
    send.value("bridge/water_level", 1.0)
    renewed()
    monkeypatch.setattr(type(client.app.state.parts.store), "ready", lambda self: 1 / 0)
    assert client.get("/readyz").status_code == 200


def test_no_way_of_forwarding_lends_an_inside_address(serve):
    served = {}
    for proxies, headers in (
        ("*", {"X-Forwarded-For": "10.0.0.1"}),
        ("*", {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}),
        ("127.0.0.0/8,192.168.0.0/16", {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}),
        ("127.0.0.1", {"X-Forwarded-For": ""}),
        ("127.0.0.1", {"X-Forwarded-For": "unknown"}),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
    ):
        if proxies not in served:
            served[proxies] = serve(proxies=proxies)
        assert served[proxies].get("/metrics", headers=headers).status_code == 404, (proxies, headers)


def test_inside_behind_the_proxy_is_inside(serve):
    client = serve(proxies="127.0.0.1")
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 200
    assert client.get("/metrics").status_code == 200


def test_processes_and_incidents_are_metrics(client, send, renewed, store, registry, clock):
    send.value("bridge/water_level", 1.0)
    renewed()
    now = clock()
    state = {"mode": "direct", "connected": True, "spool_messages": 3, "spool_bytes": 400, "in_flight": 2}
    store.watching.beat(registry.site, "collect", "1", now, state)
    store.watching.beat(registry.site, "evaluate", "1", now)
    store.watching.open_incident(registry.site, "gateway-silent", "gw-1", now)
    clock.advance(seconds=7)
    renewed()
    found = samples(client)
    assert found["yukimori_process_beat_age_seconds", (("member", "1"), ("process", "evaluate"))] == 7
    assert found["yukimori_spool_messages", (("member", "1"),)] == 3
    assert found["yukimori_spool_bytes", (("member", "1"),)] == 400
    assert found["yukimori_in_flight", (("member", "1"),)] == 2
    assert found["yukimori_connected", (("member", "1"),)] == 1
    assert found["yukimori_incidents_open", (("kind", "gateway-silent"),)] == 1
    assert client.get("/readyz").status_code == 200, "a silent gateway is no fault of the system"


def test_the_quarantine_is_a_gauge_of_what_is_open(client, store, registry, clock):
    rows = [QuarantineRow(clock(), b"a/b", body, 1, False, "", "", "bad-json", "no JSON") for body in (b"{", b"[")]
    store.append(registry.site, Batch(quarantine=rows))
    assert "# TYPE yukimori_quarantined gauge" in client.get("/metrics").text
    newest = store.aside.newest(registry.site)
    for number, still_open in ((None, 2), (newest, 1), (newest - 1, 0)):
        if number is not None:
            store.append(registry.site, Batch(replayed=number))
        assert samples(client)["yukimori_quarantined", (("reason", "bad-json"),)] == still_open


def test_a_process_that_says_nothing_any_more_is_named(client, send, renewed, store, registry, clock):
    send.value("bridge/water_level", 1.0)
    for process in ("evaluate", "judge"):
        store.watching.beat(registry.site, process, "1", clock())
    renewed()
    assert client.get("/readyz").status_code == 200
    clock.advance(seconds=61)
    store.watching.beat(registry.site, "judge", "1", clock())
    renewed()
    assert client.get("/readyz").json()["reasons"] == ["evaluate 1: last heard 61 s ago"]


@pytest.mark.parametrize("mode", ["spooling", "full", "stopped"])
def test_a_collector_that_does_not_write_is_named(client, send, renewed, store, registry, clock, mode):
    send.value("bridge/water_level", 1.0)
    store.watching.beat(registry.site, "collect", "1", clock(), {"mode": mode, "spool_messages": 12})
    store.watching.open_incident(registry.site, "spool-full", "collect/1", clock())
    renewed()
    told = client.get("/readyz").json()["reasons"]
    assert told[0] == f"collect 1: {mode}, 12 messages wait on its disk"
    assert told[1].startswith("spool-full (collect/1) since ")


def test_a_collector_that_drains_is_at_work(client, send, renewed, store, registry, clock):
    send.value("bridge/water_level", 1.0)
    store.watching.beat(registry.site, "collect", "1", clock(), {"mode": "draining", "spool_messages": 12})
    renewed()
    assert client.get("/readyz").status_code == 200


def test_a_member_there_is_no_place_for_any_more_is_not_missed(client, send, renewed, store, registry, clock):
    send.value("bridge/water_level", 1.0)
    store.watching.beat(registry.site, "collect", "3", clock(), {"mode": "stopped", "of": 3})
    clock.advance(seconds=90)
    for member in ("1", "2"):
        store.watching.beat(registry.site, "collect", member, clock(), {"mode": "direct", "of": 2})
    renewed()
    assert client.get("/readyz").status_code == 200


def test_one_request_at_a_time_asks_how_the_processes_are(client, send, renewed, monkeypatch):
    send.value("bridge/water_level", 1.0)
    renewed()
    watch = client.app.state.parts.metrics.watch
    asked = []
    monkeypatch.setattr(
        type(client.app.state.parts.store.watching), "processes", lambda self, _site: asked.append(1) or []
    )
    with watch._asking:
        assert client.get("/readyz").status_code == 200
    assert asked == []
    client.get("/readyz")
    client.get("/readyz")
    assert asked == [1]
