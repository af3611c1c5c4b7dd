"""Rows of tracks that can never be written: found one by one and left out, so that nothing else waits for them."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.ploughs import Passage, Track
from store import Store
from store.tracks import TrackPart

log = logging.getLogger(__name__)

INCIDENT = "tracks-refused"
"""Open while something of the track of a vehicle, which it is about, could not be written."""

_KINDS = ("passages", "stops", "gaps", "runs")


class Refusals:
    """What the database refused of tracks, by vehicle; ``vehicles`` are ids by the store's numbers."""

    def __init__(self, store: Store, site_no: int, vehicles: Mapping[int, str]) -> None:
        self._store, self._site_no, self._vehicles = store, site_no, vehicles
        self._open: set[int] | None = None
        self._reasons: dict[int, list[str]] = {}

    def sifted(self, part: TrackPart) -> TrackPart:
        """The part without rows that can never be written; each is logged. Raises StoreError where not the rows are to blame."""
        if all(_is_finite(each) for each in part.track.passages) and self._refusal(part) is None:
            return part
        kept: dict[str, Any] = {
            kind: tuple(self._kept(part.vehicle, kind, getattr(part.track, kind))) for kind in _KINDS
        }
        return replace(part, track=Track(**kept))

    def tell(self, parts: Sequence[TrackPart], now: datetime) -> None:
        """Open an incident for each vehicle of which something was left out; close it once all of one was written. May raise StoreError."""
        watching = self._store.watching
        reasons, self._reasons = self._reasons, {}
        known = self._known()
        for vehicle, said in reasons.items():
            detail = {"rows": len(said), "first": said[0]}
            watching.open_incident(self._site_no, INCIDENT, self._name(vehicle), now, detail)
        over = {part.vehicle for part in parts} & known - reasons.keys()
        for vehicle in sorted(over):
            watching.close_incident(self._site_no, INCIDENT, self._name(vehicle), now)
        self._open = (known | reasons.keys()) - over

    def _known(self) -> set[int]:
        if self._open is None:
            told = {each.subject for each in self._store.watching.incidents(self._site_no) if each.kind == INCIDENT}
            self._open = {number for number in self._vehicles if self._name(number) in told}
        return self._open

    def _name(self, vehicle: int) -> str:
        return self._vehicles.get(vehicle, str(vehicle))

    def _kept(self, vehicle: int, kind: str, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows that can be written, in order: halves are tried until the bad ones stand alone."""
        if not rows:
            return rows
        finite = all(_is_finite(row) for row in rows)
        reason = self._refusal(TrackPart(vehicle, Track(**{kind: tuple(rows)}))) if finite else "a length is no number"
        if reason is None:
            return rows
        if len(rows) == 1:
            log.error("left out of the track of %s: %s: %r", self._name(vehicle), reason, rows[0])
            self._reasons.setdefault(vehicle, []).append(reason)
            return ()
        half = len(rows) // 2
        return (*self._kept(vehicle, kind, rows[:half]), *self._kept(vehicle, kind, rows[half:]))

    def _refusal(self, part: TrackPart) -> str | None:
        return self._store.ploughs.refusal(part)


def _is_finite(row: object) -> bool:
    return not isinstance(row, Passage) or (math.isfinite(row.from_m) and math.isfinite(row.to_m))
