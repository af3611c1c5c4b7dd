"""Accounts on the command line: made, changed, helped; no password and no factor where it does not belong."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest

from app.account_key import FILE
from app.demo_accounts import end_demo_accounts, make_demo_accounts, reaches_only_itself
from app.settings import read_settings
from config import load_site
from core.accounts import Role
from core.times import utc_now
from store import open_store
from web.account_keys import AccountKeys
from web.passwords import fits
from web.second_factor import step_of

pytestmark = pytest.mark.db

PASSWORD = "canary in a snowy cage"


@pytest.fixture
def user(yukimori, dsn, monkeypatch):
    """Runs ``yukimori user`` on a database of its own; ``typed`` is what stands on the standard input."""

    def run(*arguments, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return yukimori("user", *arguments, environment={"DATABASE_URL": dsn})

    return run


@pytest.fixture
def known(dsn, root, tmp_path):
    """The account of a name with its secrets, as the store has it; its second factor opened."""

    def read(name, data=tmp_path / "data"):
        with open_store(dsn, pool_size=1) as store:
            found = store.accounts.secrets(store.register(load_site(root / "config" / "example")).site, name=name)
        if found.factor is None:
            return found
        keys = AccountKeys((bytes.fromhex((data / FILE).read_text().strip()),))
        return replace(found, factor=keys.open(found.factor, found.account.id))

    return read


def test_an_approver_gets_a_second_factor_shown_once(user, known):
    answer = user(
        "add", "Hanako", "--role", "approver", "--shown-name", "雪野 花子", "--password-stdin", typed=f"{PASSWORD}\n"
    )
    assert answer.code == 0, answer.err
    assert "hanako may sign in as approver" in answer.out
    assert "otpauth://totp/" in answer.out
    assert PASSWORD not in answer.out + answer.err
    kept = known("hanako")
    assert (kept.account.role, kept.account.shown_name, kept.account.lent) == (Role.APPROVER, "雪野 花子", False)
    assert fits(PASSWORD, kept.password_digest)
    assert kept.factor in answer.out
    (row,) = [json.loads(line) for line in user("list", "--json").out.splitlines()]
    assert (row["name"], row["role"], row["second_factor"], row["disabled_at"]) == ("hanako", "approver", True, None)
    assert "花子" in user("list").out
    again = user("code", "hanako", "--new").out
    assert kept.factor not in again
    assert known("hanako").factor in again


def test_accounts_are_changed(user, known):
    user("add", "taro", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    refused = user("role", "taro", "viewer")
    assert (refused.code, "only administrator" in refused.err) == (3, True)
    assert user("disable", "taro").code == 3
    lent = user("add", "jiro", "--role", "admin", "--lent").out
    handed = lent.partition("hand over: ")[2].strip()
    assert fits(handed, known("jiro").password_digest)
    assert known("jiro").account.lent
    assert user("role", "taro", "viewer").code == 0
    assert user("disable", "taro").code == 0
    assert known("taro").account.disabled_at is not None
    assert "disabled" in user("list").out
    assert user("enable", "taro").code == 0
    assert user("unlock", "taro").out.strip() == "taro was not locked."
    assert user("password", "taro", "--password-stdin", typed="another canary in a cage\n").code == 0
    assert fits("another canary in a cage", known("taro").password_digest)


REFUSED = (
    (("add", "hanako"), "", "nobody can type a password here"),
    (("add", "hanako", "--password-stdin"), "short\n", "12 to 128"),
    (("add", "hanako", "--password-stdin"), "hanako hanako hanako\n", "your name"),
    (("add", "token", "--password-stdin"), f"{PASSWORD}\n", "reserved"),
    (("add", "a b", "--password-stdin"), f"{PASSWORD}\n", "A name has"),
    (("add", "hanako", "--shown-name", "x\x1b[31m", "--password-stdin"), f"{PASSWORD}\n", "printable"),
    (("code", "nobody\x1b[31m"), "", "there is no account nobody\\x1b"),
    (("unlock", "nobody"), "", "there is no account"),
)


def test_what_is_refused(user):
    for arguments, typed, said in REFUSED:
        answer = user(*arguments, typed=typed)
        assert answer.code == 3, arguments
        assert said in answer.err
        assert PASSWORD not in answer.err


def test_a_name_is_taken_once_and_codes_of_real_people_stay_theirs(user):
    user("add", "hanako", "--role", "approver", "--password-stdin", typed=f"{PASSWORD}\n")
    assert "already" in user("add", "hanako", "--password-stdin", typed=f"{PASSWORD}\n").err
    assert "telephone only" in user("code", "hanako").err


def test_the_demonstration_has_people_and_nobody_else_does(dsn, root, tmp_path, user, known):
    site, data = load_site(root / "config" / "example"), tmp_path / "data"
    settings = read_settings(data=data, environment={"DATABASE_URL": dsn})
    made = make_demo_accounts(settings, site, utc_now)
    assert sorted(each.role for each in made) == [Role.OPERATOR, Role.APPROVER, Role.APPROVER, Role.ADMIN]
    for each in made:
        kept = known(each.name)
        assert kept.account.fictitious
        assert "架空" in kept.account.shown_name
        assert fits(each.password, kept.password_digest)
        assert (kept.factor is not None) is each.needs_code
    for file in (data / "secrets").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    assert step_of(known("demo-admin").factor, user("code", "demo-admin").out.strip(), utc_now()) is not None
    assert make_demo_accounts(settings, site, utc_now) == made
    assert end_demo_accounts(dsn, site, utc_now) == 4
    assert known("demo-admin").account.disabled_at is not None
    assert end_demo_accounts(dsn, site, utc_now) == 0


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("town", False),
    ],
)
def test_who_can_reach_a_demonstration(host, alone):
    assert reaches_only_itself(host) is alone
