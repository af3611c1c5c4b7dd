"""When each passage could be known: by the arrival of the fixes it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.ploughs import Passage
from gis.ploughs.playback_roads import KnownPassage
from gis.ploughs.playback_tracks import LATE_AFTER

Whole = NDArray[np.int64]
_MICROSECOND = timedelta(microseconds=1)


def known_passages(
    passages: Iterable[Passage], arrivals: Mapping[int, tuple[Sequence[int], Sequence[int]]]
) -> list[KnownPassage]:
    """Each passage with the time it could be known at; when it ended, where nothing of it came late.

    ``arrivals`` has for each vehicle when its fixes were measured, in order, and when they arrived (µs since 1970, UTC). What lies
    before the first of them is held to have come in time.
    """
    columns = {
        vehicle: (np.asarray(at, dtype=np.int64), np.asarray(received, dtype=np.int64))
        for vehicle, (at, received) in arrivals.items()
    }
    return [KnownPassage(passage, _known_at(passage, columns.get(passage.vehicle))) for passage in passages]


def _known_at(passage: Passage, columns: tuple[Whole, Whole] | None) -> datetime:
    if columns is None:
        return passage.ended_at
    at, received = columns
    first = int(np.searchsorted(at, _micro(passage.began_at), side="left"))
    last = int(np.searchsorted(at, _micro(passage.ended_at), side="right"))
    if first == last:
        return passage.ended_at
    arrived = datetime.fromtimestamp(0, tz=passage.ended_at.tzinfo) + int(received[first:last].max()) * _MICROSECOND
    return arrived if arrived - passage.ended_at > LATE_AFTER else passage.ended_at


def _micro(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
