"""How clear each road of a site is by what is known now, and what was said of it before fixes came late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from core.ploughs import Evidence, RoadState
from store import statements
from store.append import storable
from store.connection import Connection
from store.part import Part
from store.tracks import KnownState, RoadChange

_SQL = statements.load("road_states")
_FIELDS = ("share", "clear_since", "cleared_at", "last_worked_at", "forward", "backward", "evidence")


class RoadStates(Part):
    """The states of the roads of a site, and what changed in hindsight. ``site_no`` is the store's number of the site."""

    def save(self, site_no: int, states: Collection[RoadState], gone: Collection[str] = ()) -> int:
        """Let these states stand and forget roads that are ``gone``; how many said something new."""
        with self._transaction("save the states of roads") as connection:
            return write_states(connection, site_no, states, gone)

    def latest(self, site_no: int) -> dict[str, RoadState]:
        """The state of each road, by road; none for a road that was never reckoned."""
        with self._transaction("read the states of roads") as connection:
            rows = connection.execute(_SQL["latest"], {"site": site_no, "cursor": 0}).fetchall()
        return {row[0]: _state(*row) for row in rows}

    def changed(self, site_no: int, cursor: int | None) -> tuple[int, dict[str, RoadState]]:
        """The next cursor, and the states that changed since ``cursor``; all for None. Some may come twice, none is missed."""
        with self._transaction("read which roads changed") as connection:
            found = connection.execute(_SQL["cursor"]).fetchone()  # first: what commits after it is in the next answer
            rows = connection.execute(_SQL["latest"], {"site": site_no, "cursor": cursor or 0}).fetchall()
        assert found is not None
        return int(found[0]), {row[0]: _state(*row) for row in rows}

    def version(self, site_no: int) -> tuple[int, int]:
        """A pair that is another one after each change: cheap to ask for, good for an ETag."""
        with self._transaction("read whether roads changed") as connection:
            found = connection.execute(_SQL["version"], {"site": site_no}).fetchone()
        assert found is not None
        return int(found[0]), int(found[1])

    def changes(
        self,
        site_no: int,
        since: datetime,
        until: datetime,
        *,
        roads: Collection[str] | None = None,
        most: int = 1_000,
    ) -> list[RoadChange]:
        """What was said otherwise before and was changed in [since, until), the newest first, at most so many.

        Only what fixes that came late, matching again or another network changed: a plough that passes is no change of this kind.
        """
        wanted = None if roads is None else sorted(storable(road) for road in roads)
        values = {"site": site_no, "since": since, "until": until, "roads": wanted, "most": most}
        with self._transaction("read what was said of roads before") as connection:
            return [_change(row) for row in connection.execute(_SQL["changes"], values)]


def write_states(connection: Connection, site_no: int, states: Collection[RoadState], gone: Collection[str]) -> int:
    """Write states in the caller's transaction; how many said something new."""
    if gone:
        connection.execute(_SQL["remove"], {"site": site_no, "roads": sorted(gone)})
    if not states:
        return 0
    ordered = sorted(states, key=lambda state: state.road)
    columns = {"road": [state.road for state in ordered], **_columns("", ordered)}
    return connection.execute(_SQL["save"], {"site": site_no, **columns}).rowcount


def write_changes(connection: Connection, site_no: int, changes: Sequence[RoadChange]) -> None:
    """Note in the caller's transaction what was said before."""
    if not changes:
        return
    columns: dict[str, list[Any]] = {
        "road": [change.road for change in changes],
        "changed_at": [change.changed_at for change in changes],
        "cause": [change.cause for change in changes],
        "earliest": [change.earliest for change in changes],
        **_columns("was_", [change.was for change in changes]),
        **_columns("", [change.now for change in changes]),
    }
    connection.execute(_SQL["note"], {"site": site_no, **columns})


def _columns(prefix: str, states: Sequence[RoadState | KnownState | None]) -> dict[str, list[Any]]:
    return {
        f"{prefix}{name}": [None if state is None else getattr(state, name) for state in states] for name in _FIELDS
    }


def _change(row: Sequence[Any]) -> RoadChange:
    number, road, changed_at, cause, earliest, *states = row
    was, now = states[: len(_FIELDS)], states[len(_FIELDS) :]
    return RoadChange(
        id=number,
        road=road,
        changed_at=changed_at,
        cause=cause,
        earliest=earliest,
        was=None if was[0] is None else KnownState.of(_state(road, *was)),
        now=None if now[0] is None else KnownState.of(_state(road, *now)),
    )


def _state(
    road: str,
    share: float,
    clear_since: datetime | None,
    cleared_at: datetime | None,
    last_worked_at: datetime | None,
    forward: datetime | None,
    backward: datetime | None,
    evidence: str | None,
) -> RoadState:
    return RoadState(
        road=road,
        share=share,
        clear_since=clear_since,
        cleared_at=cleared_at,
        last_worked_at=last_worked_at,
        forward=forward,
        backward=backward,
        evidence=None if evidence is None else Evidence(evidence),
    )
