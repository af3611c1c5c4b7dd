"""What the commands about accounts have in common: the store of a site, a password asked for, a second factor shown once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from app.account_key import account_keys, opens
from app.inspect_commands import looking, printable
from app.settings import Settings, read_settings
from app.wiring import read_site
from core.accounts import AuditEntry
from core.errors import StartError
from core.times import utc_now
from store import Store
from store.accounts import Secrets

if TYPE_CHECKING:
    from web.account_keys import AccountKeys

WHO = "command line"


@dataclass(frozen=True, slots=True)
class Desk:
    """The store of a site, open for one command."""

    store: Store
    site: int
    site_id: str
    site_name: str
    settings: Settings

    def known(self, name: str) -> Secrets:
        """The account of a name; raises StartError where there is none."""
        from web.sign_in_wishes import typed_name

        found = self.store.accounts.secrets(self.site, name=typed_name(name))
        if found is None:
            raise StartError(f"there is no account {printable(name)}", hint="see them all: yukimori user list")
        return found

    def keys(self) -> AccountKeys:
        """The keys second factors are sealed with; raises StartError where they are not here."""
        return account_keys(self.settings, self.store, self.site)

    def unreadable_factors(self) -> frozenset[str]:
        """The names of accounts whose second factor no key here opens."""
        having = self.store.accounts.with_factors(self.site)
        if not having:
            return frozenset()
        try:
            keys = self.keys()
        except StartError:
            return frozenset(known.account.name for known in having)
        return frozenset(known.account.name for known in having if not opens(keys, known))

    def note(self, action: str, account: str, **details: Any) -> None:
        """Write down what was done."""
        entry = AuditEntry(at=utc_now(), who=WHO, action=action, subject=account, details=details)
        self.store.audit.add(self.site, entry)


@contextmanager
def at_desk(site: Path | None, data: Path | None) -> Iterator[Desk]:
    """The desk of a site, for one command."""
    settings = read_settings(site, data)
    found = read_site(settings)
    with looking(site, data) as (store, registry):
        yield Desk(store, registry.site, found.id, found.name_ja, settings)


def asked_password(desk: Desk, name: str, shown: str, *, from_stdin: bool) -> str:
    """A password typed twice, or one line of the standard input; raises StartError for one that would be guessed."""
    from web.passwords import refusal_of

    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise StartError("nobody can type a password here", hint="give it on the standard input: --password-stdin")
    else:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    refused = refusal_of(given, name, shown, desk.site_id)
    if refused is not None:
        raise StartError(refused, hint="a few words in a row are easy to remember and hard to guess")
    return given


def show_new_factor(desk: Desk, id_: UUID, name: str) -> None:
    """Give an account a new second factor, shown this once: as a QR code and as an address."""
    import segno

    from web.second_factor import enrolment_uri, new_factor

    factor = new_factor()
    desk.store.accounts.give_factor(desk.site, id_, desk.keys().seal(factor, id_))
    desk.note("account.new-second-factor", name)
    uri = enrolment_uri(factor, name, desk.site_name)
    print("Second factor, shown only this once. Read it with an authenticator app:")
    segno.make(uri, error="m", micro=False).terminal(compact=True)
    print(uri)
