"""Messages to residents as they are written, approved and sent: their words, people and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.levels import Level


class Mode(StrEnum):
    """Whether a message is meant; given once, when it is begun."""

    LIVE = "live"
    EXERCISE = "exercise"


class MessageKind(StrEnum):
    """A message of its own, or one that refers to a message that went out: 訂正, 取消, 解除."""

    MESSAGE = "message"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    ALL_CLEAR = "all_clear"


class MessageHazard(StrEnum):
    """What a message is about. ``any`` is for templates that follow a message: they take over its hazard."""

    RIVER = "river"
    LANDSLIDE = "landslide"
    SNOW = "snow"
    CHANNEL = "channel"
    SHELTER = "shelter"
    GENERAL = "general"
    ANY = "any"

    @property
    def may_name_levels(self) -> bool:
        """Whether a 警戒レベル the municipality has issued may stand in it: rivers and landslides only."""
        return self in (MessageHazard.RIVER, MessageHazard.LANDSLIDE)


class MessageState(StrEnum):
    """How far a message has come. Queued, cancelled and expired are final; a draft is deleted when its time is over."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing can change any more."""
        return self in (MessageState.QUEUED, MessageState.CANCELLED, MessageState.EXPIRED)


LANGUAGES = ("ja", "easy", "en")
"""日本語, やさしい日本語, English: every message to residents is written in all three."""


@dataclass(frozen=True, slots=True)
class Text:
    """A subject of one line and a text of several."""

    subject: str
    text: str


Texts = Mapping[str, Text]
"""A text for each of ``LANGUAGES``."""

Values = Mapping[str, Mapping[str, str]]
"""What stands for each variable of a template, by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who did something, and when (UTC). ``account`` is what two people are told apart by, ``name`` what is shown."""

    account: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What was approved: the digest of the message as it was shown, and how many people each channel was said to reach
    (None where nobody can count them: a sign, a siren).

    ``override`` is why it may follow another one so soon, empty where it did not.
    """

    by: Signature
    digest: str
    recipients: Mapping[str, int | None]
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A person's word that what an episode says is true, and how they know."""

    by: Signature
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentMessage:
    """A message to residents.

    ``hands`` are the accounts that began, wrote or submitted it: none of them approves it. ``typed`` names the languages
    whose text was written by hand; the others are made of the template and ``values``. ``facts`` are what the episode said
    when the message was begun. ``send_at`` is when the cancel window is over, ``until`` when it is out of date; both are set
    by the approval. ``note`` is why it was handed back, cancelled, or has expired.
    """

    id: UUID
    mode: Mode
    kind: MessageKind
    template: str
    hazard: MessageHazard
    area: str
    level: Level
    audiences: tuple[str, ...]
    texts: Texts
    made: Signature
    values: Values = field(default_factory=dict)
    typed: tuple[str, ...] = ()
    refers_to: UUID | None = None
    episode: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    unconfirmed: bool = False
    confirmation: Confirmation | None = None
    state: MessageState = MessageState.DRAFT
    version: int = 1
    hands: tuple[UUID, ...] = ()
    submitted: Signature | None = None
    approval: Approval | None = None
    send_at: datetime | None = None
    until: datetime | None = None
    ended_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStep:
    """One line of the decision log: append-only. ``known`` is what was known and shown at that moment."""

    at: datetime
    who: str
    act: str
    digest: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)
