"""Somebody who is signed in: the session, its account, and what is still to be done before anything else."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.accounts import Person, Role
from store.accounts import Account
from store.sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that lives. ``token`` is its secret."""

    session: Session
    account: Account
    token: str = field(repr=False)

    @property
    def lacks(self) -> str | None:
        """What its owner has to do before anything else: choose a ``password``, or ``enrolment`` of a second factor."""
        if self.account.lent:
            return "password"
        needs_factor = self.account.role >= Role.APPROVER
        return "enrolment" if needs_factor and not self.account.has_factor else None

    @property
    def person(self) -> Person:
        """Who it is."""
        return Person(
            account=self.account.id,
            name=self.account.name,
            shown_name=self.account.shown_name,
            role=self.account.role,
            second_factor_at=self.session.second_factor_at,
        )
