"""The process that keeps the published folder equal to the site folder."""

from __future__ import annotations

import logging
import threading

from app.heartbeat import Heartbeat
from app.settings import Settings, writable_folder
from app.wiring import read_site
from config import Known
from core.errors import YukimoriError
from gis import LAYER_KINDS, publish_basemap, publish_layers

log = logging.getLogger(__name__)

ROUND_S = 20


def publish(settings: Settings, stop: threading.Event) -> None:
    """Publish what changed, again and again, until told to stop; raises ConfigError or StartError at the start."""
    site = read_site(settings, Known(layer_kinds=frozenset(LAYER_KINDS)))
    heartbeat = Heartbeat(writable_folder(settings.data), "publish")
    layers = writable_folder(settings.public) / "layers"
    while True:
        try:
            for layer in publish_layers(site, layers):
                log.debug("layer %s is published as %s", layer.id, layer.url)
        except YukimoriError as error:
            log.warning("%s", error)
        try:
            publish_basemap(site, layers)  # of what is published, though a layer of today failed
        except YukimoriError as error:
            log.warning("%s", error)
        for _ in range(ROUND_S):
            heartbeat.beat()
            if stop.wait(1.0):
                return
