"""The interface against its own description: generated requests, no server error, every answer as described."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.examples import examples

load_all_checks()
KEPT = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)
# The same requests each time, none remembered from another run.
bounded = settings(
    max_examples=examples(40), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


WRITTEN = {"/api/push/subscriptions": {"post", "delete"}}
"""What everybody may write: a browser of theirs asks for messages, or no longer does."""
STAFF = ("/api/staff/", "/api/console/", "/api/session")
"""Described beside these; who may ask is tested by ``test_access_matrix``."""
PATHS = (
    "/api/stations",
    "/api/vehicles",
    "/api/roads",
    "/api/roads/state",
    "/api/alerts",
    "/api/warnings",
    "/api/announcements",
    "/api/closures",
    "/api/exercise",
    "/api/push",
    "/api/shelters",
    "/api/hazard",
    "/api/stations/{station}/series",
    "/api/stations/{station}/series.csv",
)


@pytest.fixture(scope="session")
def description(lively):
    return schemathesis.openapi.from_dict(lively.app.openapi())


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, GenerationMode.POSITIVE) for path in PATHS]
    + [(path, GenerationMode.NEGATIVE) for path in PATHS if "series" in path],  # the others have nothing to get wrong
)
def test_answers_are_as_described(description, lively, path, mode):
    @bounded
    @given(case=description[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(base_url=str(lively.base_url), checks=KEPT)

    ask()


@pytest.mark.parametrize("path", [path for path in PATHS if "series" in path])
def test_series_of_a_station_that_is_there(description, lively, path):
    @bounded
    @given(case=description[path]["GET"].as_strategy())
    def ask(case):
        case.path_parameters["station"] = "bridge"
        case.call_and_validate(base_url=str(lively.base_url), checks=KEPT)

    ask()


def test_description_is_not_public_unless_wanted(quiet):
    assert quiet.get("/openapi.json").status_code == 404


def test_description_where_wanted(serve):
    document = serve(openapi=True).get("/openapi.json").json()
    everybodys = {path: set(methods) for path, methods in document["paths"].items() if not path.startswith(STAFF)}
    assert everybodys == {path: {"get"} for path in PATHS} | WRITTEN
