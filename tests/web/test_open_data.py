"""Open data over HTTP: page, files, and the newest readings as tables."""

import csv
import io

import pytest

from gis.open_data import write_open_data


@pytest.fixture(scope="session")
def open_data(lively):
    """The lively town with its open data written."""
    parts = lively.app.state.parts
    write_open_data(parts.site, parts.public_folder / "layers", parts.public_folder / "opendata", now=parts.clock())
    return lively


def _rows(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("path", "words"), [("/opendata/", "オープンデータ"), ("/en/opendata/", "Open data")])
def test_page_names_every_file_with_its_terms(open_data, path, words):
    page = open_data.get(path)
    assert page.headers["content-type"].startswith("text/html")
    for part in (
        words,
        "CC0 1.0",
        "試験町",
        "2024-04-01",
        "/opendata/shelters.gpkg",
        "/opendata/shelters.shelters.csv",
    ):
        assert part in page.text
    assert "=cmd|&#39;/C calc&#39;!A0" in page.text or "Field" in page.text
    for address in ("/opendata/latest.csv", "/opendata/day.csv", "/opendata/catalog.json", "/ogc"):
        assert f'href="{address}"' in page.text or f'href="/en{address}"' in page.text


def test_files_with_their_types(open_data):
    types = {
        "shelters.geojson": "application/geo+json",
        "shelters.gpkg": "application/geopackage+sqlite3",
        "shelters.csv": "text/csv; charset=utf-8",
        "catalog.json": "application/json",
    }
    for name, type_ in types.items():
        answer = open_data.get(f"/opendata/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, type_)
        assert ("content-disposition" in answer.headers) is (name != "catalog.json")
        assert answer.headers["access-control-allow-origin"] == "*"
        again = open_data.get(f"/opendata/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "name",
    ["nothing.csv", "..%2fsecret.json", "%2e%2e/secret.json", ".1.part.x.csv", "shelters.exe", "%00.csv", "x/y.csv"],
)
def test_nothing_else_is_served(open_data, name):
    assert open_data.get(f"/opendata/{name}").status_code == 404


def test_newest_values_with_age_and_quality(open_data):
    rows = {(row["観測所ID"], row["項目"]): row for row in _rows(open_data.get("/opendata/latest.csv"))}
    level = rows["bridge", "water_level"]
    assert (level["値"], level["単位"], level["レベル"], level["経過秒"]) == ("1.0", "m", "standby", "600")
    cold = rows["bridge", "air_temperature"]
    assert (cold["値"], cold["品質"]) == ("-3.5", "suspect")
    none = rows["field", "snow_depth"]
    assert (none["値"], none["観測時刻"], none["品質"], none["更新なし"]) == ("", "", "missing", "1")
    assert none["観測所"] == "'=cmd|'/C calc'!A0"
    assert all(row["ライセンス"] and row["出典"] == "試験町" and row["作成時刻"] for row in rows.values())


def test_the_last_day(open_data):
    rows = [row for row in _rows(open_data.get("/opendata/day.csv")) if row["項目"] == "water_level"]
    assert [row["値"] for row in rows] == ["4.0", "3.0", "2.0", "1.0"]
    assert all(row["観測時刻"].endswith("+09:00") for row in rows)


@pytest.mark.parametrize("path", ["/opendata/", "/opendata/latest.csv", "/opendata/day.csv"])
def test_unknown_parameters_are_refused(open_data, path):
    assert open_data.get(path, params={"a": "1"}).status_code == 400


def test_a_town_that_has_published_nothing(quiet):
    assert "まだ公開されたデータはありません" in quiet.get("/opendata/").text
    assert quiet.get("/opendata/catalog.json").status_code == 404
