"""A backtest without a database: recorded readings of gauges, taken as received when they were measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from alerts.backtest import Feed
from config.model import Site
from core.errors import StartError
from core.model import Quality
from ingest.replay import read_gauges
from store.rows import Sample

_INSTANT = timedelta(microseconds=1)


def recorded(site: Site, files: Sequence[Path]) -> tuple[Feed, datetime, datetime]:
    """Gives the samples of the files, and the time of the first reading and the instant after the last.

    Raises StartError naming file and line where a file cannot be read, or where nothing in it belongs to the site.
    """
    recording = read_gauges(files)
    keys = {(str(stream.device), stream.quantity): stream.key for stream in site.datastreams}
    found: dict[str, dict[datetime, Sample]] = defaultdict(dict)
    for reading in recording.readings:
        key = keys.get((reading.device, reading.quantity))
        if key is not None:
            found[key].setdefault(reading.at, Sample(reading.at, reading.value, Quality.GOOD, reading.at))
    if not found:
        names = ", ".join(file.name for file in files)
        raise StartError(f"nothing recorded in {names} is of a gauge of this site", hint="name its site with --site")
    samples = {key: list(rows.values()) for key, rows in found.items()}

    def feed(wanted: Sequence[str]) -> Mapping[str, Sequence[Sample]]:
        return {key: samples.get(key, []) for key in wanted}

    times = [reading.at for reading in recording.readings]
    return feed, min(times), max(times) + _INSTANT
