"""How messages leave, for health and metrics: what waits, what was given up, which channels rest, how far the watchdog comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from config.model import Site
from core.watchdog import HOPS, cut_hop, last_good_hop
from store import Store
from store.outbox import ChannelState, Standing

OLDEST = timedelta(minutes=10)
"""A message that has waited longer than this means that its channel does not work."""

_STATES = {"closed": 0, "half-open": 1, "open": 2}


@dataclass(frozen=True, slots=True)
class DeliveryStanding:
    """How the outbox, the channels and the watchdog stand. ``hops`` is None where the site has no watchdog."""

    outbox: tuple[Standing, ...] = ()
    channels: Mapping[str, ChannelState] = field(default_factory=dict)
    hops: dict[str, datetime] | None = None

    def complaints(self, now: datetime) -> Iterator[str]:
        """What is wrong with it, one line each."""
        for each in self.outbox:
            if each.oldest is not None and now - each.oldest > OLDEST:
                yield f"channel {each.channel}: {each.queued} messages wait, the oldest for {_seconds(now - each.oldest)} s"
            if each.unknown:
                yield f"channel {each.channel}: of {each.unknown} messages to residents nobody knows whether they arrived"
        for name, state in self.channels.items():
            if state.state != "closed":
                since = state.changed_at.isoformat(timespec="seconds")
                yield f"channel {name}: left alone since {since} ({state.reason})"
        if self.hops is not None and (cut := cut_hop(self.hops, now)) is not None:
            yield f"watchdog: nothing passes {cut}; the last good hop is {last_good_hop(self.hops, now)}"

    def metrics(self, now: datetime) -> Iterator[Metric]:
        """The same in numbers."""
        counted = GaugeMetricFamily(
            "yukimori_notifications",
            "Messages that wait, of unknown fate, or given up within a day",
            labels=["channel", "state"],
        )
        oldest = GaugeMetricFamily(
            "yukimori_notification_oldest_age_seconds", "How long the oldest message waits", labels=["channel"]
        )
        for each in self.outbox:
            for state, number in (("queued", each.queued), ("dead", each.dead), ("unknown", each.unknown)):
                counted.add_metric([each.channel, state], number)
            oldest.add_metric([each.channel], 0 if each.oldest is None else (now - each.oldest).total_seconds())
        breakers = GaugeMetricFamily(
            "yukimori_channel_breaker",
            "0 the channel works, 1 one message tries, 2 it is left alone",
            labels=["channel"],
        )
        failures = GaugeMetricFamily(
            "yukimori_channel_failures", "Failures since the last success of a channel", labels=["channel"]
        )
        for name, channel in self.channels.items():
            breakers.add_metric([name], _STATES[channel.state])
            failures.add_metric([name], channel.failures)
        yield from (counted, oldest, breakers, failures)
        ages = GaugeMetricFamily(
            "yukimori_watchdog_age_seconds", "Time since the watchdog's beat last passed a hop", labels=["hop"]
        )
        for hop in () if self.hops is None else HOPS:
            passed = (self.hops or {}).get(hop)
            ages.add_metric([hop], float("inf") if passed is None else (now - passed).total_seconds())
        yield ages


def read_delivery(site: Site, store: Store, site_no: int, now: datetime) -> DeliveryStanding:
    """The standing of now. Raises StoreError."""
    known = {channel.id for channel in site.channels}
    states = store.outgoing.channel_states(site_no)
    return DeliveryStanding(
        tuple(store.outgoing.standing(site_no, now)),
        {name: state for name, state in states.items() if name in known},
        store.watchdog.hops(site_no, site.people.watchdog) if site.people.watchdog else None,
    )


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
