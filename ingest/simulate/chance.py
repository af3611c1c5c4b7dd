"""Chance that can be asked again: a number for a seed and a name, the same on every machine."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID


def unit(*name: object) -> float:
    """A number in [0, 1), spread evenly over names."""
    return int.from_bytes(_digest(name)[:6], "big") / 2**48


def spread(*name: object) -> float:
    """A number in [-1, 1), spread evenly over names."""
    return 2.0 * unit(*name) - 1.0


def wander(at: float, *name: object) -> float:
    """A number in [-1, 1] that changes steadily with ``at``, from one whole number to the next."""
    before = int(at // 1)
    share = at - before
    return (1.0 - share) * spread(*name, before) + share * spread(*name, before + 1)


def identity(*name: object) -> UUID:
    """A version 4 UUID."""
    return UUID(bytes=_digest(name)[:16], version=4)


def _digest(name: tuple[object, ...]) -> bytes:
    return blake2b("\0".join(map(str, name)).encode(), digest_size=16).digest()
