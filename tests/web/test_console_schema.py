"""What the console asks, against its own description, as an operator and as an administrator: never a server error."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from core.accounts import Role
from tests.examples import examples
from web.session_cookie import PLAIN_NAME

pytestmark = pytest.mark.db

load_all_checks()
NO_ERROR = CHECKS.get_by_names(["not_a_server_error"])
CONFORMS = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)
OWN = ("/api/session", "/api/console/accounts", "/api/console/audit")
"""Described here to the last member; what the others answer is described by tests of their own."""

LEFT_OUT = {("delete", "/api/session"), ("post", "/api/session/second-factor"), ("delete", "/api/session/others")}
"""What would end the session that asks, or costs a picture each time."""

bounded = settings(
    max_examples=examples(6), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_no_question_is_a_server_error(town_served, sign_in_as, role, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda _password, _known, **_: False)
    monkeypatch.setattr("web.own_session.fits", lambda _password, _known: False)
    monkeypatch.setattr("web.accounts.digest", lambda _password: "none")
    client = sign_in_as(town_served(f"schema_{role.slug}"), role)
    headers = {
        "X-CSRF-Token": client.headers["X-CSRF-Token"],
        "Cookie": f"{PLAIN_NAME}={client.cookies[PLAIN_NAME]}",
    }
    document = client.app.openapi()
    described = schemathesis.openapi.from_dict(document)
    asked = 0
    for path, methods in sorted(document["paths"].items()):
        if not path.startswith(("/api/console/", "/api/session")):
            continue
        for method in sorted(set(methods) & {"get", "post", "delete", "put"}):
            if (method, path) in LEFT_OUT:
                continue
            asked += 1
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if mode is GenerationMode.POSITIVE or _may_be_wrong(methods[method]):
                    checks = CONFORMS if path.startswith(OWN) else NO_ERROR
                    _ask(client, described[path][method.upper()].as_strategy(generation_mode=mode), headers, checks)
    assert asked > 10
    assert client.get("/api/session").json()["person"]["role"] == role.slug


def _may_be_wrong(operation):
    return bool(operation.get("parameters") or operation.get("requestBody"))


def _ask(client, cases, headers, checks):
    @bounded
    @given(case=cases)
    def ask(case):
        case.call_and_validate(base_url=str(client.base_url), checks=checks, headers=headers)

    ask()
