"""When this snowfall began, as the town's own gauges saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from gis.ploughs.snowfall import LONGEST_GAP, Snowfall

DRY = timedelta(hours=6)
"""So long without new snow at any gauge, and the next snow is another snowfall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A snowfall: it began at ``began_at``, the last new snow was measured at ``last_at``; both down to ten minutes, finer nobody can say.

    ``stations`` saw it, in the order of the site's folder. ``going_on``: the last snow lies less than 6 h back. Not ``certain``: the
    6 h without snow before it were not all measured, so it may have begun earlier.
    """

    began_at: datetime
    last_at: datetime
    stations: tuple[str, ...]
    going_on: bool
    certain: bool


def latest_storm(falls: Sequence[Snowfall], now: datetime) -> Storm | None:
    """The newest snowfall in what was measured up to ``now``; None where no gauge rose."""
    rises = sorted(
        ((until, since, fall.gauge.station) for fall in falls for since, until in fall.rises() if until <= now),
        reverse=True,
    )
    if not rises:
        return None
    last_at, began_at, _ = rises[0]
    for until, since, _ in rises:
        if began_at - until >= DRY:
            break
        began_at = min(began_at, since)
    seen = {station for until, _, station in rises if until > began_at}
    return Storm(
        began_at=_floored(began_at),
        last_at=_floored(last_at),
        stations=tuple(fall.gauge.station for fall in falls if fall.gauge.station in seen),
        going_on=now - last_at < DRY,
        certain=any(_measured(fall, began_at - DRY, began_at) for fall in falls),
    )


def _floored(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)


def _measured(fall: Snowfall, since: datetime, until: datetime) -> bool:
    """Whether one gauge was read all through [since, until]."""
    if not fall.at or fall.at[0] > since or fall.at[-1] < until:
        return False
    return all(later - at <= LONGEST_GAP for at, later in pairwise(fall.at) if later > since and at < until)
