"""The stand-in site of an exercise with what is played on it: the one place that says which gauges take part."""

from __future__ import annotations

from config.exercise import exercise_site
from config.exercise_plan import Scenario
from config.model import Site
from ingest.exercise_play import PlayedReading, played


def staged(site: Site, scenario: Scenario, speed: float) -> tuple[Site, tuple[PlayedReading, ...]]:
    """The site the scenario is played on, and every reading of it. Raises StartError as ``played``."""
    readings = played(site, scenario)
    return exercise_site(site, scenario, speed=speed, played=frozenset(each.key for each in readings)), readings
