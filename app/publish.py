"""The process that keeps the public site equal to the site folder and to the state of the town.

What it writes is complete in itself: a file server that has the folder needs nothing else of ours.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.heartbeat import Every, Heartbeat
from app.public_folder import MANIFEST
from app.settings import Settings, writable_folder
from app.shelter_watch import ShelterFileWatch
from app.static_site import SHARED, StaticSite
from app.wiring import opened, read_site
from config import Known
from config.model import Site
from core.errors import StartError, YukimoriError
from core.times import Clock, utc_now
from gis import CATALOGUE_NAME, LAYER_KINDS, publish_layers
from gis.basemap import publish_basemap
from gis.exposure.derived import IDS
from gis.exposure.publish import publish_exposure, publish_staff_exposure
from gis.open_data import withdraw_open_data, write_open_data
from web.snapshot import Snapshots

log = logging.getLogger(__name__)

ROUND_S = 20.0
STATE_EVERY_S = 60.0
TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are published: ``public`` for everyone, ``staff`` for those who signed in, never in one another."""

    public: Path
    staff: Path


def _layers(site: Site, places: Places) -> None:
    for layer in publish_layers(site, places.public / "layers", places.staff / "layers"):
        log.debug("layer %s is published as %s", layer.id, layer.url)


def _basemap(site: Site, places: Places) -> None:
    publish_basemap(site, places.public / "layers")


def _open_data(site: Site, places: Places) -> None:
    def told(layer: str, number: int, count: int) -> None:
        log.debug("open data of layer %s, %d of %d", layer, number, count)

    write_open_data(site, places.public / "layers", places.public / "opendata", now=utc_now(), progress=told)


def _exposure(site: Site, places: Places) -> None:
    publish_exposure(site, places.public / "layers", places.public / "exposure", now=utc_now())
    staff = places.staff / "exposure"
    publish_staff_exposure(site, places.public / "layers", places.staff / "layers", staff, now=utc_now())


# What fills the folders beside the pages, in this order; each writes only what changed and raises YukimoriError.
STEPS: tuple[Callable[[Site, Places], object], ...] = (_layers, _basemap, _exposure, _open_data)


def publish(settings: Settings, stop: threading.Event, *, out: Path | None = None, once: bool = False) -> None:
    """Publish what changed into ``out`` (``public`` of the data folder), again and again, until told to stop.

    ``once`` publishes everything one time. Raises ConfigError or StartError at the start, and with ``once`` StartError at
    the end where something could not be published; the rest is.
    """
    site = read_site(settings, Known(layer_kinds=frozenset(LAYER_KINDS)))
    heartbeat = Heartbeat(writable_folder(settings.data), "publish")
    if out is not None:
        _require_own(out, site, settings)
    public = writable_folder(out or settings.public)
    with ExitStack() as stack:
        work = Publication(site, settings, Places(public, settings.staff), stack, utc_now)
        if once:
            work.everything()
            work.refuse_failures()
            return
        pages, state = Every(ROUND_S, work.pages), Every(STATE_EVERY_S, work.state)
        while not stop.is_set():
            pages()
            state()
            work.watch()
            heartbeat.beat()
            stop.wait(TICK_S)


def _require_own(out: Path, site: Site, settings: Settings) -> None:
    """Raises StartError where publishing into ``out`` would show or overwrite what is not the public site."""
    place, ours = out.resolve(), settings.public.resolve()
    for kept in (site.folder.resolve(), settings.data.resolve()):
        if kept.is_relative_to(place) or (place.is_relative_to(kept) and not place.is_relative_to(ours)):
            raise StartError(
                f"publishing into {out}: it holds {kept}, or lies in it, and everyone would read that",
                hint="give the public site a folder of its own with --out DIR",
            )
    if any((place / mark).exists() for mark in (MANIFEST, f"layers/{CATALOGUE_NAME}")):
        return
    strange = next((path for top in SHARED for path in (place / top).glob("*")), None)
    if strange is not None:
        raise StartError(
            f"publishing into {out}: {strange} is there already and is not ours",
            hint="give the public site a folder of its own with --out DIR, or take the file away",
        )


class Publication:
    """One site being published. No part that fails keeps the others from going on."""

    def __init__(self, site: Site, settings: Settings, places: Places, stack: ExitStack, clock: Clock) -> None:
        self._site, self._settings, self._places = site, settings, places
        self._stack, self._clock = stack, clock
        self._static = StaticSite(site, places.public, clock)
        self._state: _State | None = None
        self._failures: dict[str, str] = {}

    def everything(self) -> None:
        """Layers and pages, then the state and what holds values."""
        self.pages()
        self.state()

    def pages(self) -> None:
        """What the site folder decides: layers and the other steps, pages, static files."""
        self._attempt("withdraw", self._withdraw)
        for step in STEPS:
            self._attempt(step.__name__.strip("_"), partial(step, self._site, self._places))
        self._attempt("pages", self._static.write_pages)

    def _withdraw(self) -> None:
        """What the site no longer makes public goes everywhere before anything is built, which may take long."""
        public = IDS | {layer.id for layer in self._site.layers if layer.public}
        withdraw_open_data(self._site, self._places.public / "opendata", public, now=self._clock())
        self._static.withdraw(public)

    def state(self) -> None:
        """The state of the town and what tells it; while the database is away the last one stays, with its age."""
        self._attempt("state", self._write_state)

    def watch(self) -> None:
        """Takes in what people lay down as files; never raises."""
        if self._state is not None:
            self._attempt("shelter file", self._state.shelters.take_in_shelter_file)

    def refuse_failures(self) -> None:
        """Raises StartError where anything could not be published."""
        if self._failures:
            raise StartError(
                "not everything is published: " + "; ".join(self._failures.values()),
                hint="what could be is in the folder; put the cause right and publish again",
            )

    def _write_state(self) -> None:
        state = self._state = self._state or self._open()
        self._static.write_state(state.snapshots.take(), state.snapshots.series())

    def _open(self) -> _State:
        store, registry = self._stack.enter_context(opened(self._settings, self._site))
        watch = ShelterFileWatch(
            self._site,
            store,
            registry.site,
            data=self._settings.data,
            layers=self._places.public / "layers",
            clock=self._clock,
        )
        return _State(Snapshots(self._site, store, registry, clock=self._clock), watch)

    def _attempt(self, what: str, work: Callable[[], object]) -> None:
        """Does a part of the work; its failure is told once, and once that it is over."""
        try:
            work()
        except YukimoriError as error:
            if self._failures.get(what) != str(error):
                log.warning("%s: %s%s", what, error, f" → {error.hint}" if error.hint else "")
            self._failures[what] = str(error)
        except Exception as error:  # a page that cannot be built must not keep the state from being told
            if self._failures.get(what) != repr(error):
                log.exception("%s failed", what)
            self._failures[what] = repr(error)
        else:
            if self._failures.pop(what, None) is not None:
                log.warning("%s: published again", what)


@dataclass(frozen=True, slots=True)
class _State:
    snapshots: Snapshots
    shelters: ShelterFileWatch
