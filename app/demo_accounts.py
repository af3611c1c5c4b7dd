"""Accounts that ``yukimori run`` makes for its demonstration, so that a newcomer is in the console within a minute.

They are marked as fictitious. Passwords and second factors are made once for a data folder and stay in it, readable by their owner
alone. Only a demonstration that nobody else can reach has them: on an address of this machine, with a database of its own. Any
other start disables those it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from app.account_key import account_keys
from app.demo_secrets import FOLDER, kept_secret
from app.settings import Settings
from config.model import Site
from core.accounts import Role
from core.errors import SealError
from core.times import Clock
from store import Store, open_store
from store.accounts import NewAccount, Secrets

if TYPE_CHECKING:
    from web.account_keys import AccountKeys

PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("demo-operator", "雪野 当番（架空）", Role.OPERATOR),
    ("demo-approver", "雪野 課長（架空）", Role.APPROVER),
    ("demo-approver2", "雪野 部長（架空）", Role.APPROVER),
    ("demo-admin", "雪野 管理（架空）", Role.ADMIN),
)
"""Name, name people read, role; two approvers, because nobody approves what he wrote himself."""

PASSWORD_SIGNS, FACTOR_SIGNS = 20, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account as it is printed; ``needs_code``: with the password alone nobody gets in."""

    name: str
    role: Role
    password: str
    needs_code: bool


def reaches_only_itself(host: str) -> bool:
    """Whether whoever listens on this address hears this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_demo_accounts(settings: Settings, site: Site, clock: Clock) -> list[DemoAccount]:
    """The accounts, made or brought back to what the data folder says; raises StartError or StoreError."""
    with open_store(settings.required_database(), pool_size=1) as store:
        number = store.register(site).site
        desk = _Desk(store, number, settings.data / FOLDER, account_keys(settings, store, number), clock)
        return [_made(desk, *person) for person in PEOPLE]


def end_demo_accounts(dsn: str, site: Site, clock: Clock) -> int:
    """Disable whatever accounts of a demonstration there are, and end their sessions; how many there were."""
    with open_store(dsn, pool_size=1) as store:
        return store.accounts.end_demonstration(store.register(site).site, clock())


@dataclass(frozen=True, slots=True)
class _Desk:
    """What making an account takes; ``folder`` holds the secrets."""

    store: Store
    site: int
    folder: Path
    keys: AccountKeys
    clock: Clock


def _made(desk: _Desk, name: str, shown: str, role: Role) -> DemoAccount:
    from web.passwords import digest, lent_password  # noqa: PLC0415 - FastAPI comes with it
    from web.second_factor import new_factor  # noqa: PLC0415

    needs_code, folder, id_ = role >= Role.APPROVER, desk.folder, uuid4()
    password = kept_secret(folder / f"{name}-password", make=lent_password, shortest=PASSWORD_SIGNS)
    factor = kept_secret(folder / f"{name}-factor", make=new_factor, shortest=FACTOR_SIGNS) if needs_code else None
    new = NewAccount(
        id=id_,
        name=name,
        shown_name=shown,
        role=role,
        password_digest=digest(password),
        lent=False,
        factor=None if factor is None else desk.keys.seal(factor, id_),
        fictitious=True,
    )
    if not desk.store.accounts.add(desk.site, new, desk.clock()):
        _bring_back(desk, new, factor)
    return DemoAccount(name=name, role=role, password=password, needs_code=needs_code)


def _bring_back(desk: _Desk, new: NewAccount, factor: str | None) -> None:
    """What the folder says counts again, whatever was tried out; a real account of the name is left alone."""
    accounts, site = desk.store.accounts, desk.site
    known = accounts.secrets(site, name=new.name)
    if known is None or not known.account.fictitious:
        return
    id_ = known.account.id
    accounts.set_password(site, id_, new.password_digest, lent=False)
    accounts.enable(site, id_)
    if factor is not None and _opened(desk, known) != factor:
        accounts.give_factor(site, id_, desk.keys.seal(factor, id_))


def _opened(desk: _Desk, known: Secrets) -> str | None:
    """The second factor as it is kept; None for none, and for one that has to be given anew."""
    try:
        return None if known.factor is None else desk.keys.open(known.factor, known.account.id)
    except SealError:
        return None
