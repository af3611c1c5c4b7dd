"""What guessing costs: after a few failures a name, and an address, waits longer and longer. Kept in the store, for all servers.

A name nobody has is locked as one somebody has, so that neither words nor waits tell which names there are. Whoever is signed in
already stays so, and what fails within a session counts apart: nobody outside, by typing a name, can keep an approver from
giving the code an approval needs. An administrator, or ``yukimori user unlock``, ends the wait.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from core.times import Clock
from store import Store
from web.problems import Problem

_NOT_YET = timedelta(0)
NAME_DELAYS = (*[_NOT_YET] * 4, *(timedelta(seconds=s) for s in (30, 60, 120, 240, 480, 900)))
"""Four slips are free; the wait doubles from half a minute to a quarter of an hour, which leaves a guesser 96 tries a day."""

ADDRESS_DELAYS = (*[_NOT_YET] * 29, *(timedelta(seconds=s) for s in (10, 20, 40, 80, 160, 300)))
"""A whole town hall comes from one address, so it may slip more often and waits less."""

FORGET_AFTER = timedelta(hours=24)


class LockOut:
    """Counts attempts at the names of one site, and of addresses."""

    def __init__(self, site: int, store: Store, clock: Clock) -> None:
        self._site = site
        self._store = store
        self._clock = clock

    def begin(self, name: str, address: str, *, inside: bool = False) -> None:
        """Count an attempt as failed before anything is compared; 429 with the wait where nothing may be tried.

        ``inside``: it is made within a session.
        """
        now, sessions = self._clock(), self._store.sessions
        for subject, delays in ((_address(address), ADDRESS_DELAYS), (self._name(name, inside=inside), NAME_DELAYS)):
            until = sessions.try_(subject, now, delays, FORGET_AFTER)
            if until is not None:
                wait_s = max(1, round((until - now).total_seconds()))
                raise Problem(429, "Too many failures. Please wait.", {"Retry-After": str(wait_s)})

    def not_counted(self, name: str, address: str, *, inside: bool = False) -> None:
        """The attempt was neither right nor wrong: something is still to be told."""
        self._store.sessions.take_back(self._name(name, inside=inside))
        self._store.sessions.take_back(_address(address))

    def succeeded(self, name: str, address: str, *, inside: bool = False) -> None:
        """The attempt was right: the name begins anew, the address has one failure less."""
        self._store.sessions.forgive(self._name(name, inside=inside))
        self._store.sessions.take_back(_address(address))

    def unlock(self, name: str) -> bool:
        """Let a name be tried at once; whether anything had failed."""
        forgiven = {self._store.sessions.forgive(self._name(name, inside=inside)) for inside in (False, True)}
        return True in forgiven

    def wait_s(self, name: str) -> int:
        """How many seconds nothing may be tried for a name, at the door or within a session; 0 where it may."""
        known = [self._store.sessions.failures(self._name(name, inside=inside)) for inside in (False, True)]
        waits = [(found[1] - self._clock()).total_seconds() for found in known if found is not None]
        return max(0, round(max(waits, default=0)))

    def _name(self, name: str, *, inside: bool) -> bytes:
        where = "session" if inside else "name"
        return hashlib.sha256(f"{where} {self._site} {name}".encode("utf-8", "surrogateescape")).digest()


def _address(address: str) -> bytes:
    return hashlib.sha256(f"address {address}".encode()).digest()
