"""The tracks of vehicles as they come in, and days matched anew: what each amounts to is decided by stored fixes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from config.plough_plan import PloughPlan
from core.ploughs import Fixes, Track
from gis.ploughs.drives import (
    INSTANT,
    LONGEST_GAP,
    SILENCE,
    WorkDays,
    continues,
    drives_in,
    instant,
    part_of,
    silence,
)
from gis.ploughs.matching import LiveMatcher, match_fixes
from gis.ploughs.network import Network
from store import Store
from store.tracks import Again, Drive, TrackPart

_NOTHING = Track()

MARGIN = timedelta(seconds=60)
"""So long after a drive could have gone on it is taken to be over: what was sent in time has arrived."""

LOOK_BACK = timedelta(seconds=30)
"""A vehicle heard of so recently is not silent, whatever the times of its fixes: it is sending what it kept."""


class VehicleTracks:
    """Matches vehicles: fixes newer than all before as they come, whole days again. Holds the newest drive of each.

    Where a method raises, this object is to be thrown away; a new one finds everything in the store.
    """

    def __init__(
        self, store: Store, network: Network, plan: PloughPlan, days: WorkDays, drives: Mapping[int, Drive]
    ) -> None:
        self._store = store
        self._network = network
        self._plan = plan
        self._days = days
        self._matcher = LiveMatcher(network, plan)
        self._loaded: set[int] = set()
        self._heard: dict[int, datetime] = {}
        self._newest: dict[int, Fixes] = {}
        self.drives = dict(drives)
        self.pushed = 0
        """Fixes that went through matching: what the work is measured by."""

    def feed(self, vehicle: int, fixes: Fixes, now: datetime) -> list[TrackPart]:
        """What fixes newer than all before amount to, as far as it is decided."""
        parts: list[TrackPart] = []
        for piece in drives_in(fixes, self._days):
            first, last = instant(piece.at_us[0]), instant(piece.at_us[-1])
            drive = self.drives.get(vehicle)
            if drive is not None and continues(drive.through, first, self._days):
                parts += self._open(vehicle, drive)
                since = drive.since
            else:
                parts += self._leave(vehicle, drive, piece)
                since = first
            track = self._pushed(vehicle, piece)
            if track != _NOTHING:
                parts.append(TrackPart(vehicle, track))
            self._loaded.add(vehicle)
            self._hold(vehicle, Drive(since, last, ended=False), piece)
        self._heard[vehicle] = now
        return parts

    def silent(self, now: datetime) -> list[int]:
        """The vehicles that have fallen silent and whose drives are still open."""
        return sorted(
            vehicle
            for vehicle, drive in self.drives.items()
            if not drive.ended and self._is_silent(vehicle, drive, now)
        )

    def end(self, vehicle: int) -> list[TrackPart]:
        """The end of the drive of a vehicle."""
        drive = self.drives[vehicle]
        parts = self._end(vehicle, drive)
        self.drives[vehicle] = replace(drive, ended=True)
        return parts

    def skip(self, vehicle: int, fixes: Fixes) -> None:
        """Leave out fixes that cannot be matched; what comes after them is a new drive."""
        self._matcher.forget(vehicle)
        self._loaded.discard(vehicle)
        self._hold(vehicle, Drive(instant(fixes.at_us[0]), instant(fixes.at_us[-1]), ended=True), fixes)

    def match_day(self, again: Again, now: datetime) -> TrackPart:
        """What of a day of a vehicle was touched, matched anew.

        Everything from the boundary before the first touched fix to the one after the last is replaced.
        """
        vehicle = again.vehicle
        fixes = self._store.ploughs.fixes(vehicle, again.day_at, self._until(again))
        drives = [drive for drive in drives_in(fixes, self._days) if _near(drive, again.since, again.until)]
        tracks = [self._track(vehicle, drive, now) for drive in drives]
        since = min([again.since, *(instant(drive.at_us[0]) for drive in drives[:1])])
        until = max([again.until, *(instant(drive.at_us[-1]) for drive in drives[-1:])])
        chain, gaps_since = self._chained(vehicle, drives, since, until)
        gaps = [silence(vehicle, before, after) for before, after in pairwise(chain)]
        track = _joined([*tracks, *(Track(gaps=gap) for gap in gaps)])
        return TrackPart(vehicle, track, since, until + INSTANT, gaps_since)

    # The newest drive

    def _open(self, vehicle: int, drive: Drive) -> Iterator[TrackPart]:
        """Make sure that the newest drive is in the matcher; what is decided of it is written anew where it was not."""
        if vehicle in self._loaded and not drive.ended:
            return
        fixes = self._store.ploughs.fixes(vehicle, drive.since, drive.through + INSTANT)
        self._matcher.forget(vehicle)
        track = self._pushed(vehicle, fixes)
        self._loaded.add(vehicle)
        yield TrackPart(vehicle, track, drive.since, drive.through + INSTANT)

    def _end(self, vehicle: int, drive: Drive) -> list[TrackPart]:
        parts = [*self._open(vehicle, drive)]
        parts.append(TrackPart(vehicle, self._matcher.end(vehicle)))
        self._loaded.discard(vehicle)
        return parts

    def _leave(self, vehicle: int, drive: Drive | None, following: Fixes) -> list[TrackPart]:
        """End the drive before, and tell of the silence after it."""
        if drive is None:
            return []
        parts = [] if drive.ended else self._end(vehicle, drive)
        before = self._newest.get(vehicle) or self._store.ploughs.fixes(vehicle, drive.through, drive.through + INSTANT)
        gaps = silence(vehicle, before, following)
        return [*parts, *([TrackPart(vehicle, Track(gaps=gaps))] if gaps else [])]

    def _pushed(self, vehicle: int, fixes: Fixes) -> Track:
        self.pushed += len(fixes)
        return self._matcher.feed(vehicle, fixes)

    def _hold(self, vehicle: int, drive: Drive, fixes: Fixes) -> None:
        self.drives[vehicle] = drive
        self._newest[vehicle] = part_of(fixes, len(fixes) - 1, len(fixes))

    def _is_silent(self, vehicle: int, drive: Drive, now: datetime) -> bool:
        heard = self._heard.setdefault(vehicle, drive.through)
        return now - drive.through > SILENCE + MARGIN and not timedelta(0) <= now - heard < LOOK_BACK

    # Days again

    def _until(self, again: Again) -> datetime:
        """Where the day ends; what is newer than the newest matched fix is not for now."""
        ends = self._days.ends(again.day_at)
        drive = self.drives.get(again.vehicle)
        return ends if drive is None else min(ends, drive.through + INSTANT)

    def _track(self, vehicle: int, fixes: Fixes, now: datetime) -> Track:
        first, last = instant(fixes.at_us[0]), instant(fixes.at_us[-1])
        newest = self.drives.get(vehicle)
        if newest is not None and last < newest.through:
            self.pushed += len(fixes)
            return match_fixes(self._network, self._plan, vehicle, fixes)
        self._matcher.forget(vehicle)
        track = self._pushed(vehicle, fixes)
        self._loaded.add(vehicle)
        drive = Drive(first, last, ended=False)
        if self._is_silent(vehicle, drive, now):
            track = _joined([track, self._matcher.end(vehicle)])
            self._loaded.discard(vehicle)
            drive = replace(drive, ended=True)
        self._hold(vehicle, drive, fixes)
        return track

    def _chained(
        self, vehicle: int, drives: Sequence[Fixes], since: datetime, until: datetime
    ) -> tuple[list[Fixes], datetime]:
        """The drives with the fixes before and after them, and from when on gaps are replaced."""
        before = self._store.ploughs.newest_fix(vehicle, since - LONGEST_GAP, since)
        newest = self.drives.get(vehicle)
        after = Fixes()
        if newest is not None and until < newest.through:
            after = self._store.ploughs.oldest_fix(vehicle, until + INSTANT, newest.through + INSTANT)
        chain = [each for each in (before, *drives, after) if len(each)]
        return chain, instant(before.at_us[-1]) if len(before) else since


def _near(drive: Fixes, since: datetime, until: datetime) -> bool:
    """Whether a drive was touched: a fix that is gone may have been its first or last, or have joined it to another."""
    return instant(drive.at_us[0]) <= until + SILENCE and instant(drive.at_us[-1]) >= since - SILENCE


def _joined(tracks: Sequence[Track]) -> Track:
    return Track(
        passages=tuple(each for track in tracks for each in track.passages),
        stops=tuple(each for track in tracks for each in track.stops),
        gaps=tuple(each for track in tracks for each in track.gaps),
        runs=tuple(each for track in tracks for each in track.runs),
    )
