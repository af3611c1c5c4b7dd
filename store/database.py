"""The store: the one class everything else reads and writes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg

from config.model import Site
from core.errors import StartError
from store import alerting, maintenance, migration, reading, registry
from store.accounts import Accounts
from store.acknowledgements import Acknowledgements
from store.alert_rows import EpisodeRow, Evaluation, InstanceRow, NotificationRow, TellingRow, TransitionRow
from store.append import append
from store.archiving import Archiving
from store.aside import Aside
from store.audit import Audit
from store.closures import Closures
from store.connection import Connection, Pool, connect, open_pool, translated
from store.console import Console
from store.crew import Crew
from store.diaries import Diaries
from store.dispatching import Dispatching
from store.escalations import Escalations
from store.evaluator_lock import EvaluatorLock
from store.exercises import Exercises
from store.external_alerts import ExternalAlerts
from store.intake import Intake
from store.judging import Judging
from store.members import Members
from store.messages import Messages
from store.orders import Orders
from store.outbox import Outgoing, outbox
from store.pauses import Pauses
from store.ploughs import Ploughs
from store.public_ploughs import PublicPloughs
from store.redaction import Redaction
from store.road_states import RoadStates
from store.rows import Appended, Batch, Changes, DeviceSeen, LatestPosition, LatestValue, Registry, Sample, SeriesPoint
from store.rule_life import RuleLife
from store.sessions import Sessions
from store.shelters import Shelters
from store.silences import Silences
from store.subscriptions import Subscriptions
from store.warnings import Warnings
from store.watchdog import WatchdogHops
from store.watching import Watching


def open_store(dsn: str, *, pool_size: int = 4, connect_timeout_s: float = 10) -> Store:
    """The store behind ``dsn``; close it, or use it in a ``with``.

    Raises StartError where the server cannot be reached or its schema is not this program's.
    """
    try:
        with connect(dsn, connect_timeout_s) as connection:
            flavour = migration.flavour(connection)
            if flavour == migration.PLAIN:
                maintenance.prepare_partitions(connection)
    except psycopg.Error as error:
        raise StartError(
            f"the database cannot be used: {' '.join(str(error).split())}", hint="check DATABASE_URL"
        ) from error
    return Store(open_pool(dsn, pool_size, connect_timeout_s), flavour)


class Store:
    """Everything Yukimori remembers. Each method is one transaction, safe from several threads.

    Every method may raise StoreError; ``retryable`` tells an outage from a refusal. Times are aware UTC.
    What only one part of the system needs is in ``judging``, ``intake``, ``watching``, ``members``,
    ``aside``, ``archiving``, ``shelters``, ``ploughs`` and ``road_states``.
    """

    def __init__(self, pool: Pool, flavour: str) -> None:
        self._pool = pool
        self.flavour = flavour
        self.judging = Judging(pool, flavour)
        self.intake = Intake(pool, flavour)
        self.watching = Watching(pool, flavour)
        self.members = Members(pool, flavour)
        self.aside = Aside(pool, flavour)
        self.archiving = Archiving(pool, flavour)
        self.shelters = Shelters(pool, flavour)
        self.ploughs = Ploughs(pool, flavour)
        self.road_states = RoadStates(pool, flavour)
        self.public_ploughs = PublicPloughs(pool, flavour)
        self.redaction = Redaction(pool, flavour)
        self.crew = Crew(pool, flavour)
        self.orders = Orders(pool, flavour)
        self.diaries = Diaries(pool, flavour)
        self.exercises = Exercises(pool, flavour)
        self.subscriptions = Subscriptions(pool, flavour)
        self.messages = Messages(pool, flavour)
        self.silences = Silences(pool, flavour)
        self.external_alerts = ExternalAlerts(pool, flavour)
        self.dispatching = Dispatching(pool, flavour)
        self.warnings = Warnings(pool, flavour)
        self.acknowledgements = Acknowledgements(pool, flavour)
        self.outgoing = Outgoing(pool, flavour)
        self.escalations = Escalations(pool, flavour)
        self.watchdog = WatchdogHops(pool, flavour)
        self.pauses = Pauses(pool, flavour)
        self.rule_life = RuleLife(pool, flavour)
        self.closures = Closures(pool, flavour)
        self.console = Console(pool, flavour)
        self.accounts = Accounts(pool, flavour)
        self.sessions = Sessions(pool, flavour)
        self.audit = Audit(pool, flavour)

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[Connection]:
        with translated(doing), self._pool.connection() as connection:
            yield connection

    # Registry

    def register(self, site: Site) -> Registry:
        """The numbers of a site, its datastreams and vehicles; idempotent.

        What the folder no longer names is disabled: it leaves the latest values, its history stays.
        """
        with self._transaction(f"register the site {site.id}") as connection:
            return registry.register(connection, site)

    # Readings

    def append(self, site_no: int, batch: Batch) -> Appended:
        """Write a batch durably, and what became of its rows.

        A row whose key is known counts as ``duplicate``, with another value as ``conflict`` (kept aside, the
        first stays). A row the database refuses goes to quarantine. The store adds the counters ``stored``,
        ``duplicate``, ``conflict``, ``refused`` (rows) and ``quarantined`` (messages) to those of the batch.
        """
        with translated("append readings"):
            return append(self._pool, site_no, batch, partitioned=self.flavour == migration.PLAIN)

    def latest_values(self, site_no: int) -> list[LatestValue]:
        """The newest usable value (good, not evaluated or suspect) of each enabled datastream.

        Where judging left none, the row says so: no value, FAIL.
        """
        with self._transaction("read the latest values") as connection:
            return reading.latest_values(connection, site_no, 0)

    def latest_positions(self, site_no: int) -> list[LatestPosition]:
        """The newest usable fix of each enabled vehicle."""
        with self._transaction("read the latest positions") as connection:
            return reading.latest_positions(connection, site_no, 0)

    def changes(self, site_no: int, cursor: int | None) -> Changes:
        """What changed since ``cursor``; for None every latest value and the open episodes.

        Rows may come twice, never not at all, in whatever order the writers commit.
        """
        with self._transaction("read the changes") as connection:
            following = reading.cursor(connection)  # first: what commits after it is in the next answer
            episodes = (
                alerting.open_episodes(connection, site_no)
                if cursor is None
                else alerting.changed_episodes(connection, site_no, cursor)
            )
            return Changes(
                following,
                reading.latest_values(connection, site_no, cursor or 0),
                episodes,
                reading.ploughs_heard_at(connection, site_no, cursor or 0),
            )

    def series(self, datastream: int, start: datetime, end: datetime, step: timedelta | None) -> list[SeriesPoint]:
        """The samples in [start, end), or the summaries that overlap it, in order of time.

        ``step`` picks the coarsest of 10 minutes, 1 hour and 1 day that is not coarser; None or less picks raw
        samples. Days run from midnight to midnight in Japan. Summaries always contain the newest data.
        """
        with self._transaction("read a series") as connection:
            return reading.series(connection, datastream, start, end, step)

    def samples(self, datastreams: Sequence[int], since: datetime, until: datetime) -> dict[int, list[Sample]]:
        """The observations in [since, until] in order of event time, a list per datastream asked for."""
        with self._transaction("read samples") as connection:
            return reading.samples(connection, datastreams, since, until)

    def arrivals(self, site_no: int, cursor: int | None) -> tuple[int, dict[int, datetime]]:
        """The next cursor, and per datastream with new rows the earliest event time among them.

        For None, or a cursor days old, every datastream with rows is listed from its first row on.
        """
        with self._transaction("read arrivals") as connection:
            following = reading.cursor(connection)
            return following, reading.arrivals(connection, site_no, cursor)

    # Alerts

    def instances(self, site_no: int) -> list[InstanceRow]:
        """The saved state of every rule on every target."""
        with self._transaction("read rule instances") as connection:
            return alerting.instances(connection, site_no)

    def open_episodes(self, site_no: int) -> list[EpisodeRow]:
        """The episodes that are not over, oldest first."""
        with self._transaction("read open episodes") as connection:
            return alerting.open_episodes(connection, site_no)

    def recent_episodes(self, site_no: int, since: datetime) -> list[EpisodeRow]:
        """The open episodes and those closed at or after ``since``, newest first."""
        with self._transaction("read recent episodes") as connection:
            return alerting.recent_episodes(connection, site_no, since)

    def shadow_episodes(self, site_no: int, since: datetime) -> list[EpisodeRow]:
        """What rules in their shadow time would have told: open, or closed at or after ``since``, newest first."""
        with self._transaction("read the episodes of shadow rules") as connection:
            return alerting.shadow_episodes(connection, site_no, since)

    def transitions(self, episodes: Iterable[UUID]) -> list[TransitionRow]:
        """The steps of these episodes, each episode's in order."""
        with self._transaction("read transitions") as connection:
            return alerting.transitions(connection, episodes)

    def save_evaluation(self, site_no: int, evaluation: Evaluation) -> None:
        """Write one round of the evaluator: all of it or nothing.

        A step that is there already, and the fence of an evaluator another one has replaced, are refused; a notification
        that is there stays.
        """
        with self._transaction("save an evaluation") as connection:
            alerting.save_evaluation(connection, site_no, evaluation)

    def evaluator_lock(self, site_no: int) -> EvaluatorLock:
        """The lock that lets one evaluator a site run; to be used in a ``with``, on a connection of its own."""
        return EvaluatorLock(self._pool, site_no)

    # Outbox

    def untold(self, site_no: int) -> list[TellingRow]:
        """What has to be told and has not been yet, oldest first."""
        with self._transaction("read what has to be told") as connection:
            return alerting.untold(connection, site_no)

    def outbox(self, site_no: int) -> list[tuple[NotificationRow, str, int, str | None]]:
        """Every message in queue order with state (``queued``, ``delivered``, ``dead`` …), attempts, last error."""
        with self._transaction("read the outbox") as connection:
            return outbox(connection, site_no)

    # Counted, seen

    def counters(self, site_no: int) -> dict[str, int]:
        """The totals of the site's counters, by name."""
        with self._transaction("read the counters") as connection:
            return reading.counters(connection, site_no)

    def devices_seen(self, site_no: int) -> list[DeviceSeen]:
        """The last sign of life of each device, by device."""
        with self._transaction("read the signs of life") as connection:
            return reading.devices_seen(connection, site_no)

    # Operation

    def ready(self) -> None:
        """Return where the database answers within two seconds or so; raises StoreError where it does not."""
        with translated("ask the database for an answer"), self._pool.connection(timeout=2.0) as connection:
            connection.execute("select 1")

    def maintain(self, now: datetime) -> None:
        """Housekeeping, to be called about once a minute by one process of a site.

        Prepares partitions for [now - 30 d, now + 1 d], refreshes the summaries that late or new data touched,
        drops what is past its keeping, the oldest of a quarantine that overflows among it; on TimescaleDB without a scheduler it also runs the policies.
        """
        with translated("maintain the database"):
            maintenance.maintain(self._pool, self.flavour, now)

    def close(self) -> None:
        """Give all connections back; the store cannot be used afterwards."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
