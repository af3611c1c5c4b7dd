"""The staff part of the interface: who is let in, what is told, and a replay that changes something exactly once."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from core.times import format_rfc3339
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store.rows import Batch, DeviceNumber
from tests.examples import examples

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
STAFF = {"Authorization": f"Bearer {TOKEN}"}
READING = ("quarantine", "quarantine/1", "claims", "incidents", "gaps", "processes", "liveness")
REPLAY = "/api/staff/quarantine/replay"


def take_in(parts, *readings: tuple[str, float, float], quantity: str = "water_level") -> None:
    """Takes readings of devices (name, value, minutes ago) in as the collector does."""
    now, messages = parts.clock(), []
    for device, value, ago in readings:
        at = format_rfc3339(now - timedelta(minutes=ago))
        body = {"at": at, "quantity": quantity, "value": value, "unit": "m"}
        topic = f"yukimori/testtown/{device}/reading".encode()
        messages.append(Message(topic, json.dumps(body).encode(), now, 1))
    parts.store.append(parts.registry.site, Pipeline(parts.site, parts.registry).handle_all(messages))


@pytest.fixture
def arrive(staff):
    """Takes readings in at the served town."""
    return lambda *readings, **options: take_in(staff.app.state.parts, *readings, **options)


@pytest.fixture(scope="session")
def manned(town_served):
    """One served town with staff and two devices to claim, for the tests that change nothing there."""
    client = town_served("manned", staff_token=TOKEN)
    client.headers.update(STAFF)
    take_in(client.app.state.parts, ("new", 1, 0), ("=cmd()", 2, 0))
    return client


@pytest.fixture
def staffed(serve):
    """A served town with staff, spoken to by staff."""

    def start(**options):
        client = serve(staff_token=TOKEN, **options)
        client.headers.update(STAFF)
        return client

    return start


@pytest.fixture
def staff(staffed):
    return staffed()


@pytest.fixture
def moved(town):
    """The site after an official gave the bridge another device."""
    streams = tuple(
        replace(stream, device="new") if stream.key == "bridge/water_level" else stream for stream in town.datastreams
    )
    return replace(town, datastreams=streams)


@pytest.mark.parametrize("path", READING)
def test_without_a_token_no_token_opens(quiet, path):
    assert quiet.get(f"/api/staff/{path}", headers=STAFF).status_code in (401, 429)
    assert quiet.post(REPLAY, headers=STAFF, json={"all": True}).status_code in (401, 429)


def test_only_staff_is_let_in(serve, caplog):
    client = serve(staff_token=TOKEN)
    with caplog.at_level(logging.DEBUG):
        for given in (None, "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}"):
            headers = {} if given is None else {"Authorization": given}
            refused = client.get("/api/staff/claims", headers=headers)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert refused.headers["content-type"] == "application/problem+json"
        for path in READING:
            assert client.get(f"/api/staff/{path}").status_code == 401
        assert client.post(REPLAY, json={"all": True}).status_code == 401
        assert client.get("/api/staff/claims", headers=STAFF).status_code == 200
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(client.app.state.parts.settings)


def test_who_guesses_is_slowed_down_and_staff_is_not(serve):
    client = serve(staff_token=TOKEN)
    answers = [client.get("/api/staff/claims", headers={"Authorization": f"Bearer {n:040}"}) for n in range(30)]
    assert {answer.status_code for answer in answers[:20]} == {401}
    assert {answer.status_code for answer in answers[25:]} == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert client.get("/api/staff/claims", headers=STAFF).status_code == 200


def test_staff_that_hurries_is_slowed_down_too(staffed):
    client = staffed(requests_burst=3, requests_per_second=0.001)
    assert [client.get("/api/staff/processes").status_code for _ in range(5)] == [200] * 3 + [429] * 2


@pytest.mark.parametrize("path", ["quarantine", "claims", "incidents", "gaps", "processes"])
def test_nothing_is_kept_by_a_cache_or_read_by_another_site(manned, path):
    answer = manned.get(f"/api/staff/{path}", headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "access-control-allow-origin" not in answer.headers


def test_the_quarantine_is_listed_in_pages(staff, arrive):
    arrive(*(("new", minute, minute) for minute in range(5)), ("stranger", 1, 0))
    first = staff.get("/api/staff/quarantine", params={"device": "new", "limit": 3}).json()
    assert [message["device"] for message in first["messages"]] == ["new"] * 3
    assert first["counts"] == {"unknown-device": {"open": 6, "settled": 0}}
    assert "payload_hex" not in first["messages"][0]
    assert first["messages"][0]["size"] > 50
    after = staff.get("/api/staff/quarantine", params={"device": "new", "limit": 3, "before": first["next"]}).json()
    assert (len(after["messages"]), after["next"]) == (2, None)
    numbers = [message["number"] for message in first["messages"] + after["messages"]]
    assert numbers == sorted(numbers, reverse=True)
    assert staff.get("/api/staff/quarantine", params={"state": "settled"}).json()["messages"] == []
    assert len(staff.get("/api/staff/quarantine", params={"reason": "unknown-device"}).json()["messages"]) == 6
    assert staff.get("/api/staff/quarantine", params={"since": "2999-01-01T00:00:00Z"}).status_code == 400


@pytest.mark.parametrize(
    "parameters",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e3",
        "limit=５",
        "before=0",
        "before=x",
        "before=99999999999999999999",
        "state=new",
        "since=yesterday",
        "reason=",
        "reason=%00",
        "x=1",
        "limit=1&limit=2",
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(manned, parameters):
    assert manned.get(f"/api/staff/quarantine?{parameters}").status_code == 400


def test_one_message_is_shown_with_its_bytes(staff, store, registry, arrive):
    arrive(("new", 2.5, 0))
    number = store.aside.newest(registry.site)
    shown = staff.get(f"/api/staff/quarantine/{number}").json()
    assert bytes.fromhex(shown["payload_hex"]).decode() == shown["payload_text"]
    assert json.loads(shown["payload_text"])["value"] == 2.5


@pytest.mark.parametrize("number", ["0", "999", "-1", "x", "1.0", "９", "9" * 30, "replay"])
def test_a_message_that_is_not_there(manned, number):
    assert manned.get(f"/api/staff/quarantine/{number}").status_code == 404


def test_a_replay_settles_once(serve, moved, arrive):
    arrive(("new", 1.5, 5), ("new", 1.6, 3), ("stranger", 1, 0))
    client = serve(site=moved, staff_token=TOKEN)
    client.headers.update(STAFF)
    looked = client.post(REPLAY, json={"all": True, "dry_run": True}).json()
    assert (looked["dry_run"], looked["settled"], looked["stored"]) == (True, 2, 0)
    done = client.post(REPLAY, json={"reason": "unknown-device", "device": "new"}).json()
    assert (done["tried"], done["settled"], done["stored"], done["left"]) == (2, 2, 2, 0)
    assert [message["settled"] for message in done["messages"]] == [True, True]
    assert client.post(REPLAY, json={"device": "new"}).json()["tried"] == 0
    (left,) = client.post(REPLAY, json={"all": True}).json()["messages"]
    assert left["reason"] == "unknown-device"
    client.app.state.parts.live.refresh()
    bridge = next(f for f in client.get("/api/stations").json()["features"] if f["id"] == "bridge")
    assert bridge["properties"]["quantities"]["water_level"]["value"] == 1.6


def test_one_call_replays_only_so_many(staffed):
    client = staffed(staff_replay_most=3)
    take_in(client.app.state.parts, *(("new", minute, minute) for minute in range(5)))
    done = client.post(REPLAY, json={"all": True, "limit": 100}).json()
    assert (done["tried"], done["left"]) == (3, 2)
    assert client.post(REPLAY, json={"all": True, "limit": 1}).json()["tried"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"all": false}', 400),
        (b'{"all": true, "device": "new"}', 400),
        (b'{"all": 1}', 400),
        (b'{"all": true, "all": true}', 400),
        (b'{"numbers": []}', 400),
        (b'{"numbers": [true]}', 400),
        (b'{"numbers": [0]}', 400),
        (b'{"numbers": [9223372036854775808]}', 400),
        (b'{"numbers": 1}', 400),
        (b'{"numbers": [1], "role": "admin"}', 400),
        (b'{"device": "a\\u0000"}', 400),
        (b'{"device": ""}', 400),
        (b'{"since": "yesterday"}', 400),
        (b'{"all": true, "limit": 0}', 400),
        (b'{"all": true, "limit": 1e3}', 400),
        (b'{"all": true, "dry_run": "yes"}', 400),
        (b'{"device": NaN}', 400),
        (b"\xff", 400),
        (b" " * 70_000 + b"{}", 413),
    ],
)
def test_a_wish_that_is_not_understood_is_refused(manned, body, status):
    answer = manned.post(REPLAY, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_our_own_pages_and_programs_may_change_something(manned, headers, status):
    sent = {"Content-Type": "application/json", **headers}
    assert manned.post(REPLAY, content=b'{"all": true, "dry_run": true}', headers=sent).status_code == status


def test_our_own_page_may(manned):
    origin = {"Origin": str(manned.base_url).rstrip("/")}
    assert manned.post(REPLAY, json={"all": True, "dry_run": True}, headers=origin).status_code == 200


def test_a_replay_at_a_time(staff, arrive, store, monkeypatch):
    arrive(("new", 1, 0))
    inside = []

    def again(*_, **__):
        inside.append(staff.post(REPLAY, json={"all": True}).status_code)
        return iter(())

    monkeypatch.setattr(type(store.aside), "still_open", again)
    assert staff.post(REPLAY, json={"all": True}).status_code == 200
    assert inside == [409]


def test_reading_changes_nothing_and_a_replay_is_in_the_log(staff, arrive, store, registry, caplog):
    arrive(("new", 1, 0))
    before = store.aside.listed(registry.site, limit=9), store.counters(registry.site)
    for path in READING:
        staff.get(f"/api/staff/{path}")
    assert (store.aside.listed(registry.site, limit=9), store.counters(registry.site)) == before
    with caplog.at_level(logging.INFO):
        staff.post(REPLAY, json={"device": "new\u2028x"})
        staff.post(REPLAY, json={"device": "new"})
    assert "token quarantine.replay messages from 127.0.0.1" in caplog.text
    assert [row.entry.who for row in store.audit.listed(registry.site, action="quarantine.replay")] == ["token"]
    assert TOKEN not in caplog.text


def test_devices_to_claim(staff, arrive):
    arrive(("new", 1, 20), ("new", 2, 10), ("stranger", 1, 0), quantity="snow_depth")
    answer = staff.get("/api/staff/claims").json()
    first = answer["claims"][0]
    assert (first["device"], first["messages"], first["sent"][0]["value"], answer["more"]) == ("new", 2, 2, 0)
    assert [line["file"] for line in first["lines"]] == ["stations.csv", "datastreams.csv"]


def test_incidents_gaps_and_processes(staff, store, registry, clock):
    store.watching.open_incident(registry.site, "spool", "collect", clock.now, {"bytes": 5})
    store.watching.open_incident(registry.site, "gateway", "g1", clock.now - timedelta(days=1))
    store.watching.close_incident(registry.site, "gateway", "g1", clock.now)
    store.watching.beat(registry.site, "collect", "1", clock.now - timedelta(seconds=7), {"queue": 3})
    numbers = [
        DeviceNumber(device="new", number=number, at=clock.now - timedelta(minutes=10 - number)) for number in (1, 2, 5)
    ]
    store.append(registry.site, Batch(numbers=numbers))
    incidents = staff.get("/api/staff/incidents").json()["incidents"]
    assert {(one["kind"], one["closed_at"] is None) for one in incidents} == {("spool", True), ("gateway", False)}
    gaps = staff.get("/api/staff/gaps").json()
    assert [(gap["device"], gap["first"], gap["last"], gap["count"]) for gap in gaps["gaps"]] == [("new", 3, 4, 2)]
    assert (gaps["in_all"], gaps["missing"]) == (1, 2)
    (process,) = staff.get("/api/staff/processes").json()["processes"]
    assert (process["process"], process["age_s"], process["state"]) == ("collect", 7, {"queue": 3})
    assert staff.get("/api/staff/incidents?since=x").status_code == 400


def test_devices_with_their_state_and_open_incidents(staff, store, registry, arrive, clock):
    arrive(("dev-bridge", 0.5, 0))
    store.watching.open_incident(
        registry.site,
        "device-silent",
        "dev-field",
        clock.now,
        {"devices": ["dev-field"], "since": clock.now.isoformat()},
    )
    store.watching.open_incident(registry.site, "spool-full", "collect/1", clock.now)
    said = staff.get("/api/staff/liveness").json()
    devices = {each["device"]: (each["state"], each["age_s"]) for each in said["devices"]}
    assert devices == {"dev-bridge": ("alive", 0), "dev-field": ("never-heard", None)}
    assert [each["kind"] for each in said["incidents"]] == ["device-silent"]
    assert not said["collecting"]["works"]


# --- against its own description

load_all_checks()
KEPT = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
bounded = settings(
    max_examples=examples(25), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
ROUTES = [(f"/api/staff/{name}", "GET") for name in READING if "/" not in name]
ROUTES += [("/api/staff/quarantine/{number}", "GET"), (REPLAY, "POST")]
ELSEWHERE = ("shelters", "layers", "ploughs", "notes", "playback", "diary")
"""Those below these addresses have tests of their own."""


def test_the_description_names_the_staff(staffed):
    described = staffed(openapi=True).get("/openapi.json").json()
    paths = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    ours = {each for each in paths if "/staff/" in each[0] and each[0].split("/")[3] not in ELSEWHERE}
    assert ours == set(ROUTES)
    assert TOKEN not in json.dumps(described)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_answers_are_as_described(manned, path, method, mode):
    if mode is GenerationMode.NEGATIVE and path.rpartition("/")[2] in ("claims", "processes"):
        return  # nothing to get wrong
    described = schemathesis.openapi.from_dict(manned.app.openapi())

    @bounded
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(base_url=str(manned.base_url), checks=KEPT, headers=STAFF)

    ask()
