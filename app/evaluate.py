"""The process that judges what was stored and sends what follows."""

from __future__ import annotations

import logging
import threading

from alerts import CHANNEL_KINDS, run_evaluator
from app.exercise_hall import ExerciseHall, exercise_hall
from app.heartbeat import Heartbeat, StoredBeat, beating
from app.settings import Settings, writable_folder
from app.warning_watch import warning_watch
from app.wiring import opened, read_site
from config import Known
from core.times import utc_now

log = logging.getLogger(__name__)


def evaluate(settings: Settings, stop: threading.Event) -> None:
    """Evaluate until told to stop; raises ConfigError or StartError where that cannot begin."""
    site = read_site(settings, Known(channel_kinds=frozenset(CHANNEL_KINDS)))
    heartbeat = Heartbeat(writable_folder(settings.data), "evaluate")
    with opened(settings, site) as (store, registry):
        alive = beating(heartbeat, StoredBeat(store, registry.site, "evaluate", utc_now))
        log.info("evaluating %s", site.id)
        hall = ExerciseHall(site, store, registry.site, utc_now, settings.environment)
        with warning_watch(site, store, registry.site, utc_now), exercise_hall(hall):
            run_evaluator(site, store, utc_now, stop, environment=settings.environment, alive=alive)
