"""The four processes of a site, each a plain function from settings to its end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from alerts import run_evaluator
from app.heartbeat import Heartbeat
from app.known import known_names
from app.settings import Settings, writable_folder
from config import load_site
from config.model import Site
from core.errors import LayerError, StartError, StoreError
from core.times import utc_now
from gis import publish_layers
from ingest.collector import Collector
from ingest.pipeline import Pipeline
from ingest.session import BrokerAddress, Session
from store import Registry, Store, migrate, open_store
from web import create_app, serve

log = logging.getLogger(__name__)

MAINTENANCE_INTERVAL = timedelta(minutes=10)
PUBLISH_INTERVAL_S = 20.0


def read_site(settings: Settings) -> Site:
    """The site of these settings, checked against what this program can read and send; raises ConfigError."""
    return load_site(settings.site, known_names())


@contextmanager
def opened(settings: Settings, site: Site) -> Iterator[tuple[Store, Registry]]:
    """The store with the site registered, closed at the end; raises StartError where it cannot be reached."""
    database = settings.required_database()
    try:
        migrate(database)
        store = open_store(database)
        try:
            yield store, store.register(site)
        finally:
            store.close()
    except StoreError as error:
        raise StartError(f"the database does not let us work ({error})", hint=error.hint) from error


def collect(settings: Settings, stop: threading.Event) -> None:
    """Take messages from the broker into the store until told to stop."""
    site = read_site(settings)
    address = BrokerAddress.parse(settings.required_broker(), settings.mqtt_ca_file)
    heartbeat = Heartbeat(writable_folder(settings.data), "collect")
    with opened(settings, site) as (store, registry):
        _maintain_once(store)
        session = Session(
            address,
            client_id=f"yukimori-collect-{site.id}",
            topics=[source.topic for source in site.sources],
            clock=utc_now,
        )
        session.start()
        maintenance = threading.Thread(target=_maintain, args=(store, stop), name="maintenance")
        maintenance.start()
        log.info("collecting for %s from %s", site.id, address)
        try:
            Collector(session, Pipeline(site, registry), store, registry.site).run(stop, heartbeat.beat)
        finally:
            stop.set()
            session.stop()
            maintenance.join()


def evaluate(settings: Settings, stop: threading.Event) -> None:
    """Judge what was stored by the site's rules and send what follows, until told to stop."""
    site = read_site(settings)
    heartbeat = Heartbeat(writable_folder(settings.data), "evaluate")
    with opened(settings, site) as (store, _registry):
        log.info("evaluating %s", site.id)
        run_evaluator(site, store, utc_now, stop, environment=settings.environment, alive=heartbeat.beat)


def publish(settings: Settings, stop: threading.Event) -> None:
    """Keep the published layers equal to the site folder until told to stop."""
    site = read_site(settings)
    heartbeat = Heartbeat(writable_folder(settings.data), "publish")
    layers = settings.public / "layers"
    while True:
        try:
            publish_layers(site, layers)
        except LayerError as error:
            log.warning("%s", error)
        for _ in range(int(PUBLISH_INTERVAL_S)):
            heartbeat.beat()
            if stop.wait(1.0):
                return


def serve_web(settings: Settings, stop: threading.Event, *, host: str, port: int) -> None:
    """Serve pages, API and stream until told to stop."""
    site = read_site(settings)
    with opened(settings, site) as (store, registry):
        app = create_app(site, store, registry, public_folder=settings.public, clock=utc_now)
        serve(app, host=host, port=port, stop=stop)


def _maintain(store: Store, stop: threading.Event) -> None:
    while not stop.wait(MAINTENANCE_INTERVAL.total_seconds()):
        _maintain_once(store)


def _maintain_once(store: Store) -> None:
    try:
        store.maintain(utc_now())
    except StoreError as error:
        log.warning("upkeep of the database failed and is tried again later (%s)", error)
