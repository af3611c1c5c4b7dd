"""The keys of crew pages. Crews have no accounts: whoever holds the link of a vehicle speaks for that vehicle and no other.

A key is HMAC-SHA256 (RFC 2104) of site, vehicle and key number under ``YUKIMORI_CREW_SECRET``, its first 24 bytes in
base64url (RFC 4648, section 5). Nothing is kept: another number in ``vehicles.csv`` takes one key back, another secret all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.model import Vehicle
from web.doors import Limiter, refuse_haste
from web.parts import Parts
from web.problems import Problem

KEY_BYTES = 24
WRONG_KEYS_PER_S, WRONG_KEYS_AT_ONCE = 0.2, 20

_BEARER = HTTPBearer(
    auto_error=False, scheme_name="crew", description="`<vehicle>.<key>`, as in the link of the vehicle"
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


def crew_key(secret: str, site: str, vehicle: Vehicle) -> str:
    """The key of a vehicle's crew page, 32 characters; empty where it has none (``crew_key`` 0, or no secret)."""
    if not secret or vehicle.crew_key < 1:
        return ""
    said = f"yukimori crew\n{site}\n{vehicle.id}\n{vehicle.crew_key}".encode()
    digest = hmac.new(secret.encode(), said, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:KEY_BYTES]).decode()


def crew_link(base: str, vehicle: Vehicle, key: str) -> str:
    """The link to hand out. The key lies in the fragment, which no browser sends to a server (RFC 9110, section 4.2.5)."""
    return f"{base.rstrip('/')}/plough#vehicle={vehicle.id}&key={key}"


class CrewDoor:
    """Lets the crew of a vehicle in: 404 where there are no crew pages, 429 for who hurries or guesses, 401 for others."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        secret = parts.settings.crew_secret
        self._open = bool(secret)
        self._keys = {
            vehicle.id: (vehicle, crew_key(secret, parts.site.id, vehicle)) for vehicle in parts.site.vehicles
        }
        self._wrong_keys = Limiter(WRONG_KEYS_PER_S, WRONG_KEYS_AT_ONCE)

    def admitted(self, request: Request, credentials: Credentials) -> Vehicle:
        """The vehicle whose crew asks."""
        if not self._open:
            raise Problem(404, "There are no crew pages here.")
        address = self._parts.doors.address(request)
        refuse_haste(self._parts.limiter, address)
        found = None if credentials is None else self._vehicle(credentials.credentials)
        if found is None:
            refuse_haste(self._wrong_keys, address)
            raise Problem(401, "Crews only: open the page by the link of the vehicle.", {"WWW-Authenticate": "Bearer"})
        return found

    def _vehicle(self, given: str) -> Vehicle | None:
        name, _, key = given.rpartition(".")
        vehicle, wanted = next((pair for id_, pair in self._keys.items() if id_ == name), (None, ""))
        # A digest is compared also where there is no such vehicle or no key: the time tells nothing of either.
        same = hmac.compare_digest(_digest(key), _digest(wanted))
        return vehicle if same and wanted else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
