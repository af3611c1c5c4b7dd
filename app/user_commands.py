"""``yukimori user …``: the accounts of the console, for whoever has the server; the first administrator is made here.

A password is typed twice or read from the standard input, never an argument: arguments can be seen by everybody on the machine.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, printable
from app.user_desk import asked_password, at_desk, show_new_factor
from core.accounts import Role
from core.errors import StartError
from core.times import format_rfc3339, utc_now
from store.accounts import Account, NewAccount

user_app = typer.Typer(help="Accounts of the console: who may sign in.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the standard input, one line.")
]


class RoleName(StrEnum):
    """The roles as they are typed."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    @property
    def role(self) -> Role:
        """The role."""
        return Role[self.name]


RoleArgument = Annotated[RoleName, typer.Argument(help="What the account may do.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the group to the command line."""
    for name, command in (
        ("add", add), ("list", list_), ("password", password), ("code", code), ("role", role), ("disable", disable),
        ("enable", enable), ("unlock", unlock),
    ):  # fmt: skip
        user_app.command(name)(command)
    app.add_typer(user_app, name="user", rich_help_panel="Accounts")


def add(
    name: NameArgument,
    role: Annotated[RoleName, typer.Option("--role", help="What the account may do.")] = RoleName.VIEWER,
    shown_name: Annotated[
        str | None, typer.Option("--shown-name", help="The name people read; without it the name.", show_default=False)
    ] = None,
    password_stdin: StdinOption = False,
    lent: Annotated[
        bool, typer.Option("--lent", help="Make a password to hand over; its owner changes it at the first sign-in.")
    ] = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Make an account. Approvers and administrators get a second factor: a QR code for their authenticator app.

    Example: yukimori user add hanako --role admin --shown-name "雪野 花子"
    """
    from web.passwords import digest, lent_password
    from web.sign_in_wishes import is_shown, name_refusal, typed_name

    plain, shown = typed_name(name), (shown_name or name).strip()
    refused = name_refusal(plain) or (
        None if is_shown(shown) else "The name people read is up to 60 printable characters."
    )
    if refused is not None:
        raise StartError(refused)
    with at_desk(site, data) as desk:
        secret = lent_password() if lent else asked_password(desk, plain, shown, from_stdin=password_stdin)
        new = NewAccount(
            id=uuid4(), name=plain, shown_name=shown, role=role.role, password_digest=digest(secret), lent=lent
        )
        if not desk.store.accounts.add(desk.site, new, utc_now()):
            raise StartError(
                f"there is an account {plain} already", hint="change it: yukimori user password, role, enable"
            )
        desk.note("account.add", plain, role=role.value)
        print(f"{plain} may sign in as {role.value}.")
        if lent:
            print(f"Password to hand over: {secret}")
        if role.role >= Role.APPROVER and not lent:
            show_new_factor(desk, new.id, plain)


def list_(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every account: its role, whether it has a second factor, whether it may be used.

    Example: yukimori user list --json
    """
    with at_desk(site, data) as desk:
        found = desk.store.accounts.listed(desk.site)
        unreadable = desk.unreadable_factors()
    if as_json:
        for account in found:
            print(in_json(_as_dict(account, unreadable)))
        return
    table = Table("name", "shown as", "role", "second factor", "state", "since", "last sign-in", box=None)
    for account in found:
        factor = "yes" if account.has_factor else ("missing" if account.role >= Role.APPROVER else "no")
        if account.name in unreadable:
            factor = "key missing"
        table.add_row(
            account.name,
            printable(account.shown_name),
            account.role.slug,
            factor,
            _state(account),
            local_time(account.created_at),
            "never" if account.signed_in_at is None else local_time(account.signed_in_at),
        )
    Console().print(table if found else "no accounts; make the first: yukimori user add NAME --role admin")


def password(
    name: NameArgument, password_stdin: StdinOption = False, site: SiteOption = None, data: DataOption = None
) -> None:
    """Give an account another password. Whoever is signed in with it is out.

    Example: yukimori user password hanako
    """
    from web.passwords import digest

    with at_desk(site, data) as desk:
        account = desk.known(name).account
        secret = asked_password(desk, account.name, account.shown_name, from_stdin=password_stdin)
        desk.store.accounts.set_password(desk.site, account.id, digest(secret), lent=False)
        desk.store.sessions.end_of(account.id)
        desk.note("account.reset-password", account.name)
    print(f"{account.name} has another password.")


def code(
    name: NameArgument,
    new: Annotated[bool, typer.Option("--new", help="Make a new second factor and show its QR code.")] = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """The code of the second factor now, of an account of the demonstration; with --new another factor for any account.

    Example: yukimori user code demo-approver

    Example: yukimori user code hanako --new
    """
    from web.second_factor import code_at

    with at_desk(site, data) as desk:
        known = desk.known(name)
        if new:
            desk.store.sessions.end_of(known.account.id)
            show_new_factor(desk, known.account.id, known.account.name)
            return
        if not known.account.fictitious or known.factor is None:
            raise StartError(
                f"codes of {known.account.name} are known to its owner's telephone only",
                hint="if it is lost, make another second factor: yukimori user code NAME --new",
            )
        print(code_at(desk.keys().open(known.factor, known.account.id), utc_now()))


def role(name: NameArgument, role: RoleArgument, site: SiteOption = None, data: DataOption = None) -> None:
    """Give an account another role; it counts from the next request on.

    Example: yukimori user role hanako approver
    """
    with at_desk(site, data) as desk:
        account = desk.known(name).account
        if not desk.store.accounts.set_role(desk.site, account.id, role=role.role):
            raise StartError(f"{account.name} is the only administrator", hint="make another one first")
        desk.note("account.change", account.name, role=role.value, was=account.role.slug)
    print(f"{account.name} is {role.value} now.")


def disable(name: NameArgument, site: SiteOption = None, data: DataOption = None) -> None:
    """Disable an account: its sessions end at once. Accounts are never removed, because the audit names them.

    Example: yukimori user disable hanako
    """
    with at_desk(site, data) as desk:
        account = desk.known(name).account
        if account.disabled_at is None and not desk.store.accounts.disable(desk.site, account.id, utc_now()):
            raise StartError(f"{account.name} is the only administrator", hint="make another one first")
        desk.note("account.disable", account.name)
    print(f"{account.name} is disabled.")


def enable(name: NameArgument, site: SiteOption = None, data: DataOption = None) -> None:
    """Let a disabled account be used again.

    Example: yukimori user enable hanako
    """
    with at_desk(site, data) as desk:
        account = desk.known(name).account
        desk.store.accounts.enable(desk.site, account.id)
        desk.note("account.enable", account.name)
    print(f"{account.name} may be used.")


def unlock(name: NameArgument, site: SiteOption = None, data: DataOption = None) -> None:
    """End the wait of a name after too many failures.

    Example: yukimori user unlock hanako
    """
    from web.lock_out import LockOut

    with at_desk(site, data) as desk:
        account = desk.known(name).account
        was = LockOut(desk.site, desk.store, utc_now).unlock(account.name)
        desk.note("account.unlock", account.name)
    print(f"{account.name} may try again." if was else f"{account.name} was not locked.")


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return "disabled"
    demonstration = "demonstration" if account.fictitious else "usable"
    return "password lent" if account.lent else demonstration


def _as_dict(account: Account, unreadable: AbstractSet[str]) -> dict[str, Any]:
    at, last = account.disabled_at, account.signed_in_at
    return {
        "name": account.name,
        "shown_name": account.shown_name,
        "role": account.role.slug,
        "second_factor": account.has_factor,
        "second_factor_readable": account.has_factor and account.name not in unreadable,
        "password_lent": account.lent,
        "fictitious": account.fictitious,
        "created_at": format_rfc3339(account.created_at),
        "disabled_at": None if at is None else format_rfc3339(at),
        "signed_in_at": None if last is None else format_rfc3339(last),
    }
