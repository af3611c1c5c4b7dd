"""Passwords: what may be one, and their digests (Argon2id, RFC 9106; sizes as OWASP's Password Storage Cheat Sheet has them)."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from web.problems import Problem

SHORTEST, LONGEST = 12, 128
MEMORY_KIB, PASSES = 47_104, 2
AT_ONCE, WAIT_S = 2, 3.0
"""So many digests are reckoned at once, 46 MiB each, and one more for known devices, so that no flood of strangers keeps their owners
out; whoever waits longer than this is sent away for a moment."""

_FEWEST_SIGNS = 5
_COMMON = (
    "password", "passw0rd", "passwort", "p@ssword", "p@ssw0rd", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbn",
    "zxcvbnm", "qazwsx", "1qaz2wsx", "1q2w3e4r", "letmein", "welcome", "admin", "administrator", "iloveyou", "dragon",
    "monkey", "sunshine", "princess", "football", "baseball", "changeme", "default", "secret", "sakura", "arigatou",
    "konnichiwa", "yukimori", "bousai", "yakuba", "pokemon", "doraemon", "nippon", "japan", "abcdefgh", "abcdefghijkl",
    "パスワード", "ぱすわーど", "雪守", "防災",
)  # fmt: skip
_RUNS = ("0123456789012345678901234567890", "9876543210987654321098765432109", "abcdefghijklmnopqrstuvwxyz")
_EDGES = re.compile(r"^[\d\W_]+|[\d\W_]+$")

_HASHER = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1),))
_places, _urgent_place = threading.BoundedSemaphore(AT_ONCE), threading.BoundedSemaphore(1)
_NOBODYS = "$argon2id$v=19$m=47104,t=2,p=1$L3Vr+lNA0x/ESPB96w/QYQ$EEH9rQPZSKKSstpJ5IjUXG+kDjybN/fK5Y+GTyda6dI"
"""A digest nobody knows a password of: unknown names take as long as known ones."""


def refusal_of(password: str, *names: str) -> str | None:
    """Why this cannot be a password, in words; None where it can. ``names`` are those of its owner and of the town."""
    plain = _plain(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    low = plain.casefold()
    if any(len(name) >= 3 and _plain(name).casefold() in low for name in names):
        return "The password contains your name or the town's."
    if len(set(low)) < _FEWEST_SIGNS or low in (low + low)[1:-1] or any(low in run for run in _RUNS):
        return "The password repeats itself or is a row of neighbouring characters."
    if _EDGES.sub("", low) in _COMMON or any(len(low.replace(word, "")) < _FEWEST_SIGNS for word in _COMMON):
        return "The password is one of the first that anybody would try."
    return None


def digest(password: str) -> str:
    """The digest of a password, with a salt of its own."""
    with _Place(_places):
        return _HASHER.hash(_plain(password))


def fits(password: str, known: str | None, *, urgent: bool = False) -> bool:
    """Whether the password has this digest; for None the same work is done for nothing. ``urgent``: a known device asks."""
    with _Place(_urgent_place if urgent else _places):
        right = _HASHER.verify(_plain(password[: 4 * LONGEST]), known or _NOBODYS)
    return right and known is not None


def lent_password() -> str:
    """A password to hand over, of 100 random bits in groups of signs that are not mixed up."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(5)) for _ in range(4))


def _plain(text: str) -> str:
    """Full and half width are one: keyboards in Japan type both (NFKC, as NIST SP 800-63B, section 3.1.1.2 has it)."""
    return unicodedata.normalize("NFKC", text)


class _Place:
    """One of the places where digests are reckoned; 503 where all are taken for long."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=WAIT_S):
            raise Problem(503, "Many sign in at the moment. Please try again shortly.", {"Retry-After": "5"})

    def __exit__(self, *_: object) -> None:
        self._places.release()
