"""Matching as it goes on: what was touched since the last round, live and late, and what that means for the roads.

What is stored in the end depends on the stored fixes alone: not on their order, on how they came in bunches, on what came twice,
or on how often this process was ended in between. So the place of a process is saved with what it found, in one transaction.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.model import Site
from config.plough_plan import PloughPlan
from core.errors import StoreError
from core.ploughs import Fixes, Track
from gis.ploughs.agenda import AHEAD, late, whole_window
from gis.ploughs.drives import INSTANT, WorkDays
from gis.ploughs.network import Network
from gis.ploughs.reckoning import Reckoned, Reckoning
from gis.ploughs.refusals import Refusals
from gis.ploughs.vehicle_tracks import VehicleTracks
from store import Store
from store.rows import Registry
from store.tracks import FIRST, LATE, NETWORK, REMATCH, Again, Drive, Matching, Span, TrackPart
from store.verdicts import Progress

log = logging.getLogger(__name__)

ROWS_A_ROUND = 5_000
FIXES_A_ROUND = 20_000
"""Of fixes that are new; as many again of days matched anew: a second or two of work, and little memory."""

SETTLE = timedelta(seconds=3)
SETTLE_AT_MOST = timedelta(seconds=30)
"""Late fixes come in bursts: a day is matched again once none came for so long, or after the longer time."""

_AGENDA = 500

_SAVE_EVERY = 1_000
"""So many transactions may go by before the place is noted although there was nothing to be matched."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: fixes matched as they came, days matched again, states that were no longer what was said.

    ``behind`` is how much older the newest matched fix of a vehicle is than its newest one, for the vehicle that is farthest behind.
    ``waiting`` counts days still to be matched again; ``more`` says that the next round may follow at once.
    """

    fixes: int
    days: int
    changes: int
    behind: timedelta
    waiting: int
    more: bool


@dataclass(slots=True)
class _Work:
    """What has come together in a round so far."""

    now: datetime
    tracks: VehicleTracks
    live: list[TrackPart] = field(default_factory=list)
    late: list[tuple[Again, TrackPart]] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    fixes: int = 0
    waiting: int = 0
    more: bool = False
    spent: int = 0

    @property
    def parts(self) -> list[TrackPart]:
        """All that is to be written, in the order it counts in."""
        return [*self.live, *(part for _, part in self.late)]


def rules_version(network: Network, plan: PloughPlan, time_zone: str) -> str:
    """A digest of all that decides what fixes amount to: the network and the way of matching, depots, when days begin."""
    depots = tuple((depot.id, depot.position, depot.radius_m) for depot in plan.depots)
    said = repr((network.version, depots, plan.day_begins, time_zone))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


class Matcher:
    """Matches the fixes of a site as they come in, one round after the other; one matcher a site."""

    def __init__(
        self,
        site: Site,
        plan: PloughPlan,
        store: Store,
        registry: Registry,
        network: Network,
        *,
        rows_a_round: int = ROWS_A_ROUND,
        fixes_a_round: int = FIXES_A_ROUND,
        settle: timedelta = SETTLE,
    ) -> None:
        self._store, self._plan, self._network = store, plan, network
        self._site_no = registry.site
        self._vehicles = sorted(registry.vehicles.values())
        self._days = WorkDays(plan, site.time_zone)
        self._version = rules_version(network, plan, site.time_zone)
        self._rows, self._fixes, self._settle = rows_a_round, fixes_a_round, settle
        names = {number: str(vehicle) for vehicle, number in registry.vehicles.items()}
        self._refusals = Refusals(store, registry.site, names)
        self.forget()

    def forget(self) -> None:
        """Read anew where the matching stands: another may have been at work."""
        self._progress: Progress | None = None
        self._noted = 0
        self._tracks: VehicleTracks | None = None
        self._wanted: dict[int, tuple[datetime, datetime]] = {}
        self._saved: dict[int, Drive] = {}

    def round(self, now: datetime) -> Round:
        """Match what is next and write it. Raises StoreError; the next round then does the same work."""
        try:
            tracks = self._begun(now)
            work = _Work(now, tracks, spent=tracks.pushed)
            for step in self._steps:
                step(work)
            return self._save(work)
        except BaseException:
            self.forget()
            raise

    @property
    def _steps(self) -> Sequence[Callable[[_Work], None]]:
        """A round, in this order."""
        return (self._see, self._feed, self._end_silent, self._match_again)

    def _begun(self, now: datetime) -> VehicleTracks:
        """The tracks of vehicles as stored; where matching begins, or begins by other rules, all that is remembered is on the agenda."""
        if self._tracks is not None:
            return self._tracks
        store, site_no = self._store.ploughs, self._site_no
        standing = store.standing(site_no)
        if standing is None or standing.forgotten or standing.network_version != self._version:
            cause = FIRST if standing is None else REMATCH if standing.forgotten else NETWORK
            decided = store.decided()
            again = whole_window(store, self._vehicles, self._days, now - self._plan.remember, now, cause)
            cursor = decided if standing is None else None
            log.info("%d days of vehicles are matched again (%s)", len(again), cause)
            store.save(site_no, Matching(again=again, cursor=cursor, network_version=self._version))
        self._saved = store.drives(site_no)
        self._tracks = VehicleTracks(self._store, self._network, self._plan, self._days, self._saved)
        for vehicle, drive in self._saved.items():  # whatever the list of touched fixes says, as after a restore
            newer = store.extent(vehicle, drive.through + INSTANT, now + AHEAD)
            if newer is not None:
                self._want(vehicle, *newer)
        return self._tracks

    def _see(self, work: _Work) -> None:
        """Tell newer fixes from late ones; late ones are put on the agenda."""
        pending = self._store.ploughs.pending(self._site_no, self._progress, self._rows, self._fixes)
        for touched in pending.touched:
            drive = work.tracks.drives.get(touched.vehicle)
            if drive is not None and touched.earliest <= drive.through:
                work.again += late(touched, drive.through, self._days, work.now)
            if drive is None or touched.latest > drive.through:
                since = touched.earliest if drive is None else drive.through + INSTANT
                self._want(touched.vehicle, since, touched.latest)
        self._progress = pending.progress
        work.more |= pending.more

    def _want(self, vehicle: int, since: datetime, until: datetime) -> None:
        known = self._wanted.get(vehicle, (since, until))
        self._wanted[vehicle] = (min(known[0], since), max(known[1], until))

    def _feed(self, work: _Work) -> None:
        """Match fixes newer than all before."""
        if not self._wanted:
            return
        most = max(1, self._fixes // len(self._wanted))
        spans = [Span(vehicle, since, until + INSTANT) for vehicle, (since, until) in sorted(self._wanted.items())]
        for span, fixes in zip(spans, self._store.ploughs.fixes_of(spans, most), strict=True):
            if self._is_enough(work):
                break
            if len(fixes):
                work.live += self._fed(work, span.vehicle, fixes)
            if len(fixes) < most:
                del self._wanted[span.vehicle]
            else:
                self._wanted[span.vehicle] = (work.tracks.drives[span.vehicle].through + INSTANT, span.until - INSTANT)
        work.more |= bool(self._wanted)

    def _fed(self, work: _Work, vehicle: int, fixes: Fixes) -> list[TrackPart]:
        """One vehicle that cannot be matched stops no other."""
        work.fixes += len(fixes)
        try:
            return work.tracks.feed(vehicle, fixes, work.now)
        except StoreError:
            raise
        except Exception:
            log.exception("%d fixes of vehicle %d cannot be matched and are left out", len(fixes), vehicle)
            work.tracks.skip(vehicle, fixes)
            return []

    def _is_enough(self, work: _Work) -> bool:
        """Whether this round has done its share; then the next one goes on at once."""
        enough = work.tracks.pushed - work.spent >= 2 * self._fixes
        work.more |= enough
        return enough

    def _end_silent(self, work: _Work) -> None:
        """End the drives of vehicles that have fallen silent, unless fixes of them wait to be matched."""
        for vehicle in work.tracks.silent(work.now):
            if vehicle not in self._wanted and not self._is_enough(work):
                work.live += work.tracks.end(vehicle)

    def _match_again(self, work: _Work) -> None:
        """Match days again: those that have settled, the newest first, until it is enough for a round."""
        agenda = self._store.ploughs.agenda(self._site_no, _AGENDA)
        for again in agenda:
            if self._is_due(again, work.now):
                if self._is_enough(work):
                    break
                work.late.append((again, self._again(work, again)))
        work.waiting = len(agenda) - len(work.late) + len(work.again)

    def _again(self, work: _Work, again: Again) -> TrackPart:
        try:
            return work.tracks.match_day(again, work.now)
        except StoreError:
            raise
        except Exception:
            log.exception("the day of vehicle %d from %s on cannot be matched", again.vehicle, again.day_at)
            return TrackPart(again.vehicle, Track())

    def _is_due(self, again: Again, now: datetime) -> bool:
        return (
            again.cause != LATE
            or not timedelta(0) <= now - again.last_at < self._settle  # a clock that was set back delays nothing
            or now - again.first_at >= SETTLE_AT_MOST
        )

    def _save(self, work: _Work) -> Round:
        """Reckon what it means for the roads, and write all of it; rows that can never be written are left out, and told of."""
        try:
            changes = self._written(work, self._reckoned)
        except Exception as error:
            if isinstance(error, StoreError) and (error.retryable or not work.parts):
                raise
            log.exception("what was matched cannot be written as it is")
            changes = self._sifted(work)
        self._refusals.tell(work.parts, work.now)
        behind = max((until - since for since, until in self._wanted.values()), default=timedelta(0))
        return Round(work.fixes, len(work.late), changes, behind, work.waiting, work.more)

    def _sifted(self, work: _Work) -> int:
        """Write what can be written, and the tracks at least: states that cannot be reckoned now stay as they were."""
        work.live = [self._refusals.sifted(part) for part in work.live]
        work.late = [(again, self._refusals.sifted(part)) for again, part in work.late]
        try:
            return self._written(work, self._reckoned)
        except Exception as error:
            if isinstance(error, StoreError):
                raise
            log.exception("the states of roads cannot be reckoned")
            return self._written(work, lambda _work: ({}, []))

    def _written(self, work: _Work, reckon: Callable[[_Work], Reckoned]) -> int:
        """Write it, all or nothing; how many states changed in hindsight."""
        assert self._progress is not None
        states, changes = reckon(work)
        cursor = None if self._wanted else self._progress.cursor
        drives = {vehicle: drive for vehicle, drive in work.tracks.drives.items() if self._saved.get(vehicle) != drive}
        due = bool(work.parts or work.again or drives) or self._progress.cursor - self._noted >= _SAVE_EVERY
        if due:
            matching = Matching(
                parts=work.parts,
                drives=drives,
                again=work.again,
                done=[again for again, _ in work.late],
                states=list(states.values()),
                changes=changes,
                cursor=cursor,
            )
            self._store.ploughs.save(self._site_no, matching)
            self._saved.update(drives)
            self._noted = self._progress.cursor
        return len(changes)

    def _reckoned(self, work: _Work) -> Reckoned:
        reckoning = Reckoning(self._store, self._site_no, self._network, self._plan, work.now, work.parts)
        return reckoning.after(work.live, work.late)
