"""What matching reads and writes, as rows: touched fixes, drives, days to be matched again, how a state changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.ploughs import Evidence, Fixes, RoadState, Track
from store.verdicts import Progress

LIVE, LATE, REMATCH, NETWORK, FIRST = "live", "late", "rematch", "network", "first"
"""Why something was matched: fixes as they came; fixes that came late; somebody asked for it; other roads or rules; because
matching begins, and nobody was told anything before."""


@dataclass(frozen=True, slots=True)
class TouchedFixes:
    """Usable fixes of a vehicle came within one hour, the oldest at ``earliest``, the newest at ``latest``."""

    vehicle: int
    earliest: datetime
    latest: datetime
    fixes: int


@dataclass(frozen=True, slots=True)
class PendingFixes:
    """What is to be matched next; once it is, ``progress`` holds.

    ``more`` says that there is more than was asked for, ``forgotten`` that the list of touched fixes no longer reaches
    back to where the matching stood.
    """

    touched: tuple[TouchedFixes, ...]
    progress: Progress
    more: bool
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Drive:
    """The newest unbroken drive of a vehicle: its first fix, and the newest that was matched; ``ended``: nothing of it is open."""

    since: datetime
    through: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The fixes of a vehicle in [since, until)."""

    vehicle: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Of a vehicle's day of work that begins at ``day_at``, what lies in [since, until] is to be matched again.

    ``earliest`` is the oldest fix that made it so. ``first_at`` is when this was asked for first, ``last_at`` when last. ``no`` is given
    by the store: a piece of work is done only where nothing was added to it meanwhile.
    """

    vehicle: int
    day_at: datetime
    since: datetime
    until: datetime
    earliest: datetime
    cause: str
    first_at: datetime
    last_at: datetime
    no: int = 0


@dataclass(frozen=True, slots=True)
class TrackPart:
    """A part of the track of a vehicle to be written.

    Where ``since`` and ``until`` are given, everything that begins in [since, until) gives way to it; gaps from ``gaps_since`` on, where
    that is given: a gap belongs to the fix before it.
    """

    vehicle: int
    track: Track
    since: datetime | None = None
    until: datetime | None = None
    gaps_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadChange:
    """What was said of a road, and what is since ``changed_at``; None: nothing. ``earliest`` is the oldest fix that made the difference."""

    road: str
    changed_at: datetime
    cause: str
    earliest: datetime | None
    was: KnownState | None
    now: KnownState | None
    id: int = 0


@dataclass(frozen=True, slots=True)
class KnownState:
    """What is remembered of a former state of a road; the fields are those of ``core.ploughs.RoadState``."""

    share: float
    clear_since: datetime | None
    cleared_at: datetime | None
    last_worked_at: datetime | None
    evidence: Evidence | None
    forward: datetime | None = None
    backward: datetime | None = None

    @classmethod
    def of(cls, state: RoadState) -> KnownState:
        """What is remembered of a state."""
        return cls(
            share=state.share,
            clear_since=state.clear_since,
            cleared_at=state.cleared_at,
            last_worked_at=state.last_worked_at,
            evidence=state.evidence,
            forward=state.forward,
            backward=state.backward,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """What a round of matching writes, all of it or nothing.

    ``cursor`` None leaves the place where it was; ``network_version`` None as well. ``gone`` are roads that are no more.
    """

    parts: Sequence[TrackPart] = ()
    drives: Mapping[int, Drive] = field(default_factory=dict)
    again: Sequence[Again] = ()
    done: Sequence[Again] = ()
    states: Collection[RoadState] = ()
    gone: Collection[str] = ()
    changes: Sequence[RoadChange] = ()
    cursor: int | None = None
    network_version: str | None = None


@dataclass(frozen=True, slots=True)
class MatchStanding:
    """Where the matching of a site stands: the transactions seen, and by which roads and rules."""

    cursor: int
    network_version: str
    forgotten: bool


@dataclass(frozen=True, slots=True)
class StoredDrive:
    """The fixes of a vehicle as stored, with when each arrived (µs since 1970, UTC), column by column."""

    number: int
    vehicle: str
    fixes: Fixes
    received_us: Sequence[int]
