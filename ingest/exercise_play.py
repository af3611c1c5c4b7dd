"""What the gauges of an exercise say: a scenario's script or a recorded flood, reading by reading. Nothing is published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from config.exercise_plan import Scenario, ScriptedGauge
from config.model import Site
from core.quantities import QUANTITIES
from core.units import convert
from ingest.replay import read_gauges

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class PlayedReading:
    """A reading at ``offset`` from the beginning of the scenario, in its own time; ``value`` in the quantity's unit."""

    offset: timedelta
    key: str
    value: float


def played(site: Site, scenario: Scenario) -> tuple[PlayedReading, ...]:
    """Every reading of the scenario in order of time; the same for the same files.

    Raises StartError naming file and line where a recording cannot be read.
    """
    found = _recorded(site, scenario) if scenario.files else _scripted(scenario)
    return tuple(sorted(found))


def _scripted(scenario: Scenario) -> Iterator[PlayedReading]:
    for gauge in scenario.gauges:
        for offset in _instants(gauge, scenario.minutes):
            value = gauge.value_at(offset / _MINUTE)
            if value is not None:
                yield PlayedReading(offset, gauge.key, round(value, QUANTITIES[gauge.quantity].decimals))


def _instants(gauge: ScriptedGauge, minutes: int) -> Iterator[timedelta]:
    offset = timedelta(0)
    while offset <= minutes * _MINUTE:
        yield offset
        offset += gauge.every


def _recorded(site: Site, scenario: Scenario) -> Iterator[PlayedReading]:
    """The recorded readings of gauges the site has, from ``begin`` to ``end``; others belong to nobody here."""
    if scenario.begin is None or scenario.end is None:
        return
    known = {(str(stream.device), stream.quantity): stream.key for stream in site.datastreams}
    for reading in read_gauges([site.folder / file for file in scenario.files]).readings:
        key = known.get((reading.device, reading.quantity))
        if key is not None and scenario.begin <= reading.at <= scenario.end:
            yield PlayedReading(
                reading.at - scenario.begin,
                key,
                convert(reading.value, reading.unit, QUANTITIES[reading.quantity].unit),
            )
