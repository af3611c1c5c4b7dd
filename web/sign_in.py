"""``/api/session``: who is signed in, signing in and signing out.

Every sign-in makes a new token (256 bits); what was signed in before in this browser is over. The answers to a wrong name, a wrong
password and a disabled account are the same, and take the same time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.times import format_rfc3339
from store.accounts import Secrets
from web.access import FRESH_CODE, IDLE, LONGEST, Access
from web.doors import refuse_haste
from web.lock_out import Attempt, Source
from web.parameters import only_known
from web.parts import Parts
from web.passwords import fits
from web.problems import Problem
from web.same_site import csrf_token
from web.second_factor import NEEDS
from web.session_cookie import clear_token, digest_of, new_token, refuse_open_wire, set_token, token_of
from web.sign_in_documents import SESSION_ANSWER, SESSION_REFUSALS, SIGN_IN_BODY
from web.sign_in_wishes import CODE, SECRET, TYPED_NAME, small_body, typed_name, wish
from web.signed_in import SignedIn

FRESH = {"Cache-Control": "no-store"}
PATH = "/api/session"


def add_sign_in(app: FastAPI, parts: Parts) -> None:
    """Adds the route."""
    sessions = SignIn(parts.access)
    for method, endpoint, doors in (
        ("GET", sessions.show, []),
        ("POST", sessions.sign_in, []),
        ("DELETE", sessions.sign_out, [Depends(parts.access.own)]),
    ):
        app.add_api_route(
            PATH,
            endpoint,
            methods=[method],
            dependencies=[*doors, Depends(only_known)],
            response_class=Response,
            responses={200: SESSION_ANSWER, **SESSION_REFUSALS},
            openapi_extra=SIGN_IN_BODY if method == "POST" else None,
        )


class SignIn:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def show(self, request: Request) -> Response:
        """Who is signed in here, ``person`` null where nobody is; ``lacks`` is what is to be done first."""
        access = self._access
        refuse_haste(access.limiter, access.doors.address(request))
        signed = access.signed_in(request)
        answer = JSONResponse(session_document(signed), headers=FRESH)
        if signed is None and token_of(request) is not None:
            clear_token(request, answer)
        return answer

    def sign_in(self, request: Request, body: Annotated[bytes, Depends(small_body)]) -> Response:
        """Signs in; 401 for what does not fit, with ``X-Needs: second-factor`` where only the code is missing; 429 for who guesses."""
        access = self._access
        address = access.doors.address(request)
        refuse_haste(access.limiter, address)
        refuse_open_wire(request)
        members = wish(body, {"name": TYPED_NAME, "password": SECRET}, {"code": CODE})
        name = typed_name(members["name"])
        known = access.store.accounts.secrets(access.site, name=name)
        source = self._source(request, known, address)
        try:
            attempt = access.lock_out.begin(name, source)
        except Problem:
            access.refused("nobody", request, "locked")
            raise
        confirmed_at = self._check(request, known, members, attempt, urgent=source.device is not None)
        assert known is not None
        attempt.succeeded()
        access.write(known.account.name, "sign-in.done", known.account.name, request)
        access.store.accounts.note_sign_in(access.site, known.account.id, access.clock())
        return self._opened(request, known, confirmed_at)

    def sign_out(self, request: Request) -> Response:
        """Signs out: the session is over on every server at once."""
        signed: SignedIn = request.state.signed
        self._access.store.sessions.end(digest_of(signed.token))
        self._access.write(signed.account.name, "sign-out.done", signed.account.name, request)
        answer = JSONResponse(session_document(None), headers=FRESH)
        clear_token(request, answer)
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    def _source(self, request: Request, known: Secrets | None, address: str) -> Source:
        """Where somebody tries from: a browser that signed in with the account before counts for itself."""
        device = None if known is None else self._access.devices.device_of(request, known.account.id)
        return Source(address=address, house=self._access.doors.is_inside(request), device=device)

    def _check(
        self, request: Request, known: Secrets | None, members: dict[str, Any], attempt: Attempt, *, urgent: bool
    ) -> datetime | None:
        """When the code of the second factor was given, None where the account has none; 401 for whatever is wrong."""
        access = self._access
        right = fits(members["password"], None if known is None else known.password_digest, urgent=urgent)
        if known is None or not right or known.account.disabled_at is not None:
            self._failed(request, known, "password")
            raise Problem(401, "The name or the password is wrong.")
        if not known.account.has_factor:
            return None
        code = members.get("code")
        if code is None:
            attempt.not_counted()
            raise Problem(401, "The code of your second factor is needed too.", {NEEDS: "second-factor"})
        if not access.factors.take(known.account, code):
            self._failed(request, known, "second factor")
            raise Problem(401, "The code is wrong or was used before.", {NEEDS: "second-factor"})
        return access.clock()

    def _failed(self, request: Request, known: Secrets | None, why: str) -> None:
        """Whoever types a password into the wrong field will not find it in the audit: unknown names are not written."""
        who = "nobody" if known is None else known.account.name
        disabled = known is not None and known.account.disabled_at is not None
        self._access.write(who, "sign-in.refused", who, request, why="disabled" if disabled else why)

    def _opened(self, request: Request, known: Secrets, confirmed_at: datetime | None) -> Response:
        old = token_of(request)
        if old is not None:
            self._access.store.sessions.end(digest_of(old))
        answer = open_session(self._access, request, known, confirmed_at)
        self._access.devices.remember(request, answer, known.account.id)
        return answer


def open_session(access: Access, request: Request, known: Secrets, confirmed_at: datetime | None) -> Response:
    """Opens a session with a new token and hands it over, with what ``GET`` would say."""
    token = new_token()
    access.store.sessions.open(
        known.account.id,
        digest_of(token),
        access.clock(),
        second_factor_at=confirmed_at,
        address=access.doors.address(request),
        agent=request.headers.get("user-agent", ""),
        alive=access.alive(),
    )
    found = access.store.sessions.find(access.site, digest_of(token), access.clock(), access.alive())
    signed = None if found is None else SignedIn(session=found[0], account=found[1], token=token)
    answer = JSONResponse(session_document(signed), headers=FRESH)
    set_token(request, answer, token)
    return answer


def session_document(signed: SignedIn | None) -> dict[str, Any]:
    """A session as its owner may see it."""
    if signed is None:
        return {
            "person": None,
            "lacks": None,
            "csrf": None,
            "second_factor": False,
            "fresh_until": None,
            "ends_at": None,
        }
    confirmed_at = signed.session.second_factor_at
    return {
        "person": {
            "name": signed.account.name,
            "shown_name": signed.account.shown_name,
            "role": signed.account.role.slug,
            "fictitious": signed.account.fictitious,
        },
        "lacks": signed.lacks,
        "csrf": csrf_token(signed.token),
        "second_factor": signed.account.has_factor,
        "fresh_until": None if confirmed_at is None else format_rfc3339(confirmed_at + FRESH_CODE),
        "ends_at": format_rfc3339(signed.session.opened_at + LONGEST),
        "idle_s": round(IDLE.total_seconds()),
    }
