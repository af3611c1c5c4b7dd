"""Signing in: what is asked, what is told to whom fails, what a session is worth and when it is over."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from core.accounts import Role
from store.accounts import NewAccount
from web.access import IDLE, LONGEST
from web.passwords import refusal_of
from web.second_factor import code_at, new_factor, step_of
from web.session_cookie import PLAIN_NAME

pytestmark = pytest.mark.db

PASSWORD = "minamoto no yoshitsune 9"
CANARIES = (PASSWORD, "another canary in the cage")
DIGEST = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""As good as a real one, and quick: a digest says itself how it was made."""
SESSION = "/api/session"
KEPT = ("account_session", "audit", "sign_in_failure", "account")


@pytest.fixture
def office(client):
    """The served town; ``make`` gives it accounts."""
    parts = client.app.state.parts

    def make(name="hanako", role=Role.OPERATOR, factor=None, *, lent=False):
        id_ = uuid4()
        sealed = None if factor is None else parts.access.factors.seal(factor, id_)
        new = NewAccount(
            id=id_, name=name, shown_name="雪野 花子", role=role, password_digest=DIGEST, lent=lent, factor=sealed
        )
        assert parts.store.accounts.add(parts.registry.site, new, parts.clock())
        return new

    client.make = make
    return client


def enter(client, name="hanako", password=PASSWORD, **more):
    return client.post(SESSION, json={"name": name, "password": password, **more})


def with_token(client, answer):
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def audit(client, action=None):
    parts = client.app.state.parts
    return [row.entry for row in parts.store.audit.listed(parts.registry.site, action=action)]


def test_in_and_out(office):
    office.make()
    assert office.get(SESSION).json()["person"] is None
    answer = enter(office)
    assert answer.status_code == 200
    person = {"name": "hanako", "shown_name": "雪野 花子", "role": "operator", "fictitious": False}
    assert answer.json()["person"] == person == office.get(SESSION).json()["person"]
    assert office.get("/api/staff/incidents").status_code == 200
    token = office.cookies[PLAIN_NAME]
    out = with_token(office, answer).delete(SESSION)
    assert out.json()["person"] is None
    assert "cache" in out.headers["clear-site-data"]
    office.cookies.set(PLAIN_NAME, token)
    assert office.get("/api/staff/incidents").status_code == 401
    assert [entry.action for entry in audit(office)] == ["sign-out.done", "sign-in.done"]
    assert audit(office)[0].address == "127.0.0.1"


def test_a_name_as_a_japanese_keyboard_types_it(office):
    office.make()
    assert enter(office, name=" Ｈａｎａｋｏ ", password="ｍinamoto no yoshitsune ９").status_code == 200


def test_whoever_is_wrong_hears_the_same(office, clock):
    known = office.make()
    parts = office.app.state.parts
    off = office.make("off")
    parts.store.accounts.disable(parts.registry.site, off.id, clock.now)
    answers = [
        enter(office, known.name, "wrong wrong wrong"), enter(office, "nobody-here", "wrong wrong wrong"),
        enter(office, off.name), enter(office, "x\r\nadmin", "y"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)
    told = [(entry.who, entry.details["why"]) for entry in audit(office, "sign-in.refused")]
    assert told == [("nobody", "password"), ("off", "disabled"), ("nobody", "password"), ("hanako", "password")]


def test_an_unknown_name_costs_as_much_work(office, monkeypatch):
    office.make()
    asked = []
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: asked.append(known))
    enter(office, "hanako", "x")
    enter(office, "nobody-here", "x")
    assert asked == [DIGEST, None]


@pytest.mark.parametrize("name", ["hanako", "nobody-here"])
def test_who_guesses_waits_longer_and_longer_known_or_not(office, clock, name, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    office.make()
    assert [enter(office, name, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    locked = enter(office, name)
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "30")
    waits = []
    for _ in range(7):
        clock.advance(seconds=int(enter(office, name, "wrong").headers["retry-after"]))
        assert enter(office, name, "wrong").status_code == 401
        waits.append(int(enter(office, name, "wrong").headers["retry-after"]))
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    clock.advance(seconds=900)
    assert enter(office, name).status_code == (200 if name == "hanako" else 401)


def test_an_address_that_tries_many_names_waits(office, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda _password, _known, **_: False)
    answers = [enter(office, f"name-{number}", "wrong").status_code for number in range(32)]
    assert answers == [401] * 30 + [429] * 2


def test_success_forgives_the_name(office, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    office.make()
    for _ in range(3):
        assert [enter(office, password="wrong").status_code for _ in range(4)] == [401] * 4
        assert enter(office).status_code == 200


def test_nobody_outside_keeps_who_is_signed_in_from_giving_a_code(office, clock, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    factor = new_factor()
    office.make(role=Role.APPROVER, factor=factor)
    with_token(office, enter(office, code=code_at(factor, clock.now)))
    while enter(office, password="wrong").status_code != 429:
        pass
    clock.advance(seconds=29)
    give = lambda code: office.post(f"{SESSION}/code", json={"code": code})  # noqa: E731
    assert give(code_at(factor, clock.now + timedelta(seconds=30))).status_code == 200
    # Whoever guesses within a session waits as well, and the door stays as open as it was.
    clock.advance(seconds=60)
    assert [give("no code").status_code for _ in range(6)] == [403] * 5 + [429]
    assert enter(office, password="wrong").status_code == 401
    parts = office.app.state.parts
    assert parts.access.lock_out.wait_s("hanako") > 0
    assert parts.access.lock_out.unlock("hanako")
    assert parts.access.lock_out.wait_s("hanako") == 0


def test_the_second_factor(office, clock):
    factor = new_factor()
    office.make(role=Role.APPROVER, factor=factor)
    first = enter(office)
    assert (first.status_code, first.headers["x-needs"]) == (401, "second-factor")
    assert "set-cookie" not in first.headers
    assert enter(office, code="000000" if code_at(factor, clock.now) != "000000" else "000001").status_code == 401
    code = code_at(factor, clock.now)
    answer = enter(office, code=f"{code[:3]} {code[3:]}")
    assert answer.status_code == 200
    assert answer.json()["fresh_until"] is not None
    assert enter(office, code=code).status_code == 401  # once is enough
    assert enter(office, code=code_at(factor, clock.now - timedelta(seconds=30))).status_code == 401  # an older one
    assert enter(office, code=code_at(factor, clock.now + timedelta(seconds=30))).status_code == 200


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(clock, steps, taken):
    factor, their = new_factor(), clock.now + timedelta(seconds=30 * steps)
    assert (step_of(factor, code_at(factor, their), clock.now) is not None) is taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "१२३४५", "0" * 5000])
def test_what_is_no_code(clock, code):
    assert step_of(new_factor(), code, clock.now) is None


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMIN])
def test_who_lets_messages_out_enrols_first(office, clock, role):
    office.make(role=role)
    answer = enter(office)
    assert answer.json()["lacks"] == "enrolment"
    with_token(office, answer)
    refused = office.get("/api/staff/incidents")
    assert (refused.status_code, refused.headers["x-needs"]) == (403, "enrolment")
    offered = office.post(f"{SESSION}/second-factor").json()
    assert offered["uri"].startswith("otpauth://totp/")
    assert offered["svg"].startswith("<svg")
    assert office.post(f"{SESSION}/second-factor/confirm", json={"code": "１２"}).status_code == 422
    before = office.cookies[PLAIN_NAME]
    done = office.post(f"{SESSION}/second-factor/confirm", json={"code": code_at(offered["secret"], clock.now)})
    assert (done.status_code, done.json()["lacks"]) == (200, None)
    assert office.cookies[PLAIN_NAME] != before
    assert office.get("/api/staff/incidents").status_code == 200
    clock.advance(minutes=6)
    with_token(office, done)
    assert office.post(f"{SESSION}/second-factor").status_code == 403  # another one only with a fresh code of this one
    fresh = {"X-Second-Factor": code_at(offered["secret"], clock.now)}
    assert office.post(f"{SESSION}/second-factor", headers=fresh).status_code == 200


def test_a_lent_password_is_changed_first(office):
    office.make(lent=True)
    answer = enter(office)
    assert answer.json()["lacks"] == "password"
    with_token(office, answer)
    assert office.get("/api/staff/incidents").headers["x-needs"] == "password"
    path, new = f"{SESSION}/password", CANARIES[1]
    assert office.post(path, json={"password": "wrong", "new_password": new}).status_code == 403
    assert office.post(path, json={"password": PASSWORD, "new_password": PASSWORD}).status_code == 422
    assert office.post(path, json={"password": PASSWORD, "new_password": "short"}).status_code == 422
    before = office.cookies[PLAIN_NAME]
    answer = office.post(path, json={"password": PASSWORD, "new_password": new})
    assert (answer.status_code, answer.json()["lacks"]) == (200, None)
    assert office.cookies[PLAIN_NAME] != before
    assert enter(office).status_code == 401
    assert enter(office, password=new).status_code == 200


def test_a_token_from_before_is_never_taken_over(office):
    office.make()
    planted = {"Cookie": f"{PLAIN_NAME}={'A' * 43}"}
    first = office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=planted).cookies[PLAIN_NAME]
    assert first != "A" * 43
    office.cookies.clear()
    again = {"Cookie": f"{PLAIN_NAME}={first}"}
    second = office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=again).cookies[PLAIN_NAME]
    office.cookies.clear()
    assert office.get(SESSION, headers=again).json()["person"] is None  # the one before is over
    assert office.get(SESSION, headers={"Cookie": f"{PLAIN_NAME}={second}"}).json()["person"] is not None


def test_a_session_ends_unused_and_used(office, clock):
    office.make()
    enter(office)
    clock.advance(seconds=IDLE.total_seconds() - 1)
    assert office.get("/api/staff/incidents").status_code == 200
    clock.advance(seconds=IDLE.total_seconds() + 1)
    assert office.get("/api/staff/incidents").status_code == 401
    enter(office)
    for _ in range(int(LONGEST / timedelta(hours=1)) - 1):
        clock.advance(hours=1)
        assert office.get("/api/staff/incidents").status_code == 200
    clock.advance(hours=1)
    assert office.get("/api/staff/incidents").status_code == 401


def test_a_session_ends_on_every_server_when_its_account_is_disabled(office, serve, clock):
    new, other = office.make(), serve()
    enter(office)
    other.cookies.set(PLAIN_NAME, office.cookies[PLAIN_NAME])
    assert other.get("/api/staff/incidents").status_code == 200
    parts = office.app.state.parts
    parts.store.accounts.disable(parts.registry.site, new.id, clock.now)
    assert [each.get("/api/staff/incidents").status_code for each in (office, other)] == [401, 401]
    parts.store.accounts.enable(parts.registry.site, new.id)
    assert other.get("/api/staff/incidents").status_code == 401  # what ended stays over


def test_own_sessions_are_listed_and_ended(office, serve):
    office.make()
    elsewhere = serve()
    enter(elsewhere)
    with_token(office, enter(office))
    mine, other = office.get(f"{SESSION}/all").json()["sessions"]
    assert (mine["this"], other["this"]) == (True, False)
    assert office.delete(f"{SESSION}/all/999999").status_code == 404
    assert office.delete(f"{SESSION}/all/{other['number']}").json() == {"ended": 1}
    assert elsewhere.get(SESSION).json()["person"] is None
    enter(elsewhere)
    assert office.delete(f"{SESSION}/others").json() == {"ended": 1}
    assert office.get(SESSION).json()["person"] is not None


def test_what_is_not_read(office):
    office.make()
    for body in (
        {},
        {"name": "hanako"},
        {"name": 1, "password": "x"},
        {"name": "hanako", "password": PASSWORD, "role": "admin"},
    ):
        answer = office.post(SESSION, json=body)
        assert answer.status_code == 400
        assert PASSWORD not in answer.text
    assert (
        office.post(
            SESSION, content="name=hanako", headers={"Content-Type": "application/x-www-form-urlencoded"}
        ).status_code
        == 415
    )
    assert office.post(SESSION, json={"name": "x" * 9000, "password": "y"}).status_code == 413
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=foreign).status_code == 403
    assert (
        office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers={"Origin": "null"}).status_code
        == 403
    )
    half = {"Origin": "http://[half-an-address"}
    assert office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=half).status_code == 403


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}])
def test_no_password_over_an_open_wire(office, headers):
    office.make()
    answer = office.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "https" in answer.json()["detail"]


def test_the_cookie_over_https_and_on_the_machine_itself(serve, office):
    office.make()
    plain = enter(office).headers["set-cookie"].lower()
    assert plain.startswith("yukimori=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(plain.split("; "))
    assert "secure" not in plain
    assert "domain" not in plain
    proxied = serve(proxies="127.0.0.1")
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    answer = proxied.post(SESSION, json={"name": "hanako", "password": PASSWORD}, headers=https)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-yukimori=")
    assert {"httponly", "samesite=strict", "path=/", "secure"} <= set(cookie.lower().split("; "))
    token = cookie.partition("=")[2].partition(";")[0]
    ask = lambda name: proxied.get(SESSION, headers={**https, "Cookie": f"{name}={token}"}).json()["person"]  # noqa: E731
    assert ask("__Host-yukimori") is not None
    assert ask("yukimori") is None  # over https only the cookie nobody else could have set


def test_no_secret_is_told_anywhere(office, clock, caplog, dsn):
    factor = new_factor()
    with caplog.at_level(logging.DEBUG):
        office.make(role=Role.ADMIN, factor=factor)
        enter(office, password=CANARIES[1])
        code = code_at(factor, clock.now)
        with_token(office, enter(office, code=code))
        token = office.cookies[PLAIN_NAME]
        office.get(f"{SESSION}/all")
        listed = office.get("/api/console/accounts").text + office.get("/api/console/audit").text
    with psycopg.connect(dsn) as connection:
        kept = str([connection.execute(f"select * from {table}").fetchall() for table in KEPT])
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert "hanako sign-in.done" in said
    for secret in (*CANARIES, token, factor, DIGEST):
        assert secret not in said
        assert secret not in listed
        assert (secret in kept) is (secret == DIGEST)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 to 128"), ("x" * 129, "12 to 128"), ("hanako-hanako-hanako", "your name"), ("abcabcabcabcabc", "repeats"),
        ("1234567890123", "row"), ("aaaaaaaaaaaaaa", "repeats"), ("password12345", "first"), ("!!Administrator1", "first"),
        ("testtown is mine", "name"), ("ｐａｓｓｗｏｒｄ１２３４５", "first"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_password(password, why):
    assert why in refusal_of(password, "hanako", "testtown")


@pytest.mark.parametrize("password", [PASSWORD, "雪の降る夜は静かに更けていく", "correct horse battery staple"])
def test_what_can(password):
    assert refusal_of(password, "hanako", "testtown") is None


def test_a_right_password_forgives_no_wrong_codes(office, clock):
    factor = new_factor()
    office.make(factor=factor)
    with_token(office, enter(office, code=code_at(factor, clock.now)))
    wrong = {"code": "1"}
    for _ in range(4):
        assert office.post(f"{SESSION}/code", json=wrong).status_code == 403
        assert (
            office.post(f"{SESSION}/password", json={"password": PASSWORD, "new_password": "short"}).status_code == 422
        )
    assert office.post(f"{SESSION}/code", json=wrong).status_code == 403
    assert office.post(f"{SESSION}/code", json=wrong).status_code == 429


@pytest.mark.parametrize("keys", [(), (bytes([7]) * 32,)])
def test_without_the_key_of_second_factors_nobody_who_has_one_gets_in(office, serve, clock, keys):
    factor = new_factor()
    office.make(role=Role.ADMIN, factor=factor)
    office.make("taro")
    keyless = serve(account_keys=keys)
    answer = enter(keyless, code=code_at(factor, clock.now))
    assert (answer.status_code, answer.headers["x-needs"]) == (503, "account-key")
    assert "set-cookie" not in answer.headers
    assert enter(keyless, "taro").status_code == 200
    assert enter(office, code=code_at(factor, clock.now)).status_code == 200  # the factor itself came to no harm
