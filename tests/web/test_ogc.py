"""OGC API – Features over a socket: what clients need, what must be refused, what must never be seen."""

import json
import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest
from owslib.ogcapi.features import Features
from schemathesis.specs.openapi.definitions import OPENAPI_30

from config.model import LayerConfig
from core.model import Access
from gis import CATALOGUE_NAME, publish_layers

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ITEMS = "/ogc/collections/flood/items"
SQUARES = 23


def _square(number: int) -> dict:
    """Ranks 1 to 6 in turn, each square a hundredth of a degree east of the one before; published by rising rank."""
    west, south, size = 140.30 + number / 100, 38.50, 0.005
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    properties = {"A31a_201": "8202110073", "A31a_202": "丹生川", "A31a_203": 2, "A31a_204": "山形県"}
    return {
        "type": "Feature",
        "properties": {**properties, "A31a_205": number % 6 + 1},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _layer(folder, id_: str, access: Access) -> LayerConfig:
    source = folder / f"{id_}.json"
    features = [_square(number) for number in range(SQUARES)]
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return LayerConfig(
        id=id_,
        kind="flood_depth",
        title_ja="洪水の深さ",
        title_en="Flood depth",
        file=source,
        crs="EPSG:6668",
        licence="CC BY 4.0",
        credit="出典：試験県",
        source_url="",
        date="2024-04-01",
        access=access,
        shown=True,
        fictitious=True,
    )


@pytest.fixture(scope="session")
def geodata(town_served, tmp_path_factory) -> httpx.Client:
    """A served town with a layer of 23 squares for everyone, and one for staff that must never be seen."""
    client = town_served("geodata")
    parts = client.app.state.parts
    source = tmp_path_factory.mktemp("geodata")
    layers = (_layer(source, "flood", Access.PUBLIC), _layer(source, "secret", Access.STAFF))
    publish_layers(replace(parts.site, layers=layers), parts.public_folder / "layers")
    return client


def _ids(answer) -> list:
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


# --- what clients do


def test_gdal_opens_it_by_address(geodata):
    """Layers, all features by pages, a box, a value it leaves to us, a plane zone: as any GIS on GDAL sees it."""
    script = """
import json, sys, pyogrio
address = "OAPIF:" + sys.argv[1] + "/ogc"
layers = [str(name) for name, _ in pyogrio.list_layers(address)]
whole = pyogrio.read_dataframe(address, layer="flood", PAGE_SIZE=5)
box = pyogrio.read_dataframe(address, layer="flood", bbox=(140.305, 38.4, 140.332, 38.6))
some = pyogrio.read_dataframe(address, layer="flood", where="rank = 3")
plane = pyogrio.read_dataframe(address, layer="flood", CRS="EPSG:6678", max_features=1)
stations = pyogrio.read_dataframe(address, layer="stations")
print(json.dumps([layers, len(whole), sorted(whole["rank"])[:5], whole.total_bounds.tolist(), len(box), len(some),
                  str(plane.crs), plane.total_bounds.tolist(), sorted(stations["name"])], default=str))
"""
    # A process of its own: GDAL holds the interpreter while it waits for an answer that this one has to give.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(geodata.base_url)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    layers, whole, ranks, bounds, box, some, crs, plane, stations = json.loads(done.stdout)
    assert set(layers) == {"stations", "flood"}
    assert whole == SQUARES
    assert ranks == [1] * 4 + [2]
    assert bounds == pytest.approx([140.30, 38.50, 140.525, 38.505])
    assert box == 4
    assert some == 4
    assert crs == "EPSG:6678"
    assert plane[0] == pytest.approx(-46_500, abs=500)  # east, as GDAL gives it
    assert plane[1] == pytest.approx(-166_300, abs=500)
    assert stations == sorted(["大橋", "=cmd|'/C calc'!A0", "カメラ"])


def test_owslib_walks_from_the_landing_page_to_a_feature(geodata):
    service = Features(f"{geodata.base_url}/ogc")
    assert {link["rel"] for link in service.links} >= {"self", "service-desc", "service-doc", "conformance", "data"}
    assert any(name.endswith("/ogcapi-features-2/1.0/conf/crs") for name in service.conformance()["conformsTo"])
    assert service.api()["openapi"].startswith("3.0")
    assert set(service.feature_collections()) == {"stations", "flood"}
    assert service.collection("flood")["storageCrs"] == CRS84
    found = service.collection_items("flood", limit=4, bbox=[140.3, 38.4, 140.4, 38.6])
    assert (found["numberMatched"], found["numberReturned"]) == (11, 4)
    assert service.collection_item("flood", "7")["properties"]["rank"] == 2


def test_every_link_leads_to_what_it_says(geodata):
    """From the landing page through all documents of ours, in both languages and forms."""
    seen, waiting = set(), ["/ogc", "/en/ogc"]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = geodata.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 200, address
        if "html" in answer.headers["content-type"]:
            continue
        document = answer.json()
        for part in (document, *document.get("collections", [])):
            for link in part.get("links", []):
                if not link["href"].startswith(str(geodata.base_url)):
                    assert link["rel"] == "license"
                    continue
                place = urlsplit(link["href"])
                waiting.append(place.path + (f"?{place.query}" if place.query else ""))
                if link["rel"] == "self" and part is document and "stations" not in address:
                    assert geodata.get(link["href"]).json() == document
    assert {"/ogc/collections/flood", "/en/ogc/collections/stations"} <= seen
    assert not any("secret" in address for address in seen)


def test_pages_join_without_gap_or_overlap(geodata):
    address, found, sizes = f"{ITEMS}?limit=10", [], []
    while address:
        page = geodata.get(address).json()
        found += [feature["id"] for feature in page["features"]]
        sizes.append((page["numberMatched"], page["numberReturned"]))
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert found == list(range(1, SQUARES + 1))
    assert sizes == [(23, 10), (23, 10), (23, 3)]
    before = next(link["href"] for link in page["links"] if link["rel"] == "prev")
    assert _ids(geodata.get(before)) == list(range(11, 21))


def test_a_walk_is_not_continued_in_another_edition(geodata):
    assert geodata.get(ITEMS, params={"limit": 5, "offset": 5, "edition": "0123"}).status_code == 409


# --- selection


def test_box_touches_geometries_not_their_boxes(geodata):
    assert _ids(geodata.get(ITEMS, params={"bbox": "140.305,38.4,140.31,38.6"})) == [1, 5]
    assert _ids(geodata.get(ITEMS, params={"bbox": "140.306,38.4,140.309,38.6"})) == []
    assert _ids(geodata.get(ITEMS, params={"bbox": "140.301,38.501,0,140.301,38.501,99"})) == [1]


@pytest.mark.parametrize("code", ["4326", "6668"])
def test_degrees_by_epsg_are_latitude_first(geodata, code):
    asked = {"bbox": "38.4,140.305,38.6,140.31", "bbox-crs": EPSG + code, "crs": EPSG + code}
    answer = geodata.get(ITEMS, params=asked)
    assert _ids(answer) == [1, 5]
    assert answer.headers["content-crs"] == f"<{EPSG}{code}>"
    assert answer.json()["features"][0]["geometry"]["coordinates"][0][0][0] == pytest.approx(38.5)


def test_plane_zone_is_north_first_and_goes_round(geodata):
    plane = geodata.get(f"{ITEMS}/1", params={"crs": f"{EPSG}6678"})
    corners = plane.json()["geometry"]["coordinates"][0]
    north, east = [min(axis) for axis in zip(*corners, strict=True)]
    assert (north, east) == pytest.approx((-166_300, -46_500), abs=500)
    box = f"{north - 5},{east - 5},{north + 5},{east + 5}"
    assert _ids(geodata.get(ITEMS, params={"bbox": box, "bbox-crs": f"{EPSG}6678"})) == [1]


def test_web_mercator_is_east_first(geodata):
    corner = geodata.get(f"{ITEMS}/1", params={"crs": f"{EPSG}3857"}).json()["geometry"]["coordinates"][0][0]
    assert corner == pytest.approx([15_618_696, 4_650_302], abs=1_000)


def test_properties_by_value(geodata):
    assert _ids(geodata.get(ITEMS, params={"rank": "3"})) == [9, 10, 11, 12]
    assert _ids(geodata.get("/ogc/collections/stations/items", params={"kind": "river"})) == ["bridge"]
    assert _ids(geodata.get("/ogc/collections/stations/items", params={"fictitious": "true"})) == ["field"]
    assert geodata.get(ITEMS, params={"rank": "three"}).status_code == 400


def test_stations_carry_the_newest_value_flat(lively):
    feature = lively.get("/ogc/collections/stations/items/bridge").json()
    facts = feature["properties"]
    assert (facts["water_level"], facts["water_level_unit"], facts["water_level_level"]) == (1.0, "m", "standby")
    assert facts["air_temperature"] == -3.5
    assert facts["air_temperature_quality"] == "suspect"
    assert facts["snow_depth"] is None
    assert facts["observed_at"] == facts["air_temperature_at"]
    assert {"licence", "credit", "fictitious", "links"} <= set(feature)


def test_stations_by_time(lively):
    at = lively.get("/ogc/collections/stations/items/bridge").json()["properties"]["observed_at"]
    address = "/ogc/collections/stations/items"
    everyone = ["bridge", "field", "eyes"]
    assert _ids(lively.get(address, params={"datetime": at})) == everyone
    assert _ids(lively.get(address, params={"datetime": f"../{at}"})) == everyone
    assert _ids(lively.get(address, params={"datetime": f"{at}/.."})) == everyone
    assert _ids(lively.get(address, params={"datetime": "2001-01-01T00:00:00Z/"})) == everyone
    # Stations without any value have no time, and so fit every time.
    assert _ids(lively.get(address, params={"datetime": "2001-01-01T00:00:00Z/2002-01-01T00:00:00Z"})) == everyone[1:]


# --- what must be refused

REFUSED = {
    "three numbers": {"bbox": "1,2,3"},
    "five numbers": {"bbox": "1,2,3,4,5"},
    "nan": {"bbox": "nan,1,2,3"},
    "inf": {"bbox": "-inf,1,2,3"},
    "1e309": {"bbox": "1,2,1e309,3"},
    "low above high": {"bbox": "141,38,140,39"},
    "beyond 180": {"bbox": "140,38,181,39"},
    "full-width": {"bbox": "１,2,3,4"},
    "words": {"bbox": "a,b,c,d"},
    "nothing": {"bbox": ""},
    "underscores": {"bbox": "1_0,2,30,4"},
    "outside of the plane": {"bbox": "0,0,1e300,1e300", "bbox-crs": f"{EPSG}6678"},
    "limit below zero": {"limit": "-1"},
    "limit of zero": {"limit": "0"},
    "limit in words": {"limit": "abc"},
    "limit full-width": {"limit": "１０"},
    "limit of a thousand digits": {"limit": "9" * 1000},
    "offset": {"offset": "-5"},
    "unknown system": {"crs": f"{EPSG}27700"},
    "system without address": {"crs": "EPSG:4326"},
    "unknown system of the box": {"bbox": "1,2,3,4", "bbox-crs": "nonsense"},
    "time without zone": {"datetime": "2026-01-01T00:00:00"},
    "no such day": {"datetime": "2026-02-30T00:00:00Z"},
    "ends before it begins": {"datetime": "2026-02-01T00:00:00Z/2026-01-01T00:00:00Z"},
    "three times": {"datetime": "../../.."},
    "open at both sides": {"datetime": ".."},
    "unknown property": {"nothing": "1"},
    "sorting": {"sortby": "rank; drop table x"},
    "form": {"f": "xml"},
    "zero byte": {"rank": "\x00"},
    "long": {"code": "x" * 201},
}


@pytest.mark.parametrize("asked", REFUSED.values(), ids=REFUSED.keys())
def test_refused_parameters(geodata, asked):
    answer = geodata.get(ITEMS, params=asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "rank=%FF%FE", "rank=%c0%ae", "callback=alert&f=json", "next=//evil.example/"]
)
def test_refused_queries(geodata, query):
    assert geodata.get(f"{ITEMS}?{query}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "secret",
        "secret/items",
        "secret/items/1",
        "nothing",
        "'; drop table layers --",
        "public.flood",
        "x" * 300,
        "%00",
        "..%2f..%2fetc%2fpasswd",
        "%252e%252e",
        "flood/items/0",
        "flood/items/24",
        "flood/items/-1",
        "flood/items/１",
        "flood/items/01",
        "flood/items/1.0",
        "flood/items/" + "9" * 400,
    ],
)
def test_what_is_not_there_is_not_found(geodata, path):
    assert geodata.get(f"/ogc/collections/{path}").status_code == 404


def test_a_limit_beyond_the_most_is_the_most(geodata):
    page = geodata.get(ITEMS, params={"limit": "1000000000000"}).json()
    assert page["numberReturned"] == SQUARES


def test_only_reading(geodata):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert geodata.request(method, ITEMS, json={"role": "admin"}).status_code == 405


def test_staff_layers_are_nowhere(geodata):
    parts = geodata.app.state.parts
    assert "secret" not in (parts.public_folder / "layers" / CATALOGUE_NAME).read_text()
    for address in ("/ogc", "/ogc/collections", "/ogc/api"):
        assert "secret" not in geodata.get(address).text


# --- whose it is, and where we are


@pytest.mark.parametrize("address", ["/ogc/collections/flood", ITEMS, f"{ITEMS}/1"])
def test_licence_and_credit_in_every_answer(geodata, address):
    document = geodata.get(address).json()
    assert (document["licence"], document["credit"], document["fictitious"]) == ("CC BY 4.0", "出典：試験県", True)
    assert document["attribution"] == "出典：試験県"
    (licence,) = [link for link in document["links"] if link["rel"] == "license"]
    assert licence["href"] == "https://creativecommons.org/licenses/by/4.0/deed.ja"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.1.2.3", "x/y", "[::g]"]
)
def test_a_made_up_host_is_not_repeated(geodata, host):
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = geodata.get("/ogc", headers=headers)
    assert host not in answer.text
    assert "evil" not in answer.text
    assert {link["href"][:4] for link in answer.json()["links"]} == {"/ogc"}
    assert "Host" in answer.headers["vary"]


def test_localhost_and_the_name_of_the_town(town_served):
    client = town_served("named", public_address="https://yukimori.example.jp/snow/")
    for host in ("evil.example", "localhost:1"):
        found = client.get("/ogc", headers={"Host": host}).json()["links"]
        assert all(link["href"].startswith("https://yukimori.example.jp/snow/ogc") for link in found)


def test_unchanged_answers_are_not_sent_again(geodata):
    first = geodata.get(ITEMS)
    again = geodata.get(ITEMS, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-encoding"] == "gzip"


def test_browsers_get_pages_programs_get_json(geodata):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for address in ("/ogc", "/ogc/collections/flood", ITEMS, f"{ITEMS}/1", "/en/ogc/api", "/ogc/conformance"):
        page = geodata.get(address, headers={"Accept": browser})
        assert page.headers["content-type"].startswith("text/html")
        assert "<script>" not in page.text
        assert "json" in geodata.get(address, headers={"Accept": "*/*"}).headers["content-type"]
        assert "json" in geodata.get(f"{address}?f=json", headers={"Accept": browser}).headers["content-type"]
    assert "CC BY 4.0" in geodata.get(f"{ITEMS}?f=html").text


def test_foreign_text_is_only_text_in_pages(geodata):
    page = geodata.get("/ogc/collections/stations/items?f=html").text
    assert "=cmd|&#39;/C calc&#39;!A0" in page


# --- the description


def test_description_names_paths_and_queryables(geodata):
    document = geodata.get("/ogc/api").json()
    jsonschema.Draft4Validator(OPENAPI_30).validate(document)
    items = document["paths"]["/collections/flood/items"]["get"]["parameters"]
    assert {found["name"] for found in items if "name" in found} >= {"code", "rank"}
    names = [found["get"]["operationId"] for found in document["paths"].values()]
    assert len(names) == len(set(names))
