"""The database goes away in every way it can: everything published is stored once, and the balances close.

Real parts: an embedded PostgreSQL of its own, the embedded broker, the collector in a thread with little patience.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config.model import Limits, Privacy, Site, Source
from core.broker_address import BrokerAddress
from core.model import Bounds, Datastream, DeviceId, Position, Station, StationId, StationKind
from core.times import utc_now
from ingest.collector import Collector, Mode, Pace
from ingest.incidents import DATABASE_AWAY, SPOOL_DAMAGED, SPOOL_FULL
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.session import Session
from ingest.spool import SpoolLimits
from ingest.writer import Target
from store import Store, embedded, migrate, open_store
from store.embedded_folder import processes_in

pytestmark = [pytest.mark.broker, pytest.mark.db]

HASTY = Pace(idle_s=0.02, patience_s=0.5, stop_patience_s=0.2, first_retry_s=0.05, slowest_retry_s=0.2)
PATIENCE_S = 60.0
GAUGES = 4
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
_sites = itertools.count(1)


def town(number: int) -> Site:
    name = f"town{number}"
    return Site(
        folder=Path(),
        id=name,
        code="06212",
        name_ja="町",
        name_en="Town",
        time_zone="Asia/Tokyo",
        bounds=Bounds(140.31, 38.43, 140.62, 38.73),
        plane_epsg=6678,
        zoom=12,
        notice_ja="",
        notice_en="",
        contact_ja="",
        contact_en="",
        sources=(Source(topic=f"yukimori/{name}/+/+", codec="yukimori"),),
        limits=Limits(),
        privacy=Privacy(),
        stations=tuple(
            Station(
                id=StationId(f"s{n}"), kind=StationKind.RIVER, name_ja="川", name_en="R", position=Position(140.4, 38.6)
            )
            for n in range(GAUGES)
        ),
        datastreams=tuple(
            Datastream(
                station=StationId(f"s{n}"),
                quantity="water_level",
                device=DeviceId(f"gauge-{n}"),
                expected_interval=timedelta(minutes=10),
                stale_after=timedelta(minutes=30),
                range_min=-1.0,
                range_max=1e6,
            )
            for n in range(GAUGES)
        ),
        vehicles=(),
    )


@pytest.fixture(scope="module")
def own_server(tmp_path_factory) -> Iterator[embedded.EmbeddedServer]:
    """A server that may be killed."""
    with embedded.start(tmp_path_factory.mktemp("own-postgres"), {"fsync": "off"}) as server:
        migrate(server.dsn)
        with open_store(server.dsn, pool_size=1):
            pass
        yield server


@pytest.fixture
def server(own_server) -> Iterator[embedded.EmbeddedServer]:
    """The same, running again after the test."""
    yield own_server
    send_all(own_server, signal.SIGCONT)
    if not own_server.running:
        own_server.restart()


def send_all(server: embedded.EmbeddedServer, sign: signal.Signals) -> None:
    """A signal to every process of the server: its main one alone would not stop the others."""
    for pid in processes_in(server._folder / "data"):
        with suppress(ProcessLookupError):
            os.kill(pid, sign)


@contextmanager
def paused(server: embedded.EmbeddedServer) -> Iterator[None]:
    send_all(server, signal.SIGSTOP)
    try:
        yield
    finally:
        send_all(server, signal.SIGCONT)


def kill(server: embedded.EmbeddedServer) -> None:
    send_all(server, signal.SIGKILL)
    server._process.wait(30)


class Town:
    """A site of its own, its broker, and the means to look at what became of what was published."""

    def __init__(self, server: embedded.EmbeddedServer, broker, collector_at) -> None:
        self.server, self.broker = server, broker
        self.site = town(next(_sites))
        self._collector_at = collector_at
        self._numbers = itertools.count()
        self._opened: list[Store] = []
        self.published: dict[tuple[str, datetime], float] = {}
        self.collector: Collector | None = None
        self.session: Session | None = None

    def open(self) -> Target:
        store = open_store(self.server.dsn, connect_timeout_s=2)
        self._opened.append(store)
        registry = store.register(self.site)
        return Target(store, Pipeline(self.site, registry), registry.site)

    @contextmanager
    def collecting(self, pace: Pace = HASTY, **arguments) -> Iterator[Collector]:
        """A collector at work; where the server runs, one that has reached it."""
        address = BrokerAddress.parse(self.broker.url)
        topics = [source.topic for source in self.site.sources]
        self.session = session = Session(address, client_id=f"outage-{self.site.id}", topics=topics, clock=utc_now)
        session.start()
        self.collector = collector = self._collector_at(session, self.open, pace=pace, **arguments)
        stop = threading.Event()
        thread = threading.Thread(target=collector.run, args=(stop, lambda: None))
        thread.start()
        try:
            if self.server.running and collector._spool.empty:
                self.until_mode(Mode.DIRECT)
            yield collector
        finally:
            stop.set()
            thread.join(30)
            session.stop()
            collector.put_away()
            assert not thread.is_alive()

    def publish(self, count: int, gauge: str = "") -> None:
        """One reading after the other, of one gauge or each in turn, no two with one gauge and time."""
        client = f"publisher-{self.site.id}-{next(self._numbers)}"
        with Publisher(BrokerAddress.parse(self.broker.url), client_id=client) as publisher:
            for _ in range(count):
                number = next(self._numbers)
                device, at, value = (
                    gauge or f"gauge-{number % GAUGES}",
                    START + timedelta(seconds=number),
                    float(number),
                )
                body = {"at": at.isoformat(), "quantity": "water_level", "value": value, "unit": "m"}
                publisher.publish(f"yukimori/{self.site.id}/{device}/reading", json.dumps(body).encode())
                self.published[device, at] = value
            assert publisher.drain()

    def until(self, true: Callable[[], bool], what: str) -> None:
        waiting = threading.Event()
        for _ in range(round(PATIENCE_S / 0.02)):
            if true():
                return
            waiting.wait(0.02)
        raise AssertionError(f"{what}: {self.collector.mode} {self.collector._spool.state}")

    def until_mode(self, mode: Mode) -> None:
        self.until(lambda: self.collector.mode is mode, f"not {mode}")

    def until_stored(self) -> None:
        self.until(lambda: self.collector.mode is Mode.DIRECT and len(self.stored()) == len(self.published), "missing")

    def until_spooled(self, count: int) -> None:
        self.until(lambda: self.collector._spooled >= count, f"not {count} spooled")

    def stored(self) -> dict[tuple[str, datetime], float]:
        with psycopg.connect(self.server.dsn) as connection:
            rows = connection.execute(
                "select d.device, o.at, o.value from observation o join datastream d on d.no = o.datastream_id"
                " join site s on s.no = d.site_no where s.id = %s",
                [self.site.id],
            ).fetchall()
        return {(device, at): value for device, at, value in rows}

    def look(self) -> Store:
        return self._opened[-1]

    @property
    def number(self) -> int:
        return self.look().register(self.site).site

    def counts(self) -> dict[str, int]:
        return self.look().counters(self.number)

    def close(self) -> None:
        for store in self._opened:
            store.close()


def balance(counts: dict[str, int]) -> None:
    """Every counted message has one fate, every row too, and what went into the spool came out of it."""
    count = {name: counts.get(name, 0) for name in [*counts, *NAMES]}
    assert count["messages_received"] == (
        count["messages_accepted"] + count["messages_partial"] + count["messages_quarantined"] + count["messages_alive"]
    )
    assert count["rows_received"] == count["rows_unmapped"] + count["rows_quarantined"] + count["stored"] + (
        count["duplicate"] + count["conflict"] + count["refused"]
    )
    assert count["messages_spooled"] == count["spool_drained"] + count["spool_damaged"]


NAMES = (
    *("messages_received", "messages_accepted", "messages_partial", "messages_quarantined", "messages_alive"),
    *("rows_received", "rows_unmapped", "rows_quarantined", "stored", "duplicate", "conflict", "refused"),
    *("messages_spooled", "spool_drained", "spool_damaged"),
)


@pytest.fixture
def a_town(server, embedded_broker, collector_at) -> Iterator[Town]:
    made = Town(server, embedded_broker, collector_at)
    yield made
    made.close()


def test_a_database_that_is_killed(a_town):
    with a_town.collecting() as collector:
        a_town.publish(50)
        a_town.until_stored()
        kill(a_town.server)
        a_town.publish(300)
        a_town.until_spooled(300)
        assert collector.mode is Mode.SPOOLING
        assert collector.state()["spool_messages"] == 300
        assert list(a_town.session.book.open) == [DATABASE_AWAY]
        a_town.server.restart()
        a_town.publish(50)
        a_town.until_stored()
        assert a_town.session.book.open == {}
        counts = a_town.counts()
        balance(counts)
        assert counts["spool_drained"] >= 300
        assert counts["stored"] == 400
        a_town.session.book.deliver(a_town.look(), a_town.number, utc_now())
        (incident,) = a_town.look().watching.incidents(a_town.number, START)
        assert (incident.kind, incident.closed_at is not None) == (DATABASE_AWAY, True)
        assert incident.detail["reason"]
    assert a_town.stored() == a_town.published


def test_a_database_that_hangs_answers_nothing_not_even_no(a_town):
    with a_town.collecting():
        a_town.publish(20)
        a_town.until_stored()
        with paused(a_town.server):
            a_town.publish(300)
            a_town.until_spooled(300)
        a_town.until_stored()
        balance(a_town.counts())
    assert a_town.stored() == a_town.published


def test_a_short_hiccup_never_reaches_the_spool(a_town):
    with a_town.collecting(replace(HASTY, patience_s=30.0)) as collector:
        a_town.publish(20)
        a_town.until_stored()
        with paused(a_town.server):
            a_town.publish(90)  # fewer than the window of the broker
        a_town.until_stored()
        assert collector._spooled == 0
        assert a_town.session.book.notices == []
    assert a_town.stored() == a_town.published


def test_a_wrong_schema_quarantines_nothing(a_town):
    with a_town.collecting(replace(HASTY, patience_s=30.0)):
        a_town.publish(20)
        a_town.until_stored()
        with psycopg.connect(a_town.server.dsn, autocommit=True) as direct:
            direct.execute("alter table observation_latest rename to observation_later")
            try:
                a_town.publish(200)
                a_town.until_spooled(200)  # at once, not after thirty seconds
            finally:
                direct.execute("alter table observation_later rename to observation_latest")
        a_town.until_stored()
        assert "messages_quarantined" not in a_town.counts()
        balance(a_town.counts())
    assert a_town.stored() == a_town.published


@pytest.mark.parametrize("sqlstate", ["25006", "53100", "40001", "57014", "28000", "42501", "XX001"])
def test_every_kind_of_refusal_is_waited_for(a_town, sqlstate):
    """Read-only, disk full, serialization, cancelled, not authorised, no right, and one nobody has heard of."""
    with a_town.collecting():
        a_town.publish(10)
        a_town.until_stored()
        with refusing(a_town.server, "observation", f"raise exception 'no' using errcode = '{sqlstate}'"):
            a_town.publish(150)
            a_town.until_spooled(150)
        a_town.until_stored()
        assert "messages_quarantined" not in a_town.counts()
        balance(a_town.counts())
    assert a_town.stored() == a_town.published


@contextmanager
def refusing(server: embedded.EmbeddedServer, table: str, body: str) -> Iterator[None]:
    """Until its end every insert into the table does what the body says."""
    with psycopg.connect(server.dsn, autocommit=True) as direct:
        direct.execute(
            f"create function refuse() returns trigger language plpgsql as $$ begin {body}; return new; end $$"
        )
        direct.execute(
            f"create trigger refuse before insert or update on {table} for each row execute function refuse()"
        )
        try:
            yield
        finally:
            with direct.transaction():  # parts of a table would be locked before it, writers lock them after it
                direct.execute(f"lock table {table} in access exclusive mode")
                direct.execute(f"drop trigger refuse on {table}")
                direct.execute("drop function refuse()")


def test_one_message_the_database_will_not_have_is_set_aside_alone(a_town):
    with a_town.collecting():
        a_town.publish(5)
        a_town.until_stored()
        body = "if new.device = 'gauge-2' then raise exception 'no' using errcode = '22023'; end if"
        with refusing(a_town.server, "device_seen", body):
            a_town.publish(40)
            a_town.publish(1, gauge="gauge-1")
            a_town.until(lambda: a_town.collector.mode is Mode.DIRECT and len(a_town.stored()) == 36, "the others")
            assert a_town.look().aside.counts(a_town.number) == {"refused-by-store": (10, 0)}
        counts = a_town.counts()
        balance(counts)
        assert counts["messages_quarantined"] == 10
    missing = a_town.published.keys() - a_town.stored().keys()
    assert len(missing) == 10
    assert {gauge for gauge, _ in missing} == {"gauge-2"}


def test_when_no_message_goes_in_none_is_set_aside(a_town):
    with a_town.collecting() as collector:
        a_town.publish(5)
        a_town.until_stored()
        with refusing(a_town.server, "device_seen", "raise exception 'no' using errcode = '22023'"):
            a_town.publish(30)
            a_town.until_spooled(30)
            a_town.until(lambda: collector._draining._blamed is not None, "a message was suspected")
            assert a_town.look().aside.counts(a_town.number) == {}
        a_town.until_stored()
        assert a_town.look().aside.counts(a_town.number) == {}
    assert a_town.stored() == a_town.published


def test_a_full_spool_acknowledges_nothing_and_loses_nothing(a_town):
    limits = SpoolLimits(total=20_000, free=0, segment=4_000)
    with a_town.collecting(limits=limits) as collector:
        a_town.publish(10)
        a_town.until_stored()
        kill(a_town.server)
        a_town.publish(400)
        a_town.until_mode(Mode.FULL)
        a_town.publish(50)
        state = collector.state()
        assert state["mode"] == "full"
        assert "limit" in state["spool_full"]
        assert state["spool_bytes"] <= 20_000
        assert state["in_flight"] <= 100, "the broker holds the rest"
        assert set(a_town.session.book.open) == {DATABASE_AWAY, SPOOL_FULL}
        a_town.server.restart()
        a_town.until_stored()
        assert a_town.session.book.open == {}
        balance(a_town.counts())
    assert a_town.stored() == a_town.published


def test_no_room_on_the_disk_at_all(a_town):
    """The reserve cannot be kept from the beginning, so the spool never takes a thing."""
    with a_town.collecting(limits=SpoolLimits(free=10**15)) as collector:
        a_town.publish(10)
        a_town.until_stored()
        with paused(a_town.server):
            a_town.publish(50)
            a_town.until_mode(Mode.FULL)
            assert "free" in collector.state()["spool_full"]
        a_town.until_stored()
        assert collector._spooled == 0
    assert a_town.stored() == a_town.published


def test_what_was_spooled_by_an_earlier_run_is_written_by_the_next(a_town):
    with a_town.collecting():
        a_town.publish(10)
        a_town.until_stored()
        kill(a_town.server)
        a_town.publish(100)
        a_town.until_spooled(100)
    with a_town.collecting(spool=a_town.collector._spool) as collector:
        assert collector.mode is Mode.SPOOLING
        a_town.publish(100)
        a_town.until_spooled(100)
        a_town.server.restart()
        a_town.until_stored()
        balance(a_town.counts())
    assert a_town.stored() == a_town.published


def test_a_damaged_spool_is_told(a_town, tmp_path):
    with a_town.collecting():
        a_town.publish(10)
        a_town.until_stored()
        kill(a_town.server)
        a_town.publish(5)
        a_town.until_spooled(5)  # what comes from here on is nowhere but in the spool
        a_town.publish(25)
        a_town.until_spooled(30)
        path = max((tmp_path / "spool").glob("*.spool"))
        data = bytearray(path.read_bytes())
        data[len(data) * 3 // 4] ^= 0x10
        path.write_bytes(bytes(data))
        a_town.server.restart()
        a_town.until_mode(Mode.DIRECT)
        counts = a_town.counts()
        balance(counts)
        assert (counts["spool_damaged"], counts["spool_drained"]) == (1, 29)
        told = [notice.detail for notice in a_town.session.book.notices if notice.kind == SPOOL_DAMAGED]
        assert told[0] == {"messages": 1}
        assert len(list((tmp_path / "spool" / "damaged").iterdir())) == 1
    assert len(a_town.published.keys() - a_town.stored().keys()) == 1


def test_live_messages_go_in_while_the_spool_drains(a_town):
    with a_town.collecting() as collector:
        a_town.publish(10)
        a_town.until_stored()
        kill(a_town.server)
        a_town.publish(3_000)
        a_town.until_spooled(3_000)
        a_town.server.restart()
        a_town.until(lambda: collector.mode is not Mode.SPOOLING, "not draining")
        a_town.publish(200)
        a_town.until_stored()
        balance(a_town.counts())
        assert collector._spooled < 3_200
    assert a_town.stored() == a_town.published


def test_stopping_in_an_outage_is_quick_and_keeps_what_was_taken(a_town):
    with paused_later(a_town.server) as pause, a_town.collecting(replace(HASTY, patience_s=60.0, stop_patience_s=0.1)):
        a_town.publish(10)
        a_town.until_stored()
        pause()
        a_town.publish(50)
        a_town.until(lambda: a_town.collector._taken > 10, "not taken")
    with a_town.collecting(spool=a_town.collector._spool):
        a_town.until_stored()
    assert a_town.stored() == a_town.published


@contextmanager
def paused_later(server: embedded.EmbeddedServer) -> Iterator[Callable[[], None]]:
    """Gives what pauses the server; it goes on at the end."""
    try:
        yield lambda: send_all(server, signal.SIGSTOP)
    finally:
        send_all(server, signal.SIGCONT)
