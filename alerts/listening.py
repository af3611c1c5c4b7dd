"""Whether anybody listens: silence of a gauge says nothing while its messages could not have come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from store.watching import ProcessState

_COLLECTOR = "collect"
_BEAT_LOST = timedelta(seconds=60)
_BEHIND = ("stopped", "spooling", "full", "draining")
SETTLE = timedelta(minutes=2)
"""How long messages have to have come in before a gauge is called silent; longer for one that reports rarely."""


class Listening:
    """Since when messages come in, as far as the collectors say; ``began`` is when this process did.

    Where no collector was ever heard of (samples are put in by other means), it is since this process began.
    """

    def __init__(self, began: datetime) -> None:
        self._since: datetime | None = began

    def note(self, processes: Sequence[ProcessState], now: datetime) -> None:
        """Take in the last words of the processes, as of ``now``."""
        collectors = [each for each in processes if each.process == _COLLECTOR]
        if collectors and not any(_stores(each, now) for each in collectors):
            self._since = None
        elif self._since is None or self._since > now:  # a clock that was set back counts from anew
            self._since = now

    def long_enough(self, interval: timedelta, now: datetime) -> bool:
        """Whether silence of something that reports each ``interval`` may be judged."""
        return self._since is not None and now - self._since >= max(2 * interval, SETTLE)


def _stores(collector: ProcessState, now: datetime) -> bool:
    if now - collector.beat_at > _BEAT_LOST or collector.state.get("mode") in _BEHIND:
        return False
    return bool(collector.state.get("connected", True))
