"""The layers only staff may see: with the token in full, without it not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config import load_site
from core.model import Access
from gis import publish_layers

pytestmark = pytest.mark.db

EXAMPLE = Path(__file__).parents[2] / "config" / "example"
TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
STAFF = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def staffed(serve):
    """A served town that keeps a layer for its staff."""
    client = serve(staff_token=TOKEN)
    parts = client.app.state.parts
    example = load_site(EXAMPLE)
    (layer,) = (layer for layer in example.layers if layer.id == "facilities")
    kept = replace(example, layers=(replace(layer, access=Access.STAFF),))
    publish_layers(kept, parts.public_folder / "nothing", parts.staff_folder / "layers")
    return client


def test_staff_reads_catalogue_and_features(staffed):
    catalogue = staffed.get("/api/staff/layers", headers=STAFF)
    assert catalogue.headers["cache-control"] == "no-store"
    for layer in catalogue.json()["layers"]:
        assert layer["access"] == "staff"
        answer = staffed.get(f"/{layer['geojson_url']}", headers=STAFF)
        assert len(json.loads(answer.text)["features"]) == layer["features"]
        assert answer.headers["cache-control"] == "no-store"


def test_nobody_else_does(staffed):
    (layer, *_) = staffed.get("/api/staff/layers", headers=STAFF).json()["layers"]
    name = layer["geojson_url"].rpartition("/")[2]
    for path in ("/api/staff/layers", f"/api/staff/layers/{name}"):
        assert staffed.get(path).status_code == 401
        assert staffed.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    for path in (f"/staff/layers/{name}", f"/layers/../../staff/layers/{name}", f"/layers/{layer['id']}_x.geojson"):
        assert staffed.get(path, headers=STAFF).status_code == 404


def test_only_layers_are_given(staffed):
    for name in ("layers.json", "..%2f..%2fpublic%2flayers%2flayers.json", "x.toml", ".lock", "gone.geojson"):
        assert staffed.get(f"/api/staff/layers/{name}", headers=STAFF).status_code == 404, name


def test_whoever_is_nobody_gets_nothing(serve):
    assert serve().get("/api/staff/layers").status_code == 401


def test_a_version_in_the_address_does_not_make_it_everyones(staffed):
    (layer, *_) = staffed.get("/api/staff/layers", headers=STAFF).json()["layers"]
    answer = staffed.get(f"/{layer['geojson_url']}?v=1", headers=STAFF)
    assert "public" not in answer.headers["cache-control"]


def test_no_cache_on_the_way_may_keep_it_whatever_the_address_says(staffed):
    (layer, *_) = staffed.get("/api/staff/layers", headers=STAFF).json()["layers"]
    answer = staffed.get(f"/{layer['geojson_url']}?v=1", headers=STAFF)
    assert answer.headers["cache-control"] == "no-store"
