"""Sends what the outbox holds: lease, send, mark. A crash in between sends again under the same id (ADR 0020).

Order holds within a thread, channel and audience; what a newer message says as well is not sent any more.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from alerts import breaker
from alerts.breaker import Random
from alerts.channel import Book, Channel, ChannelSettings, Environment, Sent
from alerts.channels import discover
from alerts.fallback import channel_notice, dead_notice, instead, unknown_notice
from alerts.settings import channel_settings
from alerts.superseding import superseded
from alerts.system_messages import own_channels
from config.model import Site
from core.errors import NotifyError, StartError
from core.times import Clock
from store import Store
from store.alert_rows import LeasedNotification, NotificationRow
from store.outbox import ChannelState

_log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Sender:
    """A channel of a site, ready to send. ``exercise`` is the mark a message must have for it to be sent."""

    id: str
    channel: Channel[Any]
    settings: ChannelSettings
    environment: Environment
    site: Site
    exercise: bool = False
    book: Book | None = None

    def send(self, leased: LeasedNotification) -> Sent:
        """How the provider took the message; raises NotifyError where it did not."""
        message, by_book = leased.notification, self.channel.send_by_book
        if by_book is not None and self.book is not None:
            answer = by_book(message, self.settings, self.environment, leased.served, self.book)
        elif leased.served and self.channel.send_rest is not None:
            answer = self.channel.send_rest(leased.notification, self.settings, self.environment, leased.served)
        else:
            answer = self.channel.send(leased.notification, self.settings, self.environment)
        return Sent(answer) if isinstance(answer, str) else answer

    def once_only(self, message: NotificationRow) -> bool:
        """Whether nobody on the way would notice a second copy of a message that must not come twice."""
        return message.resident and not self.channel.recognises_repeats


def open_senders(site: Site, environment: Environment, book: Book | None = None) -> list[Sender]:
    """The senders of every channel a site may use: in an exercise those made for exercises, else the others.

    Raises ConfigError for settings with mistakes, StartError for a secret that is not in the environment.
    """
    senders = [
        Sender(
            config.id,
            discover()[config.kind],
            channel_settings(config.kind, config.settings),
            environment,
            site,
            config.exercise,
            book,
        )
        for config in own_channels(site)
    ]
    for sender in senders:
        for name in sender.settings.secret_names:
            if not environment.get(name):
                raise StartError(
                    f"channel {sender.id}: the environment variable {name} is not set", hint=f"set {name} and restart"
                )
    return senders


def deliver_next(
    store: Store,
    site_no: int,
    sender: Sender,
    clock: Clock,
    random: Random,
    *,
    held: MutableMapping[str, LeasedNotification] | None = None,
) -> bool:
    """Send the next due message of a channel; False where none is due or the channel rests. Raises StoreError.

    ``held`` shows, by channel, what is at hand while it is sent.
    """
    return _Turn(store, site_no, sender, clock, random, {} if held is None else held).take()


def wait_before(attempt: int, retry_after: float | None, random: Random) -> timedelta:
    """How long a message waits after the given attempt: doubling from one second, at most a minute, with jitter.

    What the receiver asked for is obeyed where it is longer, up to ``breaker.LONGEST_ASKED``.
    """
    steady = min(_LONGEST_WAIT_S, 2.0 ** min(attempt - 1, 10))
    asked = min(retry_after or 0.0, breaker.LONGEST_ASKED.total_seconds())
    return timedelta(seconds=max(steady * (0.5 + random() / 2), asked))


@dataclass(frozen=True, slots=True)
class _Turn:
    """One attempt of one sender."""

    store: Store
    site_no: int
    sender: Sender
    clock: Clock
    random: Random
    held: MutableMapping[str, LeasedNotification]

    def take(self) -> bool:
        now = self.clock()
        outgoing = self.store.outgoing
        for found in superseded(outgoing.crowded(self.site_no, self.sender.id, now)):
            outgoing.supersede(found.older, found.newer, now)
        state = outgoing.channel_states(self.site_no).get(self.sender.id) or breaker.fresh(self.sender.id, now)
        if not breaker.may_try(state, now):
            return False
        leased = outgoing.lease(self.site_no, self.sender.id, now, LEASE, 1)
        for item in leased:
            self.held[self.sender.id] = item
            self._keep(state, breaker.probing(state, now))
            self._deliver(item, state)
            self.held.pop(self.sender.id, None)
        return bool(leased)

    def _deliver(self, leased: LeasedNotification, state: ChannelState) -> None:
        message = leased.notification
        if bool(message.body.get("exercise", False)) != self.sender.exercise:
            self._give_up(leased, "its mark of an exercise is not that of the channel", another_way=False)
            return
        if self.sender.once_only(message) and not self.store.outgoing.begin_sending(leased, self.clock()):
            return
        try:
            sent = _send(self.sender, leased)
        except NotifyError as error:
            self._keep(state, breaker.after_failure(state, error, self.clock(), self.random))
            self._failed(leased, error)
        else:
            marked = self.store.outgoing.delivered(leased, self.clock(), sent.provider, sent.remark)
            if not marked:
                _log.warning("channel %s: %s was sent, but its lease had ended", self.sender.id, message.id)
            self._keep(state, breaker.after_success(state, self.clock()))

    def _failed(self, leased: LeasedNotification, error: NotifyError) -> None:
        now = self.clock()
        message = leased.notification
        due_at = now + wait_before(leased.attempt, error.retry_after, self.random)
        if error.uncertain and self.sender.once_only(message):
            notices = unknown_notice(self.sender.site, message, now)
            _log.error("channel %s: nobody knows whether %s was taken: %s", self.sender.id, message.id, error)
            self.store.outgoing.finish(self.site_no, leased, "unknown", now, str(error), notices)
        elif not error.retryable:
            self._give_up(_served(leased, error), str(error))
        elif due_at >= message.deadline_at:
            self._give_up(_served(leased, error), f"{error}; its deadline would pass before the next attempt")
        else:
            _log.warning("channel %s: attempt %d failed: %s", self.sender.id, leased.attempt, error)
            self.store.outgoing.retry_later(leased, due_at, str(error), error.served)

    def _give_up(self, leased: LeasedNotification, why: str, *, another_way: bool = True) -> None:
        give_up(self.store, self.site_no, self.sender.site, leased, self.clock, why, another_way=another_way)

    def _keep(self, before: ChannelState, after: ChannelState) -> None:
        if after == before:
            return
        self.store.outgoing.save_channel_state(self.site_no, after)
        if after.state == "open" and before.state == "closed":
            _log.error("channel %s does not work: %s", after.channel, after.reason)
            self.store.outgoing.queue(self.site_no, channel_notice(self.sender.site, after, self.clock()))


def give_up(
    store: Store,
    site_no: int,
    site: Site,
    leased: LeasedNotification,
    clock: Clock,
    why: str,
    *,
    another_way: bool = True,
) -> None:
    """Give a message up visibly: another channel gets it, and the administrators hear of it. Raises StoreError."""
    message, now = leased.notification, clock()
    _log.error("channel %s: notification %s is given up: %s", message.channel, message.id, why)
    follow = [*(instead(site, leased, now) if another_way else ()), *dead_notice(site, message, why, now)]
    store.outgoing.finish(site_no, leased, "dead", now, why, follow)


def _served(leased: LeasedNotification, error: NotifyError) -> LeasedNotification:
    """The message with whom this attempt reached: residents among them are not told another way as well."""
    return replace(leased, served=leased.served | error.served)


def _send(sender: Sender, leased: LeasedNotification) -> Sent:
    try:
        return sender.send(leased)
    except NotifyError:
        raise
    except Exception as error:
        _log.exception("channel %s: an error nobody foresaw", sender.id)
        raise NotifyError(f"{type(error).__name__}: {error}", retryable=True, uncertain=True) from error
