"""The synthetic device: it says every minute over the broker that it lives, as every other device does.

Its word comes back by the collector's own subscription; what is tested is the way, not this process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.model import Site, Source
from core.broker_address import BrokerAddress
from core.errors import YukimoriError
from core.watchdog import DEVICE, EVERY, beat_topic
from ingest.publishing import Publisher

_log = logging.getLogger(__name__)


def watched(site: Site) -> Site:
    """The site with a source for the watchdog's beats, where it has a watchdog."""
    if not site.people.watchdog:
        return site
    return replace(site, sources=(*site.sources, Source(topic=beat_topic(site.id), codec="yukimori")))


@contextmanager
def beating_device(
    site: Site, address: BrokerAddress, stop: threading.Event, *, every_s: float = EVERY.total_seconds()
) -> Iterator[None]:
    """Within it the synthetic device of a site with a watchdog says that it lives, on a connection of its own."""
    if not site.people.watchdog:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(site, address, stop, ended, every_s), name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(5)


def _beat(site: Site, address: BrokerAddress, stop: threading.Event, ended: threading.Event, every_s: float) -> None:
    """One connection a beat: a broker that takes nobody in any more is noticed at the next."""
    while not (stop.is_set() or ended.is_set()):
        try:
            with Publisher(address, client_id=f"yukimori-{site.id}{DEVICE}", stop=ended) as publisher:
                publisher.publish(beat_topic(site.id), b"online")
                publisher.drain()
        except (YukimoriError, OSError) as error:
            _log.warning("the watchdog's device does not reach the broker: %s", error)
        ended.wait(every_s)
