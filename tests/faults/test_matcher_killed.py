"""The process that matches is killed again and again, while fixes come in and come late: every road is told as if it had not been."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import load_site
from core.model import Quality, QualityReason, Task, VehiclePosition
from core.ploughs import Passage
from gis.metres import to_degrees
from gis.ploughs.drives import WorkDays, drives_in
from gis.ploughs.matching import LiveMatcher, match_fixes
from gis.ploughs.network import Network, read_network
from store import Store, open_store
from store.rows import Batch, Registry
from tests.faults.machinery import eventually

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "config" / "example"
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
STEP_S, METRES_A_STEP = 5, 30.0


def driven(network: Network, vehicle: int, roads: int, seed: int) -> list[VehiclePosition]:
    """Fixes of a plough on some roads, with half a minute between them and once a long silence."""
    chance = random.Random(seed)
    at, fixes = BEGAN + timedelta(seconds=7 * seed), []
    chosen = chance.sample(sorted(network.roads), roads)
    for place, road in enumerate(chosen):
        line = network.roads[road].line
        line = max(line.geoms, key=lambda part: part.length) if hasattr(line, "geoms") else line
        for step in range(int(line.length / METRES_A_STEP) + 1):
            point = line.interpolate(step * METRES_A_STEP)
            lon, lat = to_degrees(network.epsg).transform(point.x, point.y)
            good = Quality.GOOD, QualityReason.NONE
            fixes.append(VehiclePosition(vehicle, at, lon, lat, 21.6, None, 4.0, Task.PLOUGH, *good, at))
            at += timedelta(seconds=STEP_S)
        at += timedelta(seconds=300 if place == roads // 2 else 30)
    return fixes


def expected(network: Network, store: Store, registry: Registry) -> list[Passage]:
    """What the stored fixes amount to, drive by drive; of the newest ones that still go on, what is decided."""
    site = load_site(SITE)
    assert site.ploughs is not None
    known = store.ploughs.drives(registry.site)
    days, live, passages = WorkDays(site.ploughs, site.time_zone), LiveMatcher(network, site.ploughs), []
    for vehicle in registry.vehicles.values():
        fixes = store.ploughs.fixes(vehicle, BEGAN - timedelta(days=1), BEGAN + timedelta(days=1))
        for drive in drives_in(fixes, days):
            if drive.at_us[-1] == fixes.at_us[-1] and not known[vehicle].ended:
                passages += live.feed(vehicle, drive).passages
            else:
                passages += match_fixes(network, site.ploughs, vehicle, drive).passages
    return sorted(passages, key=repr)


def stored(store: Store, registry: Registry) -> list[Passage]:
    found = store.ploughs.passages(registry.site, BEGAN - timedelta(days=1), BEGAN + timedelta(days=1))
    return sorted(found, key=repr)


@contextmanager
def matching(dsn: str, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DATABASE_URL": dsn}
    with (data.parent / "match.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "match", "--site", str(SITE), "--data", str(data)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("mark")
def test_killed_at_random_moments_while_fixes_come_and_come_late(plain_dsn, tmp_path, scaled):
    chance, data, said = random.Random(20260115), tmp_path / "match", (tmp_path / "match.log").read_text
    with open_store(plain_dsn, pool_size=2) as store:
        site = load_site(SITE)
        registry, network = store.register(site), read_network(site)
        vehicles = sorted(registry.vehicles.values())[:3]
        fixes = [each for number in vehicles for each in driven(network, number, scaled(12, 100), number)]
        late = set(chance.sample(range(len(fixes)), len(fixes) // 8))
        coming = sorted((each for place, each in enumerate(fixes) if place not in late), key=lambda each: each.at)
        kills = scaled(1, 20)
        bunches = _cut(coming, kills + 1)
        for bunch in bunches:
            with matching(plain_dsn, data):
                before = len(stored(store, registry))
                for some in _cut(bunch, 10):
                    store.append(registry.site, Batch(positions=some))
                if bunch is bunches[-1]:
                    store.append(registry.site, Batch(positions=[fixes[place] for place in sorted(late)]))
                    store.append(registry.site, Batch(positions=bunch))
                    _settled(store, registry, fixes, said)
                else:
                    eventually(lambda before=before: len(stored(store, registry)) > before, said)
        assert stored(store, registry) == expected(network, store, registry)
        assert {passage.vehicle for passage in stored(store, registry)} == set(vehicles)
        assert "Traceback" not in said()


def _cut(fixes, count):
    size = -(-len(fixes) // count)
    return [fixes[start : start + size] for start in range(0, len(fixes), size)]


def _settled(store, registry, fixes, said):
    """Wait until the newest fix of each vehicle is matched and nothing waits to be matched again."""
    newest = {fix.vehicle: fix.at for fix in sorted(fixes, key=lambda fix: fix.at)}

    def done() -> bool:
        drives = store.ploughs.drives(registry.site)
        through = {vehicle: drive.through for vehicle, drive in drives.items()}
        if through != newest or store.ploughs.pending(registry.site, None, 10, 10).touched:
            return False
        return not store.ploughs.agenda(registry.site, 10)  # asked for in the transaction in which they were seen

    eventually(done, said, 60)
