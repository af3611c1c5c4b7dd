"""Tracks of ploughs: which fixes are to be matched, and what they amount to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.errors import StoreError
from core.ploughs import Fixes, Gap, Passage, Run, Stop, Track
from store import statements, track_rows
from store.append import storable
from store.connection import Connection, is_data_error
from store.part import Part
from store.road_states import write_changes, write_states
from store.site_lock import SiteLock
from store.tracks import (
    Again,
    Drive,
    Matching,
    MatchStanding,
    PendingFixes,
    Span,
    StoredDrive,
    TouchedFixes,
    TrackPart,
)
from store.verdicts import Progress

_SQL = statements.load("ploughs")
_LOCK_CLASS = 0x59756D61  # "Yuma"
_ALL = 10_000_000


class Ploughs(Part):
    """Fixes to be matched, and the tracks they amount to. ``site_no`` and vehicles are the store's numbers, times aware UTC."""

    def lock(self, site_no: int) -> SiteLock:
        """The lock that lets one process match a site; to be used in a ``with``, on a connection of its own."""
        return SiteLock(
            self._pool,
            (_LOCK_CLASS, site_no),
            who="matcher",
            hint="stop it first: two of them would only do the same work twice",
        )

    # What is to be matched

    def standing(self, site_no: int) -> MatchStanding | None:
        """Where the matching of a site stood when it last saved; None where it never ran."""
        with self._transaction("read how far was matched") as connection:
            found = connection.execute(_SQL["standing"], {"site": site_no}).fetchone()
        return None if found is None else MatchStanding(*found)

    def pending(self, site_no: int, progress: Progress | None, most: int, most_fixes: int) -> PendingFixes:
        """The touched fixes of the next transactions, whole and oldest first, of about so many rows and fixes.

        ``progress`` None goes on where the matching of the site stood when it last saved.
        """
        with self._transaction("look for fixes to be matched") as connection:
            safe = int(_one(connection, "safe", {})[0])
            stood = connection.execute(_SQL["standing"], {"site": site_no}).fetchone()
            begun = progress or Progress(0 if stood is None else stood[0])
            done = [str(number) for number in begun.done]  # xid8 has no cast from a number
            values = {"site": site_no, "cursor": begun.cursor, "done": done, "most": most, "most_fixes": most_fixes}
            rows = connection.execute(_SQL["pending"], values).fetchall()
        more = bool(rows) and (len(rows) < rows[0][-1] or len(rows) >= most)
        cursor = min(safe, rows[-1][0] + 1) if more else safe
        seen = begun.done | {row[0] for row in rows}
        return PendingFixes(
            touched=tuple(TouchedFixes(*row[1:-1]) for row in rows),
            progress=Progress(cursor, frozenset(number for number in seen if number >= cursor)),
            more=more,
            forgotten=progress is None and stood is not None and bool(stood[2]),
        )

    def decided(self) -> int:
        """The transaction below which everything is decided: what is read after this sees all of it."""
        with self._transaction("read how far everything is decided") as connection:
            return int(_one(connection, "safe", {})[0])

    def drives(self, site_no: int) -> dict[int, Drive]:
        """The newest drive of each vehicle that was ever matched."""
        with self._transaction("read the newest drives") as connection:
            return {row[0]: Drive(*row[1:]) for row in connection.execute(_SQL["drives"], {"site": site_no})}

    def agenda(self, site_no: int, most: int) -> list[Again]:
        """Days of work to be matched again, the newest first, at most so many."""
        with self._transaction("read what is to be matched again") as connection:
            rows = connection.execute(_SQL["agenda"], {"site": site_no, "most": most}).fetchall()
        return [track_rows.again(row) for row in rows]

    # Fixes

    def fixes(self, vehicle: int, since: datetime, until: datetime) -> Fixes:
        """The usable fixes of a vehicle in [since, until), in order of time."""
        return self.fixes_of([Span(vehicle, since, until)])[0]

    def fixes_of(self, spans: Sequence[Span], most: int = _ALL) -> list[Fixes]:
        """The usable fixes of each span, in the order of the spans, the oldest ``most`` of each."""
        if not spans:
            return []
        values = {
            "vehicle": [span.vehicle for span in spans],
            "since": [span.since for span in spans],
            "until": [span.until for span in spans],
            "oldest": min(span.since for span in spans),
            "newest": max(span.until for span in spans),
            "most": most,
        }
        with self._transaction("read fixes") as connection:
            rows = connection.execute(_SQL["fixes"], values, binary=True).fetchall()
        return [track_rows.fixes(columns) for _, *columns in rows]

    def newest_fix(self, vehicle: int, since: datetime, until: datetime) -> Fixes:
        """The newest usable fix of a vehicle in [since, until), or none."""
        return self._fix("newest_fix", vehicle, since, until)

    def oldest_fix(self, vehicle: int, since: datetime, until: datetime) -> Fixes:
        """The oldest usable fix of a vehicle in [since, until), or none."""
        return self._fix("oldest_fix", vehicle, since, until)

    def _fix(self, statement: str, vehicle: int, since: datetime, until: datetime) -> Fixes:
        values = {"vehicle": vehicle, "since": since, "until": until}
        with self._transaction("read one fix") as connection:
            return track_rows.one_fix(connection.execute(_SQL[statement], values).fetchone())

    def extent(self, vehicle: int, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """The times of the oldest and the newest usable fix of a vehicle in [since, until), None where there is none."""
        values = {"vehicle": vehicle, "since": since, "until": until}
        with self._transaction("read how far fixes reach") as connection:
            first, last = _one(connection, "extent", values)
        return None if first is None else (first, last)

    def positions_between(
        self, site_no: int, since: datetime, until: datetime, *, every: timedelta = timedelta(seconds=1)
    ) -> list[StoredDrive]:
        """The usable fixes in [since, until) of each vehicle that has any, in the order of their ids.

        Of each step ``every`` the first one with each task, so that no change of task is lost.
        """
        values = {"site": site_no, "since": since, "until": until, "every": every}
        with self._transaction("read the ways of ploughs") as connection:
            rows = connection.execute(_SQL["stored"], values, binary=True).fetchall()
        return [
            StoredDrive(number, vehicle, track_rows.fixes(columns[:-1]), columns[-1])
            for number, vehicle, *columns in rows
        ]

    # Tracks

    def passages(
        self,
        site_no: int,
        since: datetime,
        until: datetime,
        roads: Collection[str] | None = None,
        vehicles: Collection[int] | None = None,
    ) -> list[Passage]:
        """The passages that overlap [since, until), of some roads or vehicles only where these are given, in order of time."""
        values = {**_asked(site_no, since, until, vehicles), "roads": None if roads is None else _texts(roads)}
        with self._transaction("read passages") as connection:
            return [track_rows.passage(row) for row in connection.execute(_SQL["passages"], values, binary=True)]

    def passages_of_roads(
        self, site_no: int, after: datetime, until: datetime, roads: Collection[str]
    ) -> list[Passage]:
        """The passages over some roads that ended in (after, until], in order of time; quick however many there are of others."""
        if not roads or after >= until:
            return []
        values = {"site": site_no, "after": after, "until": until, "roads": _texts(roads)}
        with self._transaction("read passages of roads") as connection:
            rows = connection.execute(_SQL["passages_of_roads"], values, binary=True)
            return [track_rows.passage(row) for row in rows]

    def passages_ended(self, site_no: int, after: datetime, until: datetime) -> list[Passage]:
        """The passages that ended in (after, until], in order of time."""
        values = {"site": site_no, "after": after, "until": until}
        with self._transaction("read passages") as connection:
            return [track_rows.passage(row) for row in connection.execute(_SQL["passages_ended"], values, binary=True)]

    def roads_between(self, vehicle: int, since: datetime, until: datetime) -> set[str]:
        """The roads of the passages of a vehicle that began in [since, until)."""
        values = {"vehicle": vehicle, "since": since, "until": until}
        with self._transaction("read which roads were passed") as connection:
            return {road for (road,) in connection.execute(_SQL["roads_between"], values)}

    def stops(
        self, site_no: int, since: datetime, until: datetime, vehicles: Collection[int] | None = None
    ) -> list[Stop]:
        """The stops that overlap [since, until), in order of time."""
        with self._transaction("read stops") as connection:
            rows = connection.execute(_SQL["stops"], _asked(site_no, since, until, vehicles))
            return [track_rows.stop(row) for row in rows]

    def gaps(
        self, site_no: int, since: datetime, until: datetime, vehicles: Collection[int] | None = None
    ) -> list[Gap]:
        """The gaps that overlap [since, until), in order of time."""
        with self._transaction("read gaps") as connection:
            rows = connection.execute(_SQL["gaps"], _asked(site_no, since, until, vehicles))
            return [track_rows.gap(row) for row in rows]

    def runs(
        self, site_no: int, since: datetime, until: datetime, vehicles: Collection[int] | None = None
    ) -> list[Run]:
        """The runs that overlap [since, until), in order of time."""
        with self._transaction("read runs") as connection:
            rows = connection.execute(_SQL["runs"], _asked(site_no, since, until, vehicles))
            return [track_rows.run(row) for row in rows]

    # Writing

    def save(self, site_no: int, matching: Matching) -> None:
        """Write a round of matching: all of it or nothing."""
        with self._transaction("save what was matched") as connection:
            for part in matching.parts:
                _write_part(connection, part)
            for statement, columns in track_rows.matching_columns(matching):
                connection.execute(_SQL[statement], columns)
            write_states(connection, site_no, matching.states, matching.gone)
            write_changes(connection, site_no, matching.changes)
            if matching.cursor is not None or matching.network_version is not None:
                cursor = None if matching.cursor is None else str(matching.cursor)
                values = {"site": site_no, "cursor": cursor, "version": matching.network_version}
                connection.execute(_SQL["note_cursor"], values)
            if matching.cursor is not None:
                connection.execute(_SQL["forget_seen"], {"site": site_no, "cursor": str(matching.cursor)})

    def replace_track(self, vehicle: int, since: datetime, until: datetime, track: Track) -> None:
        """Let the track of a vehicle take the place of everything of it that begins in [since, until), in one transaction."""
        with self._transaction("replace a track") as connection:
            _write_part(connection, TrackPart(vehicle, track, since, until))

    def refusal(self, part: TrackPart) -> str | None:
        """Why the rows of a part can never be written, None where they can; they are only tried. Raises StoreError for all other reasons."""
        try:
            with self._transaction("try to write a track") as connection, connection.transaction(force_rollback=True):
                _write_part(connection, part)
        except StoreError as error:
            cause = error.__cause__
            if not isinstance(cause, Exception) or not is_data_error(cause):
                raise
            return str(error)
        except (ValueError, TypeError, OverflowError) as error:  # what the driver cannot write
            return str(error)
        return None

    def match_again(self, again: Sequence[Again]) -> None:
        """Ask for days of work to be matched again; the process that matches does it, a piece at a time."""
        with self._transaction("ask for days to be matched again") as connection:
            for statement, columns in track_rows.matching_columns(Matching(again=again)):
                connection.execute(_SQL[statement], columns)


def _asked(site_no: int, since: datetime, until: datetime, vehicles: Collection[int] | None) -> dict[str, Any]:
    wanted = None if vehicles is None else sorted(vehicles)
    return {"site": site_no, "since": since, "until": until, "vehicles": wanted}


def _texts(texts: Collection[str]) -> list[str]:
    return sorted(storable(text) for text in texts)


def _one(connection: Connection, name: str, values: dict[str, Any]) -> tuple[Any, ...]:
    found = connection.execute(_SQL[name], values).fetchone()
    assert found is not None
    return found


def _write_part(connection: Connection, part: TrackPart) -> None:
    if part.since is not None and part.until is not None:
        values = {"vehicle": part.vehicle, "since": part.since, "until": part.until}
        for kind in ("passages", "stops", "runs"):
            connection.execute(_SQL[f"clear_{kind}"], values)
        connection.execute(_SQL["clear_gaps"], {**values, "since": part.gaps_since or part.since})
    for statement, columns in track_rows.track_columns(part):
        connection.execute(_SQL[statement], columns)
