"""How the system is, in one look: what runs, what waits, what was given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core.times import format_rfc3339
from core.watchdog import HOPS, LATE_AFTER
from store.console import QueueRow
from store.outbox import ChannelState
from web.console_view import Json
from web.parts import Parts

DAY = timedelta(hours=24)
SILENT = timedelta(minutes=2)
"""A process that said nothing for so long is taken for stopped; each speaks at least every half minute."""


class ConsoleHealth:
    """What ``/api/console/health`` says."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._kinds = {channel.id: channel.kind for channel in parts.site.channels}

    def now(self) -> Json:
        """The health of the system as it is now; ``troubles`` is how many things somebody should look at."""
        parts, now = self._parts, self._parts.clock()
        processes = [process_as_dict(one, now) for one in parts.store.watching.processes(self._site)]
        incidents = parts.store.watching.incidents(self._site)
        queues = {row.channel: row for row in parts.store.console.queues(self._site, now - DAY)}
        breakers = parts.store.outgoing.channel_states(self._site)
        channels = [
            channel_as_dict(id_, self._kinds.get(id_, ""), queues.get(id_), breakers.get(id_))
            for id_ in {**self._kinds, **queues}
        ]
        aside = {name: one for name, (one, _) in parts.store.aside.counts(self._site).items() if one}
        hops = self._hops(now)
        gaps = parts.store.intake.gaps(self._site, now - DAY)
        return {
            "read_at": format_rfc3339(parts.live.read_at) if parts.live.read_at else None,
            "data_stale": parts.live.stale(now),
            "processes": processes,
            "incidents": len(incidents),
            "channels": channels,
            "quarantine": aside,
            "watchdog": hops,
            "missing_messages": sum(gap.count for gap in gaps),
            "troubles": sum(one["silent"] for one in processes)
            + sum(1 for one in channels if one["dead"] or one["breaker"] != "closed")
            + len(incidents)
            + any(hop["cut"] for hop in hops)
            + parts.live.stale(now),
        }

    def _hops(self, now: datetime) -> list[Json]:
        """How far the watchdog's beat comes, in the order of its way; empty where the site has no watchdog."""
        channel = self._parts.site.people.watchdog
        if not channel:
            return []
        passed = self._parts.store.watchdog.hops(self._site, channel)
        return [hop_as_dict(hop, passed.get(hop), now) for hop in HOPS]


def hop_as_dict(hop: str, at: datetime | None, now: datetime) -> Json:
    """A step of the watchdog's way: when its beat passed it last, and whether that is too long ago."""
    return {
        "hop": hop,
        "at": format_rfc3339(at) if at else None,
        "cut": at is None or now - at > LATE_AFTER,
    }


def process_as_dict(one: Any, now: datetime) -> Json:
    """The last word of a process, and whether it has been silent for too long."""
    return {
        "process": one.process,
        "member": one.member,
        "beat_at": format_rfc3339(one.beat_at),
        "silent": now - one.beat_at > SILENT,
    }


def channel_as_dict(id_: str, kind: str, queue: QueueRow | None, breaker: ChannelState | None) -> Json:
    """A channel, its queue and its breaker; zeros where nothing was sent."""
    not_before = breaker.not_before if breaker else None
    oldest, delivered = (queue.oldest_at, queue.delivered_at) if queue else (None, None)
    return {
        "channel": id_,
        "kind": kind,
        "waiting": queue.waiting if queue else 0,
        "retrying": queue.retrying if queue else 0,
        "dead": queue.dead if queue else 0,
        "delivered": queue.delivered if queue else 0,
        "oldest_at": format_rfc3339(oldest) if oldest else None,
        "delivered_at": format_rfc3339(delivered) if delivered else None,
        "breaker": breaker.state if breaker else "closed",
        "reason": breaker.reason if breaker else "",
        "not_before": format_rfc3339(not_before) if not_before else None,
    }
