"""The process that takes messages from the broker into the store, or into the spool while the store is away."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
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
from app.heartbeat import Every, Heartbeat
from app.settings import Settings, writable_folder
from app.wiring import opened, read_site
from config import Known
from config.model import Site
from core.broker_address import BrokerAddress
from core.errors import StartError, StoreError, YukimoriError
from core.times import utc_now
from ingest.adoption import Adoptions
from ingest.codecs import CODECS, check_settings
from ingest.collector import Collector
from ingest.devices import MODELS
from ingest.incidents import IncidentBook
from ingest.inlets import Inlets
from ingest.membership import PROCESS, Member, Place, PlaceTakenError, require_shared_subscriptions
from ingest.pipeline import Pipeline
from ingest.repeats import Repeats
from ingest.session import Session
from ingest.spool import SpoolLimits, open_spool
from ingest.watchdog import beating_device, watched
from ingest.writer import Job, Target, Writer

log = logging.getLogger(__name__)

RUBBISH_AFTER = 10_000
"""New objects that stay before Python looks for circles among them; 700 by itself, which a batch has many times over."""
UPKEEP_S = 60.0
TELL_S = 5.0
LOOK_ROUND_S = 2.0
OPEN_PATIENCE_S = 5.0
FIRST_OPEN_PATIENCE_S = 30.0
END_PATIENCE_S = 2.0
INCIDENTS_KEPT = timedelta(days=400)
PROCESSES_KEPT = timedelta(days=30)
"""Longer than a broker keeps the session of a member that is away: until then somebody must know of it."""


def collect(settings: Settings, stop: threading.Event, member: Member | None = None) -> None:
    """Collect until told to stop; raises ConfigError or StartError where that cannot begin, or cannot go on.

    ``member``: which of the collectors of this site; None is the only one. The database may be away, and the broker, unless this is the first time: then a wrong address is likelier.
    """
    member = (member or Member()).checked()
    site = watched(
        read_site(
            settings, Known(codecs=frozenset(CODECS), models=frozenset(MODELS), check_codec_settings=check_settings)
        )
    )
    address = BrokerAddress.parse(settings.required_broker(), settings.mqtt_ca_file)
    settings.required_database()
    member = replace(member, secret=address.password or "")
    if member.of > 1:
        require_shared_subscriptions(address)
    data = writable_folder(settings.data)
    book = IncidentBook(member.subject, data / INCIDENTS_FILE)
    before = topics_of_last_time(data)
    topics = member.filters(site)
    with ExitStack() as stack:
        spool = open_spool(data / "spool", SpoolLimits.of(settings.spool_mb, settings.spool_free_mb))
        stack.callback(spool.close)
        client_id = member.client_id(site.id)
        place = Place(member, site.id, stop.wait)
        stack.callback(place.leave)
        doorway = _Doorway(settings, site, client_id, place)
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
        if member.number == 1:
            stack.enter_context(beating_device(site, address, stop))
        inlets = Inlets(session)
        collector = Collector(inlets, writer, spool)
        others = Adoptions(address, site, member, inlets, clock=utc_now, monotonic=time.monotonic)
        watch = _Watch(data, doorway, writer, book, collector, Heartbeat(data, PROCESS), others)
        log.info("collecting for %s from %s, member %d of %d", site.id, address, member.number, member.of)
        _spare_what_stays()
        try:
            watch.start(stop)
            collector.run(stop, watch.alive)
        finally:
            stop.set()
            session.stop()
            collector.put_away()
            watch.end()


def _spare_what_stays() -> None:
    """Let Python look for rubbish seldom, and not in what stays: rows and messages hold no circles. Saves a twentieth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(RUBBISH_AFTER)


def _wait_for_database(writer: Writer, stop: threading.Event, *, first: bool) -> None:
    """Give the database a moment, so that the spool is used only where it is needed; raises StartError at the first time."""
    job = writer.give(Job([], {}))
    patience_s = FIRST_OPEN_PATIENCE_S if first else OPEN_PATIENCE_S
    for _ in range(round(patience_s / 0.1)):
        if job.ended.wait(0.1) or stop.is_set():
            break
    if isinstance(job.error, PlaceTakenError):
        raise job.error
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
    place: Place
    refused: PlaceTakenError | None = None
    _held: ExitStack = field(default_factory=ExitStack)

    def open(self) -> Target:
        """The target; raises StartError where the database is away, or another has our place."""
        with ExitStack() as opening:
            store, registry = opening.enter_context(opened(self.settings, self.site))
            with self._noting():
                self.place.enter(store, registry.site)
            # Said before anything is subscribed to: should we fall right after, the others know what we left.
            member = self.place.member
            store.watching.beat(registry.site, PROCESS, member.name, utc_now(), member.state(self.site))
            known = store.intake.arrival_timed(registry.site, self.client_id)
            target = Target(store, Pipeline(self.site, registry, Repeats(self.client_id, known)), registry.site)
            self._held = opening.pop_all()
            return target

    def ensure_place(self) -> None:
        """Keep our place among the collectors; ``refused`` says that another has it. Raises StoreError."""
        with self._noting():
            self.place.ensure()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except PlaceTakenError as error:
            self.refused = error
            raise

    def close(self, writer: Writer) -> None:
        """End the writer, then the store; one that hangs is left to the end of the process."""
        if writer.stop(END_PATIENCE_S):
            self._held.close()


class _Watch:
    """Says how the collector is: in files, and to the database while it is there; and keeps the database in order."""

    def __init__(
        self,
        data: Path,
        doorway: _Doorway,
        writer: Writer,
        book: IncidentBook,
        collector: Collector,
        heartbeat: Heartbeat,
        others: Adoptions,
    ) -> None:
        self._data, self._doorway, self._writer = data, doorway, writer
        self._others = others
        self._book, self._collector, self._heartbeat = book, collector, heartbeat
        self._state: dict[str, Any] = {}
        self._look = Every(TELL_S, self._write_down)
        self._subscribed = False
        self._threads: list[threading.Thread] = []

    def start(self, stop: threading.Event) -> None:
        """Begin to tell and to keep up, in threads of their own."""
        for name, every_s, work in (
            ("tell", TELL_S, self._tell),
            ("upkeep", UPKEEP_S, self._keep_up),
            ("others", LOOK_ROUND_S, self._look_after_others),
        ):
            thread = threading.Thread(target=_again_and_again, args=(stop, every_s, work), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def alive(self) -> None:
        """To be called by the collector, often. Raises StartError where another collector has our place."""
        if self._doorway.refused is not None:
            raise self._doorway.refused
        self._heartbeat.beat()
        self._book.keep()
        self._look()

    def end(self) -> None:
        """The last word; a thread that hangs with the database is left to the end of the process."""
        self._state = {**self._collector.state(), "mode": "stopped"}
        write_state(self._data, self._state)
        patient_until = time.monotonic() + END_PATIENCE_S  # for all of them: whoever stops us gives us ten seconds
        for thread in self._threads:
            thread.join(max(0.0, patient_until - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            self._others.end()
            if self._doorway.refused is None:
                _quietly(self._tell)
        self._book.keep()

    def _write_down(self) -> None:
        self._state = self._collector.state()
        write_state(self._data, self._state)
        if self._state["connected"] and not self._subscribed:
            remember_topics(self._data, self._doorway.place.member.filters(self._doorway.site))
            self._subscribed = True

    def _tell(self) -> None:
        target = self._writer.target
        if target is None:
            return
        self._doorway.ensure_place()
        now = utc_now()
        member = self._doorway.place.member
        state = {**self._state, **member.state(self._doorway.site)}
        target.store.watching.beat(target.site, PROCESS, member.name, now, state)
        self._book.deliver(target.store, target.site, now)

    def _look_after_others(self) -> None:
        target = self._writer.target
        if target is None:
            return
        try:
            self._others.round(target)
        except StoreError as error:  # the others are asked for again in a moment; the log is told by who writes
            log.debug("the other members cannot be looked after (%s)", error)

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
    except PlaceTakenError:
        return  # who goes round says so, and ends
    except StoreError as error:
        log.warning("the database could not be kept up to date and is tried again later (%s)", error)
    except Exception:  # a thread that dies takes the partitions of tomorrow with it, and nobody sees it go
        log.exception("the database could not be kept up to date and is tried again later")
