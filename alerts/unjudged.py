"""An end waits for the judge: nothing is said to be over by values whose quality nobody has tested yet.

A value is stored the moment it comes and judged a second or so later. A rise is told at once. Where a whole bunch comes
together (a gateway's backlog), a fall in it may last as long as a rule wants although its values are ice or a broken sensor.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from alerts.instances import Instance
from alerts.looking import Looked
from alerts.machine import Kind
from alerts.state import InstanceState
from alerts.telling import Cause
from core.levels import Level

_log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
"""So long an end waits; a judge that is still not there by then is an incident of its own, and told as one."""

_RISES = frozenset({Kind.FIRED, Kind.RAISED})
_FALLS = frozenset({Kind.LOWERED, Kind.RESOLVED})


def falls(looked: Looked) -> bool:
    """Whether values brought the episode down, or late ones unsay it: what a rule's change or a person ended waits for nobody."""
    return any(
        item.cause is Cause.CORRECTED or (item.kind in _FALLS and item.cause in (Cause.SAMPLE, Cause.LATE_SAMPLE))
        for item in looked.told
    )


def risen_until(instance: Instance, looked: Looked) -> datetime | None:
    """The event time up to which values are told at once, because they end higher than they began; None without a rise.

    That is the newest rise among what is new, or, where late values raised what was seen before, all that was seen.
    """
    state = instance.state
    seen_at = None if state is None else state.machine.seen_at
    rises = [item.at for item in looked.told if item.kind in _RISES and (seen_at is None or item.at > seen_at)]
    return max(rises, default=seen_at if state is not None and _raised_late(state, looked) else None)


def _raised_late(state: InstanceState, looked: Looked) -> bool:
    """Whether late values leave an episode that is higher than the one that was open; runs that are over by now are none."""
    was = Level.NORMAL if state.episode is None else state.episode.level
    late = [item.episode for item in looked.told if item.cause in (Cause.LATE_SAMPLE, Cause.CORRECTED)]
    left = {episode.number: episode for episode in late}.values()  # each as it stands after the last of its steps
    return any(episode.closed_at is None and episode.level > was for episode in left)


def may_wait(instance: Instance, now: datetime) -> bool:
    """Note that an end is waiting since ``now``, or longer; False once it has waited for as long as it may."""
    if instance.held_since is None or instance.held_since > now:  # the clock was set back
        instance.held_since = now
    if now - instance.held_since < PATIENCE:
        return True
    _log.warning(
        "rule %s at %s: an end has waited %s for its values to be judged, and is told without; look at `judge`",
        instance.target.rule.id,
        instance.target.key,
        PATIENCE,
    )
    return False
