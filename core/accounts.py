"""Who works with the console: roles, people, and what is written down of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID


class Role(IntEnum):
    """What a person may do; each may do what those before it may.

    A viewer looks, an operator acknowledges, silences, tells the state of shelters and roads and composes messages, an
    approver lets messages to residents out, an administrator keeps accounts and runs exercises.
    """

    VIEWER = 1
    OPERATOR = 2
    APPROVER = 3
    ADMIN = 4

    @property
    def slug(self) -> str:
        """``viewer``, ``operator``, ``approver`` or ``admin``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whoever acts: a signed-in account, or the bearer of the staff token (``account`` None, ``name`` ``token``).

    ``second_factor_at`` is when a code of the second factor was last given in this session, None where never.
    """

    account: UUID | None
    name: str
    shown_name: str
    role: Role
    second_factor_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit: append-only, UTC. ``action`` is ``<thing>.<verb>``, ``subject`` what it was done to."""

    at: datetime
    who: str
    action: str
    subject: str
    address: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
