"""A seeded winter night for a site: snow builds up, a channel blocks and is cleared, ploughs drive the roads.

All of it is made up, and the site's notice has to say so. The core is pure: a seed and a start give the same
messages on every machine; ``simulate`` publishes them when they are due.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from pathlib import Path
from threading import Event

from config.model import Site
from core.times import Clock
from ingest.playing import Planned, Progress, Wait, play, require_speed
from ingest.publishing import Outlet
from ingest.simulate.fleet import fleet_plan
from ingest.simulate.night_time import NightTime
from ingest.simulate.oddities import oddity_plan
from ingest.simulate.shifts import crew_of
from ingest.simulate.stations import device_plans, status_plan
from ingest.simulate.streets import read_streets
from ingest.simulate.weather import Weather

PAST = timedelta(hours=12)
SPEED = 60.0


def night(
    site: Site,
    *,
    seed: int,
    start: datetime,
    speed: float = SPEED,
    past: timedelta = PAST,
    known_until: datetime | None = None,
) -> Iterator[Planned]:
    """The messages of a night in order of time, without end; each carries as event time when it is due.

    ``past`` before ``start`` went by at the speed of life and is due at once; after it ``speed`` hours of the weather
    pass in an hour. Ploughs drive at the speed of life before and after. Messages up to ``known_until`` are left out: an earlier run has published them. The
    vehicles drive the streets of the site's ``roads`` layer. Raises LayerError where that cannot be read,
    StartError for a speed that is none.
    """
    require_speed(speed)
    weather, time = Weather(seed), NightTime(start, speed)
    plans = device_plans(site, weather, time, -past / timedelta(hours=1))
    roads = _roads(site)
    if site.vehicles and roads is not None:
        plans.append(fleet_plan(site, read_streets(roads), seed, start, past))
    plans += [status_plan(site, start), oddity_plan(site, time)]
    return _after(merge(*plans, key=_due), known_until)


def simulate(
    site: Site,
    *,
    seed: int,
    outlet: Outlet,
    clock: Clock,
    stop: Event,
    speed: float = SPEED,
    past: timedelta = PAST,
    known_until: datetime | None = None,
    wait: Wait | None = None,
    progress: Progress | None = None,
) -> int:
    """Publish the night as it passes, until ``stop`` is set; returns how many messages went out."""
    plan = night(site, seed=seed, start=clock(), speed=speed, past=past, known_until=known_until)
    return play(plan, outlet, clock=clock, stop=stop, wait=wait, progress=progress)


def ordered_before_start(site: Site, seed: int) -> timedelta | None:
    """How long before the live part the ploughs were sent out; None where the site has none that drive.

    Raises LayerError as ``night``.
    """
    roads = _roads(site)
    if roads is None or not site.vehicles:
        return None
    return crew_of(site, read_streets(roads), seed).ordered_before


def _roads(site: Site) -> Path | None:
    wanted = site.ploughs.roads if site.ploughs else ""
    roads = sorted((layer.id != wanted, layer.id, layer.file) for layer in site.layers if layer.kind == "roads")
    return site.folder / roads[0][2] if roads else None


def _due(message: Planned) -> datetime:
    assert message.due is not None
    return message.due


def _after(plan: Iterator[Planned], known_until: datetime | None) -> Iterator[Planned]:
    return (message for message in plan if known_until is None or _due(message) > known_until)
