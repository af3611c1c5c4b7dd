"""What another version of the rules makes of the same history: the difference between two backtests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.backtest_report import EpisodeLine, Report

_NOT_OVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """An episode in both versions that is not the same: another height, another beginning, another end."""

    before: EpisodeLine
    after: EpisodeLine

    @property
    def words(self) -> str:
        """What is different: level, beginning and end, each where it differs."""
        parts = []
        if self.before.highest != self.after.highest:
            parts.append(f"level {self.before.highest.slug} → {self.after.highest.slug}")
        if self.before.detected_at != self.after.detected_at:
            shift = int((self.after.detected_at - self.before.detected_at).total_seconds())
            parts.append(f"told {abs(shift)} s {'later' if shift > 0 else 'earlier'}")
        if self.before.closed_at != self.after.closed_at:
            parts.append("ends otherwise")
        return ", ".join(parts) or "other steps"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The episodes only one version has, those that changed, and how many are the same."""

    only_before: Sequence[EpisodeLine]
    only_after: Sequence[EpisodeLine]
    changed: Sequence[Change]
    same: int


def compare(before: Report, after: Report) -> Comparison:
    """The difference: episodes of the same rule at the same place are the same one where they overlap in time."""
    left: dict[tuple[str, str], list[EpisodeLine]] = defaultdict(list)
    for line in after.episodes:
        left[line.rule, line.target].append(line)
    only_before, changed, same = [], [], 0
    for line in before.episodes:
        candidates = left[line.rule, line.target]
        match = next((other for other in candidates if _overlap(line, other)), None)
        if match is None:
            only_before.append(line)
            continue
        candidates.remove(match)
        if match.digest == line.digest and match.told == line.told:
            same += 1
        else:
            changed.append(Change(line, match))
    kept = {id(line) for lines in left.values() for line in lines}
    return Comparison(only_before, [line for line in after.episodes if id(line) in kept], changed, same)


def _overlap(one: EpisodeLine, other: EpisodeLine) -> bool:
    return one.opened_at <= (other.closed_at or _NOT_OVER) and other.opened_at <= (one.closed_at or _NOT_OVER)
