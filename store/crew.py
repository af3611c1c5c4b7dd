"""What crews report from their cabs: notes with a place and perhaps a photo, and whether staff has dealt with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from core.ploughs import CrewNote, NoteKind
from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("crew")


class Crew(Part):
    """The notes of crews. ``site`` is the store's number of the site; a note is named by the UUID its phone made."""

    def add(self, site: int, note: CrewNote, jpeg: bytes | None = None) -> bool:
        """Note what a crew reports, with its photo; whether it is new. One whose id is known changes nothing.

        ``settled_at`` and ``settled_by`` of ``note`` do not count: a report begins open.
        """
        with self._transaction("note what a crew reports") as connection:
            row = connection.execute(_SQL["add"], _values(note) | {"site": site}).fetchone()
            if row is not None and jpeg is not None:
                connection.execute(_SQL["add_photo"], {"note": row[0], "jpeg": jpeg})
        return row is not None

    def note(self, site: int, id_: str) -> CrewNote | None:
        """One note, None where the site has none of this id."""
        with self._transaction("read a note of a crew") as connection:
            row = connection.execute(_SQL["note"], {"site": site, "id": id_}).fetchone()
        return None if row is None else _note(row)

    def notes(
        self,
        site: int,
        *,
        vehicle: int | None = None,
        settled: bool | None = None,
        since: datetime | None = None,
        most: int = 1_000,
    ) -> list[CrewNote]:
        """The notes by when they were made, the newest first, at most so many.

        ``vehicle`` (its registry number), ``settled`` and ``since`` None take them all.
        """
        values = {"site": site, "vehicle": vehicle, "settled": settled, "since": since, "most": most}
        with self._transaction("read the notes of crews") as connection:
            return [_note(row) for row in connection.execute(_SQL["notes"], values)]

    def photo(self, site: int, id_: str) -> bytes | None:
        """The photo of a note as JPEG, None where there is none."""
        with self._transaction("read the photo of a note") as connection:
            row = connection.execute(_SQL["photo"], {"site": site, "id": id_}).fetchone()
        return None if row is None else bytes(row[0])

    def settle(self, site: int, ids: Collection[str], at: datetime, by: str) -> int:
        """Say that these notes are dealt with; how many were open until now."""
        values = {"site": site, "ids": list(ids), "at": at, "by": storable(by)}
        with self._transaction("settle notes of crews") as connection:
            return connection.execute(_SQL["settle"], values).rowcount

    def reopen(self, site: int, ids: Collection[str]) -> int:
        """Say that these notes are not dealt with after all; how many had been."""
        with self._transaction("open notes of crews again") as connection:
            return connection.execute(_SQL["reopen"], {"site": site, "ids": list(ids)}).rowcount


def _values(note: CrewNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "vehicle": note.vehicle,
        "kind": note.kind.value,
        "at": note.at,
        "received_at": note.received_at,
        "lon": note.lon,
        "lat": note.lat,
        "accuracy_m": note.accuracy_m,
        "body": storable(note.text),
    }


def _note(row: Sequence[Any]) -> CrewNote:
    id_, vehicle, kind, at, lon, lat, accuracy_m, body, photo, received_at, settled_at, settled_by = row
    return CrewNote(
        id=str(id_),
        vehicle=vehicle,
        kind=NoteKind(kind),
        at=at,
        lon=lon,
        lat=lat,
        accuracy_m=accuracy_m,
        text=body,
        photo=photo,
        received_at=received_at,
        settled_at=settled_at,
        settled_by=settled_by,
    )
