"""Who may do what: every route of staff depends on ``parts.access.need(role)``, which yields the person or refuses.

A person comes with the cookie of a session (``web.sign_in``), a machine with the staff token (``Authorization: Bearer …``), which
may do what an operator may. Nothing is remembered between requests: a session ended anywhere is over with the next one.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from core.accounts import AuditEntry, Person, Role
from core.times import Clock
from store import Store
from store.sessions import Alive
from web.account_keys import AccountKeys
from web.doors import Doors, Limiter, refuse_haste
from web.known_devices import KnownDevices
from web.lock_out import LockOut
from web.problems import Problem
from web.same_site import READING, refuse_without_token
from web.second_factor import NEEDS, SecondFactors
from web.session_cookie import SECURE_NAME, digest_of, token_of
from web.signed_in import SignedIn

log = logging.getLogger(__name__)

IDLE = timedelta(hours=2)
"""A session nobody uses is over. An open console asks all the time and stays; a closed one does not outlive the break."""

LONGEST = timedelta(hours=16)
"""A session is over, used or not: longer than a night on duty (17:15 to 08:30), so that nobody is thrown out of one."""

FRESH_CODE = timedelta(minutes=5)
CODE_HEADER = "X-Second-Factor"
WRONG_TOKENS_PER_S, WRONG_TOKENS_AT_ONCE = 0.2, 20
REFUSALS_PER_S, REFUSALS_AT_ONCE = 0.1, 30
LONGEST_TEXT = 400

_ROLE_JA = {Role.VIEWER: "閲覧", Role.OPERATOR: "操作", Role.APPROVER: "承認", Role.ADMIN: "管理"}

_BEARER = HTTPBearer(auto_error=False, scheme_name="staff", description="The token of YUKIMORI_STAFF_TOKEN")
_COOKIE = APIKeyCookie(name=SECURE_NAME, auto_error=False, scheme_name="session", description="A session of /sign-in")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
Cookie = Annotated[str | None, Security(_COOKIE)]

MACHINE = Person(account=None, name="token", shown_name="token", role=Role.OPERATOR)
"""Whoever brings the staff token."""


class Access:
    """The doors of staff. ``site`` is the store's number of the site: accounts of another one are not known here.

    ``keys`` open second factors; without any, whoever has one stays outside.
    """

    def __init__(
        self,
        site: int,
        store: Store,
        clock: Clock,
        doors: Doors,
        limiter: Limiter,
        *,
        keys: AccountKeys,
        staff_token: str = "",
    ) -> None:
        self.site = site
        self.store = store
        self.clock = clock
        self.doors = doors
        self.limiter = limiter
        self.factors = SecondFactors(site, store, clock, keys)
        self.devices = KnownDevices(keys, clock)
        self.lock_out = LockOut(site, store, clock)
        self._staff_token = staff_token
        self._wrong_tokens = Limiter(WRONG_TOKENS_PER_S, WRONG_TOKENS_AT_ONCE)
        self._refusals = Limiter(REFUSALS_PER_S, REFUSALS_AT_ONCE)

    def need(self, role: Role, *, fresh_code: bool = False) -> Need:
        """A dependency that yields the ``Person`` who asks.

        It raises Problem: 401 for nobody, 403 where the role, a password of one's own, the second factor or the CSRF token of a
        change is missing, 429 for who hurries. ``fresh_code``: a code of the second factor was given within five
        minutes, or comes with the request (``X-Second-Factor``).
        """
        return Need(self, role, fresh_code=fresh_code)

    def alive(self) -> Alive:
        """Which sessions live now."""
        now = self.clock()
        return Alive(seen_after=now - IDLE, opened_after=now - LONGEST)

    def signed_in(self, request: Request) -> SignedIn | None:
        """The session a request belongs to, None where to none that lives."""
        token = token_of(request)
        if token is None:
            return None
        found = self.store.sessions.find(self.site, digest_of(token), self.clock(), self.alive())
        return None if found is None else SignedIn(session=found[0], account=found[1], token=token)

    def own(self, request: Request, _: Cookie) -> SignedIn:
        """A dependency that yields the session of whoever is signed in, whatever is lacking still (401, 403, 429 otherwise)."""
        refuse_haste(self.limiter, self.doors.address(request))
        signed = self.signed_in(request)
        if signed is None:
            raise nobody()
        self.own_change(request, signed)
        request.state.signed = signed
        return signed

    def own_change(self, request: Request, signed: SignedIn) -> None:
        """Refuses (403) a change without the token of its session."""
        if request.method in READING:
            return
        try:
            refuse_without_token(request, signed.token)
        except Problem:
            self.refused(signed.account.name, request, "csrf")
            raise

    def machine(self, request: Request, token: str) -> Person:
        """The bearer of the staff token (401 for any other, 429 for who guesses)."""
        if self._staff_token and _same(token, self._staff_token):
            return MACHINE
        refuse_haste(self._wrong_tokens, self.doors.address(request))
        raise nobody()

    def fresh(self, request: Request, signed: SignedIn) -> datetime:
        """When the second factor was last confirmed, no more than five minutes ago; else the code the request brings is taken."""
        at, now = signed.session.second_factor_at, self.clock()
        code = request.headers.get(CODE_HEADER)
        if code is None:
            if at is not None and now - at <= FRESH_CODE:
                return at
            raise Problem(
                403,
                f"This needs a code of your second factor, not older than 5 minutes: send it as {CODE_HEADER}.",
                {NEEDS: "second-factor"},
                ja="認証アプリの番号が要ります。",
            )
        return self.take_code(request, signed, code)

    def take_code(self, request: Request, signed: SignedIn, code: str) -> datetime:
        """Take a code of the second factor for a session; who guesses is slowed down as at the door (403, 429)."""
        name, now = signed.account.name, self.clock()
        attempt = self.lock_out.begin_inside(name)
        if not self.factors.take(signed.account, code):
            self.write(name, "second-factor.refused", name, request)
            raise Problem(
                403,
                "The code of the second factor is wrong or was used before.",
                {NEEDS: "second-factor"},
                ja="番号が違うか、すでに使われています。次の番号を待って入れてください。",
            )
        attempt.succeeded()
        self.store.sessions.confirm(digest_of(signed.token), now)
        return now

    def refused(self, who: str, request: Request, why: str) -> None:
        """Write down that somebody was refused; of a flood of refusals only the first."""
        if self._refusals.wait_s(who) == 0:
            self.write(who, "access.refused", f"{request.method} {request.scope['path']}", request, why=why)

    def write(self, who: str, action: str, subject: str, request: Request, **details: Any) -> None:
        """Write a line of the audit; raises StoreError where it cannot be kept."""
        address = self.doors.address(request)
        entry = AuditEntry(
            at=self.clock(),
            who=one_line(who),
            action=action,
            subject=one_line(subject),
            address=one_line(address),
            details=_one_lines(details),
        )
        log.info("%s %s %s from %s", entry.who, entry.action, entry.subject, entry.address)
        self.store.audit.add(self.site, entry)


class Need:
    """What one route needs; a dependency of FastAPI. ``role`` and ``fresh_code`` can be read off a route by a test."""

    def __init__(self, access: Access, role: Role, *, fresh_code: bool) -> None:
        self._access = access
        self.role = role
        self.fresh_code = fresh_code

    def __call__(self, request: Request, credentials: Credentials, _: Cookie) -> Person:
        """The person who asks; the cookie stands here for the interface's description only."""
        refuse_haste(self._access.limiter, self._access.doors.address(request))
        person = self._asking(request, credentials)
        request.state.person = person
        return person

    def _asking(self, request: Request, credentials: HTTPAuthorizationCredentials | None) -> Person:
        access = self._access
        if credentials is not None:
            person = access.machine(request, credentials.credentials)
            self._check_role(person, request)
            if self.fresh_code:
                raise Problem(403, "This is for a person with a second factor, not for the token.", {NEEDS: "sign-in"})
            return person
        signed = access.signed_in(request)
        if signed is None:
            raise nobody()
        return self._person(signed, request)

    def _person(self, signed: SignedIn, request: Request) -> Person:
        access = self._access
        access.own_change(request, signed)
        if signed.lacks == "password":
            raise Problem(403, "Choose a password of your own first: /sign-in", {NEEDS: "password"})
        if signed.lacks == "enrolment":
            raise Problem(403, "Set up your second factor first: /sign-in", {NEEDS: "enrolment"})
        self._check_role(signed.person, request)
        if not self.fresh_code:
            return signed.person
        return replace(signed.person, second_factor_at=access.fresh(request, signed))

    def _check_role(self, person: Person, request: Request) -> None:
        if person.role < self.role:
            self._access.refused(person.name, request, f"needs {self.role.slug}")
            raise Problem(
                403,
                f"This needs the role {self.role.slug}; yours is {person.role.slug}.",
                {NEEDS: "role"},
                ja=f"この操作には「{_ROLE_JA[self.role]}」の権限が要ります。",
            )


def person_of(request: Request) -> Person:
    """Who asks, on a route that needs a role."""
    person: Person = request.state.person
    return person


def said_by(request: Request, given: str) -> str:
    """Under whose name something is written down: the signed-in person's, whatever the body says; a machine tells it."""
    person = person_of(request)
    return given if person.account is None else person.shown_name


def nobody() -> Problem:
    """The refusal of somebody unknown."""
    headers = {"WWW-Authenticate": "Bearer", NEEDS: "sign-in"}
    return Problem(401, "Staff only: sign in at /sign-in, or send Authorization: Bearer and the token.", headers)


def one_line(text: str) -> str:
    """The text on one line, whatever is in it: what cannot be seen is written as its number; at most 400 characters."""
    seen = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text[:LONGEST_TEXT])
    return seen if len(text) <= LONGEST_TEXT else f"{seen}…"


def _one_lines(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one_line(value) if isinstance(value, str) else value for name, value in details.items()}


def _same(given: str, token: str) -> bool:
    """Whether the tokens are the same, in a time that tells nothing of either."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (given, token)]
    return hmac.compare_digest(*digests)
