"""Sends what the outbox holds: lease, send, mark. A crash in between sends again under the same id.

Each channel has a thread of its own, so that a slow or dead one delays no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from alerts.channel import Channel, ChannelSettings, Environment
from alerts.channels import discover
from alerts.settings import channel_settings
from config.model import Site
from core.errors import NotifyError, StartError, StoreError
from core.times import Clock
from store import Store
from store.rows import LeasedNotification, NotificationRow

_log = logging.getLogger(__name__)
_LEASE = timedelta(seconds=60)
_LONGEST_WAIT_S = 60.0
_LONGEST_ASKED_S = 300.0
_LOOK_AGAIN_S = 1.0
_PART_WITHIN_S = 10.0

Random = Callable[[], float]
"""Gives a number in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A channel of the site, ready to send."""

    id: str
    channel: Channel[Any]
    settings: ChannelSettings
    environment: Environment

    def send(self, notification: NotificationRow) -> str:
        """What the provider calls the message; raises NotifyError where it was not taken."""
        return self.channel.send(notification, self.settings, self.environment)


def open_senders(site: Site, environment: Environment) -> list[Sender]:
    """The senders of every channel of the site.

    Raises ConfigError for settings with mistakes, StartError for a secret that is not in the environment.
    """
    senders = [
        Sender(config.id, discover()[config.kind], channel_settings(config.kind, config.settings), environment)
        for config in site.channels
    ]
    for sender in senders:
        for name in sender.settings.secret_names:
            if not environment.get(name):
                raise StartError(
                    f"channel {sender.id}: the environment variable {name} is not set", hint=f"set {name} and restart"
                )
    return senders


def deliver_next(store: Store, site_no: int, sender: Sender, clock: Clock, random: Random) -> bool:
    """Send the next due message of a channel; False where none is due. Raises StoreError."""
    leased = store.lease(site_no, sender.id, clock(), _LEASE, 1)
    for item in leased:
        _deliver(store, item, sender, clock, random)
    return bool(leased)


def wait_before(attempt: int, retry_after: float | None, random: Random) -> timedelta:
    """How long to wait after the given attempt: doubling from one second, at most a minute, with jitter.

    What the receiver asked for is obeyed where it is longer, up to five minutes: a danger is only of use
    within the half hour, and it may wait behind this message.
    """
    steady = min(_LONGEST_WAIT_S, 2.0 ** min(attempt - 1, 10))
    return timedelta(seconds=max(steady * (0.5 + random() / 2), min(retry_after or 0.0, _LONGEST_ASKED_S)))


def _deliver(store: Store, leased: LeasedNotification, sender: Sender, clock: Clock, random: Random) -> None:
    notification = leased.notification
    if clock() >= notification.deadline_at:
        _give_up(store, notification, clock, "its deadline has passed")
        return
    try:
        provider = _send(sender, notification)
    except NotifyError as error:
        due_at = clock() + wait_before(leased.attempt, error.retry_after, random)
        if not error.retryable:
            _give_up(store, notification, clock, str(error))
        elif due_at >= notification.deadline_at:
            _give_up(store, notification, clock, f"{error}; its deadline would pass before the next attempt")
        else:
            _log.warning("channel %s: attempt %d failed: %s", sender.id, leased.attempt, error)
            store.retry_later(notification.id, due_at, str(error))
    else:
        store.delivered(notification.id, clock(), provider)


def _send(sender: Sender, notification: NotificationRow) -> str:
    try:
        return sender.send(notification)
    except NotifyError:
        raise
    except Exception as error:
        _log.exception("channel %s: an error nobody foresaw", sender.id)
        raise NotifyError(f"{type(error).__name__}: {error}", retryable=True) from error


def _give_up(store: Store, notification: NotificationRow, clock: Clock, why: str) -> None:
    _log.error("channel %s: notification %s is given up: %s", notification.channel, notification.id, why)
    store.dead_letter(notification.id, clock(), why)


class Delivery:
    """The threads that send, one a channel; leaving it lets each finish the message it is at."""

    def __init__(self, store: Store, site_no: int, senders: Sequence[Sender], clock: Clock, random: Random) -> None:
        self._store = store
        self._site_no = site_no
        self._clock = clock
        self._random = random
        self._stop = Event()
        self._wake: Mapping[str, Event] = {sender.id: Event() for sender in senders}
        self._threads = [
            Thread(target=self._run, args=(sender,), name=f"channel {sender.id}", daemon=True) for sender in senders
        ]

    def wake(self) -> None:
        """Look into the outbox now."""
        for event in self._wake.values():
            event.set()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self.wake()
        for thread in self._threads:
            thread.join(_PART_WITHIN_S)

    def _run(self, sender: Sender) -> None:
        wake = self._wake[sender.id]
        while not self._stop.is_set():
            wake.clear()
            wait = _LOOK_AGAIN_S
            try:
                while not self._stop.is_set() and deliver_next(
                    self._store, self._site_no, sender, self._clock, self._random
                ):
                    pass
            except StoreError as error:
                _log.warning("channel %s waits for the database: %s", sender.id, error)
                wait = 5 * _LOOK_AGAIN_S
            except Exception:  # noqa: BLE001 - whatever it is, the thread goes on sending
                _log.exception("channel %s: an error nobody foresaw", sender.id)
                wait = 5 * _LOOK_AGAIN_S
            wake.wait(wait)
