"""Browsers that asked to be told: an address at their push service and two keys each, and nothing of who they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from store import statements
from store.part import Part

_SQL = statements.load("subscriptions")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser: ``p256dh`` and ``auth`` are the keys its messages are sealed with (RFC 8291)."""

    number: int
    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)
    language: str = "ja"


class Subscriptions(Part):
    """The subscriptions by channel. ``site`` is the store's number of the site."""

    def add(self, site: int, channel: str, subscription: Subscription, at: datetime) -> None:
        """Keep a subscription (its ``number`` does not count); the same address again brings new keys."""
        values = {
            "site": site,
            "channel": channel,
            "endpoint": subscription.endpoint,
            "p256dh": subscription.p256dh,
            "auth": subscription.auth,
            "language": subscription.language,
            "at": at,
        }
        with self._transaction("keep a subscription") as connection:
            connection.execute(_SQL["add"], values)

    def remove(self, site: int, channel: str, endpoint: str) -> bool:
        """Forget a subscription; whether there was one."""
        values = {"site": site, "channel": channel, "endpoint": endpoint}
        with self._transaction("forget a subscription") as connection:
            return connection.execute(_SQL["remove"], values).rowcount > 0

    def drop(self, site: int, numbers: Collection[int]) -> None:
        """Forget subscriptions whose browsers are gone."""
        with self._transaction("forget browsers that are gone") as connection:
            connection.execute(_SQL["drop"], {"site": site, "numbers": list(numbers)})

    def of_channel(self, site: int, channel: str) -> list[Subscription]:
        """The subscriptions of a channel, the oldest first."""
        with self._transaction("read subscriptions") as connection:
            rows = connection.execute(_SQL["of_channel"], {"site": site, "channel": channel}).fetchall()
        return [
            Subscription(number, endpoint, bytes(p256dh), bytes(auth), language)
            for number, endpoint, p256dh, auth, language in rows
        ]

    def count(self, site: int, channel: str) -> int:
        """How many subscriptions a channel has."""
        with self._transaction("count subscriptions") as connection:
            row = connection.execute(_SQL["count"], {"site": site, "channel": channel}).fetchone()
        return int(row[0]) if row else 0
