"""The key of accounts: made once, never beside one that is missing; what lies plain in a database is sealed at the start."""

from __future__ import annotations

import errno
import io
import logging
import os
import stat
import sys
from uuid import UUID

import pytest

from app.account_key import FILE, account_keys, seal_factors, serving_keys
from app.settings import read_settings
from config import load_site
from core.accounts import Role
from core.errors import SealError, StartError
from core.times import utc_now
from store.accounts import NewAccount
from web.account_keys import AccountKeys, is_sealed
from web.second_factor import SecondFactors, code_at, step_of

PLAIN = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEYS = {name: bytes([number]) * 32 for number, name in enumerate("abc", start=1)}


@pytest.fixture
def site(store, root):
    return store.register(load_site(root / "config" / "example")).site


@pytest.fixture
def people(store, site):
    """Three accounts as an earlier version left them: a factor, one only offered, none."""
    for number, name in enumerate(("hanako", "taro", "jiro"), start=1):
        new = NewAccount(
            id=UUID(int=number), name=name, shown_name=name, role=Role.ADMIN, password_digest="none", lent=False,
            factor=PLAIN if name == "hanako" else None,
        )  # fmt: skip
        store.accounts.add(site, new, utc_now())
    store.accounts.offer_factor(site, UUID(int=2), PLAIN)


def settings(folder, key=""):
    return read_settings(data=folder, environment={"YUKIMORI_ACCOUNT_KEY": key})


def texts(store, site):
    return [text for known in store.accounts.with_factors(site) for text in (known.factor, known.offered) if text]


@pytest.mark.db
def test_a_database_of_before_is_sealed_at_the_start(store, site, people, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    (key,) = serving_keys(settings(tmp_path), store, site)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert bytes.fromhex((tmp_path / FILE).read_text().strip()) == key
    assert len(texts(store, site)) == 2
    assert all(is_sealed(text) for text in texts(store, site))
    assert "second factors of 2 accounts are sealed" in caplog.text
    kept = store.accounts.secrets(site, name="hanako")
    now = utc_now()
    factors = SecondFactors(site, store, lambda: now, AccountKeys((key,)))
    assert factors.take(kept.account, code_at(PLAIN, now))
    assert not factors.take(kept.account, code_at(PLAIN, now))
    before = texts(store, site)
    caplog.clear()
    assert serving_keys(settings(tmp_path), store, site) == (key,)
    assert (texts(store, site), caplog.text) == (before, "")
    for secret in (PLAIN, key.hex()):
        assert secret not in caplog.text


@pytest.mark.db
def test_another_key_in_front_takes_over(store, site, people):
    seal_factors(store, site, AccountKeys((KEYS["a"],)))
    done = seal_factors(store, site, AccountKeys((KEYS["b"], KEYS["a"])))
    assert (done.sealed, done.unreadable) == (2, ())
    keys = AccountKeys((KEYS["b"],))
    assert keys.open(store.accounts.secrets(site, name="hanako").factor, UUID(int=1)) == PLAIN
    done = seal_factors(store, site, AccountKeys((KEYS["c"],)))
    assert (done.sealed, done.unreadable) == (0, ("hanako", "taro"))


@pytest.mark.db
def test_a_missing_key_lets_nobody_in_and_no_other_is_made(store, site, people, tmp_path, caplog):
    serving_keys(settings(tmp_path), store, site)
    lost = (tmp_path / FILE).read_text()
    (tmp_path / FILE).unlink()
    with pytest.raises(StartError, match=r"their key .* is not here") as refused:
        account_keys(settings(tmp_path), store, site)
    assert "code NAME --new" in refused.value.hint
    assert serving_keys(settings(tmp_path), store, site) == ()
    assert not (tmp_path / FILE).exists()
    assert "nobody with a second factor can sign in" in caplog.text
    caplog.clear()
    serving_keys(settings(tmp_path, KEYS["b"].hex()), store, site)
    assert "second factors of 2 accounts (hanako, taro)" in caplog.text
    with pytest.raises(SealError):
        AccountKeys((KEYS["b"],)).open(store.accounts.secrets(site, name="hanako").factor, UUID(int=1))
    (tmp_path / FILE).write_text(lost)
    assert serving_keys(settings(tmp_path), store, site) == (bytes.fromhex(lost.strip()),)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.db
def test_what_is_no_key(store, site, tmp_path, caplog):
    for wrong in ("x", "ab" * 31, "ab" * 32 + ", x", "zz" * 32):
        with pytest.raises(StartError, match="YUKIMORI_ACCOUNT_KEY holds no key") as refused:
            serving_keys(settings(tmp_path, wrong), store, site)
        assert "openssl" in refused.value.hint
        assert "zz" not in str(refused.value)
    (tmp_path / FILE).parent.mkdir()
    for wrong in (b"", b"short\n", b"\xff" * 64):
        (tmp_path / FILE).write_bytes(wrong)
        assert serving_keys(settings(tmp_path), store, site) == ()
        assert "nobody with a second factor" in caplog.text
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StartError, match="neither read nor made"):
        account_keys(settings(blocked), store, site)


@pytest.mark.db
def test_a_key_that_is_mounted_read_only_counts(store, site, people, tmp_path, caplog, monkeypatch):
    """Rights that cannot be changed must not keep out whoever has a second factor."""
    keys = serving_keys(settings(tmp_path), store, site)
    (tmp_path / FILE).chmod(0o444)

    def refuse(path, mode, **_):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(os, "chmod", refuse)
    assert serving_keys(settings(tmp_path), store, site) == keys
    assert "others than its owner may read the key" in caplog.text


@pytest.mark.db
def test_the_name_of_a_new_key_outlasts_a_power_failure(store, site, tmp_path, monkeypatch):
    kept, sync = [], os.fsync

    def noted(handle):
        kept.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    account_keys(settings(tmp_path), store, site)
    assert kept == [False, True]


@pytest.mark.db
def test_the_command_line_seals_and_says_whose_key_is_missing(yukimori, dsn, store, site, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("canary in a snowy cage\n"))
    with_a = {"DATABASE_URL": dsn, "YUKIMORI_ACCOUNT_KEY": KEYS["a"].hex()}
    made = yukimori("user", "add", "hanako", "--role", "admin", "--password-stdin", environment=with_a)
    assert made.code == 0, made.err
    factor = made.out.partition("secret=")[2].partition("&")[0]
    assert (
        AccountKeys((KEYS["a"],)).open(store.accounts.secrets(site, name="hanako").factor, _id(store, site)) == factor
    )
    with_b = with_a | {"YUKIMORI_ACCOUNT_KEY": KEYS["b"].hex()}
    assert "key missing" in yukimori("user", "list", environment=with_b).out
    assert "key missing" not in yukimori("user", "list", environment=with_a).out
    without = yukimori("user", "code", "hanako", "--new", environment={"DATABASE_URL": dsn})
    assert (without.code, "their key" in without.err) == (3, True)
    again = yukimori("user", "code", "hanako", "--new", environment=with_b)
    assert again.code == 0
    new = AccountKeys((KEYS["b"],)).open(store.accounts.secrets(site, name="hanako").factor, _id(store, site))
    assert new in again.out
    now = utc_now()
    assert step_of(new, code_at(new, now), now) is not None


def _id(store, site):
    return store.accounts.secrets(site, name="hanako").account.id
