"""The judge at work: what was touched is judged anew, oldest first, and each round is one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.model import Site
from core.errors import StoreError
from ingest.judging import LATE, LIVE, Found, Part, Subject, judged, subjects_of
from store import Store
from store.rows import Registry
from store.verdicts import Judgement, Pending, Progress, TouchedHour, Watermark

log = logging.getLogger(__name__)

HOURS_A_ROUND = 8_000
"""Touched hours judged in one transaction; some 50 000 rows at 10 minutes, a second or so of work."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SAVE_EVERY = 1_000
"""So many transactions may go by before the place is noted although nothing had to be judged."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: rows judged, flags changed; ``more`` says that the next may follow at once."""

    rows: int
    changes: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of a datastream from ``first`` to ``last`` are new, for the reason ``cause``."""

    datastream: int
    first: datetime
    last: datetime
    cause: str


class Judge:
    """Judges a site's series as they come in, one round after the other; one judge a site.

    Its place is in the database, written with the verdicts: another process goes on where this one ended.
    """

    def __init__(self, site: Site, store: Store, registry: Registry, *, hours_a_round: int = HOURS_A_ROUND) -> None:
        self._store = store
        self._site_no = registry.site
        self._most = hours_a_round
        self._subjects = subjects_of(site, registry)
        self._dependants = _dependants(self._subjects.values())
        self.forget()

    def forget(self) -> None:
        """Read anew where the judge stands: another may have been at work."""
        self._progress: Progress | None = None
        self._noted = 0
        self._marks: dict[int, Watermark] = {}
        self._missed: list[_Piece] = []

    def round(self) -> Round:
        """Judge what is next and write it. Raises StoreError; the next round then does the same work."""
        if self._missed:
            return self._catch_up()
        begins = self._progress is None
        if begins:
            self._marks = self._store.judging.watermarks(self._site_no)
            self._tell_old_limits()
        pending = self._store.judging.pending(self._site_no, self._progress, self._most)
        if begins and pending.forgotten:
            self._missed = self._look_back()
            if self._missed:
                return Round(0, 0, more=True)
        return self._judge_pending(pending)

    def _judge_pending(self, pending: Pending) -> Round:
        pieces = [self._piece(each) for each in pending.hours]
        cursor = pending.progress.cursor
        # What was judged out of turn counts as judged for others only once the place is noted.
        out_of_turn = self._progress is not None and bool(self._progress.done) and cursor > self._noted
        due = bool(pieces) or out_of_turn or cursor - self._noted >= _SAVE_EVERY
        done = self._work(pieces, cursor if due else None)
        if done is None:
            return Round(0, 0, more=False)
        self._progress = pending.progress
        self._noted = cursor if due else self._noted
        return Round(*done, more=pending.more)

    def _catch_up(self) -> Round:
        """The oldest of what was missed; the place is noted only when all of it is judged."""
        now, later = self._missed[: self._most // 24 + 1], self._missed[self._most // 24 + 1 :]
        done = self._work(now, None)
        if done is None:
            return Round(0, 0, more=False)
        self._missed = later
        if not later:  # the list of touched hours is read from where it begins
            self._progress = Progress(self._store.judging.listed_from())
        return Round(*done, more=True)

    def _work(self, pieces: Sequence[_Piece], cursor: int | None) -> tuple[int, int] | None:
        """Judge and save; the numbers of rows and changes, None where rows changed under it."""
        if not pieces and cursor is None:
            return 0, 0
        touched = {piece.datastream for piece in pieces}
        found = list(judged(self._store, self._parts(pieces)))
        through = _through(each for each in found if each.part.subject.number in touched)
        judgements = [each.judgement for each in found if each.judgement.changes]
        if not self._save(judgements, through, cursor):
            log.info("rows changed while they were judged; they are judged again")
            return None
        for number, (at, version) in through.items():
            mark = self._marks.get(number, Watermark(at, version, at))
            self._marks[number] = Watermark(max(mark.through, at), mark.limits_version, max(mark.newest, at))
        return sum(each.rows for each in found), sum(len(each.changes) for each in judgements)

    def _save(
        self, judgements: Sequence[Judgement], through: Mapping[int, tuple[datetime, str]], cursor: int | None
    ) -> bool:
        """Write all of it; where the database refuses that for good, each series alone, and go on without the refused."""
        save = self._store.judging.save
        try:
            return save(self._site_no, judgements, through=through, cursor=cursor)
        except StoreError as error:
            if error.retryable or not judgements:
                raise
        for judgement in judgements:
            try:
                if not save(self._site_no, [judgement], through={}, cursor=None):
                    return False
            except StoreError as error:
                if error.retryable:
                    raise
                log.exception("the verdicts on %s are refused", self._subjects[judgement.datastream].stream.key)
        return save(self._site_no, [], through=through, cursor=cursor)

    def _piece(self, hour: TouchedHour) -> _Piece:
        mark = self._marks.get(hour.datastream)
        cause = LATE if mark is not None and hour.earliest <= mark.through else LIVE
        return _Piece(hour.datastream, hour.earliest, hour.hour + _HOUR, cause)

    def _parts(self, pieces: Iterable[_Piece]) -> Iterator[Part]:
        """What can change because of these pieces, of the datastreams themselves and of those that depend on them."""
        wanted: dict[int, list[tuple[datetime, datetime, str]]] = {}
        for piece in pieces:
            own = self._subjects.get(piece.datastream)
            for subject in (*([] if own is None else [own]), *self._dependants.get(piece.datastream, ())):
                since, until = subject.reach.touched(piece.first, piece.last)
                wanted.setdefault(subject.number, []).append((since, until, piece.cause))
        for number in sorted(wanted):
            for since, until, cause in _joined(wanted[number]):
                yield Part(self._subjects[number], since, until, cause)

    def _look_back(self) -> list[_Piece]:
        """What came since the datastreams were last judged, in days, where the list of touched hours has forgotten it."""
        pieces = [
            piece
            for number, mark in self._marks.items()
            if number in self._subjects
            for piece in _days(number, mark.through, mark.newest)
        ]
        if self._marks:
            log.warning(
                "the judge has not run for days: everything since is judged, but for values that came late in that"
                " time; `yukimori requality` judges those"
            )
        return sorted(pieces, key=lambda piece: piece.first)

    def _tell_old_limits(self) -> None:
        old = sorted(
            self._subjects[number].stream.key
            for number, mark in self._marks.items()
            if number in self._subjects and mark.limits_version != self._subjects[number].version
        )
        if old:
            log.warning(
                "limits have changed: new values are judged by them, the history of %s still stands under the old"
                " ones; `yukimori requality` judges it anew",
                ", ".join(old) if len(old) <= 5 else f"{len(old)} datastreams",
            )


def _dependants(subjects: Iterable[Subject]) -> Mapping[int, list[Subject]]:
    found: dict[int, list[Subject]] = {}
    for subject in subjects:
        for source in subject.sources:
            found.setdefault(source, []).append(subject)
    return found


def _joined(pieces: Iterable[tuple[datetime, datetime, str]]) -> list[tuple[datetime, datetime, str]]:
    """Pieces that overlap become one; it is late where one of them is."""
    found: list[tuple[datetime, datetime, str]] = []
    for since, until, cause in sorted(pieces):
        if found and since <= found[-1][1]:
            begin, end, before = found[-1]
            found[-1] = (begin, max(end, until), LATE if LATE in (cause, before) else LIVE)
        else:
            found.append((since, until, cause))
    return found


def _days(number: int, first: datetime, last: datetime) -> Iterator[_Piece]:
    while first < last:
        yield _Piece(number, first, min(first + _DAY, last), LIVE)
        first += _DAY


def _through(found: Iterable[Found]) -> dict[int, tuple[datetime, str]]:
    through: dict[int, tuple[datetime, str]] = {}
    for each in found:
        subject = each.part.subject
        if each.newest is not None and (subject.number not in through or each.newest > through[subject.number][0]):
            through[subject.number] = (each.newest, subject.version)
    return through
