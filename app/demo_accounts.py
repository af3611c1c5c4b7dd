"""Accounts that ``yukimori run`` makes for its demonstration, so that a newcomer is in the console within a minute.

They are marked as fictitious. Passwords and second factors are made once for a data folder and stay in it, readable by their owner
alone. Only a demonstration that nobody else can reach has them: on an address of this machine, with a database of its own. Any
other start disables those it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

from app.demo_secrets import FOLDER, kept_secret
from config.model import Site
from core.accounts import Role
from core.times import Clock
from store import Store, open_store
from store.accounts import NewAccount

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


def make_demo_accounts(dsn: str, site: Site, data: Path, clock: Clock) -> list[DemoAccount]:
    """The accounts, made or brought back to what the data folder says; raises StartError or StoreError."""
    with open_store(dsn, pool_size=1) as store:
        number = store.register(site).site
        return [_made(store, number, data / FOLDER, clock, *person) for person in PEOPLE]


def end_demo_accounts(dsn: str, site: Site, clock: Clock) -> int:
    """Disable whatever accounts of a demonstration there are, and end their sessions; how many there were."""
    with open_store(dsn, pool_size=1) as store:
        return store.accounts.end_demonstration(store.register(site).site, clock())


def _made(store: Store, site: int, folder: Path, clock: Clock, name: str, shown: str, role: Role) -> DemoAccount:
    from web.passwords import digest, lent_password  # noqa: PLC0415 - FastAPI comes with it
    from web.second_factor import new_factor  # noqa: PLC0415

    needs_code = role >= Role.APPROVER
    password = kept_secret(folder / f"{name}-password", make=lent_password, shortest=PASSWORD_SIGNS)
    factor = kept_secret(folder / f"{name}-factor", make=new_factor, shortest=FACTOR_SIGNS) if needs_code else None
    new = NewAccount(
        id=uuid4(),
        name=name,
        shown_name=shown,
        role=role,
        password_digest=digest(password),
        lent=False,
        factor=factor,
        fictitious=True,
    )
    if not store.accounts.add(site, new, clock()):
        _bring_back(store, site, new)
    return DemoAccount(name=name, role=role, password=password, needs_code=needs_code)


def _bring_back(store: Store, site: int, new: NewAccount) -> None:
    """What the folder says counts again, whatever was tried out; a real account of the name is left alone."""
    known = store.accounts.secrets(site, name=new.name)
    if known is None or not known.account.fictitious:
        return
    store.accounts.set_password(site, known.account.id, new.password_digest, lent=False)
    store.accounts.enable(site, known.account.id)
    if new.factor is not None and known.factor != new.factor:
        store.accounts.give_factor(site, known.account.id, new.factor)
