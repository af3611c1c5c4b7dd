"""The cookie that holds the token of a session: its name, its flags, and where it may be set at all.

Over https it is ``__Host-yukimori`` (Secure, whole host, no subdomain can set it: RFC 6265bis, section 4.1.3.2). A browser on
the machine itself may sign in over plain http (the demonstration of ``yukimori run``), with a cookie named ``yukimori``.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from web.doors import FORWARDING
from web.problems import Problem

SECURE_NAME, PLAIN_NAME = "__Host-yukimori", "yukimori"
TOKEN_BYTES = 32
"""256 random bits."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """The token of a new session: 256 random bits as 43 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """What the store knows of a token. It is random throughout, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).digest()


def token_of(request: Request) -> str | None:
    """The token a request brings, None where it brings none that could be one of ours."""
    given = request.cookies.get(_name(request))
    return given if given is not None and _TOKEN.fullmatch(given) else None


def set_token(request: Request, response: Response, token: str) -> None:
    """Hand a token to the browser, which forgets it when it ends."""
    response.set_cookie(
        _name(request), token, path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )


def clear_token(request: Request, response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(
        _name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )


def refuse_open_wire(request: Request) -> None:
    """Refuses (403) passwords over plain http, except from the machine itself."""
    if request.url.scheme == "https":
        return
    forwarded = any(name in request.headers for name in FORWARDING)
    try:
        own = ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        own = False
    if forwarded or not own:
        raise Problem(403, "Signing in needs https. Behind a proxy, YUKIMORI_PROXIES has to name it.")


def _name(request: Request) -> str:
    return SECURE_NAME if request.url.scheme == "https" else PLAIN_NAME
