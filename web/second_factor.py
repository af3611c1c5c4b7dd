"""The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238), each taken once."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

import pyotp

from core.times import Clock
from store import Store
from store.accounts import Account

ISSUER = "Yukimori"
STEP_S = 30
_CODE = re.compile(r"\d{6}", re.ASCII)


class SecondFactors:
    """Takes codes for the accounts of a site."""

    def __init__(self, site: int, store: Store, clock: Clock) -> None:
        self._site = site
        self._store = store
        self._clock = clock

    def take(self, account: Account, code: str) -> bool:
        """Whether this is a code of the account's second factor that nobody used before; it is used up now."""
        known = self._store.accounts.secrets(self._site, id_=account.id)
        if known is None or known.factor is None:
            return False
        step = step_of(known.factor, code, self._clock())
        return step is not None and self._store.accounts.use_step(self._site, account.id, step)


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
