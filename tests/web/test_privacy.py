"""What the public never learns of ploughs, by whatever address it asks; the attack over nights is ``test_plough_attack``."""

import ast
import json
import re
from pathlib import Path

import pytest

from core.model import Task
from core.public_ploughs import PublicRoad

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "a fix younger than the delay": "140.422222",
    "a fix older than the delay that was not told": "140.411111",
    "an idle plough": "140.433333",
    "a plough that only travels": "140.444444",
    "a plough without a task": "140.455555",
    "how fast it drives": "23.5",
    "the tracker of a plough": "gps-1",
    "the id of a plough": "plough-1",
    "the name of a plough": "除雪車1",
    "what kind a plough is": "dozer",
    "the device of a station": "dev-bridge",
}
ADDRESSES = (
    "/", "/en/", "/map.js", "/en/map.js", "/list", "/en/list", "/station/bridge", "/en/station/bridge",
    "/api/stations", "/api/vehicles", "/api/alerts", "/api/stations/bridge/series", "/api/stations/bridge/series.csv",
    "/api/roads", "/api/roads/state", "/readyz", "/healthz", "/metrics", "/ogc/collections", "/opendata/",
    "/layers/layers.json", "/layers/shelters.geojson", "/openapi.json", "/alerts/feed.atom",
)  # fmt: skip
ASKED_FOR = (
    "/api/stations/plough-1/series",
    "/api/vehicles?id=plough-1",
    "/station/plough-1",
    "/api/roads?vehicle=gps-1",
)

SECRET_PARTS = {"redaction", "ploughs"}
"""Parts of the store that know where ploughs are and who is who."""
SECRET_METHODS = {"latest_positions", "positions_between", "fixes", "fixes_of", "passages", "stops", "runs", "gaps"}
MESSAGES_MISSED = "parts.store.intake.gaps"
"""Numbers of messages that never arrived; gaps in the way of a plough have the same name elsewhere."""
FOR_STAFF_AND_CREWS = re.compile(r"(staff|crew|playback|diary)\w*\.py")


def _without_id(answer):
    return re.sub(r'"id": ?"[^"]*"', "", answer.text).replace("-9", "-1")


def _found(text):
    return [what for what, secret in SECRETS.items() if secret in text]


@pytest.fixture
def ploughs(client, send, renewed):
    """A plough of which live fixes of every age are known, and one place that was told."""
    send.value("bridge/water_level", 1.1, minutes_ago=5)
    send.fix("plough-1", minutes_ago=12, lon=140.411111)
    send.fix("plough-1", minutes_ago=9.9, lon=140.422222)
    send.told("K3", minutes_ago=12, lon=140.4)
    renewed()
    return client


@pytest.mark.parametrize(
    ("task", "lon"),
    [(Task.IDLE, 140.433333), (Task.TRAVEL, 140.444444), (None, 140.455555)],
    ids=["idle", "travel", "none"],
)
def test_no_public_address_tells(ploughs, send, renewed, task, lon):
    send.fix("plough-2", minutes_ago=11, task=task, lon=lon)
    renewed()
    answers = {address: ploughs.get(address) for address in ADDRESSES}
    told = {address: _found(f"{answer.text} {answer.headers}") for address, answer in answers.items()}
    assert {address: found for address, found in told.items() if found} == {}
    features = ploughs.get("/api/vehicles").json()["features"]
    assert [feature["geometry"]["coordinates"] for feature in features] == [[140.4, 38.6]]


@pytest.mark.parametrize("address", ASKED_FOR)
def test_asking_for_a_plough_by_its_name_is_like_asking_for_nothing(ploughs, address):
    asked, unknown = (
        ploughs.get(address),
        ploughs.get(address.replace("plough-1", "plough-9").replace("gps-1", "gps-9")),
    )
    assert (asked.status_code, unknown.status_code) in {(400, 400), (404, 404)}
    assert _without_id(asked) == _without_id(unknown)


def test_the_stream_tells_no_more(ploughs, send, listen, clock):
    with listen(ploughs) as events:
        snapshot = events.next("snapshot")[2]
        send.fix("plough-1", minutes_ago=0, lon=140.422222)
        send.fix("plough-2", minutes_ago=0, task=Task.IDLE, lon=140.433333)
        send.value("bridge/water_level", 1.2)
        delta = events.next("delta")[2]
        assert _found(json.dumps([snapshot, delta], ensure_ascii=False)) == []
        assert delta["vehicles"] == []
        clock.advance(minutes=10, seconds=1)  # what is not in the public table is not told by waiting either
        send.told("K3", minutes_ago=10, lon=140.41)
        later = events.next("delta")[2]
        while not later["vehicles"]:
            later = events.next("delta")[2]
    assert [feature["geometry"]["coordinates"][0] for feature in later["vehicles"]] == [140.41]
    assert _found(json.dumps(later, ensure_ascii=False)) == []


def test_versions_and_tags_do_not_count_live_fixes(ploughs, send, renewed, listen):
    def told():
        with listen(ploughs) as events:
            version = events.next("snapshot")[1]
        tags = [ploughs.get(address).headers.get("etag") for address in ("/api/vehicles", "/api/stations", "/")]
        return version, tags

    before = told()
    for seconds in range(5):
        send.fix("plough-2", minutes_ago=seconds / 60)
    renewed()
    assert told() == before


def _public_sources():
    for folder in ("web", "maps"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not FOR_STAFF_AND_CREWS.fullmatch(path.name):
                yield path


def test_public_code_reads_no_live_ploughs():
    """Pages and interfaces for everyone reach ploughs through ``store.public_ploughs`` alone."""
    read = {path.name: _secret_reads(path.read_text(encoding="utf-8")) for path in _public_sources()}
    assert {name: found for name, found in read.items() if found} == {}


def _secret_reads(source):
    return [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (node.attr in SECRET_METHODS or (node.attr in SECRET_PARTS and _is_store(node.value)))
        and ast.unparse(node) != MESSAGES_MISSED
    ]


def test_the_guard_finds_what_it_is_for():
    source = "parts.store.ploughs.passages(1)\nself._store.latest_positions(1)\nstore.redaction\nsite.ploughs"
    assert sorted(_secret_reads(source)) == ["latest_positions", "passages", "ploughs", "redaction"]


def test_queries_of_the_public_tables_name_no_secret_one():
    sql = (ROOT / "store" / "queries" / "public_ploughs.sql").read_text(encoding="utf-8")
    tables = set(re.findall(r"(?:from|join|into|update)\s+([a-z_]+)", sql))
    assert tables == {"public_plough_fix", "public_road", "public_road_round", "unnest", "set"}  # "do update set"


def _is_store(node):
    return (isinstance(node, ast.Attribute) and node.attr in {"store", "_store"}) or (
        isinstance(node, ast.Name) and node.id == "store"
    )


def test_a_withheld_road_says_nothing_else(send, client):
    send.roads(PublicRoad(road="hidden", withheld=True))
    (row,) = client.app.state.parts.store.public_ploughs.roads(send.registry.site).roads.values()
    assert row == PublicRoad(road="hidden", withheld=True)
