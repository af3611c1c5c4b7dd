"""Recorded readings, published again through the broker: at their pace, faster, or as fast as possible.

A recording is a set of gauge files: CSV, UTF-8 with or without BOM, columns 日時 (``YYYY-MM-DDTHH:MM``, Japan
Standard Time without zone, where ``T24:00`` is midnight at the end of that day), 河川水位 (metres; blank or ``*``
where there is no value) and id. A row without value is counted and not published: the gauge did not report
one, and a made-up message would be an invention.

Which time a reading carries (``Shift``):

- ``original``: the recorded one.
- ``now``, with a speed: the moment it is published. Time is compressed with the recording, so what took an hour
  takes ``3600 / speed`` seconds of event time too. No reading is ever ahead of now. This is a demonstration, and
  the site's notice has to say so: durations in it are not those of the event.
- ``now``, as fast as possible: the recording is moved as a whole so that its last reading is now.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path
from threading import Event

from core.errors import StartError
from core.times import JST, Clock, format_rfc3339
from ingest.playing import Planned, Progress, Wait, play, require_speed
from ingest.publishing import Outlet

READING_TOPIC = "yukimori/{site}/{device}/reading"
_COLUMNS = ("日時", "河川水位", "id")
_NO_VALUE = ("", "*")
_REST_BETWEEN_ROUNDS = timedelta(seconds=10)


class Shift(StrEnum):
    """Which event times a replay gives (see the module)."""

    ORIGINAL = "original"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded reading: its time (UTC), its device, its value in ``unit``."""

    at: datetime
    device: str
    quantity: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Readings in order of time; ``without_value`` rows said that there was none."""

    readings: tuple[Recorded, ...]
    without_value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a recording is played. ``speed`` None is as fast as possible, 1 is real speed, 60 an hour a minute.

    ``history`` is how much of its beginning is published at once, as the past before the start; only with
    ``Shift.NOW`` and a speed. ``history_after`` leaves out history up to that instant, because it was
    published by an earlier run. ``loop`` begins again at the end, without history. Raises StartError for a speed
    that is none.
    """

    speed: float | None = None
    shift: Shift = Shift.ORIGINAL
    history: timedelta = timedelta(0)
    history_after: datetime | None = None
    loop: bool = False

    def __post_init__(self) -> None:
        if self.speed is not None:
            require_speed(self.speed)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: messages published, and rows of the files that had no value."""

    published: int
    without_value: int


def replay(
    recording: Recording,
    *,
    site_id: str,
    outlet: Outlet,
    pace: Pace,
    clock: Clock,
    stop: Event,
    wait: Wait | None = None,
    progress: Progress | None = None,
    topic: str = READING_TOPIC,
) -> Replayed:
    """Publish the recording through ``outlet``; returns when it is out and confirmed, or ``stop`` is set."""
    published = 0
    for number in count():
        this_round = pace if number == 0 else replace(pace, history=timedelta(0))
        plan = planned(recording, this_round, clock(), site_id=site_id, topic=topic)
        published += play(plan, outlet, clock=clock, stop=stop, wait=wait, progress=progress, so_far=published)
        if not pace.loop or stop.is_set() or (wait or stop.wait)(_REST_BETWEEN_ROUNDS.total_seconds()):
            break
    return Replayed(published, recording.without_value)


def planned(
    recording: Recording, pace: Pace, start: datetime, *, site_id: str, topic: str = READING_TOPIC
) -> Iterator[Planned]:
    """The messages of a replay that begins at ``start``; an event time is never later than its ``due``."""
    for reading, at, due in _timed(recording.readings, pace, start):
        address = topic.format(site=site_id, device=reading.device)
        yield Planned(due, address, _payload(reading, at))


def read_gauges(
    files: Sequence[Path], *, device: str = "{id}", quantity: str = "water_level", unit: str = "m"
) -> Recording:
    """The readings of gauge files, sorted by time; ``device`` makes the device's name of the gauge's ``id``.

    Raises StartError naming file and line where a file cannot be read.
    """
    readings: list[Recorded] = []
    without_value = 0
    for file in files:
        for line, (at, level, gauge) in _rows(file):
            if level in _NO_VALUE:
                without_value += 1
            else:
                name, when, value = device.format(id=gauge), _gauge_time(at, file, line), _level(level, file, line)
                readings.append(Recorded(when, name, quantity, value, unit))
    readings.sort(key=lambda reading: reading.at)
    return Recording(tuple(readings), without_value)


def _timed(
    readings: Sequence[Recorded], pace: Pace, start: datetime
) -> Iterator[tuple[Recorded, datetime, datetime | None]]:
    """Each reading with the event time it gets and when it is due."""
    if not readings:
        return
    first, last = readings[0].at, readings[-1].at
    compressed = pace.shift is Shift.NOW and pace.speed is not None
    split = first + pace.history if compressed else first
    for reading in readings:
        if pace.speed is None:
            at = reading.at if pace.shift is Shift.ORIGINAL else start - (last - reading.at)
            yield reading, at, None
            continue
        due = start + (reading.at - split) / pace.speed
        if not compressed:
            yield reading, reading.at, due
        elif reading.at >= split:
            yield reading, due, due
        elif pace.history_after is None or start - (split - reading.at) > pace.history_after:
            yield reading, start - (split - reading.at), None


def _payload(reading: Recorded, at: datetime) -> bytes:
    body = {"at": format_rfc3339(at), "quantity": reading.quantity, "value": reading.value, "unit": reading.unit}
    return json.dumps(body, separators=(",", ":")).encode()


def _rows(file: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise StartError(
                    f"cannot replay {file}: it has no column {', '.join(missing)}",
                    hint=f"give a file with the columns {', '.join(_COLUMNS)}",
                )
            for row in reader:
                at, level, gauge = ((row[column] or "").strip() for column in _COLUMNS)
                yield reader.line_num, (at, level, gauge)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StartError(
            f"cannot replay {file}: {error}", hint="give the path of a gauge file in CSV, UTF-8"
        ) from error


def _gauge_time(text: str, file: Path, line: int) -> datetime:
    """The instant, UTC; hour 24 is midnight at the end of the day."""
    day, _, hour = text.partition("T")
    try:
        if hour == "24:00":
            at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=JST) + timedelta(days=1)
        else:
            at = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=JST)
    except ValueError as error:
        raise _wrong(file, line, f"{text!r} is no time", "write YYYY-MM-DDTHH:MM, Japan Standard Time") from error
    return at.astimezone(UTC)


def _level(text: str, file: Path, line: int) -> float:
    if not text.isascii() or not text.replace(".", "", 1).removeprefix("-").isdigit():
        raise _wrong(file, line, f"{text!r} is no level", "write metres as digits, blank where there is no value")
    return float(text)


def _wrong(file: Path, line: int, what: str, hint: str) -> StartError:
    return StartError(f"cannot replay {file}, line {line}: {what}", hint=hint)
