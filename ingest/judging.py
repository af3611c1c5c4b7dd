"""Judging stored series: a stretch is read with what is around it, judged, and only what changes is written.

The verdict on a row depends on the rows around it in time and on those of other stations, never on the order they
came in. So whatever came, late or live, the hours it can concern are judged anew, and the flags are in the end those
the same rows would have got in order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from config.model import Site
from core.model import Datastream, Quality, QualityReason
from core.quality import TEST_REASONS
from ingest.calibration import calibrated
from ingest.quality import (
    AirSource,
    Neighbour,
    NeighbourSource,
    Reach,
    Series,
    Surroundings,
    at_elevation,
    gate_of,
    judge,
    limits_version,
    needed_by,
    reach,
)
from ingest.quality.series import Bits, Marks, Times, Values
from store import Store
from store.rows import Registry
from store.verdicts import Change, Judgement, Span, Standing, Stretch

log = logging.getLogger(__name__)

LIVE, LATE, REQUALITY = "live", "late", "requality"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_TOGETHER = 64
_ROWS_TOGETHER = 200_000
"""So many parts, and rows as far as can be foreseen, are read in one go: few statements, and not a year of a town."""
_NO_TESTS = -1
_FROM_DISTANCE = int(QualityReason.FROM_DISTANCE)
_KEPT = ~int(TEST_REASONS)


@dataclass(frozen=True, slots=True)
class Subject:
    """A datastream to be judged, and the numbers of those its verdicts also depend on."""

    number: int
    stream: Datastream
    version: str
    reach: Reach
    air: tuple[int, AirSource] | None
    neighbours: tuple[tuple[int, NeighbourSource], ...]

    @property
    def sources(self) -> frozenset[int]:
        """The other datastreams its verdicts depend on."""
        near = frozenset(number for number, _ in self.neighbours)
        return near if self.air is None else near | {self.air[0]}


def subjects_of(site: Site, registry: Registry) -> dict[int, Subject]:
    """Every datastream of a site by its number."""
    return {subject.number: subject for stream in site.datastreams for subject in [_subject(site, registry, stream)]}


def _subject(site: Site, registry: Registry, stream: Datastream) -> Subject:
    needed, numbers = needed_by(site, stream), registry.datastreams
    return Subject(
        numbers[stream.key],
        stream,
        limits_version(stream),
        reach(stream),
        None if needed.air is None else (numbers[needed.air.stream.key], needed.air),
        tuple((numbers[source.stream.key], source) for source in needed.neighbours),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a subject from ``first`` to ``last`` (both included) are to be judged, because of ``cause``."""

    subject: Subject
    first: datetime
    last: datetime
    cause: str

    @property
    def needed(self) -> tuple[datetime, datetime]:
        """From when until when rows are needed for it, the end excluded."""
        return self.first - self.subject.reach.ahead, self.last + self.subject.reach.back + _INSTANT


@dataclass(frozen=True, slots=True)
class Found:
    """What judging a part found: the changes, how many rows it judged, the time of the newest of them."""

    part: Part
    judgement: Judgement
    rows: int
    newest: datetime | None


def judged(store: Store, parts: Iterable[Part], *, anew: Mapping[int, Datastream] | None = None) -> Iterator[Found]:
    """The verdicts on each part, as far as they differ from what is stored; nothing is written.

    Values of the datastreams in ``anew`` are first derived again from what was measured. A part that cannot be judged
    disturbs no other. Raises StoreError.
    """
    for portion in portions(parts):
        shelf = _Shelf(store, portion, anew or {})
        for part in portion:
            try:
                yield _judge(part, shelf)
            except Exception:  # one series that cannot be judged stops no other
                log.exception("%s cannot be judged from %s to %s", part.subject.stream.key, part.first, part.last)


def portions(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in order, as many at a time as are read in one go; never none."""
    portion: list[Part] = []
    rows = 0
    for part in parts:
        since, until = part.needed
        expected = (until - since) // part.subject.stream.expected_interval + 1
        if portion and (len(portion) == _TOGETHER or rows + expected > _ROWS_TOGETHER):
            yield portion
            portion, rows = [], 0
        portion.append(part)
        rows += expected
    if portion:
        yield portion


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a stretch as arrays; ``derived`` are the values they are to have, ``values`` those they have."""

    times: Times
    values: Values
    derived: Values
    quality: Bits
    reasons: Bits
    tests: Bits
    conflict: Marks

    def between(self, since: datetime, until: datetime) -> _Rows:
        """The rows in [since, until)."""
        first, last = np.searchsorted(self.times, [_micros(since), _micros(until)])
        rows = slice(first, last)
        return _Rows(
            self.times[rows],
            self.values[rows],
            self.derived[rows],
            self.quality[rows],
            self.reasons[rows],
            self.tests[rows],
            self.conflict[rows],
        )

    def series(self) -> Series:
        """What the tests look at."""
        return Series(self.times, self.derived, gate_of(self.derived, self.reasons), self.conflict)


class _Shelf:
    """The rows some parts need, each read once however many parts ask for them."""

    def __init__(self, store: Store, parts: Sequence[Part], anew: Mapping[int, Datastream]) -> None:
        wanted: dict[int, list[tuple[datetime, datetime]]] = {}
        for part in parts:
            for number in (part.subject.number, *part.subject.sources):
                wanted.setdefault(number, []).append(part.needed)
        spans = [Span(number, *each) for number, pieces in wanted.items() for each in merged(pieces)]
        stretches = store.judging.stretches(spans)
        self._rows: dict[int, list[tuple[Span, _Rows]]] = {}
        for span, stretch in zip(spans, stretches, strict=True):
            rows = _rows(stretch, anew.get(span.datastream))
            self._rows.setdefault(span.datastream, []).append((span, rows))

    def rows(self, number: int, since: datetime, until: datetime) -> _Rows:
        """The rows of a datastream in [since, until)."""
        whole = next(rows for span, rows in self._rows[number] if span.since <= since and until <= span.until)
        return whole.between(since, until)


def merged(pieces: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time in as few pieces as can be, in order."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(pieces):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _judge(part: Part, shelf: _Shelf) -> Found:
    subject = part.subject
    since, until = part.needed
    own = shelf.rows(subject.number, since, until)
    verdicts = judge(subject.stream, own.series(), _around(subject, shelf, since, until))
    reasons = (own.reasons & _KEPT) | verdicts.reasons
    tests = np.where(verdicts.reasons != 0, verdicts.tests, _NO_TESTS)
    quality = verdicts.quality.astype(np.int64)
    inside = (own.times >= _micros(part.first)) & (own.times <= _micros(part.last))
    differs = (quality != own.quality) | (reasons != own.reasons) | (tests != own.tests)
    differs |= ~((own.derived == own.values) | (np.isnan(own.derived) & np.isnan(own.values)))
    changes = [
        Change(
            _instant(own.times[row]),
            _standing(own.values[row], own.quality[row], own.reasons[row], own.tests[row]),
            _standing(own.derived[row], quality[row], reasons[row], tests[row]),
        )
        for row in np.flatnonzero(inside & differs)
    ]
    places = np.flatnonzero(inside)
    newest = _instant(own.times[places[-1]]) if places.size else None
    return Found(part, Judgement(subject.number, subject.version, part.cause, changes), int(places.size), newest)


def _around(subject: Subject, shelf: _Shelf, since: datetime, until: datetime) -> Surroundings:
    air = None
    if subject.air is not None:
        number, source = subject.air
        air = at_elevation(shelf.rows(number, since, until).series(), source.elevation_difference_m)
    neighbours = tuple(
        Neighbour(shelf.rows(number, since, until).series(), source.distance_km, source.elevation_difference_m)
        for number, source in subject.neighbours
    )
    return Surroundings(air, neighbours)


def _rows(stretch: Stretch, anew: Datastream | None) -> _Rows:
    times = np.array(stretch.at, dtype=np.int64)
    values = np.array(stretch.value, dtype=np.float64)  # None becomes NaN
    reasons = np.array(stretch.reasons, dtype=np.int64)
    return _Rows(
        times,
        values,
        values if anew is None else derived(anew, stretch.raw_value, values, reasons),
        np.array(stretch.quality, dtype=np.int64),
        reasons,
        np.array([_NO_TESTS if tests is None else tests for tests in stretch.tests], dtype=np.int64),
        np.isin(times, np.array(stretch.conflicts, dtype=np.int64)),
    )


def derived(stream: Datastream, raw: Sequence[float | None], values: Values, reasons: Bits) -> Values:
    """The values as the datastream's mount height and offset make them of what was measured.

    As they are stay rows without a measured value, distances where there is no mount height any more, and, where
    there is one, rows that do not say whether a distance was measured.
    """
    known: dict[tuple[float, bool], float] = {}
    found = values.copy()
    for row, measured in enumerate(raw):
        from_distance = bool(reasons[row] & _FROM_DISTANCE)
        if measured is None or np.isnan(values[row]) or from_distance is (stream.mount_height_cm is None):
            continue
        key = (measured, from_distance)
        if key not in known:
            known[key] = calibrated(measured, stream, from_distance=from_distance)
        found[row] = known[key]
    return found


def _standing(value: float, quality: int, reasons: int, tests: int) -> Standing:
    return Standing(
        None if np.isnan(value) else float(value),
        Quality(quality),
        QualityReason(int(reasons)),
        None if tests == _NO_TESTS else int(tests),
    )


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _INSTANT


def _instant(micros: int) -> datetime:
    return _EPOCH + int(micros) * _INSTANT
