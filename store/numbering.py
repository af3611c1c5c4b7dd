"""What the numbers devices give their messages say: which were heard, and which were lost on the way.

A device counts its messages. What was heard is kept as unbroken runs; what is missing between two runs was lost. A
device begins to count anew after a restart or a join; from then on a new count is kept, and the old one only for what
arrives late. A number is told apart by the time of its message:

- higher than all: of this count, unless its time lies before the count began (then late, of an earlier one);
- not higher, but with a time after all others: a new count. A number that was heard already is taken for a repeat
  during ``REPEATED_WITHIN``, one that is missing for a late one during ``LATE_WITHIN``;
- else late or repeated: it fills its gap, or changes nothing.

A message without a time of its own has only its arrival: a number below all others then begins a new count (but the
next lower one, as in a reversed delivery), and one that an earlier count holds is a repeat of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from store.rows import DeviceNumber

REPEATED_WITHIN = timedelta(minutes=10)
LATE_WITHIN = timedelta(minutes=1)
MOST_MISSING = 1_000_000
"""More is no loss but a new count: at a message a second, a device would have been away for eleven days."""
MOST_RUNS = 500
MOST_COUNTS = 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Run:
    """Numbers heard without one missing, the times of the first and the last, and when the gap before was noticed."""

    first: int
    last: int
    first_at: datetime
    last_at: datetime
    noticed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers ``first`` to ``last`` of a device that never arrived, between messages of two event times."""

    device: str
    first: int
    last: int
    before_at: datetime
    after_at: datetime
    noticed_at: datetime

    @property
    def count(self) -> int:
        """How many messages are missing."""
        return self.last - self.first + 1


@dataclass(slots=True)
class Count:
    """The runs of one unbroken counting, lowest first; ``ends_at`` is the newest time among them."""

    ends_at: datetime
    runs: list[Run] = field(default_factory=list)

    @property
    def lowest(self) -> int:
        """The lowest number heard."""
        return self.runs[0].first

    @property
    def highest(self) -> int:
        """The highest number heard."""
        return self.runs[-1].last

    def holds(self, number: int) -> bool:
        """Whether the number was heard."""
        place = bisect_right(self.runs, number, key=_first) - 1
        return place >= 0 and number <= self.runs[place].last

    def add(self, number: int, at: datetime, now: datetime) -> None:
        """Take in a number; one that was heard changes nothing."""
        self.ends_at = max(self.ends_at, at)
        place = bisect_right(self.runs, number, key=_first)
        before = self.runs[place - 1] if place else None
        after = self.runs[place] if place < len(self.runs) else None
        if before is not None and number <= before.last:
            return
        if before is not None and number == before.last + 1:
            before.last, before.last_at = number, at
            if after is not None and number + 1 == after.first:
                before.last, before.last_at = after.last, after.last_at
                del self.runs[place]
        elif after is not None and number + 1 == after.first:
            after.first, after.first_at = number, at
        else:
            self._begin_run(place, Run(number, number, at, at), now)

    def _begin_run(self, place: int, run: Run, now: datetime) -> None:
        """A run of its own: a gap it lies in was noticed when it was, a new one now."""
        after = self.runs[place] if place < len(self.runs) else None
        if place:
            run.noticed_at = now if after is None else after.noticed_at
        elif after is not None:
            after.noticed_at = now
        self.runs.insert(place, run)


@dataclass(slots=True)
class Numbers:
    """The counts of one device, oldest first; ``forgotten`` counts the gaps given up because there were too many."""

    counts: list[Count] = field(default_factory=list)
    forgotten: int = 0

    def add(self, found: DeviceNumber, now: datetime) -> None:
        """Take in a number; ``now`` is when a gap it leaves is noticed."""
        if self._goes_on(found):
            return
        place = self._place_timed(found) if found.timed else self._place_untimed(found)
        if place is not None:
            self.counts[place].add(found.number, found.at, now)
            self._bound()

    def gaps(self, device: str) -> Iterator[Gap]:
        """What is missing, oldest first."""
        for count in self.counts:
            for before, after in zip(count.runs, count.runs[1:], strict=False):
                noticed = after.noticed_at or after.first_at
                yield Gap(device, before.last + 1, after.first - 1, before.last_at, after.first_at, noticed)

    def _goes_on(self, found: DeviceNumber) -> bool:
        """Take in the number if it is the next one, and no earlier: as nearly all are, and at a tenth of the cost."""
        if not self.counts:
            return False
        count = self.counts[-1]
        run = count.runs[-1]
        if found.number != run.last + 1 or found.at < count.ends_at:
            return False
        run.last, run.last_at, count.ends_at = found.number, found.at, found.at
        return True

    def _place_timed(self, found: DeviceNumber) -> int:
        """The count the number belongs to, made where there is none."""
        number, at = found.number, found.at
        for place in range(len(self.counts) - 1, -1, -1):
            count = self.counts[place]
            if _is_later_count(count, number, at):
                return self._begin(place + 1, at)
            if _is_of(count, number, at, self.counts[place - 1] if place else None):
                return place
        return self._begin(0, at)

    def _place_untimed(self, found: DeviceNumber) -> int | None:
        """The same by arrival alone; None for a repeat of an earlier count."""
        number, last = found.number, len(self.counts) - 1
        if last < 0:
            return self._begin(0, found.at)
        count = self.counts[last]
        if count.lowest - 1 <= number <= count.highest + 1:
            return last
        if any(earlier.holds(number) for earlier in self.counts[:last]):
            return None
        if count.highest < number <= count.highest + 1 + MOST_MISSING:
            return last
        return self._begin(last + 1, found.at)

    def _begin(self, place: int, at: datetime) -> int:
        self.counts.insert(place, Count(at))
        return place

    def _bound(self) -> None:
        if len(self.counts) > MOST_COUNTS:
            oldest = self.counts.pop(0)
            self.forgotten += max(0, len(oldest.runs) - 1)
        while sum(len(count.runs) for count in self.counts) > MOST_RUNS:
            oldest = next(count for count in self.counts if count.runs)
            del oldest.runs[0]
            self.forgotten += bool(oldest.runs)
            self.counts = [count for count in self.counts if count.runs]


def _first(run: Run) -> int:
    return run.first


def _is_later_count(count: Count, number: int, at: datetime) -> bool:
    """Whether the device began to count anew after this count, judged by a time after all of it."""
    if number > count.highest:
        return number - count.highest > MOST_MISSING and at > count.ends_at
    if number < count.lowest:
        return at > count.ends_at
    return at > count.ends_at + (REPEATED_WITHIN if count.holds(number) else LATE_WITHIN)


def _is_of(count: Count, number: int, at: datetime, earlier: Count | None) -> bool:
    """Whether a number that begins no later count belongs to this one, and not to an earlier one."""
    begins_at = count.runs[0].first_at
    if number > count.highest:
        near = number - count.highest <= MOST_MISSING
        return near and (at >= begins_at - REPEATED_WITHIN or (earlier is None and number == count.highest + 1))
    if number < count.lowest:
        return count.lowest - number <= MOST_MISSING and (
            earlier is None or not _is_end_of(earlier, number, at, begins_at)
        )
    return at >= begins_at - REPEATED_WITHIN


def _is_end_of(earlier: Count, number: int, at: datetime, begins_at: datetime) -> bool:
    """Whether a number from before a count belongs to the one before it: told by the time it is nearer to."""
    if at <= earlier.ends_at:
        return True
    return number > earlier.highest and at - earlier.ends_at < begins_at - at


def to_json(numbers: Numbers) -> list[Any]:
    """The counts as they are kept in the database: times in microseconds since 1970."""
    return [
        [_micros(count.ends_at), [[run.first, run.last, *map(_micros, _times(run))] for run in count.runs]]
        for count in numbers.counts
    ]


def from_json(kept: Sequence[Any]) -> Numbers:
    """The counts of what ``to_json`` gave."""
    return Numbers([Count(_instant(ends), [_run(*run) for run in runs]) for ends, runs in kept])


def _run(first: int, last: int, first_at: int, last_at: int, noticed: int | None) -> Run:
    return Run(first, last, _instant(first_at), _instant(last_at), None if noticed is None else _instant(noticed))


def _times(run: Run) -> tuple[datetime, datetime, datetime | None]:
    return run.first_at, run.last_at, run.noticed_at


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
