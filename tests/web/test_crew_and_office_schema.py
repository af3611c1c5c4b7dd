"""What crews and the office ask about ploughs against its own description: generated requests, no server error."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from config.model import LayerConfig
from config.plough_plan import PloughPlan, RoadClass
from core.model import Access
from tests.examples import examples
from web.crew_keys import crew_key

pytestmark = pytest.mark.db

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
    max_examples=examples(12), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
SECRET = "crew-secret-of-thirty-two-letters"
TOKEN = "staff-token-of-thirty-two-letters"
PLOUGHS = "/api/staff/ploughs"
ROUTES = {
    ("GET", "/api/crew/state"), ("GET", "/api/crew/roads"), ("POST", "/api/crew/positions"), ("POST", "/api/crew/notes"),
    ("GET", "/api/staff/notes"), ("GET", "/api/staff/notes/{note}/photo"), ("POST", "/api/staff/notes/settle"),
    ("GET", "/api/staff/playback"),
    *(("GET", f"{PLOUGHS}/{name}") for name in ("coverage", "behind", "second-pass", "proposals", "passages", "changes")),
    ("GET", f"{PLOUGHS}/orders"), ("POST", f"{PLOUGHS}/orders"), ("GET", f"{PLOUGHS}/diaries"),
    ("POST", f"{PLOUGHS}/diaries"), ("GET", f"{PLOUGHS}/diaries/{{vehicle}}"), ("GET", f"{PLOUGHS}/papers/{{sha256}}"),
}  # fmt: skip
NOTHING_TO_GET_WRONG = {"/api/crew/state", "/api/crew/roads"}


@pytest.fixture
def asked(serve, town, tmp_path):
    """The small town with one cleared road, crews and an office."""
    line = {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.60]]}
    road = {"type": "Feature", "properties": {"id": "r1", "name": "市道中央線", "class": "1"}, "geometry": line}
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}, ensure_ascii=False))
    layer = LayerConfig(
        id="roads", kind="roads", title_ja="除雪路線", title_en="Cleared roads", file=file, crs="EPSG:6668",
        licence="CC0 1.0", credit="試験町", source_url="", date="2025-12-01", access=Access.PUBLIC, shown=True,
        fictitious=True,
    )  # fmt: skip
    plan = PloughPlan(roads="roads", classes={"1": RoadClass(code="1")})
    return serve(site=replace(town, layers=(layer,), ploughs=plan), staff_token=TOKEN, crew_secret=SECRET)


def _key(client: httpx.Client, path: str) -> dict[str, str]:
    if not path.startswith("/api/crew/"):
        return {"Authorization": f"Bearer {TOKEN}"}
    site = client.app.state.parts.site
    return {"Authorization": f"Bearer plough-1.{crew_key(SECRET, site.id, site.vehicles[0])}"}


def test_answers_are_as_described_whatever_is_asked(asked):
    described = schemathesis.openapi.from_dict(asked.app.openapi())
    found = {
        (method.upper(), path)
        for path, methods in asked.app.openapi()["paths"].items()
        if path.startswith(("/api/crew/", "/api/staff/notes", PLOUGHS, "/api/staff/playback"))
        for method in methods
    }
    assert found == ROUTES
    for method, path in sorted(ROUTES):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or path not in NOTHING_TO_GET_WRONG:
                _ask(asked, described[path][method].as_strategy(generation_mode=mode), _key(asked, path))


def _ask(client, cases, headers):
    @bounded
    @given(case=cases)
    def ask(case):
        case.call_and_validate(base_url=str(client.base_url), checks=KEPT, headers=headers)

    ask()
