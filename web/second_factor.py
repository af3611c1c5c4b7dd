"""The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238), each taken once.

The store has its secret sealed (``web.account_keys``); it is opened here, for as long as a code is compared.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from datetime import datetime
from uuid import UUID

import pyotp

from core.errors import SealError
from core.times import Clock
from store import Store
from store.accounts import Account
from web.account_keys import AccountKeys
from web.problems import Problem

log = logging.getLogger(__name__)

ISSUER = "Yukimori"
STEP_S = 30
NEEDS = "X-Needs"
"""Header of a refusal that tells a page what is missing: ``sign-in``, ``password``, ``enrolment``, ``second-factor``, ``role``, or
``account-key``, which only whoever runs the server can bring."""

KEY = "account-key"
_CODE = re.compile(r"\d{6}", re.ASCII)


class SecondFactors:
    """Takes codes for the accounts of a site."""

    def __init__(self, site: int, store: Store, clock: Clock, keys: AccountKeys) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._keys = keys

    def take(self, account: Account, code: str) -> bool:
        """Whether this is a code of the account's second factor that nobody used before; it is used up now.

        503 where the factor cannot be opened.
        """
        known = self._store.accounts.secrets(self._site, id_=account.id)
        if known is None or known.factor is None:
            return False
        step = self.step(known.factor, account.id, code)
        return step is not None and self._store.accounts.use_step(self._site, account.id, step)

    def step(self, sealed: str, account: UUID, code: str) -> int | None:
        """The time step a code of a sealed factor belongs to, None for a wrong code; 503 where it cannot be opened."""
        try:
            factor = self._keys.open(sealed, account)
        except SealError as error:
            raise _keyless(error) from error
        return step_of(factor, code, self._clock())

    def seal(self, factor: str, account: UUID) -> str:
        """A factor as the store may have it; 503 where the server has no key."""
        try:
            return self._keys.seal(factor, account)
        except SealError as error:
            raise _keyless(error) from error


def _keyless(error: SealError) -> Problem:
    """The refusal of whoever needs a second factor where its key is not here; the log says what to do."""
    log.error("%s; %s", error, error.hint)
    return Problem(
        503, "The server lacks the key of second factors. Whoever runs it finds in its log what to do.", {NEEDS: KEY}
    )


def new_factor() -> str:
    """A new secret: 160 random bits in base32 (RFC 4226, section 4)."""
    return pyotp.random_base32()


def code_at(factor: str, at: datetime) -> str:
    """The code of an instant."""
    return pyotp.TOTP(factor).at(at)


def step_of(factor: str, code: str, now: datetime) -> int | None:
    """The time step a code belongs to: the present one, or one before or after it; None for a wrong code.

    Digits as a Japanese keyboard makes them and blanks between them are understood.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code[:40]))
    if not _CODE.fullmatch(plain):
        return None
    present = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(factor)
    fitting = [
        step
        for step in (present, present - 1, present + 1)
        if pyotp.utils.strings_equal(totp.generate_otp(step), plain)
    ]
    return fitting[0] if fitting else None


def enrolment_uri(factor: str, name: str, site_name: str) -> str:
    """The address an authenticator reads from a QR code (Key URI format)."""
    return pyotp.TOTP(factor).provisioning_uri(name=name, issuer_name=f"{ISSUER} {site_name}")
