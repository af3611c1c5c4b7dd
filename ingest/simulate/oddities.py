"""What goes wrong on any real night, a little of it: messages that must end in quarantine, each for its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.model import Site
from core.times import format_rfc3339
from ingest.playing import Planned
from ingest.simulate import frames
from ingest.simulate.night_time import NightTime

FIRST = timedelta(seconds=20)
SOON_APART = timedelta(seconds=25)
LATER_APART = timedelta(minutes=10)


def oddity_plan(site: Site, time: NightTime) -> Iterator[Planned]:
    """The endless plan: one of each kind in the first minutes of the live part, then one in ten minutes."""
    due, number = time.start + FIRST, 0
    while True:
        at = format_rfc3339(due)
        kinds = _kinds(site, at)
        topic, payload = kinds[number % len(kinds)]
        yield Planned(due, topic, payload)
        number += 1
        due += SOON_APART if number < len(kinds) else LATER_APART


def _kinds(site: Site, at: str) -> list[tuple[str, bytes]]:
    known = str(site.datastreams[0].device) if site.datastreams else "nobody"
    reading, unknown = f"yukimori/{site.id}/{known}/reading", f"yukimori/{site.id}/borrowed-sensor/reading"
    depth = {"at": at, "quantity": "snow_depth", "value": 101, "unit": "cm"}
    kinds = [
        (reading, b'{"at":"' + at.encode() + b'","quantity":"snow_de'),
        (unknown, frames.compact(depth)),
        (reading, frames.compact(depth).replace(b"101", b"NaN")),
        (reading, frames.compact({**depth, "unit": "shaku"})),
    ]
    if site.vehicles:
        nowhere = {"at": at, "lon": 0, "lat": 0}
        kinds.append((f"yukimori/{site.id}/{site.vehicles[0].device}/position", frames.compact(nowhere)))
    return kinds
