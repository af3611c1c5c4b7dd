"""What the judge reads and writes, as rows: touched hours, stretches of series, changes of flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.model import Quality, QualityReason


@dataclass(frozen=True, slots=True)
class TouchedHour:
    """Rows of a datastream came within [hour, hour + 1 h), the oldest of them at ``earliest``."""

    datastream: int
    hour: datetime
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Every transaction below ``cursor`` is judged, and of the later ones those in ``done``."""

    cursor: int
    done: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pending:
    """What is to be judged next, oldest first; once it is, ``progress`` holds.

    ``more`` says that there is more than was asked for, ``forgotten`` that the list of touched hours no longer
    reaches back to where the judge stood.
    """

    hours: tuple[TouchedHour, ...]
    progress: Progress
    more: bool
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Watermark:
    """A datastream has been judged ``through`` this event time; its newest row lies at ``newest``.

    ``limits_version`` is of the limits its history stands under.
    """

    through: datetime
    limits_version: str
    newest: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of a datastream in [since, until)."""

    datastream: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stored rows of a span in order of event time, one list a column.

    Times are µs since 1970 UTC; ``conflicts`` are those at which a second value came.
    """

    at: list[int]
    value: list[float | None]
    raw_value: list[float | None]
    quality: list[int]
    reasons: list[int]
    tests: list[int | None]
    conflicts: list[int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row says of its value: ``tests`` are packed outcomes (``core.quality``), None where no test objected."""

    value: float | None
    quality: Quality
    reasons: QualityReason
    tests: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """The row at ``at`` stood so and is to stand so."""

    at: datetime
    was: Standing
    now: Standing


@dataclass(frozen=True, slots=True)
class Judgement:
    """The changes of one datastream; ``cause`` is ``live``, ``late`` or ``requality``."""

    datastream: int
    limits_version: str
    cause: str
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of the history of a row: who changed what, when, under which limits."""

    change: Change
    judged_at: datetime
    limits_version: str
    cause: str
