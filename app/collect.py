"""The process that takes messages from the broker into the store, or into the spool while the store is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.collect_memory import (
    INCIDENTS_FILE,
    last_heard,
    remember_topics,
    topics_of_last_time,
    write_state,
)
from app.heartbeat import MEMBER, Every, Heartbeat
from app.settings import Settings, writable_folder
from app.wiring import opened, read_site
from config import Known
from config.model import Site
from core.errors import StartError, StoreError, YukimoriError
from core.times import utc_now
from ingest.broker_address import BrokerAddress
from ingest.codecs import CODECS, check_settings
from ingest.collector import Collector
from ingest.devices import MODELS
from ingest.incidents import IncidentBook
from ingest.pipeline import Pipeline
from ingest.repeats import Repeats
from ingest.session import Session
from ingest.spool import SpoolLimits, open_spool
from ingest.writer import Job, Target, Writer

log = logging.getLogger(__name__)

PROCESS = "collect"
UPKEEP_S = 60.0
TELL_S = 5.0
OPEN_PATIENCE_S = 5.0
FIRST_OPEN_PATIENCE_S = 30.0
END_PATIENCE_S = 2.0
INCIDENTS_KEPT = timedelta(days=400)
PROCESSES_KEPT = timedelta(days=7)


def collect(settings: Settings, stop: threading.Event) -> None:
    """Collect until told to stop; raises ConfigError or StartError where that cannot begin, or cannot go on.

    The database may be away, and the broker, unless this is the first time: then a wrong address is likelier.
    """
    site = read_site(
        settings, Known(codecs=frozenset(CODECS), models=frozenset(MODELS), check_codec_settings=check_settings)
    )
    address = BrokerAddress.parse(settings.required_broker(), settings.mqtt_ca_file)
    settings.required_database()
    data = writable_folder(settings.data)
    book = IncidentBook(f"{PROCESS}/{MEMBER}", data / INCIDENTS_FILE)
    before = topics_of_last_time(data)
    topics = [source.topic for source in site.sources]
    with ExitStack() as stack:
        spool = open_spool(data / "spool", SpoolLimits.of(settings.spool_mb, settings.spool_free_mb))
        stack.callback(spool.close)
        client_id = f"yukimori-collect-{site.id}"
        doorway = _Doorway(settings, site, client_id)
        writer = Writer(doorway.open)
        stack.callback(doorway.close, writer)
        writer.start()
        _wait_for_database(writer, stop, first=before is None)
        session = Session(
            address,
            client_id=client_id,
            topics=topics,
            no_longer=(before or set()) - set(topics),
            clock=utc_now,
            last_heard=last_heard(data) if before is not None else None,
            book=book,
        )
        session.start(patient=before is not None)
        collector = Collector(session, writer, spool)
        watch = _Watch(data, topics, writer, book, collector, Heartbeat(data, PROCESS))
        log.info("collecting for %s from %s", site.id, address)
        try:
            watch.start(stop)
            collector.run(stop, watch.alive)
        finally:
            stop.set()
            session.stop()
            collector.put_away()
            watch.end()


def _wait_for_database(writer: Writer, stop: threading.Event, *, first: bool) -> None:
    """Give the database a moment, so that the spool is used only where it is needed; raises StartError at the first time."""
    job = writer.give(Job([], {}))
    patience_s = FIRST_OPEN_PATIENCE_S if first else OPEN_PATIENCE_S
    for _ in range(round(patience_s / 0.1)):
        if job.ended.wait(0.1) or stop.is_set():
            break
    if first and not job.written and not stop.is_set():
        if isinstance(job.error, YukimoriError):
            raise StartError(str(job.error), hint=job.error.hint) from job.error
        raise StartError(f"the database cannot be used ({job.error or 'no answer'})", hint="check DATABASE_URL")
    if not job.written:
        log.warning("the database is away (%s); messages go to the spool", job.error or "no answer")


@dataclass(slots=True)
class _Doorway:
    """Opens the database for the writer, and closes it in the end."""

    settings: Settings
    site: Site
    client_id: str
    _held: ExitStack = field(default_factory=ExitStack)

    def open(self) -> Target:
        """The target; raises StartError where the database is away."""
        with ExitStack() as opening:
            store, registry = opening.enter_context(opened(self.settings, self.site))
            known = store.intake.arrival_timed(registry.site, self.client_id)
            target = Target(store, Pipeline(self.site, registry, Repeats(self.client_id, known)), registry.site)
            self._held = opening.pop_all()
            return target

    def close(self, writer: Writer) -> None:
        """End the writer, then the store; one that hangs is left to the end of the process."""
        if writer.stop(END_PATIENCE_S):
            self._held.close()


class _Watch:
    """Says how the collector is: in files, and to the database while it is there; and keeps the database in order."""

    def __init__(
        self,
        data: Path,
        topics: list[str],
        writer: Writer,
        book: IncidentBook,
        collector: Collector,
        heartbeat: Heartbeat,
    ) -> None:
        self._data, self._topics, self._writer = data, topics, writer
        self._book, self._collector, self._heartbeat = book, collector, heartbeat
        self._state: dict[str, Any] = {}
        self._look = Every(TELL_S, self._write_down)
        self._subscribed = False
        self._threads: list[threading.Thread] = []

    def start(self, stop: threading.Event) -> None:
        """Begin to tell and to keep up, in threads of their own."""
        for name, every_s, work in (("tell", TELL_S, self._tell), ("upkeep", UPKEEP_S, self._keep_up)):
            thread = threading.Thread(target=_again_and_again, args=(stop, every_s, work), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def alive(self) -> None:
        """To be called by the collector, often."""
        self._heartbeat.beat()
        self._look()

    def end(self) -> None:
        """The last word; a thread that hangs with the database is left to the end of the process."""
        self._state = {**self._collector.state(), "mode": "stopped"}
        write_state(self._data, self._state)
        for thread in self._threads:
            thread.join(END_PATIENCE_S)
        if not any(thread.is_alive() for thread in self._threads):
            _quietly(self._tell)
        self._book.keep()

    def _write_down(self) -> None:
        self._state = self._collector.state()
        write_state(self._data, self._state)
        self._book.keep()
        if self._state["connected"] and not self._subscribed:
            remember_topics(self._data, self._topics)
            self._subscribed = True

    def _tell(self) -> None:
        target = self._writer.target
        if target is None:
            return
        now = utc_now()
        target.store.watching.beat(target.site, PROCESS, MEMBER, now, self._state)
        self._book.deliver(target.store, target.site, now)

    def _keep_up(self) -> None:
        target = self._writer.target
        if target is None:
            return
        now = utc_now()
        target.store.maintain(now)
        target.store.watching.forget(target.site, now - INCIDENTS_KEPT, now - PROCESSES_KEPT)


def _again_and_again(stop: threading.Event, every_s: float, work: Callable[[], None]) -> None:
    while True:
        _quietly(work)
        if stop.wait(every_s):
            return


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except StoreError as error:
        log.warning("the database could not be kept up to date and is tried again later (%s)", error)
    except Exception:  # a thread that dies takes the partitions of tomorrow with it, and nobody sees it go
        log.exception("the database could not be kept up to date and is tried again later")
