"""Who guesses from outside waits, and keeps nobody out who signed in on this browser before, or sits within the house."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.requests import Request
from starlette.responses import Response

from core.accounts import Role
from store import sessions
from store.accounts import NewAccount
from web import passwords
from web.account_keys import AccountKeys
from web.known_devices import KNOWN_FOR, MOST_ACCOUNTS, PLAIN_NAME, KnownDevices
from web.lock_out import LockOut, Source
from web.passwords import fits
from web.problems import Problem

PASSWORD = "minamoto no yoshitsune 9"
DIGEST = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
SESSION = "/api/session"
PROXIED = {"X-Forwarded-Proto": "https"}
ATTACKER, OWNER = "203.0.113.66", "198.51.100.7"


@pytest.fixture
def door(serve):
    """The town behind a proxy; ``enter`` signs in from an address, with the cookies of a browser."""
    client = serve(proxies="127.0.0.1")
    parts = client.app.state.parts
    for name in ("hanako", "taro"):
        new = NewAccount(id=uuid4(), name=name, shown_name=name, role=Role.OPERATOR, password_digest=DIGEST, lent=False)
        parts.store.accounts.add(parts.registry.site, new, parts.clock())

    def enter(password=PASSWORD, name="hanako", address=ATTACKER, cookie=""):
        headers = PROXIED | {"X-Forwarded-For": address} | ({"Cookie": cookie} if cookie else {})
        answer = client.post(SESSION, json={"name": name, "password": password}, headers=headers)
        client.cookies.clear()
        return answer

    client.enter = enter
    return client


def device(answer):
    """The cookie that makes a browser known."""
    (cookie,) = [text for text in answer.headers.get_list("set-cookie") if "-device=" in text]
    return cookie


def mark(answer):
    return device(answer).partition(";")[0]


@pytest.mark.db
def test_a_thousand_wrong_passwords_from_outside_keep_nobody_out_who_is_known(door, clock, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    known = mark(door.enter(address=OWNER))
    lock_out, looked_at = door.app.state.parts.access.lock_out, 0
    for number in range(980):  # from four addresses, one every ten seconds: most of three hours
        clock.advance(seconds=10)
        with suppress(Problem):
            lock_out.begin("hanako", Source(address=f"203.0.113.{60 + number % 4}"))
            looked_at += 1
    assert 5 < looked_at <= 20
    answers = [door.enter("wrong", address=f"203.0.113.{number}").status_code for number in range(20)]
    assert answers.count(429) >= 19
    assert door.enter(address=OWNER).status_code == 429  # the right password of a stranger waits as well
    for _ in range(2):
        assert door.enter(address=OWNER, cookie=known).status_code == 200
        assert door.enter(address=ATTACKER, cookie=known).status_code == 200  # also from the address that guesses
    assert door.enter("wrong").status_code == 429  # and the guesser goes on waiting


@pytest.mark.db
def test_a_known_device_waits_for_its_own_failures_and_can_be_helped(door, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    known = mark(door.enter(address=OWNER))
    tries = [door.enter("wrong", address=OWNER, cookie=known).status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]  # five of its own, five as anybody's
    assert door.enter(address=OWNER, cookie=known).status_code == 429
    assert door.app.state.parts.access.lock_out.unlock("hanako")
    assert door.enter(address=OWNER, cookie=known).status_code == 200


@pytest.mark.db
def test_a_device_is_known_for_its_account_alone(door, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    mine = mark(door.enter(name="taro", address=ATTACKER))
    shared = mark(door.enter(address=OWNER, cookie=mine))  # the computer of a duty room
    for _ in range(5):
        assert door.enter("wrong", cookie=mine).status_code == 401
    assert door.enter("wrong", cookie=mine).status_code == 429
    for name in ("taro", "hanako"):
        assert door.enter(name=name, cookie=shared).status_code == 200


@pytest.mark.db
def test_within_the_house_a_new_browser_gets_in(door, monkeypatch):
    monkeypatch.setattr("web.sign_in.fits", lambda password, known, **_: known is not None and password == PASSWORD)
    while door.enter("wrong").status_code != 429:
        pass
    assert door.enter(address=OWNER).status_code == 429
    assert door.enter(address="192.168.1.20").status_code == 200


@pytest.mark.db
def test_the_cookie_of_a_known_device(door):
    cookie = device(door.enter(address=OWNER))
    assert cookie.startswith("__Host-yukimori-device=")
    assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=15552000"} <= set(cookie.lower().split("; "))
    refused = door.enter("wrong", address=OWNER, cookie=mark(door.enter(address=OWNER)))
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers


def request(cookie=""):
    headers = [(b"cookie", f"{PLAIN_NAME}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "headers": headers, "scheme": "http", "path": "/", "server": ("x", 80)})


def remembered(devices, account, cookie=""):
    response = Response()
    devices.remember(request(cookie), response, account)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


def test_a_shared_computer_knows_its_last_eight(clock):
    devices, cookie = KnownDevices(AccountKeys.passing(), clock), ""
    people = [UUID(int=number) for number in range(MOST_ACCOUNTS + 2)]
    for account in people:
        cookie = remembered(devices, account, cookie)
    assert [devices.device_of(request(cookie), each) is not None for each in people] == [False] * 2 + [True] * 8
    again = remembered(devices, people[5], cookie)
    assert devices.device_of(request(again), people[5]) == devices.device_of(request(cookie), people[5])
    assert len(cookie) < 1_000
    assert str(people[5]) not in cookie


def test_what_is_no_known_device(clock):
    keys, account = AccountKeys.passing(), UUID(int=1)
    devices = KnownDevices(keys, clock)
    cookie = remembered(devices, account)
    assert devices.device_of(request(cookie), account)
    assert KnownDevices(AccountKeys.passing(), clock).device_of(request(cookie), account) is None
    assert KnownDevices(AccountKeys((bytes(32), *keys.raw)), clock).device_of(request(cookie), account)
    flipped = [
        cookie[:place] + ("B" if cookie[place] == "A" else "A") + cookie[place + 1 :] for place in (0, 30, 45, 60)
    ]
    for wrong in (*flipped, cookie[:-1], cookie + "AAAA", "x", "…", "." * 90, "=" * 91, "A" * 91, "A" * 9_000):
        assert devices.device_of(request(wrong), account) is None
    clock.advance(seconds=KNOWN_FOR.total_seconds())
    assert devices.device_of(request(cookie), account)
    clock.advance(hours=2)
    assert devices.device_of(request(cookie), account) is None
    clock.now -= KNOWN_FOR + timedelta(days=1)
    assert devices.device_of(request(cookie), account) is None  # from the future
    response = Response()
    KnownDevices(AccountKeys(()), clock).remember(request(), response, account)
    assert "set-cookie" not in response.headers


@pytest.mark.db
def test_what_is_counted_has_bounds(store, registry, clock, dsn, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_FAILURES", 20)
    lock_out = LockOut(registry.site, store, clock)
    for number in range(60):
        clock.advance(seconds=1)
        known = number.to_bytes(16, "big") if number % 2 else None
        lock_out.begin(f"name-{number}", Source(address=f"2001:db8:{number:x}::", device=known))
    with psycopg.connect(dsn) as connection:
        (rows,) = connection.execute("select count(*) from sign_in_failure").fetchone()
    assert rows <= 21


def test_a_flood_of_strangers_leaves_a_place_for_who_is_known(monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_S", 0.0)
    for _ in range(passwords.AT_ONCE):
        assert passwords._places.acquire(blocking=False)
    try:
        with pytest.raises(Problem) as refused:
            fits(PASSWORD, DIGEST)
        assert refused.value.status_code == 503
        assert fits(PASSWORD, DIGEST, urgent=True)
    finally:
        for _ in range(passwords.AT_ONCE):
            passwords._places.release()
