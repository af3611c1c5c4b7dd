"""What guessing costs: whoever fails a few times waits longer and longer. Kept in the store, for all servers.

What is counted hangs on where an attempt comes from (ADR 0023), so that nobody, by typing a name, keeps its owner out: a session,
a browser that signed in with the account before, another one within the house, and everybody else each count for themselves. A name
nobody has waits as one somebody has, so that neither words nor waits tell which names there are. An administrator, or
``yukimori user unlock``, ends the wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.times import Clock
from store import Store
from web.problems import Problem

_NOT_YET = timedelta(0)
NAME_DELAYS = (*[_NOT_YET] * 4, *(timedelta(seconds=s) for s in (30, 60, 120, 240, 480, 900)))
"""Four slips are free; the wait doubles from half a minute to a quarter of an hour, which leaves a guesser 96 tries a day."""

ADDRESS_DELAYS = (*[_NOT_YET] * 29, *(timedelta(seconds=s) for s in (10, 20, 40, 80, 160, 300)))
"""A whole town hall comes from one address, so it may slip more often and waits less."""

FORGET_AFTER = timedelta(hours=24)
_SESSION, _HOUSE, _OUTSIDE = "session", "house", "name"

_Counted = tuple[bytes, Sequence[timedelta]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an attempt comes from. ``device`` names a browser that signed in with this account before; ``house``: its address is inside."""

    address: str
    house: bool = False
    device: bytes | None = None


class LockOut:
    """Counts attempts at the names of one site, and of addresses."""

    def __init__(self, site: int, store: Store, clock: Clock) -> None:
        self._site = site
        self._store = store
        self._clock = clock

    def begin(self, name: str, source: Source) -> Attempt:
        """Count an attempt at the door as failed before anything is compared; 429 with the wait where nothing may be tried."""
        if source.device is not None:
            own = self._name(f"device {source.device.hex()}", name)
            if self._counted([(own, NAME_DELAYS)]) is None:
                return Attempt(self._store, own)
        named = self._name(_HOUSE if source.house else _OUTSIDE, name)
        return self._begun(named, _address(source.address))

    def begin_inside(self, name: str) -> Attempt:
        """The same within a session: nobody but its owner is in it, so no address counts."""
        return self._begun(self._name(_SESSION, name), None)

    def unlock(self, name: str) -> bool:
        """Let a name be tried at once, wherever from; whether anything had failed."""
        forgiven = {self._store.sessions.forgive(subject) for subject in self._subjects(name)}
        return True in forgiven

    def wait_s(self, name: str) -> int:
        """How many seconds nothing may be tried for a name by somebody it does not know, or within a session; 0 where it may."""
        known = [self._store.sessions.failures(subject) for subject in self._subjects(name)]
        waits = [(found[1] - self._clock()).total_seconds() for found in known if found is not None]
        return max(0, round(max(waits, default=0)))

    def _begun(self, named: bytes, address: bytes | None) -> Attempt:
        counted: list[_Counted] = [] if address is None else [(address, ADDRESS_DELAYS)]
        until = self._counted([*counted, (named, NAME_DELAYS)])
        if until is not None:
            wait_s = max(1, round((until - self._clock()).total_seconds()))
            raise Problem(429, "Too many failures. Please wait.", {"Retry-After": str(wait_s)})
        return Attempt(self._store, named, address)

    def _counted(self, subjects: Sequence[_Counted]) -> datetime | None:
        """None where the attempt may go on; else until when the first of them has to wait."""
        for subject, delays in subjects:
            until = self._store.sessions.try_(subject, self._clock(), delays, FORGET_AFTER)
            if until is not None:
                return until
        return None

    def _subjects(self, name: str) -> list[bytes]:
        return [self._name(where, name) for where in (_OUTSIDE, _HOUSE, _SESSION)]

    def _name(self, where: str, name: str) -> bytes:
        return hashlib.sha256(f"{where} {self._site} {name}".encode("utf-8", "surrogateescape")).digest()


class Attempt:
    """An attempt that was counted as failed, until it is told otherwise."""

    def __init__(self, store: Store, named: bytes, address: bytes | None = None) -> None:
        self._sessions = store.sessions
        self._named = named
        self._address = address

    def not_counted(self) -> None:
        """It was neither right nor wrong: something is still to be told."""
        self._sessions.take_back(self._named)
        self._address_back()

    def succeeded(self) -> None:
        """It was right: what it was counted against begins anew, the address has one failure less."""
        self._sessions.forgive(self._named)
        self._address_back()

    def _address_back(self) -> None:
        if self._address is not None:
            self._sessions.take_back(self._address)


def _address(address: str) -> bytes:
    return hashlib.sha256(f"address {address}".encode()).digest()
