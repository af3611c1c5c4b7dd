"""The circuit breaker of a channel: after several failures in a row it is left alone for a while, then one message tries.

What the receiver asked for (Retry-After) holds back its own channel and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from core.errors import NotifyError
from store.outbox import ChannelState

Random = Callable[[], float]
"""Gives a number in [0, 1)."""

OPENS_AFTER = 5
"""So many failures in a row, with the pauses between them, are about half a minute."""
LONGEST_ASKED = timedelta(minutes=10)
"""What a receiver asks for is obeyed up to this: a danger is of use for half an hour, and may wait behind it."""
_FIRST_PAUSE_S = 30.0
_LONGEST_PAUSE_S = 300.0
_PROBE = timedelta(seconds=60)


def fresh(channel: str, now: datetime) -> ChannelState:
    """A channel nothing is known of."""
    return ChannelState(
        channel=channel,
        state="closed",
        failures=0,
        not_before=None,
        reason="",
        changed_at=now,
        delivered_at=None,
    )


def may_try(state: ChannelState, now: datetime) -> bool:
    """Whether a message may be tried now; a clock that was set back holds nothing back."""
    return state.not_before is None or not state.not_before - LONGEST_ASKED <= now < state.not_before


def ailing(state: ChannelState) -> bool:
    """Whether messages that cannot wait should go another way as well."""
    return state.state != "closed"


def probing(state: ChannelState, now: datetime) -> ChannelState:
    """The state while one message tries an open channel; others keep off until that has had its time."""
    if state.state == "closed":
        return state
    return replace(state, state="half-open", not_before=now + _PROBE)


def after_success(state: ChannelState, now: datetime) -> ChannelState:
    """The state after a message was taken."""
    changed_at = state.changed_at if state.state == "closed" else now
    return replace(
        state, state="closed", failures=0, not_before=None, reason="", changed_at=changed_at, delivered_at=now
    )


def after_failure(state: ChannelState, error: NotifyError, now: datetime, random: Random) -> ChannelState:
    """The state after a message was not taken.

    A refusal that is the message's own fault says nothing about the channel. A quota that is used up opens the breaker
    without a pause: each message may try, and goes another way at once.
    """
    if error.served and not error.used_up:  # it took the message for some: it works
        return after_success(state, now)
    failed = replace(state, failures=state.failures + 1, reason=str(error))
    if error.used_up:
        return _opened(replace(failed, not_before=None), state, now)
    if not error.retryable:
        # What answers is not down: an open breaker closes, or it would hold back messages that are all right.
        return state if state.state == "closed" else replace(state, state="closed", failures=0, not_before=None)
    asked = now + asked_pause(error) if error.retry_after else None
    if failed.failures < OPENS_AFTER and state.state == "closed":
        return replace(failed, not_before=asked)
    steps = max(0, failed.failures - OPENS_AFTER)
    pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(steps, 10)) * (0.75 + random() / 4)
    until = now + timedelta(seconds=pause)
    return _opened(replace(failed, not_before=max(until, asked or until)), state, now)


def asked_pause(error: NotifyError) -> timedelta:
    """The wait the receiver asked for, as far as it is obeyed."""
    return min(timedelta(seconds=min(error.retry_after or 0.0, 1e6)), LONGEST_ASKED)


def _opened(after: ChannelState, before: ChannelState, now: datetime) -> ChannelState:
    return replace(after, state="open", changed_at=before.changed_at if before.state != "closed" else now)
