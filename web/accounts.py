"""``/api/console/accounts``: an administrator makes accounts, changes and disables them, and helps who is locked out.

Accounts are never removed, because the audit names them. A new password is made here and shown once; its owner chooses another at
the first sign-in. Each change needs a fresh code of the administrator's own second factor.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Role
from core.times import format_rfc3339
from store.accounts import Account, NewAccount, Secrets
from web.access import person_of
from web.parameters import only_known
from web.parts import Parts
from web.passwords import digest, lent_password
from web.problems import Problem
from web.sign_in_documents import ACCOUNT_ANSWER, ACCOUNTS_ANSWER, CHANGE_BODY, NEW_ACCOUNT_BODY, SESSION_REFUSALS
from web.sign_in_wishes import FLAG, ROLE, ROLES, SHOWN, TYPED_NAME, name_refusal, small_body, typed_name, wish

FRESH = {"Cache-Control": "no-store"}
PATH = "/api/console/accounts"
Body = Annotated[bytes, Depends(small_body)]
_CHANGES = {"shown_name": SHOWN, "role": ROLE} | dict.fromkeys(
    ("disabled", "reset_password", "reset_second_factor", "unlock", "end_sessions"), FLAG
)
_LAST = "This is the only administrator; make another one first."


def add_accounts(app: FastAPI, parts: Parts) -> None:
    """Adds the routes."""
    accounts, need = ConsoleAccounts(parts), parts.access.need
    reading, changing = Depends(need(Role.ADMIN)), Depends(need(Role.ADMIN, fresh_code=True))
    for method, path, endpoint, door, answer, body in (
        ("GET", PATH, accounts.listed, reading, ACCOUNTS_ANSWER, None),
        ("POST", PATH, accounts.add, changing, ACCOUNT_ANSWER, NEW_ACCOUNT_BODY),
        ("POST", f"{PATH}/{{account}}", accounts.change, changing, ACCOUNT_ANSWER, CHANGE_BODY),
    ):
        app.add_api_route(
            path,
            endpoint,
            methods=[method],
            dependencies=[door, Depends(only_known)],
            response_class=Response,
            responses={200: answer, **SESSION_REFUSALS},
            openapi_extra=body,
        )


class ConsoleAccounts:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._accounts = parts.store.accounts
        self._sessions = parts.store.sessions
        self._lock_out = parts.access.lock_out

    def listed(self) -> Response:
        """Every account, disabled ones too."""
        rows = [self._as_dict(account) for account in self._accounts.listed(self._site)]
        return JSONResponse({"accounts": rows}, headers=FRESH)

    def add(self, request: Request, body: Body) -> Response:
        """Makes an account; the answer has its first password, which nobody can read again.

        409 for a name that is taken, and within an exercise: people are the town's.
        """
        if self._parts.site.exercise:
            raise Problem(409, f"An exercise has no people of its own: make the account at {PATH} of the town.")
        members = wish(body, {"name": TYPED_NAME, "shown_name": SHOWN, "role": ROLE})
        name, password = typed_name(members["name"]), lent_password()
        refused = name_refusal(name)
        if refused is not None:
            raise Problem(422, refused)
        new = NewAccount(
            id=uuid4(),
            name=name,
            shown_name=members["shown_name"].strip(),
            role=ROLES[members["role"]],
            password_digest=digest(password),
        )
        if not self._accounts.add(self._site, new, self._parts.clock()):
            raise Problem(409, f"There is an account {name} already.")
        self._parts.audit(person_of(request), "account.add", name, request, role=new.role.slug)
        return self._told(new.id, password)

    def change(self, request: Request, account: str, body: Body) -> Response:
        """Changes an account; every member of the body is one change. 404 for one that is not this site's."""
        known, members = self._known(account), wish(body, {}, _CHANGES)
        if not any(value is not False or name == "disabled" for name, value in members.items()):
            raise Problem(400, f"Say what is to change: {', '.join(_CHANGES)}.")
        self._refuse_self(request, known.account, members)
        self._rename(request, known.account, members)
        self._able(request, known.account, members)
        password = self._help(request, known.account, members)
        return self._told(known.account.id, password)

    def _refuse_self(self, request: Request, account: Account, members: dict[str, Any]) -> None:
        own = person_of(request).account == account.id
        if own and (members.get("disabled") or "role" in members or members.get("reset_password")):
            raise Problem(409, "Not for your own account: ask another administrator, or use the command line.")

    def _rename(self, request: Request, account: Account, members: dict[str, Any]) -> None:
        role = ROLES[members["role"]] if "role" in members else None
        shown = members["shown_name"].strip() if "shown_name" in members else None
        if role is None and shown is None:
            return
        if not self._accounts.set_role(self._site, account.id, role=role, shown_name=shown):
            raise Problem(409, _LAST)
        told = {"role": None if role is None else role.slug, "shown_name": shown, "was": account.role.slug}
        self._parts.audit(person_of(request), "account.change", account.name, request, **told)

    def _able(self, request: Request, account: Account, members: dict[str, Any]) -> None:
        """Disabling ends every session of the account in the same transaction."""
        disabled = members.get("disabled")
        if disabled is None or disabled is (account.disabled_at is not None):
            return
        if disabled and not self._accounts.disable(self._site, account.id, self._parts.clock()):
            raise Problem(409, _LAST)
        if not disabled:
            self._accounts.enable(self._site, account.id)
        done = "account.disable" if disabled else "account.enable"
        self._parts.audit(person_of(request), done, account.name, request)

    def _help(self, request: Request, account: Account, members: dict[str, Any]) -> str | None:
        """A new password, no second factor, no wait: whoever lost something is let in again, and signed out elsewhere.

        ``end_sessions`` alone signs out everywhere: a notebook is lost, a computer was left open.
        """
        person, password = person_of(request), None
        if members.get("unlock"):
            self._lock_out.unlock(account.name)
            self._parts.audit(person, "account.unlock", account.name, request)
        if members.get("reset_second_factor"):
            self._accounts.forget_factor(self._site, account.id)
            self._sessions.end_of(account.id)
            self._parts.audit(person, "account.reset-second-factor", account.name, request)
        if members.get("end_sessions"):
            ended = self._sessions.end_of(account.id)
            self._parts.audit(person, "account.end-sessions", account.name, request, ended=ended)
        if members.get("reset_password"):
            password = lent_password()
            self._accounts.set_password(self._site, account.id, digest(password), lent=True)
            self._sessions.end_of(account.id)
            self._lock_out.unlock(account.name)
            self._parts.audit(person, "account.reset-password", account.name, request)
        return password

    def _known(self, text: str) -> Secrets:
        try:
            known = self._accounts.secrets(self._site, id_=UUID(text)) if len(text) == 36 else None
        except ValueError:
            known = None
        if known is None:
            raise Problem(404, "There is no such account.")
        return known

    def _told(self, id_: UUID, password: str | None) -> Response:
        found = self._accounts.secrets(self._site, id_=id_)
        assert found is not None
        once = {} if password is None else {"password": password}
        return JSONResponse({**self._as_dict(found.account), **once}, headers=FRESH)

    def _as_dict(self, account: Account) -> dict[str, Any]:
        at, last = account.disabled_at, account.signed_in_at
        return {
            "id": str(account.id),
            "name": account.name,
            "shown_name": account.shown_name,
            "role": account.role.slug,
            "second_factor": account.has_factor,
            "password_lent": account.lent,
            "fictitious": account.fictitious,
            "created_at": format_rfc3339(account.created_at),
            "disabled_at": None if at is None else format_rfc3339(at),
            "signed_in_at": None if last is None else format_rfc3339(last),
            "locked_s": self._lock_out.wait_s(account.name),
            "sessions": len(self._sessions.of(account.id, self._parts.access.alive())),
        }
