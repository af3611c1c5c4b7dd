"""Whether it is one of our own pages that asks for a change, and the token that says so (CSRF)."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from web.problems import Problem

HEADER = "X-CSRF-Token"
READING = ("GET", "HEAD")


def refuse_foreign_page(request: Request) -> None:
    """A browser says where the page comes from that asks (Fetch, Sec-Fetch-Site; RFC 6454, Origin); 403 for another's."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Problem(403, "Another site's page may not ask for this.")
    origin = request.headers.get("origin")
    if origin is not None and _host_of(origin) != request.headers.get("host", ""):
        raise Problem(403, "Another site's page may not ask for this.")


def _host_of(origin: str) -> str | None:
    """Host and port of an origin; None where it has none that can be read (``null``, half an IPv6 address)."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def csrf_token(session_token: str) -> str:
    """What a page of ours sends with every change: made of the session's token, which it cannot be turned back into."""
    return hmac.new(session_token.encode(), b"yukimori csrf", hashlib.sha256).hexdigest()


def refuse_without_token(request: Request, session_token: str) -> None:
    """Refuses (403) a change that does not bring the token of its session, or that another site's page asks for."""
    refuse_foreign_page(request)
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(session_token).encode()):
        raise Problem(403, f"This change lacks {HEADER}, the token of your session: GET /api/session has it.")
