"""Durable messages a second of the collector, against a bare paho subscriber that only acknowledges.

How: a backlog of distinct readings is published while the subscribers' persistent sessions are known and
nobody is connected, so that publishing costs nothing while the taking is timed. Then, in turns, a bare
subscriber (``bench.bare_subscriber``, same client settings) and the real ``yukimori collect`` on the
embedded database (fsync on) drain it from the same Mosquitto (``max_inflight_messages 2000``). The bare one
is timed from its first to its last message, the collector from its first message to the commit of its
last row, decoded, checked, deduplicated, acknowledged after it.

Everything is switched on, as ``yukimori run`` has it: the spool is open, the flood gate stands (readings of weeks
ago pass it as a backlog), every other gauge numbers its messages and gaps are kept account of, one reading in a hundred is
a spike. On the same database the process ``judge`` is at work on what the collector writes, while it writes; the bare subscriber
has nobody beside it. ``ingest_judged_after`` is how long after the last commit the judge was through with everything.

Two collectors (two sites, one database, one broker, a judge each) drain half a backlog each. That they are 1.5 × one can
only be expected where two cores are free beside those of broker and database: ``cores`` says how many there were.

publish→commit: a steady 500 readings a second, each carrying the instant it was published at, taken by the
collector's own classes in a process that notes when each message is acknowledged, which is after its commit; the judge is
at work here too.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from app.children import Children
from bench import machinery
from bench.measurement import Measurement, percentiles, spread
from bench.messages import INTERVAL_S, backlog
from bench.pacing import publish_steadily
from bench.sites import write_site
from core.broker_address import BrokerAddress
from ingest.publishing import Publisher

STATIONS = 100
MESSAGES = 100_000
REPEATS = 5
REPEATS_OF_TWO = 3
FREE_CORES_FROM = 4
RATE = 500
STEADY_S = 15.0
POLL_S = 0.03
PATIENCE_S = 120.0


def measure(folder: Path, scale: float) -> list[Measurement]:
    """The ingest measurements; ``scale`` 1 is the full backlog of 100 000 messages a turn."""
    count = max(STATIONS, round(MESSAGES * scale) // STATIONS * STATIONS)
    with machinery.mosquitto(folder) as broker, machinery.database(folder) as dsn:
        rig = _Rig(folder, broker, dsn, count)
        rig.make_known()
        bare: list[float] = []
        one: list[float] = []
        two: list[float] = []
        judged_after: list[float] = []
        for turn in range(REPEATS):
            rig.publish(["one"])
            # In turns, so that whatever drifts drifts for both.
            for drain, found in ((rig.drain_bare, bare), (rig.drain_one, one))[:: 1 if turn % 2 == 0 else -1]:
                found.append(count / drain())
            judged_after.append(rig.judged_after)
        for _ in range(REPEATS_OF_TWO):
            rig.publish(["left", "right"])
            two.append(count / rig.drain_two())
        latencies = rig.latencies(STEADY_S * max(scale, 0.2))
    ratios = [ours / theirs for ours, theirs in zip(one, bare, strict=True)]  # of neighbours, one load on both
    return [
        *spread("ingest_bare_subscriber", bare, "messages/s"),
        *spread("ingest_collector", one, "messages/s"),
        Measurement("ingest_ratio", statistics.median(ratios), "×", at_least=0.70),
        Measurement("ingest_ratio_min", min(ratios), "×"),
        Measurement("ingest_ratio_max", max(ratios), "×"),
        *spread("ingest_two_collectors", two, "messages/s"),
        Measurement(
            "ingest_two_to_one", statistics.median(two) / statistics.median(one), "×", at_least=_asked_of_two()
        ),
        Measurement("ingest_cores", os.cpu_count() or 1, "cores"),
        Measurement("ingest_judged_after", statistics.median(judged_after), "s"),
        *percentiles("ingest_publish_to_commit", latencies, "ms"),
    ]


def _asked_of_two() -> float | None:
    """What two collectors must reach, where broker and database leave two cores free."""
    return 1.5 if (os.cpu_count() or 1) >= FREE_CORES_FROM else None


class _Rig:
    """A broker, a database and three sites: one for the comparison, two halves."""

    def __init__(self, folder: Path, broker: str, dsn: str, count: int) -> None:
        self._folder, self._broker, self._dsn, self._count = folder, broker, dsn, count
        self._sites = {
            name: write_site(folder / name / "site", name=name, stations=STATIONS) for name in ("one", "left", "right")
        }
        newest = datetime.now(UTC).replace(microsecond=0) - timedelta(days=25)
        self._newest = newest - timedelta(seconds=newest.timestamp() % INTERVAL_S)
        self.judged_after = 0.0

    def make_known(self) -> None:
        """Let every subscriber subscribe once, so that the broker keeps what comes while it is away."""
        for name, site in self._sites.items():
            with machinery.collecting(self._folder / name, site, self._dsn, self._broker):
                pass
        self._bare(0)

    def publish(self, sites: Sequence[str]) -> None:
        """Fill the queues: the backlog, split among the sites, of a span of event time nobody published before."""
        share = self._count // len(sites)
        self._newest += timedelta(seconds=INTERVAL_S * self._count // STATIONS)
        with Publisher(BrokerAddress.parse(self._broker), client_id="bench-publisher", window=2000) as publisher:
            for name in sites:
                for topic, payload in backlog(name, STATIONS, share, self._newest):
                    publisher.publish(topic, payload)
            publisher.drain()

    def drain_bare(self) -> float:
        """Seconds the bare subscriber takes for the backlog."""
        return self._bare(self._count)

    def drain_one(self) -> float:
        """Seconds one collector takes for the backlog."""
        return self._drain(["one"])

    def drain_two(self) -> float:
        """Seconds two collectors take for half a backlog each."""
        return self._drain(["left", "right"])

    def latencies(self, seconds: float) -> list[float]:
        """Milliseconds from publishing to acknowledging after commit, of each message of a steady flow."""
        arguments = [str(self._sites["one"]), self._dsn, self._broker, str(round(RATE * seconds))]
        with self._judging(["one"]):
            collector = machinery.own_program("bench.watched_collector", arguments)
            assert collector.stdout is not None
            try:
                assert collector.stdout.readline() == "listening\n"
                publish_steadily(BrokerAddress.parse(self._broker), "one", STATIONS, rate=RATE, seconds=seconds)
                return [float(word) for word in collector.stdout.readline().split()]
            finally:
                machinery.end(collector)

    def _bare(self, count: int) -> float:
        arguments = [self._broker, "bench-bare", "yukimori/one/+/reading", str(count)]
        subscriber = machinery.own_program("bench.bare_subscriber", arguments)
        try:
            return float(subscriber.communicate(timeout=PATIENCE_S)[0])
        finally:
            machinery.end(subscriber)

    def _drain(self, names: Sequence[str]) -> float:
        """Seconds from the first message to the commit of the last row; returns when the judge is through as well."""
        with psycopg.connect(self._dsn, autocommit=True) as connection, self._judging(names), ExitStack() as stack:
            wanted = _stored(connection) + self._count
            started = datetime.now(UTC)
            for name in names:
                stack.enter_context(self._processes(name)).start("collect", ["collect"])
            machinery.until("all is stored", lambda: _stored(connection) >= wanted, PATIENCE_S, pause_s=POLL_S)
            ended = datetime.now(UTC)
            query = "select min(received_at) from observation where received_at >= %s"
            first = connection.execute(query, [started]).fetchone()
            all_judged = len(names) * STATIONS
            machinery.until("all is judged", lambda: self._judged(connection) >= all_judged, PATIENCE_S, pause_s=POLL_S)
            self.judged_after = (datetime.now(UTC) - ended).total_seconds()
        assert first is not None
        return float((ended - first[0]).total_seconds())

    @contextmanager
    def _judging(self, names: Sequence[str]) -> Iterator[None]:
        """A judge at work on each of the sites."""
        with ExitStack() as stack:
            started = time.time()
            for name in names:
                stack.enter_context(self._processes(name)).start("judge", ["judge"])
            machinery.until(
                "the judges go round",
                lambda: all(machinery.beats(self._folder / name, "judge", started) for name in names),
            )
            yield

    def _processes(self, name: str) -> AbstractContextManager[Children]:
        return machinery.processes(self._folder / name, site=self._sites[name], dsn=self._dsn, broker=self._broker)

    def _judged(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        """How many datastreams are judged up to the newest reading that was published."""
        found = connection.execute("select count(*) from judged where through >= %s", [self._newest]).fetchone()
        assert found is not None
        return int(str(found[0]))


def _stored(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    found = connection.execute("select coalesce(sum(count), 0)::bigint from ingest_counter where name = 'stored'")
    row = found.fetchone()
    assert row is not None
    return int(str(row[0]))
