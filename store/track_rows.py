"""Between the columns of the database and the words of ``core.ploughs``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from core.model import Task
from core.ploughs import BreakReason, Direction, Evidence, Fixes, Gap, Passage, Run, Stop
from store.tracks import Again, Matching, TrackPart

Columns = dict[str, list[Any]]

_PASSAGE = ("began_at", "ended_at", "road", "direction", "from_m", "to_m", "task", "evidence", "fixes", "derived")
_STOP = ("began_at", "ended_at", "lon", "lat", "road", "depot")
_GAP = ("began_at", "ended_at", "from_lon", "from_lat", "to_lon", "to_lat", "reason")
_RUN = ("began_at", "ended_at", "task", "evidence", "fixes", "driven_m", "matched_m")
_AGAIN = ("vehicle", "day_at", "since", "until", "earliest", "cause", "first_at", "last_at")


def fixes(columns: Sequence[list[Any] | None]) -> Fixes:
    """Fixes from one array a column; None: there are none."""
    at_us, lon, lat, speed_kmh, heading_deg, accuracy_m, task = (column or [] for column in columns)
    return Fixes(
        at_us=at_us,
        lon=lon,
        lat=lat,
        speed_kmh=speed_kmh,
        heading_deg=heading_deg,
        accuracy_m=accuracy_m,
        task=task,
    )


def one_fix(row: Sequence[Any] | None) -> Fixes:
    """The fix of a row, or none."""
    return Fixes() if row is None else fixes([[value] for value in row])


def passage(row: Sequence[Any]) -> Passage:
    """The passage of a row."""
    vehicle, road, direction, from_m, to_m, began_at, ended_at, task, evidence, count, derived = row
    return Passage(
        vehicle=vehicle,
        road=road,
        direction=Direction(direction),
        from_m=from_m,
        to_m=to_m,
        began_at=began_at,
        ended_at=ended_at,
        task=_task(task),
        evidence=_evidence(evidence),
        fixes=count,
        derived=derived,
    )


def stop(row: Sequence[Any]) -> Stop:
    """The stop of a row."""
    vehicle, began_at, ended_at, lon, lat, road, depot = row
    return Stop(vehicle=vehicle, began_at=began_at, ended_at=ended_at, lon=lon, lat=lat, road=road, depot=depot)


def gap(row: Sequence[Any]) -> Gap:
    """The gap of a row."""
    vehicle, began_at, ended_at, from_lon, from_lat, to_lon, to_lat, reason = row
    return Gap(
        vehicle=vehicle,
        began_at=began_at,
        ended_at=ended_at,
        from_lon=from_lon,
        from_lat=from_lat,
        to_lon=to_lon,
        to_lat=to_lat,
        reason=BreakReason(reason),
    )


def run(row: Sequence[Any]) -> Run:
    """The run of a row."""
    vehicle, began_at, ended_at, task, evidence, count, driven_m, matched_m, flags = row
    return Run(
        vehicle=vehicle,
        began_at=began_at,
        ended_at=ended_at,
        task=_task(task),
        evidence=_evidence(evidence),
        fixes=count,
        driven_m=driven_m,
        matched_m=matched_m,
        flags=dict(flags),
    )


def again(row: Sequence[Any]) -> Again:
    """The day of work of a row that is to be matched again."""
    return Again(**dict(zip((*_AGAIN, "no"), row, strict=True)))


def track_columns(part: TrackPart) -> Iterator[tuple[str, Columns]]:
    """The statements that write a part of a track, with their parameters."""
    track, vehicle = part.track, part.vehicle
    if track.passages:
        yield "add_passages", _columns(track.passages, vehicle, _PASSAGE)
    if track.stops:
        yield "add_stops", _columns(track.stops, vehicle, _STOP)
    if track.gaps:
        yield "add_gaps", _columns(track.gaps, vehicle, _GAP)
    if track.runs:
        flags = [json.dumps(each.flags, sort_keys=True) for each in track.runs]
        yield "add_runs", {**_columns(track.runs, vehicle, _RUN), "flags": flags}


def matching_columns(matching: Matching) -> Iterator[tuple[str, Columns]]:
    """The statements that note drives and what is, or was, to be matched again."""
    if matching.drives:
        numbers = sorted(matching.drives)
        found = [matching.drives[number] for number in numbers]
        yield (
            "note_drives",
            {
                "vehicle": numbers,
                "since": [drive.since for drive in found],
                "through": [drive.through for drive in found],
                "ended": [drive.ended for drive in found],
            },
        )
    if matching.done:
        yield "finish", {name: [getattr(each, name) for each in matching.done] for name in ("vehicle", "day_at", "no")}
    for each in matching.again:  # one by one: the same day may be named twice
        yield "match_again", {name: [getattr(each, name)] for name in _AGAIN}


def _columns(rows: Sequence[object], vehicle: int, names: Sequence[str]) -> Columns:
    """One list a column; ``from_m`` and other lengths as floats, words as texts."""
    columns = {name: [_plain(getattr(row, name)) for row in rows] for name in names}
    return {"vehicle": [vehicle] * len(rows), **columns}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _task(text: str | None) -> Task | None:
    return None if text is None else Task(text)


def _evidence(text: str | None) -> Evidence | None:
    return None if text is None else Evidence(text)
