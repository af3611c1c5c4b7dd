"""What ``people.toml`` says: who is told, over which channels, how messages are gathered, who is called next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.levels import Level
from core.model import StationId, StationKind

STAFF = "staff"
"""The audience there is where a site has no ``people.toml``: every channel that is not for exercises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group of people who are told the same.

    Every one of ``channels`` (ids of site.toml) gets the message; ``fallback`` those are used in turn when one of them
    fails for good. ``residents`` are told by a person only, never by a rule. ``stations`` and ``kinds`` limit what they
    are told of (empty: everything); ``health`` adds alerts about the system itself. An ``exercise`` audience is told of
    exercises alone, any other one never.
    """

    id: str
    name_ja: str
    name_en: str
    channels: tuple[str, ...]
    fallback: tuple[str, ...] = ()
    min_level: Level = Level.CAUTION
    residents: bool = False
    health: bool = True
    exercise: bool = False
    stations: frozenset[StationId] = frozenset()
    kinds: frozenset[StationKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """``audience`` is told when nobody has acknowledged ``wait`` after the step before (the first: after the alert)."""

    audience: str
    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Who is called, in order, while nobody acknowledges an alert of at least ``min_level``; at most ``loops`` times over."""

    id: str
    min_level: Level
    steps: tuple[EscalationStep, ...]
    loops: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Audiences and how they are told.

    Staff messages of one town, hazard and area wait ``group_wait`` for company (danger never), a group speaks again after
    ``group_interval`` at the earliest; a danger nobody acknowledged is repeated every ``repeat_danger``. ``admin`` is the
    audience told of broken rules and dead channels, empty: every staff audience that takes ``health``. The watchdog's
    heartbeat goes to ``watchdog`` (a channel id), empty: nowhere. ``canary`` is the audience that gets one trial message a day
    on each of its channels, so that a channel that has stopped working is noticed before the night it matters.
    """

    audiences: tuple[Audience, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_danger: timedelta = timedelta(minutes=30)
    admin: str = ""
    watchdog: str = ""
    canary: str = ""
