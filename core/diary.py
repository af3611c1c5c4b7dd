"""A sealed work diary (除雪日報), and the hash it is sealed with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A diary as it was sealed: the very bytes, which are canonical JSON, and its place in the chain of the site's seals.

    ``digest`` is ``seal_digest(previous, document)``; ``revision`` counts the seals of one vehicle's day from 1.
    """

    vehicle: str
    day: date
    revision: int
    document: bytes
    previous: str
    digest: str
    made_at: datetime
    made_by: str

    @property
    def whole(self) -> bool:
        """Whether the document is still the one that was sealed."""
        return self.digest == seal_digest(self.previous, self.document)


def seal_digest(previous: str, document: bytes) -> str:
    """SHA-256 (FIPS 180-4) in hexadecimal over the seal before, a line feed and the document."""
    return hashlib.sha256(previous.encode() + b"\n" + document).hexdigest()
