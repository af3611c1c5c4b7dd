"""Accounts, sessions, failures and the audit in the store, on both flavours."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from core.accounts import AuditEntry, Role
from core.errors import StoreError
from store.accounts import NewAccount
from store.sessions import Alive

DELAYS = (timedelta(0), timedelta(0), timedelta(seconds=30), timedelta(seconds=60))
DAY = timedelta(days=1)


@pytest.fixture
def make(store, registry, noon):
    """Makes accounts, numbered from the first argument."""

    def add(number=1, **fields):
        made = {
            "id": UUID(int=number), "name": f"name-{number}", "shown_name": "雪野\x00", "role": Role.OPERATOR,
            "password_digest": "digest",
        }  # fmt: skip
        return store.accounts.add(registry.site, NewAccount(**(made | fields)), noon)

    return add


@pytest.fixture
def alive(noon):
    return Alive(seen_after=noon - timedelta(hours=2), opened_after=noon - timedelta(hours=16))


def test_an_account_comes_back_as_it_was_made(store, registry, make, noon):
    assert make(role=Role.ADMIN, factor="ABC")
    assert not make(number=2, name="name-1")
    found = store.accounts.secrets(registry.site, name="name-1")
    assert (found.account.shown_name, found.account.role, found.account.created_at) == ("雪野\ufffd", Role.ADMIN, noon)
    assert (found.password_digest, found.factor, found.offered) == ("digest", "ABC", None)
    assert "digest" not in repr(found)
    assert "ABC" not in repr(found)
    assert store.accounts.secrets(registry.site + 1, name="name-1") is None
    assert store.accounts.secrets(registry.site, id_=UUID(int=9)) is None
    assert store.accounts.listed(registry.site) == [found.account]


def test_a_second_factor_counts_once_it_is_confirmed_and_each_code_once(store, registry, make):
    make()
    accounts, site, id_ = store.accounts, registry.site, UUID(int=1)
    accounts.offer_factor(site, id_, "ONE")
    accounts.offer_factor(site, id_, "TWO")
    assert not accounts.confirm_factor(site, id_, "ONE", 10)
    assert accounts.confirm_factor(site, id_, "TWO", 10)
    assert accounts.secrets(site, id_=id_).account.has_factor
    assert [accounts.use_step(site, id_, step) for step in (10, 9, 11, 11, 12)] == [False, False, True, False, True]
    accounts.forget_factor(site, id_)
    assert not accounts.secrets(site, id_=id_).account.has_factor


def test_an_administrator_is_left(store, registry, make, noon):
    make(1, role=Role.ADMIN)
    make(2, role=Role.ADMIN)
    accounts, site = store.accounts, registry.site
    assert accounts.set_role(site, UUID(int=2), role=Role.VIEWER)
    assert not accounts.set_role(site, UUID(int=1), role=Role.OPERATOR)
    assert not accounts.disable(site, UUID(int=1), noon)
    assert accounts.set_role(site, UUID(int=1), shown_name="x")
    assert accounts.disable(site, UUID(int=2), noon)
    assert not accounts.disable(site, UUID(int=2), noon + DAY)
    assert accounts.enable(site, UUID(int=2))


def test_sessions_live_and_end(store, registry, make, noon, alive):
    make()
    sessions, id_ = store.sessions, UUID(int=1)
    told = {"second_factor_at": None, "address": "::1", "agent": "x" * 999, "alive": alive}
    for key in (b"a", b"b", b"c"):
        sessions.open(id_, key, noon, **told)
    session, account = sessions.find(registry.site, b"a", noon, alive)
    assert (session.agent, account.id) == ("x" * 200, id_)
    assert sessions.find(registry.site + 1, b"a", noon, alive) is None
    later = noon + timedelta(hours=1)
    sessions.find(registry.site, b"a", later, alive)
    assert sessions.find(registry.site, b"a", later, alive)[0].seen_at == later
    idle = Alive(seen_after=noon, opened_after=noon - DAY)
    assert [one.number for one in sessions.of(id_, idle)] == [session.number]
    old = Alive(seen_after=noon - DAY, opened_after=noon)
    assert sessions.find(registry.site, b"a", later, old) is None
    assert sessions.end_of(id_, but=b"a") == 2
    sessions.confirm(b"a", later)
    assert sessions.find(registry.site, b"a", later, alive)[0].second_factor_at == later
    assert sessions.end(b"a")
    assert not sessions.end(b"a")


def test_disabling_ends_sessions_and_so_does_the_end_of_a_demonstration(store, registry, make, noon, alive):
    make(1)
    make(2, fictitious=True)
    for number in (1, 2):
        store.sessions.open(
            UUID(int=number), bytes([number]), noon, second_factor_at=None, address="", agent="", alive=alive
        )
    store.accounts.disable(registry.site, UUID(int=1), noon)
    assert store.sessions.of(UUID(int=1), alive) == []
    assert store.accounts.end_demonstration(registry.site, noon) == 1
    assert store.sessions.of(UUID(int=2), alive) == []
    assert store.accounts.end_demonstration(registry.site, noon) == 0


def test_failures_wait_longer_and_are_forgotten(store, noon):
    sessions = store.sessions
    attempts = [sessions.try_(b"n", noon, DELAYS, DAY) for _ in range(4)]
    assert attempts == [None, None, None, noon + timedelta(seconds=30)]
    assert sessions.try_(b"n", noon + timedelta(seconds=30), DELAYS, DAY) is None
    assert sessions.failures(b"n") == (4, noon + timedelta(seconds=90))
    sessions.take_back(b"n")
    assert sessions.failures(b"n")[0] == 3
    assert sessions.forgive(b"n")
    assert sessions.failures(b"n") is None
    sessions.try_(b"n", noon, DELAYS, DAY)
    sessions.try_(b"other", noon + 2 * DAY, DELAYS, DAY)
    assert sessions.failures(b"n") is None  # long ago


def test_failures_never_fill_the_table(store, noon, monkeypatch):
    monkeypatch.setattr("store.sessions.MOST_FAILURES", 5)
    for number in range(20):
        store.sessions.try_(bytes([number]), noon + timedelta(seconds=number), DELAYS, DAY)
    assert sum(store.sessions.failures(bytes([number])) is not None for number in range(20)) <= 6


def test_the_audit_is_only_added_to(store, registry, noon, dsn):
    site = registry.site
    details = {"text": "a\x00b\nc", "list": [1, None, {"x": 2.5}], "set": {"y"}, "uuid": UUID(int=1)}
    for number in range(5):
        entry = AuditEntry(
            at=noon + timedelta(minutes=number), who="hanako", action=f"thing.{number}", subject="s", details=details
        )
        store.audit.add(site, entry)
    rows = store.audit.listed(site, limit=2)
    assert [row.entry.action for row in rows] == ["thing.4", "thing.3"]
    assert [row.entry.action for row in store.audit.listed(site, before=rows[-1].number, limit=1)] == ["thing.2"]
    assert rows[0].entry.details["list"] == [1, None, {"x": 2.5}]
    assert rows[0].entry.details["text"] == "a\ufffdb\nc"
    assert len(store.audit.listed(site, action="thing")) == 5
    assert store.audit.listed(site, action="thin") == []
    assert store.audit.listed(site, who="nobody") == []
    assert len(store.audit.listed(site, since=noon + timedelta(minutes=1), until=noon + timedelta(minutes=3))) == 2
    assert store.audit.listed(site + 1) == []
    store.close()
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        for statement in ("update audit set who = 'x'", "delete from audit"):
            with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_a_session_needs_an_account(store, noon, alive):
    with pytest.raises(StoreError):
        store.sessions.open(UUID(int=7), b"x", noon, second_factor_at=None, address="", agent="", alive=alive)
