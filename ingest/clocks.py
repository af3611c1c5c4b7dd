"""Whether the time of a reading can be right, judged by its arrival: the rows of the policy table.

| time of the device | verdict |
|---|---|
| none | the arrival, with the reason ``ARRIVAL_TIME``; in a retained message: refused as ``retained`` |
| up to the tolerance ahead (``future_sensor``, ``future_vehicle``) | taken as it is |
| farther ahead, less than a day | refused as ``future`` |
| a day or more ahead, before ``EARLIEST`` | refused as ``clock`` |
| 1024 weeks before the arrival, give or take a day, of a vehicle | repaired: its receiver counts weeks with ten bits |
| the same, of a sensor | refused as ``clock`` |
| before the late window (``late_sensor``, ``late_vehicle``) | refused as ``late`` |

A device whose clock is known to be wrong has a ``clock_offset`` in the site folder; it is added first. What was added,
here or by the codec, is marked ``CLOCK_REPAIRED``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.errors import DecodeError
from core.model import QualityReason

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No device of any town was commissioned before; 1970 and 1980 are clocks that were never set."""
CLOCK_WRONG_AFTER = timedelta(days=1)
ROLLOVER = timedelta(weeks=1024)
"""GPS sends its week number with ten bits (IS-GPS-200, 20.3.3.3.1.1): an old receiver is back at 0 after 1023."""
SURELY_NOT_ROLLED = timedelta(weeks=1000)

NO_OFFSET = timedelta(0)
UNTOUCHED = QualityReason.NONE


class WrongClockError(DecodeError):
    """A time ahead of now or of no year of ours; ``skew`` is the device's time minus the arrival."""

    def __init__(self, reason: str, detail: str, skew: timedelta) -> None:
        super().__init__(reason, detail)
        self.skew = skew


class Gate:
    """How far from its arrival a time may lie; ``rolls_over`` where a week count of ten bits is believed."""

    __slots__ = ("_believed", "ahead", "behind", "rolls_over")

    def __init__(self, ahead: timedelta, behind: timedelta, *, rolls_over: bool = False) -> None:
        self.ahead, self.behind, self.rolls_over = ahead, behind, rolls_over
        self._believed = min(behind, SURELY_NOT_ROLLED)

    def judge(self, at: datetime, offset: timedelta, received_at: datetime) -> tuple[datetime, QualityReason]:
        """The time to be stored and what was done to it; raises DecodeError ``future``, ``clock`` or ``late``."""
        if not offset and EARLIEST <= at <= received_at and received_at - at <= self._believed:
            return at, UNTOUCHED
        return self._judge_closely(at, offset, received_at)

    def _judge_closely(self, at: datetime, offset: timedelta, received_at: datetime) -> tuple[datetime, QualityReason]:
        reasons = UNTOUCHED
        if offset:
            at, reasons = _moved(at, offset), QualityReason.CLOCK_REPAIRED
        rolled = abs(received_at - at - ROLLOVER) <= CLOCK_WRONG_AFTER
        if rolled and self.rolls_over:
            at, reasons = at + ROLLOVER, reasons | QualityReason.CLOCK_REPAIRED
        skew = at - received_at
        if at < EARLIEST or skew >= CLOCK_WRONG_AFTER or (rolled and not self.rolls_over):
            raise WrongClockError("clock", f"device time {at.isoformat()} cannot be right", skew - offset)
        if skew > self.ahead:
            detail = f"device time {at.isoformat()} is {skew} ahead of its arrival"
            raise WrongClockError("future", detail, skew - offset)
        if -skew > self.behind:
            raise DecodeError("late", f"device time {at.isoformat()} is older than the late window of {self.behind}")
        return at, reasons


def _moved(at: datetime, offset: timedelta) -> datetime:
    """The time with the offset added; one at the end of the calendar stays, and is refused as it is."""
    try:
        return at + offset
    except OverflowError:
        return at
