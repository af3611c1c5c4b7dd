"""What an outage costs: into the spool, out of it again, and messages of the quarantine taken in after a fix.

``spool``: readings go to the spool in batches as the collector takes them, each slice of 500 synced to the disk before it
counts; ``drain``: portions of 1000 from the spool through the pipeline into the embedded database (fsync on), as the
collector does it, with no new messages beside it. ``replay``: messages of devices nobody had added are taken in again
with the site as it is then, each a transaction of its own, so its pace is that of the disk.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import machinery
from bench.measurement import Measurement
from bench.messages import INTERVAL_S, backlog
from bench.sites import write_site
from config import load_site
from config.model import Site
from core.errors import StartError
from core.times import utc_now
from ingest.collector import MOST_PER_BATCH
from ingest.draining import Drained, Draining
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.quarantine_replay import QuarantineReplay
from ingest.spool import Spool, SpoolLimits, open_spool
from ingest.writer import Target, Writer
from store import Store, open_store
from store.aside import Wanted
from store.rows import Registry

STATIONS = 100
MESSAGES = 50_000
SET_ASIDE = 2_000
STOP_S = 10.0
PATIENCE_S = 60.0


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The measurements of recovering; ``scale`` 1 is 50 000 messages in the spool, 2 000 in quarantine."""
    site = load_site(write_site(folder / "site", name="bench", stations=STATIONS))
    messages = _messages(max(STATIONS, round(MESSAGES * scale)), days=20)
    aside = _messages(max(STATIONS, round(SET_ASIDE * scale)), days=10)
    spool = open_spool(folder / "spool", SpoolLimits(free=0))
    try:
        spooling_s = _spool(spool, messages)
        size = spool.state.bytes / len(messages)
        with machinery.database(folder) as dsn, open_store(dsn, pool_size=2) as store:
            registry = store.register(site)
            draining_s = _drain(spool, Target(store, Pipeline(site, registry), registry.site))
            replaying_s = _replay(store, site, registry, aside)
    finally:
        spool.close()
    return [
        Measurement("recover_spool", len(messages) / spooling_s, "messages/s"),
        Measurement("recover_spool_size", size, "bytes/message"),
        Measurement("recover_drain", len(messages) / draining_s, "messages/s"),
        Measurement("recover_replay", len(aside) / replaying_s, "messages/s"),
    ]


def _messages(count: int, *, days: int) -> list[Message]:
    """A backlog as it arrives, its last reading so many days old."""
    now = utc_now()
    newest = now.replace(microsecond=0) - timedelta(days=days)
    published = backlog("bench", STATIONS, count, newest - timedelta(seconds=newest.second % INTERVAL_S))
    return [
        Message(topic.encode(), payload, now, qos=1, packet_id=1 + number % 65_535)
        for number, (topic, payload) in enumerate(published)
    ]


def _spool(spool: Spool, messages: list[Message]) -> float:
    began = time.perf_counter()
    for start in range(0, len(messages), MOST_PER_BATCH):
        batch = messages[start : start + MOST_PER_BATCH]
        if spool.append(batch) < len(batch):
            raise StartError(f"the spool takes no more: {spool.state.full}")
    return time.perf_counter() - began


def _drain(spool: Spool, target: Target) -> float:
    writer = Writer(lambda: target)
    writer.start()
    draining = Draining(spool, writer)
    began = time.perf_counter()
    while not spool.empty:
        job = draining.begin()
        if job is None or not job.ended.wait(PATIENCE_S) or draining.settle(job) is Drained.AWAY:
            raise StartError("the spool could not be drained")
    needed = time.perf_counter() - began
    writer.stop(STOP_S)
    return needed


def _replay(store: Store, site: Site, registry: Registry, messages: list[Message]) -> float:
    """First nobody has added the devices; then the site is as it should be."""
    unaware = replace(site, datastreams=(), stations=())
    store.append(registry.site, Pipeline(unaware, registry).handle_all(messages))
    began = time.perf_counter()
    done = QuarantineReplay(site, registry, store).run(Wanted(reason="unknown-device"))
    needed = time.perf_counter() - began
    if done.settled < len(messages):
        raise StartError(f"only {done.settled} of {len(messages)} messages could be taken in again")
    return needed
