"""The page of exposure and its files over HTTP."""

import re

import pytest

from gis.exposure.document import FILES
from gis.exposure.publish import publish_exposure


@pytest.fixture(scope="session")
def assessed(lively):
    """The lively town with its assessment written."""
    parts = lively.app.state.parts
    publish_exposure(parts.site, parts.public_folder / "layers", parts.public_folder / "exposure", now=parts.clock())
    return lively


@pytest.mark.parametrize(("path", "words"), [("/exposure", "評価されていない"), ("/en/exposure", "Not assessed")])
def test_page_tells_what_is_counted_and_never_calls_a_place_safe(assessed, path, words):
    page = assessed.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert words.lower() in page.text.lower()
    for name in FILES:
        assert f'href="/exposure/{name}"' in page.text
    assert not re.search(r"安全です|is safe\b|are safe\b", page.text.replace("does not mean that it is safe", ""))


def test_files_with_their_types(assessed):
    types = {
        "exposure.csv": "text/csv; charset=utf-8",
        "exposure.gpkg": "application/geopackage+sqlite3",
        "exposure.json": "application/json",
    }
    assert types.keys() == set(FILES)
    for name, type_ in types.items():
        answer = assessed.get(f"/exposure/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, type_)
        assert ("content-disposition" in answer.headers) is (name != "exposure.json")


@pytest.mark.parametrize("name", ["index.html", "other.csv", "..%2Flayers%2Flayers.json", ".part.exposure.csv"])
def test_nothing_else_is_served(assessed, name):
    assert assessed.get(f"/exposure/{name}").status_code == 404


def test_before_the_first_assessment_the_page_says_so(quiet):
    page = quiet.get("/exposure")
    assert page.status_code == 200
    assert "まだ計算されていません" in page.text
