"""The threads that send: one a channel, so that a slow or dead one delays no other, and one that looks after what waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Self

from alerts import breaker
from alerts.breaker import Random
from alerts.fallback import instead, unknown_notice
from alerts.outbox import Sender, deliver_next, give_up
from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store
from store.alert_rows import LeasedNotification
from store.outbox import Unfinished

_log = logging.getLogger(__name__)
_LOOK_AGAIN_S = 1.0
_PART_WITHIN_S = 8.0


def tend(store: Store, site_no: int, site: Site, channels: Sequence[str], clock: Clock) -> int:
    """Decide on what cannot simply wait; on how many messages. Raises StoreError.

    What is past its deadline or of a channel that is gone is given up visibly; what was cut off while it was handed over
    is for a person to decide; a danger on a channel that does not work goes another way as well.
    """
    now = clock()
    states = store.outgoing.channel_states(site_no)
    ailing = [name for name, state in states.items() if name in channels and breaker.ailing(state)]
    found = store.outgoing.unfinished(site_no, now, channels, ailing)
    for item in found:
        _decide(store, site_no, site, item, channels, clock)
    return len(found)


def _decide(store: Store, site_no: int, site: Site, item: Unfinished, channels: Sequence[str], clock: Clock) -> None:
    leased, now = item.leased, clock()
    message = leased.notification
    if item.cut_off:
        why = "the sender was cut off while it handed the message over"
        store.outgoing.finish(site_no, leased, "unknown", now, why, unknown_notice(site, message, now))
    elif message.deadline_at <= now:
        give_up(store, site_no, site, leased, clock, "its deadline has passed")
    elif message.channel not in channels:
        give_up(store, site_no, site, leased, clock, "the site has no such channel any more")
    else:
        store.outgoing.also_by(site_no, message.id, now, instead(site, leased, now))


class Delivery:
    """Sends until it is left; leaving lets each thread finish the message it is at, and gives back what takes too long."""

    def __init__(
        self, site: Site, store: Store, site_no: int, senders: Sequence[Sender], clock: Clock, random: Random
    ) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._senders = senders
        self._clock = clock
        self._random = random
        self._held: dict[str, LeasedNotification] = {}
        self._stop = Event()
        self._wakes: list[Event] = []
        self._threads = [self._thread(f"channel {sender.id}", partial(self._send, sender)) for sender in senders]
        self._threads.append(self._thread("outbox", self._tend))

    def wake(self) -> None:
        """Look into the outbox now."""
        for event in self._wakes:
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
        ends_at = time.monotonic() + _PART_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        for leased in list(self._held.values()):
            with suppress(StoreError):
                self._store.outgoing.give_back(leased)

    def _thread(self, name: str, work: Callable[[], None]) -> Thread:
        wake = Event()
        self._wakes.append(wake)
        return Thread(target=self._run, args=(name, work, wake), name=name, daemon=True)

    def _send(self, sender: Sender) -> None:
        while not self._stop.is_set() and deliver_next(
            self._store, self._site_no, sender, self._clock, self._random, held=self._held
        ):
            pass

    def _tend(self) -> None:
        tend(self._store, self._site_no, self._site, [sender.id for sender in self._senders], self._clock)

    def _run(self, name: str, work: Callable[[], None], wake: Event) -> None:
        while not self._stop.is_set():
            wake.clear()
            wait = _LOOK_AGAIN_S
            try:
                work()
            except StoreError as error:
                _log.warning("%s waits for the database: %s", name, error)
                wait = 5 * _LOOK_AGAIN_S
            except Exception:  # noqa: BLE001 - whatever it is, the thread goes on
                _log.exception("%s: an error nobody foresaw", name)
                wait = 5 * _LOOK_AGAIN_S
            wake.wait(wait)
