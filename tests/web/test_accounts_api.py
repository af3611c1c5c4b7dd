"""Administrators keep accounts: made with a password shown once, changed, helped, disabled; and everything is in the audit."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest

from core.accounts import Role
from web.access import one_line
from web.session_cookie import PLAIN_NAME

pytestmark = pytest.mark.db

PATH, AUDIT = "/api/console/accounts", "/api/console/audit"
NEW = {"name": "hanako", "shown_name": "雪野 花子", "role": "operator"}


@pytest.fixture
def admin(client, sign_in_as):
    return sign_in_as(client, Role.ADMIN)


def audited(admin, **params):
    return [(line["who"], line["action"], line["subject"]) for line in admin.get(AUDIT, params=params).json()["lines"]]


def test_an_account_from_its_making_to_its_end(admin, client):
    made = admin.post(PATH, json=NEW).json()
    assert made["signed_in_at"] is None
    assert (made["name"], made["role"], made["password_lent"], made["second_factor"]) == (
        "hanako",
        "operator",
        True,
        False,
    )
    wish = {"name": "hanako", "password": made["password"]}
    assert client.post("/api/session", json=wish).json()["lacks"] == "password"
    one = f"{PATH}/{made['id']}"
    listed = {each["name"]: each for each in admin.get(PATH).json()["accounts"]}
    assert listed["hanako"]["sessions"] == 1
    assert "password" not in listed["hanako"]
    assert admin.post(PATH, json=NEW).status_code == 409
    changed = admin.post(one, json={"role": "approver", "shown_name": "雪野 華子", "unlock": True}).json()
    assert (changed["role"], changed["shown_name"]) == ("approver", "雪野 華子")
    helped = admin.post(one, json={"reset_password": True, "reset_second_factor": True}).json()
    assert helped["password"] != made["password"]
    assert helped["sessions"] == 0
    assert client.post("/api/session", json={"name": "hanako", "password": helped["password"]}).status_code == 200
    out = admin.post(one, json={"end_sessions": True}).json()
    assert (out["sessions"], out["disabled_at"]) == (0, None)
    assert client.get("/api/session").json()["person"] is None
    assert datetime.fromisoformat(out["signed_in_at"]) == client.app.state.parts.clock()
    assert client.get("/api/session").json()["person"] is None
    assert client.post("/api/session", json=wish).status_code == 401
    assert admin.post(one, json={"disabled": True}).json()["disabled_at"] is not None
    assert client.post("/api/session", json=wish | {"password": helped["password"]}).status_code == 401
    assert admin.post(one, json={"disabled": False}).json()["disabled_at"] is None
    assert audited(admin, who="admin") == [
        ("admin", f"account.{what}", "hanako")
        for what in (
            "enable",
            "disable",
            "end-sessions",
            "reset-password",
            "reset-second-factor",
            "unlock",
            "change",
            "add",
        )
    ]
    assert made["password"] not in admin.get(AUDIT).text


def test_nobody_takes_the_own_rights_away(admin):
    own = next(each["id"] for each in admin.get(PATH).json()["accounts"] if each["name"] == "admin")
    for wish in ({"disabled": True}, {"role": "viewer"}, {"reset_password": True}):
        assert admin.post(f"{PATH}/{own}", json=wish).status_code == 409
    assert admin.post(f"{PATH}/{own}", json={"shown_name": "私"}).status_code == 200


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({**NEW, "name": "token"}, 422), ({**NEW, "name": "a b"}, 422), ({**NEW, "name": "ｘ"}, 422),
        ({**NEW, "shown_name": "a\nb"}, 400), ({**NEW, "shown_name": " "}, 400), ({**NEW, "role": "king"}, 400),
        ({**NEW, "password": "chosen by me 1"}, 400), ({"name": "hanako"}, 400), ([], 400),
    ],
)  # fmt: skip
def test_what_is_no_account(town_served_once, wish, status):
    assert town_served_once.post(PATH, json=wish).status_code == status
    assert [each["name"] for each in town_served_once.get(PATH).json()["accounts"]] == ["admin"]


@pytest.fixture(scope="module")
def town_served_once(town_served, sign_in_as):
    return sign_in_as(town_served("accounts"), Role.ADMIN)


@pytest.mark.parametrize("wish", [{}, {"unlock": False}, {"role": None}, {"admin": True}, {"disabled": "yes"}])
def test_what_is_no_change(town_served_once, wish):
    (own,) = town_served_once.get(PATH).json()["accounts"]
    assert town_served_once.post(f"{PATH}/{own['id']}", json=wish).status_code == 400


@pytest.mark.parametrize("id_", ["1", "x" * 36, "09a80693-5204-4a95-92d4-a25b1be5460e", "%00", "..%2f"])
def test_an_account_nobody_has(town_served_once, id_):
    assert town_served_once.post(f"{PATH}/{id_}", json={"unlock": True}).status_code == 404


def test_the_audit_by_parts_and_as_a_table(admin):
    for number in range(3):
        admin.post(PATH, json=NEW | {"name": f"name-{number}", "shown_name": "=cmd()"})
    first = admin.get(AUDIT, params={"limit": 2}).json()
    assert [line["subject"] for line in first["lines"]] == ["name-2", "name-1"]
    rest = admin.get(AUDIT, params={"limit": 2, "before": first["next"]}).json()
    assert ([line["subject"] for line in rest["lines"]], rest["next"]) == (["name-0"], None)
    table = admin.get(AUDIT, params={"format": "csv", "action": "account"})
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.strip().splitlines()) == 4
    for wrong in ({"limit": 0}, {"who": ""}, {"who": "a\nb"}, {"since": "yesterday"}, {"format": "xml"}, {"x": 1}):
        assert admin.get(AUDIT, params=wrong).status_code == 400


def test_nobody_forges_a_line(client, admin, sign_in_as, caplog):
    viewer = sign_in_as(client, Role.VIEWER)
    forged = "/api/console/accounts/1%0Aadmin%20sign-in.done%0d%1b[2K%e2%80%a8"
    with caplog.at_level(logging.INFO, "web.access"):
        assert viewer.post(forged, json={}).status_code == 403
    (line,) = [record.getMessage() for record in caplog.records if record.name == "web.access"]
    assert line.isprintable()
    assert "\\u000aadmin" in line
    assert audited(admin)[0] == (
        "viewer",
        "access.refused",
        "POST /api/console/accounts/1\\u000aadmin sign-in.done\\u000d\\u001b[2K\\u2028",
    )


def test_a_flood_of_refusals_does_not_fill_the_audit(client, admin, sign_in_as):
    viewer = sign_in_as(client, Role.VIEWER)
    for _ in range(50):
        assert viewer.get(PATH).status_code == 403
    assert len(audited(admin, limit=1000)) == 30


def test_a_long_text_is_cut():
    assert one_line("x" * 1000) == "x" * 400 + "…"


def test_what_a_person_does_is_under_the_own_name(client, admin, sign_in_as):
    operator = sign_in_as(client, Role.OPERATOR)
    assert operator.cookies[PLAIN_NAME] != admin.cookies[PLAIN_NAME]
    said = {"shelters": [{"id": "E0621200001111", "status": "open"}], "by": "somebody else"}
    answer = operator.post("/api/staff/shelters", json=said)
    assert answer.json()["shelters"][0]["state"]["by"] == "operatorさん"
    assert audited(admin, action="shelter") == [("operator", "shelter.say", "E0621200001111")]


@pytest.mark.parametrize("path", ["/list", "/station/bridge", "/sign-in", "/api/session"])
def test_pages_that_are_made_on_request_wait_their_turn(serve, path):
    hasty = serve(requests_per_second=0.001, requests_burst=1)
    assert [hasty.get(path).status_code for _ in range(2)] == [200, 429]
