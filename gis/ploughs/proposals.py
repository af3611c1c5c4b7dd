"""At each class's check times: does the measured new snow call for a dispatch order? A person decides, this only proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from config.plough_plan import PloughPlan, RoadClass
from core.ploughs import Order
from gis.ploughs.snow_gauges import Readings
from gis.ploughs.snowfall import LeftOut, Snowfall, snowfall
from gis.ploughs.storm import Storm, latest_storm


class CheckResult(StrEnum):
    """What a check came to.

    An order is proposed; one stands or was given since; too little snow was measured; or no gauge could say.
    """

    PROPOSED = "proposed"
    ORDERED = "ordered"
    BELOW = "below"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GaugeFall:
    """What a gauge measured for a check: centimetres to a tenth, or why it could not say."""

    station: str
    name_ja: str
    name_en: str
    fallen_cm: float | None
    why: LeftOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The newest check of a class, at ``checked_at``.

    ``since`` is from when on new snow counts: the beginning of the snowfall, or the last order for the class where that was later; None
    where no gauge saw snow. ``measured_cm`` is the most any gauge says: one that reaches ``threshold_cm`` is enough to propose.
    ``order`` is the id of the order that answers the check.
    """

    code: str
    checked_at: datetime
    result: CheckResult
    threshold_cm: float
    measured_cm: float | None
    since: datetime | None
    gauges: tuple[GaugeFall, ...]
    order: str = ""

    @property
    def reached(self) -> tuple[GaugeFall, ...]:
        """The gauges that reach the threshold."""
        return tuple(each for each in self.gauges if each.fallen_cm is not None and each.fallen_cm >= self.threshold_cm)


def proposals(
    plan: PloughPlan, series: Sequence[Readings], now: datetime, *, zone: ZoneInfo, orders: Sequence[Order] = ()
) -> list[Proposal]:
    """The newest check of each class with a threshold and check times, within 24 h before ``now``, in the order of the plan.

    What was measured after a check does not change it. ``orders`` are all that may stand or have stood, in any order.
    """
    found = []
    for code, promised in plan.classes.items():
        checked_at = last_occurrence(promised.checks, now, zone)
        if promised.threshold_cm is None or checked_at is None:
            continue
        mine = [order for order in orders if code in order.classes and order.at <= now]
        found.append(_check(promised, promised.threshold_cm, checked_at, series, mine, now))
    return found


def last_occurrence(times: Sequence[time], now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last of these times of day in the zone at or before ``now``, None where there are no times."""
    today = now.astimezone(zone).date()
    instants = [
        datetime.combine(today - timedelta(days=back), each, tzinfo=zone).astimezone(now.tzinfo)
        for each in times
        for back in (0, 1)
    ]
    return max((at for at in instants if at <= now), default=None)


def _check(
    promised: RoadClass,
    threshold: float,
    checked_at: datetime,
    series: Sequence[Readings],
    orders: Sequence[Order],
    now: datetime,
) -> Proposal:
    falls = [snowfall(readings.until(checked_at)) for readings in series]
    since = _new_since(latest_storm(falls, checked_at), orders, checked_at)
    gauges = tuple(_said(fall, since, checked_at) for fall in falls)
    measured = max((each.fallen_cm for each in gauges if each.fallen_cm is not None), default=None)
    answered = [order for order in orders if order.at >= checked_at or order.ended_at is None or order.ended_at > now]
    newest = max(answered, key=lambda order: (order.at, order.id), default=None)
    if newest is not None:
        result = CheckResult.ORDERED
    elif measured is None:
        result = CheckResult.UNKNOWN
    else:
        result = CheckResult.PROPOSED if measured >= threshold else CheckResult.BELOW
    return Proposal(
        code=promised.code,
        checked_at=checked_at,
        result=result,
        threshold_cm=threshold,
        measured_cm=measured,
        since=since,
        gauges=gauges,
        order="" if newest is None else newest.id,
    )


def _new_since(storm: Storm | None, orders: Sequence[Order], checked_at: datetime) -> datetime | None:
    if storm is None or not storm.going_on:
        return None
    return max([storm.began_at, *(order.at for order in orders if order.at <= checked_at)])


def _said(fall: Snowfall, since: datetime | None, checked_at: datetime) -> GaugeFall:
    """Where no snowfall is known the gauge is asked all the same: only one that was read says 0."""
    fallen = fall.fallen(checked_at if since is None else since, checked_at)
    gauge = fall.gauge
    if isinstance(fallen, LeftOut):
        return GaugeFall(gauge.station, gauge.name_ja, gauge.name_en, None, fallen)
    return GaugeFall(gauge.station, gauge.name_ja, gauge.name_en, round(fallen, 1), None)
