"""A small town with one station of each case, served by the real server over the real store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import UUID, uuid5

import httpx
import psycopg
import pytest
from psycopg import conninfo

from config.model import LayerConfig, Limits, Privacy, Site, Source
from config.rule_plan import Rule, RuleLevel
from core.accounts import Role
from core.levels import Level
from core.model import (
    Access,
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
    Thresholds,
    Vehicle,
    VehicleId,
    VehiclePosition,
)
from core.public_ploughs import PublicFix, PublicOrder, PublicRoad, PublicRoads, TaskGroup
from gis import publish_layers
from store import Store, open_store
from store.accounts import NewAccount
from store.alert_rows import EpisodeRow, Evaluation
from store.rows import Batch, Registry
from tests.web.known_arguments import arguments_known
from web import WebServer, WebSettings, create_app
from web.same_site import csrf_token
from web.session_cookie import PLAIN_NAME, digest_of, new_token

# Partitions are made around the real present, so the tests live in it too; the clock stands still all the same.
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The second factor of everybody in these tests."""
_NAMES = UUID("6f1d7c5e-6f0b-4b0e-9a53-2f7c1f1b8d10")


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def _station(id_: str, kind: StationKind, name: str, **more: Any) -> Station:
    return Station(
        id=StationId(id_), kind=kind, name_ja=name, name_en=id_.title(), position=Position(140.4, 38.6), **more
    )


def _stream(station: str, quantity: str, thresholds: Thresholds | None = None, interval_s: int = 600) -> Datastream:
    return Datastream(
        station=StationId(station),
        quantity=quantity,
        device=DeviceId(f"dev-{station}"),
        expected_interval=timedelta(seconds=interval_s),
        stale_after=timedelta(seconds=3 * interval_s),
        range_min=-50,
        range_max=1200,
        thresholds=thresholds or Thresholds(),
        threshold_source="town",
    )


@pytest.fixture
def town(tmp_path) -> Site:
    return make_town(tmp_path)


def make_town(folder: Path) -> Site:
    return Site(
        folder=folder,
        id="testtown",
        code="062120",
        name_ja="試験町",
        name_en="Testtown",
        time_zone="Asia/Tokyo",
        bounds=Bounds(140.2, 38.4, 140.7, 38.8),
        plane_epsg=6678,
        zoom=12,
        notice_ja="架空の町です",
        notice_en="A fictitious town",
        contact_ja="防災係",
        contact_en="Office",
        sources=(Source(topic="yukimori/testtown/+/reading", codec="yukimori"),),
        limits=Limits(),
        privacy=Privacy(vehicle_delay=timedelta(minutes=10)),
        stations=(
            _station("bridge", StationKind.RIVER, "大橋", river="丹生川", place="中央"),
            _station("field", StationKind.SNOW, "=cmd|'/C calc'!A0", fictitious=True),
            _station("eyes", StationKind.CAMERA, "カメラ"),
        ),
        datastreams=(
            _stream("bridge", "water_level", Thresholds(standby=1.0, caution=2.0, warning=2.5, danger=3.0)),
            _stream("bridge", "air_temperature"),
            _stream("field", "snow_depth", interval_s=3600),
        ),
        vehicles=(
            Vehicle(
                id=VehicleId("plough-1"), device=DeviceId("gps-1"), name_ja="除雪車1", name_en="Plough 1", kind="dozer"
            ),
            Vehicle(
                id=VehicleId("plough-2"), device=DeviceId("gps-2"), name_ja="除雪車2", name_en="Plough 2", kind="dozer"
            ),
        ),
        rules=(
            Rule(
                id="river-high",
                title_ja="水位上昇",
                title_en="River is high",
                quantity="water_level",
                unit="m",
                direction="rising",
                stations=frozenset(),
                levels=(
                    RuleLevel(
                        level=Level.DANGER,
                        raise_at=None,
                        clear_margin=0.1,
                        hold=timedelta(0),
                        clear_hold=timedelta(minutes=10),
                    ),
                ),
                min_samples=1,
                max_gap=None,
                version="1",
            ),
        ),
    )


@dataclass
class Sender:
    """Puts readings into the store as the collector would."""

    store: Store
    registry: Registry
    clock: HandClock

    def value(self, key: str, value: float | None, *, minutes_ago: float = 0, quality: Quality = Quality.GOOD) -> None:
        self.values(key, [(self.clock.now - timedelta(minutes=minutes_ago), value)], quality)

    def values(self, key: str, samples: list[tuple[datetime, float | None]], quality: Quality = Quality.GOOD) -> None:
        number = self.registry.datastreams[key]
        rows = [
            Observation(number, at, value, value, quality, QualityReason.NONE, self.clock.now) for at, value in samples
        ]
        self.store.append(self.registry.site, Batch(observations=rows, counts={"received": len(rows)}))

    def fix(self, vehicle: str, *, minutes_ago: float, task: Task | None = Task.PLOUGH, lon: float = 140.5) -> None:
        at = self.clock.now - timedelta(minutes=minutes_ago)
        row = VehiclePosition(
            self.registry.vehicles[VehicleId(vehicle)],
            at,
            lon,
            38.6,
            23.5,
            90.0,
            4.0,
            task,
            Quality.GOOD,
            QualityReason.NONE,
            self.clock.now,
        )
        self.store.append(self.registry.site, Batch(positions=[row]))

    def told(
        self,
        name: str,
        *,
        minutes_ago: float,
        lon: float = 140.5,
        group: TaskGroup = TaskGroup.PLOUGH,
        day: date = date(2026, 1, 12),
    ) -> None:
        """What the round that publishes ploughs would tell: a place under a pseudonym."""
        at = self.clock.now - timedelta(minutes=minutes_ago)
        fix = PublicFix(name=name, day=day, at=at, lon=lon, lat=38.6, heading_deg=90, group=group)
        self.store.public_ploughs.publish(self.registry.site, [fix])

    def roads(self, *roads: PublicRoad, minutes_ago: float = 10, order: PublicOrder | None = None) -> None:
        """What the round that publishes roads would tell."""
        as_of = self.clock.now - timedelta(minutes=minutes_ago)
        step = PublicRoads(as_of=as_of, roads={road.road: road for road in roads}, order=order)
        self.store.public_ploughs.publish_roads(self.registry.site, step, self.clock.now)

    def episode(self, name: str, level: Level = Level.DANGER, **changes: Any) -> EpisodeRow:
        row = EpisodeRow(
            id=uuid5(_NAMES, name),
            rule="river-high",
            target="bridge/water_level",
            level=level,
            stale=False,
            recovering=False,
            opened_at=self.clock.now - timedelta(hours=1),
            detected_at=self.clock.now - timedelta(hours=1),
            value=3.2,
            peak=3.3,
            closed_at=None,
            outcome=None,
        )
        row = replace(row, **changes)
        self.store.save_evaluation(self.registry.site, Evaluation(episodes=[row]))
        return row


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def registry(store, town) -> Registry:
    return store.register(town)


@pytest.fixture
def send(store, registry, clock) -> Sender:
    return Sender(store, registry, clock)


SHELTER = {
    "type": "Feature",
    "properties": {
        "共通ID": "E0621200001111",
        "施設・場所名": "中央小学校",
        "住所": "中央1-1",
        "指定緊急避難場所との住所同一": "1",
        "その他市町村長が必要と認める事項": None,
        "受入対象者": None,
        "備考": "",
    },
    "geometry": {"type": "Point", "coordinates": [140.4, 38.6]},
}


@pytest.fixture(scope="session")
def make_town_in() -> Callable[[Path], Site]:
    """Makes the small town with its folder at a path."""
    return make_town


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """A published layer of shelters, made by the publisher itself, once."""
    folder = tmp_path_factory.mktemp("published")
    source = folder / "shelters.json"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [SHELTER]}, ensure_ascii=False))
    layer = LayerConfig(
        id="shelters",
        kind="shelters",
        title_ja="避難所",
        title_en="Shelters",
        file=source,
        crs="EPSG:6668",
        licence="CC0 1.0",
        credit="試験町",
        source_url="",
        date="2024-04-01",
        access=Access.PUBLIC,
        shown=True,
        fictitious=True,
    )
    publish_layers(replace(make_town(folder), layers=(layer,)), folder / "layers")
    return folder / "layers"


@pytest.fixture
def public_folder(tmp_path, published) -> Path:
    return _fill_public(tmp_path / "public", published)


def _fill_public(folder: Path, published: Path) -> Path:
    copytree(published, folder / "layers")
    (folder / "layers" / "depth.pmtiles").write_bytes(bytes(range(256)) * 40)
    (folder / "secret.json").write_text("{}")
    return folder


Serve = Callable[..., httpx.Client]
NO_TLS = False
"""For ``verify``: the servers here speak plain HTTP, and reading the machine's certificates takes as long as a database."""


@pytest.fixture(scope="session", autouse=True)
def arguments_read_once() -> Iterator[None]:
    """What arguments a handler takes is the same in each of the hundreds of servers made here."""
    with arguments_known():
        yield


QUICK = WebSettings(
    poll_every=timedelta(milliseconds=10),
    vehicles_every=timedelta(0),
    roads_every=timedelta(0),
    retry_store_every=timedelta(milliseconds=20),
    requests_burst=100_000,
    account_keys=(bytes(32),),
)


@pytest.fixture
def serve(store, town, registry, public_folder, clock) -> Iterator[Serve]:
    """Starts the server on a free port; ``site``, ``store`` and any setting may be replaced."""
    with ExitStack() as stack:

        def start(*, site: Site = town, store: Store = store, **settings: Any) -> httpx.Client:
            app = create_app(
                site,
                store,
                registry,
                public_folder=public_folder,
                clock=clock,
                settings=replace(QUICK, **settings),
                token="t0",
            )
            server = stack.enter_context(WebServer(app, "127.0.0.1", 0))
            client = stack.enter_context(httpx.Client(base_url=server.address, timeout=30, verify=NO_TLS))
            client.app = app  # what is served, for tests that look inside
            return client

        yield start


@pytest.fixture
def client(serve) -> httpx.Client:
    return serve()


@pytest.fixture(scope="session")
def quiet(town_served) -> httpx.Client:
    """One served town where nothing ever happens, for the many tests that only read."""
    return town_served("quiet")


@pytest.fixture(scope="session")
def lively(town_served) -> httpx.Client:
    """One served town with values, a plough and an episode, for tests that only read."""
    client = town_served("lively")
    parts = client.app.state.parts
    sender = Sender(parts.store, parts.registry, parts.clock)
    for minutes_ago in (40, 30, 20, 10):
        sender.value("bridge/water_level", minutes_ago / 10, minutes_ago=minutes_ago)
    sender.value("bridge/air_temperature", -3.5, quality=Quality.SUSPECT)
    sender.fix("plough-1", minutes_ago=12)
    sender.told("K3", minutes_ago=12)
    sender.episode("one")
    sender.episode("two", closed_at=NOW, outcome="resolved")
    parts.live.refresh()
    return client


@pytest.fixture(scope="session")
def town_served(tmp_path_factory, postgres_server, template_database, published) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(name: str, **settings: Any) -> httpx.Client:
            folder = tmp_path_factory.mktemp(name)
            with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
                admin.execute(f"create database {name} template {template_database} strategy file_copy")
            site = make_town(folder)
            store = stack.enter_context(open_store(conninfo.make_conninfo(postgres_server.dsn, dbname=name)))
            app = create_app(
                site,
                store,
                store.register(site),
                public_folder=_fill_public(folder / "public", published),
                clock=HandClock(),
                settings=replace(QUICK, **settings),
                token="t0",
            )
            server = stack.enter_context(WebServer(app, "127.0.0.1", 0))
            client = stack.enter_context(httpx.Client(base_url=server.address, timeout=30, verify=NO_TLS))
            client.app = app
            return client

        yield start


@pytest.fixture
def renewed(client) -> Callable[[], None]:
    """Makes the server read the store now."""
    return client.app.state.parts.live.refresh


@dataclass
class Events:
    """Reads server-sent events off an open answer."""

    lines: Iterator[str]

    def next(self, *names: str) -> tuple[str, str | None, Any]:
        """The next event (of these names): name, id, data."""
        found: dict[str, str] = {}
        for line in self.lines:
            if line:
                field, _, text = line.partition(": ")
                found[field] = text
                continue
            name = found.get("event")
            if name is not None and (not names or name in names):
                return name, found.get("id"), json.loads(found["data"])
            found = {}
        raise AssertionError("the stream ended")


@pytest.fixture
def listen() -> Callable[..., Any]:
    @contextmanager
    def opened(client: httpx.Client, last_event_id: str | None = None) -> Iterator[Events]:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with client.stream("GET", "/api/stream", headers=headers) as response:
            assert response.status_code == 200
            yield Events(response.iter_lines())

    return opened


@pytest.fixture(scope="session")
def sign_in_as() -> Iterator[Callable[..., httpx.Client]]:
    """Gives a client of a served town that is signed in as a person of a role, and sends the CSRF token with every request.

    The session is opened in the store, so no password has to be reckoned; ``fresh``: a code of the second factor was just given.
    """
    with ExitStack() as stack:

        def sign_in(served: httpx.Client, role: Role, *, fresh: bool = True, site: int | None = None) -> httpx.Client:
            access, token = served.app.state.parts.access, new_token()
            store, now, site = access.store, access.clock(), access.site if site is None else site
            id_ = uuid5(_NAMES, f"{site} {role}")
            new = NewAccount(
                id=id_,
                name=role.slug,
                shown_name=f"{role.slug}さん",
                role=role,
                password_digest="none",
                lent=False,
                factor=access.factors.seal(FACTOR, id_),
            )
            store.accounts.add(site, new, now)
            store.sessions.open(
                new.id,
                digest_of(token),
                now,
                second_factor_at=now if fresh else None,
                address="127.0.0.1",
                agent="test",
                alive=access.alive(),
            )
            client = stack.enter_context(httpx.Client(base_url=served.base_url, timeout=30, verify=NO_TLS))
            client.cookies.set(PLAIN_NAME, token)
            client.headers["X-CSRF-Token"] = csrf_token(token)
            client.app = served.app
            return client

        yield sign_in
