"""What is said of evacuation sites and shelters: every word is kept, the latest stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.shelters import ShelterState, ShelterStatus
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("shelters")


@dataclass(frozen=True, slots=True)
class SaidState:
    """A word on a shelter, and when it reached us (UTC)."""

    state: ShelterState
    received_at: datetime


class Shelters(Part):
    """The states of shelters. ``site`` is the store's number of the site, a shelter is named by its 共通ID.

    Of two words on a shelter the one whose ``at`` is later stands; of the same instant, the one that arrived later.
    """

    def say(self, site: int, states: Sequence[ShelterState], received_at: datetime) -> int:
        """Note what was said, all of it or nothing; how many words were new: one that was said before is the same."""
        if not states:
            return 0
        with self._transaction("note the state of shelters") as connection:
            found = connection.execute(_SQL["say"], _columns(states) | {"site": site, "received_at": received_at})
            row = found.fetchone()
        assert row is not None
        return int(row[0])

    def latest(self, site: int) -> dict[str, ShelterState]:
        """The word that stands for each shelter anything was ever said of, by shelter."""
        with self._transaction("read the states of shelters") as connection:
            rows = connection.execute(_SQL["latest"], {"site": site}).fetchall()
        return {row[0]: _state(row) for row in rows}

    def history(self, site: int, shelter: str, most: int = 1_000) -> list[SaidState]:
        """What was said of one shelter, the word that stands first, at most so many."""
        with self._transaction("read what was said of a shelter") as connection:
            values = {"site": site, "shelter": storable(shelter), "most": most}
            rows = connection.execute(_SQL["history"], values).fetchall()
        return [SaidState(_state(row), row[-1]) for row in rows]


def _columns(states: Sequence[ShelterState]) -> dict[str, list[Any]]:
    return {
        "shelter": [storable(state.shelter) for state in states],
        "at": [state.at for state in states],
        "status": [state.status.value for state in states],
        "people": [state.people for state in states],
        "capacity": [state.capacity for state in states],
        "note_ja": [storable(state.note_ja) for state in states],
        "note_en": [storable(state.note_en) for state in states],
        "said_by": [storable(state.by) for state in states],
    }


def _state(row: Sequence[Any]) -> ShelterState:
    shelter, status, people, capacity, note_ja, note_en, at, by = row[:8]
    return ShelterState(
        shelter=shelter,
        status=ShelterStatus(status),
        people=people,
        capacity=capacity,
        note_ja=note_ja,
        note_en=note_en,
        at=at,
        by=by,
    )
