"""The process that takes messages from the broker into the store."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from pathlib import Path

from app.heartbeat import Heartbeat
from app.settings import Settings, writable_folder
from app.wiring import opened, read_site
from config import Known
from core.errors import StoreError
from core.times import utc_now
from ingest.broker_address import BrokerAddress
from ingest.codecs import CODECS, check_settings
from ingest.collector import Collector
from ingest.devices import MODELS
from ingest.pipeline import Pipeline
from ingest.session import Session
from store import Store

log = logging.getLogger(__name__)

UPKEEP_INTERVAL = timedelta(minutes=1)
TOPICS_FILE = "collect.topics.json"


def collect(settings: Settings, stop: threading.Event) -> None:
    """Collect until told to stop; raises ConfigError or StartError where that cannot begin."""
    site = read_site(
        settings, Known(codecs=frozenset(CODECS), models=frozenset(MODELS), check_codec_settings=check_settings)
    )
    address = BrokerAddress.parse(settings.required_broker(), settings.mqtt_ca_file)
    heartbeat = Heartbeat(writable_folder(settings.data), "collect")
    with opened(settings, site) as (store, registry):
        _keep_up(store)
        topics = [source.topic for source in site.sources]
        session = Session(
            address,
            client_id=f"yukimori-collect-{site.id}",
            topics=topics,
            no_longer=_topics_of_last_time(settings.data) - set(topics),
            clock=utc_now,
        )
        session.start()
        (settings.data / TOPICS_FILE).write_text(json.dumps(topics), encoding="utf-8")
        upkeep = threading.Thread(target=_keep_up_until, args=(store, stop), name="upkeep")
        upkeep.start()
        log.info("collecting for %s from %s", site.id, address)
        try:
            Collector(session, Pipeline(site, registry), store, registry.site).run(stop, heartbeat.beat)
        finally:
            stop.set()
            session.stop()
            upkeep.join()


def _topics_of_last_time(data: Path) -> set[str]:
    """What the broker still holds for our session: a persistent session forgets a topic only when told to."""
    try:
        return set(json.loads((data / TOPICS_FILE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return set()


def _keep_up_until(store: Store, stop: threading.Event) -> None:
    while not stop.wait(UPKEEP_INTERVAL.total_seconds()):
        _keep_up(store)


def _keep_up(store: Store) -> None:
    try:
        store.maintain(utc_now())
    except StoreError as error:
        log.warning("upkeep of the database failed and is tried again later (%s)", error)
    except Exception:  # a thread that dies takes the partitions of tomorrow with it, and nobody sees it go
        log.exception("upkeep of the database failed and is tried again later")
