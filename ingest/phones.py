"""Positions that the phone in a cab sends over HTTP: they go the way of messages of the broker, each as one message.

So they pass the same gates, get the same flags, are dropped where they are repeats and set aside with their bytes where
they cannot be used. Their topic is that of our own format, ``yukimori/<site>/<device>/position``, with the device of the
vehicle: in quarantine and in the list of devices they stand where the vehicle's tracker would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from config.model import Site, Source
from core.model import Vehicle
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store import Store
from store.rows import Registry


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the positions of one request: stored + duplicate + conflict + set_aside = those sent.

    ``conflict``: another position of the same instant is known and stays. ``reasons`` are the codes (``core.reasons``)
    of those set aside, each once.
    """

    stored: int
    duplicate: int
    conflict: int
    set_aside: int
    reasons: tuple[str, ...] = ()


def phone_source(site: Site) -> Source:
    """The source that reads what phones send; it is no topic the collector listens to."""
    return Source(topic=f"yukimori/{site.id}/#", codec="yukimori")


class PhoneIntake:
    """Takes positions of phones in; safe from several threads.

    A vehicle's clock offset is that of its tracker: the phone has a clock of its own.
    """

    def __init__(self, site: Site, registry: Registry, store: Store) -> None:
        vehicles = tuple(replace(vehicle, clock_offset=timedelta(0)) for vehicle in site.vehicles)
        own = replace(site, sources=(phone_source(site),), vehicles=vehicles)
        self._pipeline = Pipeline(own, registry)
        self._site_id = site.id
        self._site = registry.site
        self._store = store
        self._lock = threading.Lock()

    def take_in(self, vehicle: Vehicle, positions: Sequence[Mapping[str, Any]], now: datetime) -> TakenIn:
        """Take the positions of a vehicle in, durably; ``now`` is their arrival. Raises StoreError, and then none is in."""
        topic = f"yukimori/{self._site_id}/{vehicle.device}/position".encode()
        messages = [Message(topic, _bytes(position), now, qos=1) for position in positions]
        with self._lock:  # the flood gate of the pipeline counts
            batch = self._pipeline.handle_all(messages)
        reasons = [row.reason for row in batch.quarantine]
        done = self._store.append(self._site, batch)
        return TakenIn(
            done.stored,
            done.duplicate,
            done.conflict,
            len(reasons) + done.refused,
            tuple(dict.fromkeys(reasons)),
        )


def _bytes(position: Mapping[str, Any]) -> bytes:
    return json.dumps(position, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
