"""The watchdog: a device that is none says every minute that it lives, and an outside checker hears of it or does not.

Its word travels the whole way: broker, collector, store, rule, outbox, channel. What cuts the way anywhere is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

DEVICE = "_watchdog"
"""No file can name such a device: ids begin with a letter or a digit."""
EVERY = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=3)
"""A hop nothing has passed for so long counts as cut."""
HOPS = ("store", "rule", "channel")
"""In the order of the way. Before ``store`` lie the device, the broker and the collector."""


def beat_topic(site: str) -> str:
    """Where the device says that it lives."""
    return f"yukimori/{site}/{DEVICE}/status"


def cut_hop(hops: Mapping[str, datetime], now: datetime) -> str | None:
    """The first hop of the way that nothing has passed for too long, None where the way is whole."""
    return next((hop for hop in HOPS if hop not in hops or now - hops[hop] > LATE_AFTER), None)


def last_good_hop(hops: Mapping[str, datetime], now: datetime) -> str:
    """The last hop before the cut: ``store``, ``rule``, ``channel`` (the way is whole), or ``nothing``."""
    cut = cut_hop(hops, now)
    if cut is None:
        return HOPS[-1]
    before = HOPS[: HOPS.index(cut)]
    return before[-1] if before else "nothing"
