"""Judging history anew: values by the mount heights and offsets of today, flags by the limits of today."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.errors import YukimoriError
from core.model import Datastream
from ingest.judging import REQUALITY, Found, Part, Subject, judged
from store import Store
from store.verdicts import Span

WINDOW = timedelta(days=30)
"""So much of a datastream is judged and written in one transaction."""

BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
END = datetime(2200, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_ATTEMPTS = 5


@dataclass(slots=True)
class Outcome:
    """What judging the datastream of this key anew found.

    ``was_version`` is of the limits its history stood under, None where it had never been judged. ``finished`` is
    False where it was interrupted.
    """

    datastream: str
    was_version: str | None
    version: str
    rows: int = 0
    values: int = 0
    flags: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of one datastream, in order; ``whole`` says that they are its whole history."""

    subject: Subject
    parts: Sequence[Part]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Requality:
    """Judges the planned datastreams anew. ``site_no`` is the store's number of the site.

    ``dry_run`` only looks. ``tell`` is called with each part that is done.
    """

    store: Store
    site_no: int
    plans: Sequence[Plan]
    dry_run: bool
    tell: Callable[[Part], None] = field(default=lambda _part: None)

    def run(self, stop: threading.Event) -> Iterator[Outcome]:
        """What was found of each datastream, as it is done; ends after the present part when ``stop`` is set.

        What is written stays written, and a second run changes nothing more. Raises StoreError.
        """
        marks = self.store.judging.watermarks(self.site_no)
        anew = {plan.subject.number: plan.subject.stream for plan in self.plans}
        for plan in self.plans:
            mark = marks.get(plan.subject.number)
            outcome = Outcome(plan.subject.stream.key, mark.limits_version if mark else None, plan.subject.version)
            outcome.finished = self._work(plan, outcome, anew, stop)
            if outcome.finished and plan.whole and plan.parts and not self.dry_run:
                number, last = plan.subject.number, plan.parts[-1].last
                self.store.judging.note_requality(number, last, plan.subject.version)
            yield outcome
            if stop.is_set():
                return

    def _work(self, plan: Plan, outcome: Outcome, anew: Mapping[int, Datastream], stop: threading.Event) -> bool:
        for part in plan.parts:
            if stop.is_set():
                return False
            found = self._judge(part, anew)
            outcome.rows += found.rows
            for change in found.judgement.changes:
                outcome.values += change.was.value != change.now.value
                outcome.flags += (change.was.quality, change.was.reasons) != (change.now.quality, change.now.reasons)
            self.tell(part)
        return True

    def _judge(self, part: Part, anew: Mapping[int, Datastream]) -> Found:
        """Judge and write a part, again where the judge or a collector changed a row of it meanwhile."""
        for _ in range(_ATTEMPTS):
            found = next(judged(self.store, [part], anew=anew), None)
            if found is None:
                raise YukimoriError(f"{part.subject.stream.key} cannot be judged; the log says why")
            if self.dry_run or not found.judgement.changes:
                return found
            if self.store.judging.save(self.site_no, [found.judgement], through={}, cursor=None):
                return found
        raise YukimoriError(
            f"{part.subject.stream.key}: its rows change faster than they can be judged",
            hint="is another requality at work? run it again when that is done",
        )


def plan(store: Store, subjects: Sequence[Subject], since: datetime | None, until: datetime | None) -> list[Plan]:
    """The parts to be judged, for each datastream in windows of 30 days from its first row to its last."""
    whole = since is None and until is None
    return [Plan(each, _windows(store, each, since or BEGINNING, until or END), whole) for each in subjects]


def _windows(store: Store, subject: Subject, since: datetime, until: datetime) -> list[Part]:
    extent = store.judging.extent(Span(subject.number, since, until))
    if extent is None:
        return []
    first, last = extent
    starts = [first + place * WINDOW for place in range((last - first) // WINDOW + 1)]
    return [Part(subject, start, min(start + WINDOW - _INSTANT, last), REQUALITY) for start in starts]
