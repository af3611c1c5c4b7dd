"""How far the verdict on one sample reaches: what must be judged again when a sample changes, and when limits do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from core.model import Datastream, Reporting
from ingest.quality.gross import spans_of

ALGORITHM = 2
"""Raised whenever the tests themselves change: what was judged by an older one is judged again."""

GAP_INTERVALS = 3
LEVEL_SAMPLES = 3
"""So many values that agree with each other are a new level, not a spike: the mast was moved, the flood is real."""

RETURN_WITHIN = timedelta(hours=2)
"""A tooth of ice: the jump back comes this soon after the jump."""

COLD_FOR = timedelta(hours=3)
"""The air must have been below zero this long before a jump is laid to ice."""

CHANGE_OVER = timedelta(hours=24)
"""Neighbours are compared by how much their snow changed in this time."""

CHANGE_SLACK = timedelta(hours=3)
"""A value this much older stands in for one at the very time."""

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reach:
    """How long before (``back``) and after (``ahead``) a changed sample the flags of others may change.

    It holds for a sample of the datastream itself and for one of its surroundings.
    """

    back: timedelta
    ahead: timedelta

    def touched(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """From when until when flags may change (both ends included) where samples from first to last changed."""
        return first - self.back, last + self.ahead

    def needed(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """From when until when samples are needed (both ends included) to judge what ``touched`` gives."""
        return first - self.back - self.ahead, last + self.ahead + self.back


def longest_step(stream: Datastream) -> timedelta:
    """The longest pause over which two samples are still neighbours in time."""
    return stream.limits.gap_after or GAP_INTERVALS * stream.expected_interval


def tests_gap(stream: Datastream) -> bool:
    """Whether silence means something: an event-driven gauge is silent unless the town gave it a limit."""
    return stream.limits.gap_after is not None or stream.reporting is Reporting.REGULAR


def reach(stream: Datastream) -> Reach:
    """How far a verdict on this datastream looks, from its limits and its interval."""
    limits, step = stream.limits, longest_step(stream)
    level = (LEVEL_SAMPLES - 1) * step
    back, ahead = [NO_TIME], [step]
    if limits.spike_suspect or limits.spike_fail:
        back.append(level)
        ahead.append(level)
    if limits.rise_per_h is not None or limits.fall_per_h is not None:
        back.append(level)
        ahead.append(level + step)
    ahead += [flat + step for flat in (limits.flat_suspect_after, limits.flat_fail_after) if flat is not None]
    if limits.winter_jump is not None:
        back.append(RETURN_WITHIN)
        ahead += [RETURN_WITHIN + step, COLD_FOR]
    if limits.neighbour_km is not None and limits.neighbour_difference is not None:
        back.append(level)
        ahead.append(CHANGE_OVER + CHANGE_SLACK + level)
    return Reach(max(back), max(ahead))


def limits_version(stream: Datastream) -> str:
    """A short hash of everything the verdicts on a datastream depend on but the samples; another one: judge again.

    The tests themselves, limits, ranges, mount height and offset, interval and way of reporting.
    """
    meaning = {
        "algorithm": ALGORITHM,
        "limits": {name: _plain(value) for name, value in asdict(stream.limits).items()},
        "spans": spans_of(stream),
        "mount_height_cm": stream.mount_height_cm,
        "offset": stream.offset,
        "expected_interval": _plain(stream.expected_interval),
        "reporting": stream.reporting,
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: float | timedelta | None) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value
