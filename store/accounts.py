"""Accounts of the console and their second factors; sessions are in ``store.sessions``.

A site's accounts are its own: every question names the site, and another site's account is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.accounts import Role
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in. ``has_factor``: a second factor is confirmed; ``lent``: the password is to be changed.

    ``fictitious`` accounts are those of the demonstration; ``signed_in_at`` is None for one nobody ever signed in with.
    """

    id: UUID
    name: str
    shown_name: str
    role: Role
    has_factor: bool
    lent: bool
    fictitious: bool
    created_at: datetime
    disabled_at: datetime | None
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What a sign-in is checked against: digest of the password, the second factor and one offered, both sealed.

    Sealed: only ``web.account_keys`` with its key can read them; here they are texts nobody understands.
    """

    account: Account
    password_digest: str = field(repr=False)
    factor: str | None = field(repr=False)
    offered: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made; ``factor`` (sealed) only for those of the demonstration."""

    id: UUID
    name: str
    shown_name: str
    role: Role
    password_digest: str = field(repr=False)
    lent: bool = True
    factor: str | None = field(default=None, repr=False)
    fictitious: bool = False


class Accounts(Part):
    """The accounts of a site. ``site`` is the store's number of the site."""

    def add(self, site: int, new: NewAccount, at: datetime) -> bool:
        """Make an account; False where the name is taken."""
        values = {
            "id": new.id,
            "site": site,
            "name": storable(new.name),
            "shown_name": storable(new.shown_name),
            "role": new.role.value,
            "password": new.password_digest,
            "lent": new.lent,
            "factor": new.factor,
            "fictitious": new.fictitious,
            "at": at,
        }
        return self._changes("make an account", "add", values)

    def listed(self, site: int) -> list[Account]:
        """Every account of the site, disabled ones too, by name."""
        with self._transaction("read the accounts") as connection:
            return [account_of(row) for row in connection.execute(_SQL["listed"], {"site": site})]

    def secrets(self, site: int, *, name: str | None = None, id_: UUID | None = None) -> Secrets | None:
        """An account by name or id with what a sign-in is checked against; None where the site has none."""
        values = {"site": site, "name": None if name is None else storable(name), "id": id_}
        with self._transaction("read an account") as connection:
            row = connection.execute(_SQL["secrets"], values).fetchone()
        return None if row is None else _secrets_of(row)

    def set_role(self, site: int, id_: UUID, *, role: Role | None = None, shown_name: str | None = None) -> bool:
        """Another role, another shown name; False where it would leave the site without an administrator."""
        values = {
            "site": site,
            "id": id_,
            "role": None if role is None else role.value,
            "shown_name": None if shown_name is None else storable(shown_name),
        }
        stays = role is None or role is Role.ADMIN
        return self._unless_last("change an account", "set_role", values, stays=stays)

    def disable(self, site: int, id_: UUID, at: datetime) -> bool:
        """Disable an account and end its sessions; False where it was, or where no administrator would be left."""
        values = {"site": site, "id": id_, "at": at}
        return self._unless_last("disable an account", "disable", values, stays=False)

    def enable(self, site: int, id_: UUID) -> bool:
        """Let a disabled account be used again; whether it was disabled."""
        return self._changes("enable an account", "enable", {"site": site, "id": id_})

    def set_password(self, site: int, id_: UUID, digest: str, *, lent: bool) -> bool:
        """Another password; ``lent``: its owner has to choose another one."""
        values = {"site": site, "id": id_, "password": digest, "lent": lent}
        return self._changes("set a password", "set_password", values)

    def offer_factor(self, site: int, id_: UUID, factor: str) -> bool:
        """Keep a second factor that is to be confirmed by a code; an earlier offer is forgotten."""
        return self._changes("offer a second factor", "offer_factor", {"site": site, "id": id_, "factor": factor})

    def confirm_factor(self, site: int, id_: UUID, factor: str, step: int) -> bool:
        """Make the offered second factor the one that counts; False where another one was offered meanwhile."""
        values = {"site": site, "id": id_, "factor": factor, "step": step}
        return self._changes("confirm a second factor", "confirm_factor", values)

    def give_factor(self, site: int, id_: UUID, factor: str) -> bool:
        """Make this the second factor without asking for a code: for whoever has the server."""
        return self._changes("give a second factor", "give_factor", {"site": site, "id": id_, "factor": factor})

    def forget_factor(self, site: int, id_: UUID) -> bool:
        """Take the second factor away, for somebody who lost it."""
        return self._changes("forget a second factor", "forget_factor", {"site": site, "id": id_})

    def use_step(self, site: int, id_: UUID, step: int) -> bool:
        """Use up the code of a time step; False where it, or one of a later step, was used before."""
        return self._changes("use a code", "use_step", {"site": site, "id": id_, "step": step})

    def with_factors(self, site: int) -> list[Secrets]:
        """Every account that has a second factor, or was offered one, by name."""
        with self._transaction("read second factors") as connection:
            return [_secrets_of(row) for row in connection.execute(_SQL["with_factors"], {"site": site})]

    def reseal(self, site: int, known: Secrets, factor: str | None, offered: str | None) -> bool:
        """Keep the second factors of an account sealed otherwise; False where they were changed meanwhile."""
        values = {
            "site": site,
            "id": known.account.id,
            "factor": factor,
            "offered": offered,
            "known_factor": known.factor,
            "known_offered": known.offered,
        }
        return self._changes("seal a second factor", "reseal", values)

    def note_sign_in(self, site: int, id_: UUID, at: datetime) -> None:
        """Remember when an account was last signed in with."""
        self._changes("note a sign-in", "note_sign_in", {"site": site, "id": id_, "at": at})

    def end_demonstration(self, site: int, at: datetime) -> int:
        """Disable every fictitious account and end its sessions; how many could be used until now."""
        with self._transaction("end the accounts of a demonstration") as connection:
            row = connection.execute(_SQL["end_demonstration"], {"site": site, "at": at}).fetchone()
        assert row is not None
        ended: int = row[0]
        return ended

    def _changes(self, doing: str, statement: str, values: dict[str, Any]) -> bool:
        with self._transaction(doing) as connection:
            return connection.execute(_SQL[statement], values).rowcount > 0

    def _unless_last(self, doing: str, statement: str, values: dict[str, Any], *, stays: bool) -> bool:
        """Change an account where somebody who administers is left; whoever is disabled is signed out with it."""
        with self._transaction(doing) as connection:
            administrators = [row[0] for row in connection.execute(_SQL["lock_administrators"], values)]
            if not stays and administrators == [values["id"]]:
                return False
            changed = connection.execute(_SQL[statement], values).rowcount > 0
            if statement == "disable" and changed:
                connection.execute(_SQL["end_sessions"], {"account": values["id"], "no": None, "but": None})
            return changed


def _secrets_of(row: Sequence[Any]) -> Secrets:
    digest, factor, offered = row[-3:]
    return Secrets(account=account_of(row[:-3]), password_digest=digest, factor=factor, offered=offered)


def account_of(row: Sequence[Any]) -> Account:
    """An account from its ten columns."""
    id_, name, shown_name, role, has_factor, lent, fictitious, created_at, disabled_at, signed_in_at = row
    return Account(
        id=id_,
        name=name,
        shown_name=shown_name,
        role=Role(role),
        has_factor=has_factor,
        lent=lent,
        fictitious=fictitious,
        created_at=created_at,
        disabled_at=disabled_at,
        signed_in_at=signed_in_at,
    )
