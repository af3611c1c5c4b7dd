"""What whoever is signed in may do for himself: a password, a second factor, a code, and his sessions elsewhere."""

from __future__ import annotations

import io
from typing import Annotated, Any

import segno
from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.times import format_rfc3339
from store.accounts import Secrets
from store.sessions import Session
from web.access import Access
from web.parameters import only_known
from web.parts import Parts
from web.passwords import digest, fits, refusal_of
from web.problems import Problem
from web.second_factor import NEEDS, enrolment_uri, new_factor
from web.session_cookie import digest_of
from web.sign_in import FRESH, PATH, open_session, session_document
from web.sign_in_documents import (
    CODE_BODY,
    ENDED_ANSWER,
    OFFER_ANSWER,
    PASSWORD_BODY,
    SESSION_ANSWER,
    SESSION_REFUSALS,
    SESSIONS_ANSWER,
)
from web.sign_in_wishes import CODE, SECRET, small_body, wish
from web.signed_in import SignedIn
from web.staff_wishes import number_of

Body = Annotated[bytes, Depends(small_body)]


def add_own_session(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api/session``."""
    own = OwnSession(parts)
    for method, path, endpoint, answer, body in (
        ("POST", "password", own.password, SESSION_ANSWER, PASSWORD_BODY),
        ("POST", "code", own.code, SESSION_ANSWER, CODE_BODY),
        ("POST", "second-factor", own.offer, OFFER_ANSWER, None),
        ("POST", "second-factor/confirm", own.confirm, SESSION_ANSWER, CODE_BODY),
        ("GET", "all", own.sessions, SESSIONS_ANSWER, None),
        ("DELETE", "others", own.end_others, ENDED_ANSWER, None),
        ("DELETE", "all/{number}", own.end, ENDED_ANSWER, None),
    ):
        app.add_api_route(
            f"{PATH}/{path}",
            endpoint,
            methods=[method],
            dependencies=[Depends(parts.access.own), Depends(only_known)],
            response_class=Response,
            responses={200: answer, **SESSION_REFUSALS},
            openapi_extra=body,
        )


class OwnSession:
    """The routes as methods; ``request.state.signed`` is whose session it is."""

    def __init__(self, parts: Parts) -> None:
        self._access: Access = parts.access
        self._site = parts.site
        self._accounts = parts.store.accounts
        self._sessions = parts.store.sessions

    def password(self, request: Request, body: Body) -> Response:
        """Another password; every other session of the account is over, and this one gets a new token."""
        signed, members = _signed(request), wish(body, {"password": SECRET, "new_password": SECRET})
        known, account = self._known(signed), signed.account
        attempt = self._access.lock_out.begin_inside(account.name)
        if not fits(members["password"], known.password_digest):
            self._access.write(account.name, "password.refused", account.name, request)
            raise Problem(403, "The present password is wrong.", {NEEDS: "password"})
        attempt.not_counted()  # a right password forgives no wrong codes
        refused = refusal_of(members["new_password"], account.name, account.shown_name, self._site.id)
        if refused is None and members["new_password"] == members["password"]:
            refused = "The new password is the present one."
        if refused is not None:
            raise Problem(422, refused)
        self._accounts.set_password(self._access.site, account.id, digest(members["new_password"]), lent=False)
        self._access.write(account.name, "password.change", account.name, request)
        return self._renewed(request, signed)

    def code(self, request: Request, body: Body) -> Response:
        """Gives a code of the second factor anew, for what needs a fresh one."""
        signed, members = _signed(request), wish(body, {"code": CODE})
        self._access.take_code(request, signed, members["code"])
        found = self._access.signed_in(request)
        return JSONResponse(session_document(found), headers=FRESH)

    def offer(self, request: Request) -> Response:
        """Offers a second factor: its secret as text, address and QR code (SVG). Who has one gives a fresh code of it first."""
        signed = _signed(request)
        if signed.lacks == "password":
            raise Problem(403, "Choose a password of your own first.", {NEEDS: "password"})
        if signed.account.has_factor:
            self._access.fresh(request, signed)
        factor, id_ = new_factor(), signed.account.id
        self._accounts.offer_factor(self._access.site, id_, self._access.factors.seal(factor, id_))
        uri = enrolment_uri(factor, signed.account.name, self._site.name_ja)
        self._access.write(signed.account.name, "second-factor.offer", signed.account.name, request)
        return JSONResponse({"secret": factor, "uri": uri, "svg": qr_svg(uri)}, headers=FRESH)

    def confirm(self, request: Request, body: Body) -> Response:
        """Makes the offered second factor the one that counts, by a code of it; this session gets a new token."""
        signed, members = _signed(request), wish(body, {"code": CODE})
        known, account = self._known(signed), signed.account
        if known.offered is None:
            raise Problem(409, "No second factor is offered. Begin with POST /api/session/second-factor.")
        step = self._access.factors.step(known.offered, account.id, members["code"])
        if step is None:
            raise Problem(422, "The code is wrong. Is the clock of the telephone right?")
        if not self._accounts.confirm_factor(self._access.site, account.id, known.offered, step):
            raise Problem(409, "Another second factor was offered meanwhile. Please begin again.")
        self._access.write(account.name, "second-factor.confirm", account.name, request)
        return self._renewed(request, signed, confirmed=True)

    def sessions(self, request: Request) -> Response:
        """Where one is signed in, the newest first."""
        signed = _signed(request)
        found = self._sessions.of(signed.account.id, self._access.alive())
        rows = [_session_as_dict(session, signed.session.number) for session in found]
        return JSONResponse({"sessions": rows}, headers=FRESH)

    def end(self, request: Request, number: str) -> Response:
        """Signs out elsewhere; 404 for a number that is no session of one's own."""
        signed = _signed(request)
        ended = self._sessions.end_of(signed.account.id, number=number_of(number))
        if not ended:
            raise Problem(404, "You have no such session.")
        return self._ended(request, signed, ended)

    def end_others(self, request: Request) -> Response:
        """Signs out everywhere but here."""
        signed = _signed(request)
        return self._ended(request, signed, self._sessions.end_of(signed.account.id, but=digest_of(signed.token)))

    def _ended(self, request: Request, signed: SignedIn, ended: int) -> Response:
        self._access.write(signed.account.name, "session.end", signed.account.name, request, ended=ended)
        return JSONResponse({"ended": ended}, headers=FRESH)

    def _known(self, signed: SignedIn) -> Secrets:
        known = self._accounts.secrets(self._access.site, id_=signed.account.id)
        assert known is not None  # accounts are disabled, never removed
        return known

    def _renewed(self, request: Request, signed: SignedIn, *, confirmed: bool = False) -> Response:
        self._sessions.end_of(signed.account.id)
        at = self._access.clock() if confirmed else signed.session.second_factor_at
        return open_session(self._access, request, self._known(signed), at)


def qr_svg(uri: str) -> str:
    """The address as a QR code: an SVG with a quiet zone, dark on white whatever the page looks like."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue().decode()


def _signed(request: Request) -> SignedIn:
    signed: SignedIn = request.state.signed
    return signed


def _session_as_dict(session: Session, own: int) -> dict[str, Any]:
    at = session.second_factor_at
    return {
        "number": session.number,
        "opened_at": format_rfc3339(session.opened_at),
        "seen_at": format_rfc3339(session.seen_at),
        "second_factor_at": None if at is None else format_rfc3339(at),
        "address": session.address,
        "agent": session.agent,
        "this": session.number == own,
    }
