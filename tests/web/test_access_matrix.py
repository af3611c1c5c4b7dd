"""Every route × everybody: who is let in is what the table says; nothing is changed by reading, nor without the CSRF token."""

from __future__ import annotations

import re
from typing import Annotated

import psycopg
import pytest
from fastapi import Depends, FastAPI

from core.accounts import Person, Role
from core.errors import StartError
from web.access import CODE_HEADER, NEEDS
from web.access_table import FRESH, SESSION, TABLE, astray, check_doors, routes_of
from web.guard import OPEN_DATA
from web.second_factor import code_at

pytestmark = pytest.mark.db

TOKEN = "staff-token-of-thirty-two-letters"
WHO = ("nobody", "viewer", "operator", "approver", "admin", "token", "stranger")
KEYED = ("/api/crew/",)
"""Routes with keys of their own."""

EVERYBODYS = {
    ("POST", "/api/session"),
    ("POST", "/api/push/subscriptions"),
    ("DELETE", "/api/push/subscriptions"),
}
"""What anybody may change: sign in, and be told or not be told by push."""

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "strict-origin-when-cross-origin",
}
ENDLESS = "/api/stream"
NOT_READY = "/readyz"
"""No collector works here."""

FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def served(town_served, sign_in_as):
    """One served town with everybody in it; ``stranger`` is an administrator of another site in the same database."""
    client = town_served("matrix", staff_token=TOKEN)
    store = client.app.state.parts.store
    with store.crew._transaction("make another site") as connection:
        row = connection.execute(
            "insert into site (id, code, name_ja, name_en) values ('other', '062121', '別町', 'Other') returning no"
        ).fetchone()
    client.people = {role.slug: sign_in_as(client, role) for role in Role}
    client.people["stranger"] = sign_in_as(client, Role.ADMIN, site=row[0])
    client.others = row[0]
    return client


def ask(served, who, method, path, **more):
    """The answer to a request with something in every place of its path and an empty body."""
    filled = re.sub(r"\{[^}]*\}", "7777777", path)
    body = {} if method in ("GET", "DELETE") else {"json": {}}
    client = served.people.get(who, served)
    headers = {"Authorization": f"Bearer {TOKEN}"} if who == "token" else {}
    return client.request(method, filled, headers={**headers, **more.pop("headers", {})}, **body, **more)


def is_refused(answer):
    return answer.status_code in (401, 403) and NEEDS in answer.headers


def test_every_route_is_in_the_table(served):
    assert astray(served.app) == []


def test_who_is_let_in_where(served):
    """The matrix: every listed route asked by everybody, last of all what signs somebody out."""
    roles = {role.slug: role for role in Role}
    for (method, path), needs in sorted(TABLE.items(), key=lambda item: (item[0][0] == "DELETE", item[0])):
        if (method, path) == ("DELETE", "/api/session"):
            continue
        for who in WHO:
            answer = ask(served, who, method, path)
            if who in ("nobody", "stranger") or (who == "token" and needs == SESSION):
                assert answer.status_code == 401, (who, method, path)
                assert answer.headers[NEEDS] == "sign-in"
                continue
            allowed = needs == SESSION or roles.get(who, Role.OPERATOR) >= needs[0]
            assert is_refused(answer) is not allowed, (who, method, path, answer.text)
            assert answer.status_code < 500, (who, method, path, answer.text)
            assert answer.headers["cache-control"] in ("no-store", "private, no-cache"), path


def test_what_everybody_may_ask_needs_nobody(served):
    for method, route in routes_of(served.app):
        if (method, route.path) in TABLE or route.path == ENDLESS or route.path.startswith(KEYED):
            continue
        answer = ask(served, "nobody", method, route.path)
        assert not is_refused(answer), (method, route.path)
        assert method == "GET" or (method, route.path) in EVERYBODYS, (method, route.path)


def test_reading_changes_nothing(served):
    """Not a row of any table but when a session was last used."""
    before = digest(served)
    for method, route in routes_of(served.app):
        if method == "GET" and route.path != ENDLESS:
            answer = ask(served, "admin", method, route.path)
            assert answer.status_code < 500 or route.path == NOT_READY, (route.path, answer.text)
            assert ask(served, "admin", "HEAD", route.path).status_code == answer.status_code, route.path
            _check_headers(route.path, answer)
    assert digest(served) == before


def _check_headers(path, answer):
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, path
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"], path
    assert ("access-control-allow-origin" in answer.headers) is path.startswith(OPEN_DATA), path
    assert "server" not in answer.headers, path


def digest(served):
    """What is in every table but the sessions."""
    with psycopg.connect(served.app.state.parts.store._pool.conninfo) as connection:
        tables = connection.execute(
            "select quote_ident(tablename) from pg_tables where schemaname = 'public' and tablename <> 'account_session'"
        )
        return {
            name: connection.execute(
                f"select count(*), md5(string_agg(t::text, ',' order by t::text)) from {name} t"
            ).fetchone()
            for (name,) in tables.fetchall()
        }


FOREIGN = (
    {"X-CSRF-Token": ""},
    {"X-CSRF-Token": "0" * 64},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


@pytest.mark.parametrize("headers", FOREIGN)
def test_nothing_is_changed_without_the_token_of_the_session(served, headers):
    before = digest(served)
    for method, route in routes_of(served.app):
        if method == "GET" or route.path.startswith(KEYED) or (method, route.path) in EVERYBODYS:
            continue
        answer = ask(served, "admin", method, route.path, headers=headers)
        assert answer.status_code == 403, (method, route.path)
    after = digest(served)
    before.pop("audit"), after.pop("audit")
    assert after == before


def test_anothers_csrf_token_is_none(served):
    theirs = served.people["operator"].headers["X-CSRF-Token"]
    answer = ask(served, "admin", "POST", "/api/staff/shelters", headers={"X-CSRF-Token": theirs})
    assert answer.status_code == 403


def test_accounts_of_another_site_are_not_there(served):
    parts = served.app.state.parts
    (theirs,) = parts.store.accounts.listed(served.others)
    admin = served.people["admin"]
    answer = admin.post(f"/api/console/accounts/{theirs.id}", json={"disabled": True})
    assert answer.status_code == 404
    assert parts.store.accounts.listed(served.others)[0].disabled_at is None
    assert theirs.name == "admin"
    assert str(theirs.id) not in admin.get("/api/console/accounts").text
    for line in admin.get("/api/console/audit", params={"limit": 1000}).json()["lines"]:
        assert line["who"] in {"nobody", "token", *(role.slug for role in Role)}


@pytest.mark.parametrize(("method", "path"), [each for each, needs in sorted(TABLE.items()) if FRESH in needs])
def test_an_old_code_is_not_enough(served, sign_in_as, method, path):
    admin, clock = sign_in_as(served, Role.ADMIN, fresh=False), served.app.state.parts.clock
    refused = admin.request(method, path.replace("{account}", "1"), json={})
    assert (refused.status_code, refused.headers[NEEDS]) == (403, "second-factor")
    wrong = admin.request(method, path.replace("{account}", "1"), json={}, headers={CODE_HEADER: "1"})
    assert (wrong.status_code, wrong.headers[NEEDS]) == (403, "second-factor")
    clock.advance(minutes=1)
    code = code_at(FACTOR, clock())
    answer = admin.request(method, path.replace("{account}", "1"), json={}, headers={CODE_HEADER: code})
    assert answer.status_code in (400, 404)
    again = sign_in_as(served, Role.ADMIN, fresh=False)
    assert (
        again.request(method, path.replace("{account}", "1"), json={}, headers={CODE_HEADER: code}).status_code == 403
    )


def test_a_route_nobody_thought_about_starts_nothing(served):
    door = served.app.state.parts.access.need(Role.VIEWER)

    def misread(person: Annotated[Person, Depends(door)]):
        return person

    for endpoint in (lambda: None, misread):
        app = FastAPI()
        app.add_api_route("/api/console/forgotten", endpoint)
        with pytest.raises(StartError, match="open to everybody"):
            check_doors(app)
    app.add_api_route("/elsewhere", lambda: None, dependencies=[Depends(door)])
    assert any("GET /elsewhere needs" in line for line in astray(app))
    assert any("is in the table and nowhere else" in line for line in astray(app))
