"""Browsers that signed in with an account before: a signed cookie tells them from strangers, whose failures then do not lock them out.

The cookie opens nothing, the password is asked as ever (ADR 0023). A computer in a duty room is used by many, so it holds the
last eight accounts, each with a mark of its own: account, 128 random bits, hour of issue, HMAC-SHA-256 over the three.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from core.times import Clock
from web.account_keys import AccountKeys

SECURE_NAME, PLAIN_NAME = "__Host-yukimori-device", "yukimori-device"
KNOWN_FOR = timedelta(days=180)
"""From the last sign-in: a winter and the summer after it."""

MOST_ACCOUNTS = 8
_ID_BYTES = 16
_SIGNED_BYTES = 16 + _ID_BYTES + 4
_MARK_BYTES = _SIGNED_BYTES + 32
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class _Mark:
    """One account a browser signed in with."""

    account: UUID
    device: bytes
    hour: int
    raw: bytes


class KnownDevices:
    """Reads and writes the cookie."""

    def __init__(self, keys: AccountKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def device_of(self, request: Request, account: UUID) -> bytes | None:
        """The name of this browser for an account, 16 bytes; None where it never signed in with it, or not for long."""
        return next((mark.device for mark in self._marks(request) if mark.account == account), None)

    def remember(self, request: Request, response: Response, account: UUID) -> None:
        """Let the browser be known for an account that just signed in; the longest unused of more than eight is forgotten."""
        marks = list(self._marks(request))
        device = next((mark.device for mark in marks if mark.account == account), secrets.token_bytes(_ID_BYTES))
        signed = account.bytes + device + _hour(self._clock()).to_bytes(4, "big")
        signature = self._keys.sign(signed)
        if signature is None:
            return
        kept = [signed + signature, *(mark.raw for mark in marks if mark.account != account)][:MOST_ACCOUNTS]
        response.set_cookie(
            _name(request),
            ".".join(base64.urlsafe_b64encode(raw).decode().rstrip("=") for raw in kept),
            max_age=round(KNOWN_FOR.total_seconds()),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    def _marks(self, request: Request) -> Iterator[_Mark]:
        present = _hour(self._clock())
        oldest = present - KNOWN_FOR // timedelta(hours=1)
        for text in request.cookies.get(_name(request), "").split(".")[:MOST_ACCOUNTS]:
            mark = _read(text)
            if mark is None or not oldest <= mark.hour <= present + 1:
                continue
            if self._keys.signed(mark.raw[:_SIGNED_BYTES], mark.raw[_SIGNED_BYTES:]):
                yield mark


def _read(text: str) -> _Mark | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _MARK_BYTES:
        return None
    hour = int.from_bytes(raw[_SIGNED_BYTES - 4 : _SIGNED_BYTES], "big")
    return _Mark(UUID(bytes=raw[:16]), raw[16 : 16 + _ID_BYTES], hour, raw)


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // _HOUR_S


def _name(request: Request) -> str:
    return SECURE_NAME if request.url.scheme == "https" else PLAIN_NAME
