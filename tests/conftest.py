"""What tests of several packages share: an embedded PostgreSQL, a fresh database per test, a store on it, a browser."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from store import Store, embedded, migrate, open_store

# Compiled modules are kept, whatever the machine says: three workers and hundreds of processes load the same ones.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_numbers = itertools.count()

_MEMORY, _ROOM = Path("/dev/shm"), 2 << 30
"""A folder in memory, and how many bytes must be free there."""


def _roomy() -> bool:
    """Whether tests may keep their files in memory, programs they run among them."""
    if not _MEMORY.is_dir() or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(_MEMORY).free > _ROOM


if _roomy():
    # Thousands of small folders, each gone with its test (tmp_path_retention_policy): no disk need ever see them.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

CHROMIUM = "/usr/bin/chromium"
_NOT_WANTED = (
    # Two pages of the browser's own behind its address bar: a renderer for every window, a third of a page's cost.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    # A renderer started ahead for a page that never comes.
    "SpareRendererForSitePerProcess",
    # Of two lists Chromium takes the last, so what Playwright wants off is named again.
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay"),
    *("MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    "ThirdPartyStoragePartitioning",
)
CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_NOT_WANTED)}",
)


_LONG = (
    "e2e/test_add_a_sensor.py",
    "e2e/test_services.py",
    "maps/browser/test_live_map.py",
    "e2e/test_run.py",
    "maps/browser/test_map_layers.py",
    "maps/browser/access/test_axe_everywhere.py",
    "alerts/test_floods.py",
    "maps/browser/access/test_keyboard_only.py",
    "maps/browser/test_console.py",
    "e2e/test_static_site.py",
    "e2e/test_readme.py",
    "maps/browser/access/test_map_states.py",
    "maps/browser/test_hazard_here.py",
    "e2e/test_live_page.py",
    "maps/browser/test_crew_page.py",
    "maps/browser/test_roads_map.py",
    "faults/test_collector_killed.py",
    "maps/browser/access/test_reflow.py",
    "app/test_static_site.py",
    "app/test_docs.py",
    "web/test_ogc.py",
    "web/test_exercises.py",
    "web/test_sign_in_page.py",
    "web/test_sign_in.py",
    "web/test_console_schema.py",
    "store/test_store_accounts.py",
    "app/test_user_commands.py",
    "alerts/test_residents.py",
    "ingest/test_members_processes.py",
    "ingest/test_collector_process.py",
    "ingest/test_simulate.py",
    "web/test_staff_diaries.py",
    "app/test_commands.py",
    "gis/intake/test_hostile_files.py",
    "web/test_plough_attack.py",
    "web/test_staff_api.py",
)
"""The files of eight seconds of processor time and more, their processes and browsers counted; the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files go first, then those that start processes or a browser, then those with a database: no worker ends on a long one."""
    here = Path(__file__).parent
    order = {here / name: place for place, name in enumerate(_LONG)}
    rank: dict[Path, int] = {}
    for item in items:
        own = 0 if any(map(item.get_closest_marker, ("e2e", "faults", "browser"))) else 1
        own += own and not item.get_closest_marker("db")
        own = order.get(item.path, len(_LONG) + own)
        rank[item.path] = min(own, rank.get(item.path, own))
    items.sort(key=lambda item: rank[item.path])


def pytest_collection() -> None:
    """Nothing becomes rubbish while tests are looked for."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Thousands of tests and modules stay to the end: the collector of rubbish need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test opens a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


@contextmanager
def _folder_in_memory() -> Iterator[Path]:
    with TemporaryDirectory(prefix="yukimori-tests-", dir=_MEMORY if _roomy() else None) as folder:
        yield Path(folder)


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder for databases, in memory where there is room: no crash of the machine need be survived."""
    with _folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="module")
def module_memory_folder() -> Iterator[Path]:
    """The same, kept for a module."""
    with _folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def session_memory_folder() -> Iterator[Path]:
    """The same, kept for the whole run."""
    with _folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(session_memory_folder) -> Iterator[embedded.EmbeddedServer]:
    """One server for the whole run."""
    settings = {
        "fsync": "off",
        "autovacuum": "off",
        "jit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_connections": "200",
        "max_wal_size": "128MB",
    }
    # Hundreds of databases are copied, 480 files each: in memory that takes a twentieth of the time.
    with embedded.start(session_memory_folder / "shared", settings) as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgres_server) -> str:
    """The name of a migrated database, cloned for each test."""
    dsn = _create(postgres_server.dsn, "template_yukimori", "template1")
    migrate(dsn)
    with open_store(dsn, pool_size=1):
        pass  # opening makes the partitions of the accepted window
    return "template_yukimori"


@pytest.fixture
def dsn(plain_dsn) -> str:
    """The address of a fresh database with the whole schema (the store's own tests run on two flavours)."""
    return plain_dsn


@pytest.fixture
def plain_dsn(postgres_server, template_database) -> Iterator[str]:
    """The address of a fresh database of plain PostgreSQL with the whole schema, dropped after the test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield _create(postgres_server.dsn, name, template_database)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def empty_dsn(postgres_server) -> Iterator[str]:
    """The address of a fresh database without any schema, dropped after the test."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    yield _create(postgres_server.dsn, name, "template1")
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def store(dsn) -> Iterator[Store]:
    """A store on a fresh database of plain PostgreSQL."""
    with open_store(dsn) as opened:
        yield opened


def _create(dsn: str, name: str, template: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()
