"""The key of accounts: seals second factors for the database, and signs the cookies of known devices (ADR 0023).

Second factors are sealed with AES-256-GCM (NIST SP 800-38D) under 96 random bits each, for one account: moved to another row a
sealed factor opens nothing. The key is not in the database. Its two uses have keys of their own, made from it by HMAC-SHA-256.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import SealError

KEY_BYTES = 32
_VERSION = "v1"
_NONCE_BYTES = 12
_HINT = (
    "put the key back that they were sealed with (YUKIMORI_ACCOUNT_KEY, or secrets/account-key in the data folder), or give the "
    "account another second factor: yukimori user code NAME --new"
)


class AccountKeys:
    """Keys of 32 bytes, the newest first: it seals and signs, all of them open and prove. Without any nothing is sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name_of(key): key for key in keys}

    @classmethod
    def passing(cls) -> AccountKeys:
        """A key nobody has after this process: for a server that keeps no account beyond itself."""
        return cls((secrets.token_bytes(KEY_BYTES),))

    @property
    def raw(self) -> tuple[bytes, ...]:
        """The keys themselves, the newest first."""
        return tuple(self._keys.values())

    def seal(self, secret: str, account: UUID) -> str:
        """The secret as the database may have it; raises SealError where there is no key."""
        for name, key in self._keys.items():
            nonce = secrets.token_bytes(_NONCE_BYTES)
            sealed = nonce + _factor_cipher(key).encrypt(nonce, secret.encode(), account.bytes)
            return ".".join((_VERSION, name, base64.urlsafe_b64encode(sealed).decode()))
        raise SealError("there is no key to seal a second factor with", hint=_HINT)

    def open(self, sealed: str, account: UUID) -> str:
        """The secret; raises SealError where its key is not here, where it was changed, or was never sealed for this account."""
        version, _, rest = sealed.partition(".")
        name, _, text = rest.partition(".")
        if version != _VERSION:
            raise SealError("a second factor in the database is not sealed", hint="start `yukimori serve` anew")
        key = self._keys.get(name)
        if key is None:
            raise SealError(f"a second factor is sealed with the key {name[:8]!r}, which is not here", hint=_HINT)
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
            opened = _factor_cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], account.bytes)
            return opened.decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise SealError("a second factor in the database was changed by somebody else", hint=_HINT) from error

    def is_newest(self, sealed: str) -> bool:
        """Whether the secret is sealed with the key that seals now."""
        return bool(self._keys) and sealed.startswith(f"{_VERSION}.{next(iter(self._keys))}.")

    def sign(self, message: bytes) -> bytes | None:
        """The signature of a message, 32 bytes; None where there is no key."""
        return next((_signature(key, message) for key in self._keys.values()), None)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether one of the keys made this signature."""
        return any(hmac.compare_digest(_signature(key, message), signature) for key in self._keys.values())


def is_sealed(secret: str) -> bool:
    """Whether a second factor is sealed; a plain one is base32, which has neither small letters nor dots (RFC 4648, section 6)."""
    return secret.startswith(f"{_VERSION}.")


def _name_of(key: bytes) -> str:
    """What a sealed secret calls its key, so that another one is told from a changed row; tells nothing of the key."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of accounts has {KEY_BYTES} bytes")
    return _derived(key, "name").hex()[:8]


def _factor_cipher(key: bytes) -> AESGCM:
    return AESGCM(_derived(key, "second factors"))


def _signature(key: bytes, message: bytes) -> bytes:
    return hmac.digest(_derived(key, "known devices"), message, hashlib.sha256)


def _derived(key: bytes, use: str) -> bytes:
    return hmac.digest(key, f"yukimori {use}".encode(), hashlib.sha256)
