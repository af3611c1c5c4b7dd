"""Metrics in the Prometheus text form, from a registry of their own."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from config.model import Site
from core.errors import StoreError
from core.times import Clock
from store import Store
from store.rows import Registry
from web.features import level_word
from web.live import Live
from web.picture import Picture
from web.stream import Hub
from web.watching import Standing, SystemWatch

TEXT = CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_WHO = ("process", "member")
_OF_MATCHING = {
    "fixes": "Fixes matched as they came, since the process began",
    "days_again": "Days of vehicles matched again, since the process began: fixes came late, or somebody asked for it",
    "states_changed": "States of roads that were no longer what was said, since the process began",
    "behind_s": "Seconds from the newest matched fix to the newest there is, of the vehicle farthest behind",
    "days_waiting": "Days of vehicles that wait to be matched again",
}
_OF_COLLECTORS = {
    "connected": "Whether the collector has the broker",
    "in_flight": "Messages taken or waiting in memory, not yet durable",
    "spool_messages": "Messages that wait on the disk of the collector",
    "spool_bytes": "Bytes of messages that wait on the disk of the collector",
}


class Metrics:
    """What this server counted, and what the site looks like at the moment of asking."""

    def __init__(self, site: Site, store: Store, registry: Registry, live: Live, hub: Hub, clock: Clock) -> None:
        self._own = CollectorRegistry()
        labels = ("endpoint", "method", "status")
        self._requests = Counter("yukimori_http_requests", "Answers given", labels, registry=self._own)
        self._seconds = Histogram(
            "yukimori_http_seconds",
            "Time to the head of an answer",
            ("endpoint",),
            buckets=_SECONDS,
            registry=self._own,
        )
        self.watch = SystemWatch(site, store, registry.site, clock, idle=() if site.ploughs is not None else ("match",))
        self._own.register(_SiteCollector(site, store, registry, live, hub, clock, self.watch))

    def observe(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Counts one answer; an unknown method shares one label, so callers cannot make up new ones."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "other"
        self._requests.labels(endpoint, known, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        """All metrics, read now."""
        return generate_latest(self._own)


class _SiteCollector(Collector):
    def __init__(
        self,
        site: Site,
        store: Store,
        registry: Registry,
        live: Live,
        hub: Hub,
        clock: Clock,
        watch: SystemWatch,
    ) -> None:
        self._site = site
        self._watch = watch
        self._store = store
        self._site_no = registry.site
        self._live = live
        self._hub = hub
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The stream's numbers always, the store's where it answers."""
        yield _gauge("stream_listeners", "Connected live readers", self._hub.listeners)
        yield _counter("stream_deltas", "Changes published to live readers", self._hub.deltas)
        yield _counter("stream_snapshots", "Snapshots sent to live readers", self._hub.snapshots)
        now = self._clock()
        read_at = self._live.read_at
        if read_at is not None:
            yield _gauge("picture_age_seconds", "Time since the store last answered", (now - read_at).total_seconds())
        picture = self._live.peek()
        if picture is not None:
            yield from self._of_picture(picture, now)
        yield from self._of_store()

    def _of_picture(self, picture: Picture, now: datetime) -> Iterator[Metric]:
        yield _gauge("datastreams_stale", "Datastreams whose newest value is too old", len(picture.stale))
        yield _gauge("devices_offline", "Devices that said, or of which the broker said, so", len(picture.offline))
        received = [row.received_at for row in picture.values.values()]
        if received:
            lag = (now - max(received)).total_seconds()
            yield _gauge("newest_reading_age_seconds", "Time since the newest reading arrived", lag)
        levels = GaugeMetricFamily("yukimori_datastreams", "Datastreams by level", labels=["level"])
        words = [level_word(stream, picture.values.get(stream.key)) for stream in self._site.datastreams]
        for word in sorted(set(words)):
            levels.add_metric([word], words.count(word))
        yield levels
        running = sum(row.closed_at is None for row in picture.episodes.values())
        yield _gauge("episodes_open", "Episodes that have not ended", running)
        yield _gauge("vehicles_shown", "Vehicles in the public view", len(picture.positions))

    def _of_store(self) -> Iterator[Metric]:
        away = self._live.away(self._clock())
        try:
            counts = {} if away else self._store.counters(self._site_no)
            aside = {} if away else self._store.aside.counts(self._site_no)
        except StoreError:
            yield _gauge("store_up", "Whether the store answers", 0)
            return
        yield _gauge("store_up", "Whether the store answers", 0 if away else 1)
        yield _labelled(CounterMetricFamily, "ingest", "What the collector counted", "count", counts)
        waiting = {reason: still_open for reason, (still_open, _settled) in aside.items()}
        yield _labelled(GaugeMetricFamily, "quarantined", "Messages set aside and open", "reason", waiting)
        if not away:
            yield from self._of_processes(self._watch.standing())

    def _of_processes(self, standing: Standing) -> Iterator[Metric]:
        kinds = Counts(each.kind for each in standing.incidents)
        yield _labelled(GaugeMetricFamily, "incidents_open", "Incidents of the system that last", "kind", kinds)
        now = self._clock()
        ages = GaugeMetricFamily(
            "yukimori_process_beat_age_seconds", "Time since a process last said that it lives", labels=_WHO
        )
        for each in standing.wanted:
            ages.add_metric([each.process, each.member], (now - each.beat_at).total_seconds())
        yield ages
        yield from _of_members(standing, "collect", _OF_COLLECTORS, "yukimori_")
        yield from _of_members(standing, "match", _OF_MATCHING, "yukimori_match_")
        yield from standing.delivery.metrics(now)


def _of_members(standing: Standing, process: str, texts: Mapping[str, str], prefix: str) -> Iterator[Metric]:
    """What the members of a kind of process said of themselves."""
    for key, text in texts.items():
        family = GaugeMetricFamily(f"{prefix}{key}", text, labels=["member"])
        for each in standing.wanted:
            if each.process == process and isinstance(each.state.get(key), int):
                family.add_metric([each.member], each.state[key])
        yield family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"yukimori_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"yukimori_{name}", text, value=value)


def _labelled(
    family_of: type[CounterMetricFamily | GaugeMetricFamily],
    name: str,
    text: str,
    label: str,
    counts: Mapping[str, int],
) -> Metric:
    family = family_of(f"yukimori_{name}", text, labels=[label])
    for key, value in sorted(counts.items()):
        family.add_metric([key], value)
    return family
