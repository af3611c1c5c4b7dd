"""The limits of the quality tests a site has without saying anything: start values, one row a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from config.model import Site
from core.model import QualityLimits

DAY = timedelta(hours=24)

DEFAULTS: Mapping[str, QualityLimits] = {
    "snow_depth": QualityLimits(
        rise_per_h=20.0,
        fall_per_h=20.0,
        spike_suspect=10.0,
        spike_fail=30.0,
        flat_suspect_after=DAY,
        summer_max=5.0,
        neighbour_km=10.0,
        neighbour_difference=40.0,
        noise=2.0,
    ),
    "water_level": QualityLimits(
        rise_per_h=3.0, fall_per_h=3.0, spike_suspect=0.2, flat_suspect_after=DAY, winter_jump=0.15, noise=0.02
    ),
    "channel_level": QualityLimits(
        rise_per_h=300.0, fall_per_h=300.0, spike_suspect=20.0, flat_suspect_after=DAY, winter_jump=15.0, noise=2.0
    ),
    "air_temperature": QualityLimits(
        rise_per_h=20.0, fall_per_h=20.0, spike_suspect=5.0, spike_fail=10.0, flat_suspect_after=DAY, noise=0.5
    ),
}
"""Local start values, to be replaced by what each gauge shows: no standard gives any for snow depth or stage.

Where they come from: 20 cm/h is the largest rate MeteoIO's published snow settings let pass; 0.5 m in ten minutes and
spikes of 0.2 m are what the QARTOD water level manual's examples become for small rivers, and a spike never fails a
level, because a flash flood looks like one; ultrasonic gauges are good to 1 cm, so two readings differ by 2 cm.
"""

FEWEST_FLAT_INTERVALS = 12
"""A gauge that reports once a day is not stuck because two days were alike."""


def default_limits(quantity: str, interval: timedelta) -> QualityLimits:
    """The start values for a quantity that is measured once an ``interval``; none where the table has no row.

    The table is made for intervals up to ten minutes. What is measured less often may change more between two
    readings: a spike is at least half of what the permitted rate allows in an interval, a failing one all of it.
    """
    limits = DEFAULTS.get(quantity, QualityLimits())
    change = (limits.rise_per_h or 0.0) * (interval / timedelta(hours=1))
    flat = limits.flat_suspect_after
    return replace(
        limits,
        spike_suspect=_at_least(limits.spike_suspect, change / 2),
        spike_fail=_at_least(limits.spike_fail, change),
        flat_suspect_after=None if flat is None else max(flat, FEWEST_FLAT_INTERVALS * interval),
    )


def hastened(site: Site, speed: float) -> Site:
    """The site while its demonstration plays ``speed`` times faster than life: water that rises in an hour of the
    night rises in a minute of the clock, and that is not the gauge's fault. Never for real readings.
    """
    return replace(
        site, datastreams=tuple(replace(one, limits=_hastened(one.limits, speed)) for one in site.datastreams)
    )


def _hastened(limits: QualityLimits, speed: float) -> QualityLimits:
    rise, fall = limits.rise_per_h, limits.fall_per_h
    return replace(
        limits,
        rise_per_h=None if rise is None else rise * speed,
        fall_per_h=None if fall is None else fall * speed,
    )


def _at_least(limit: float | None, least: float) -> float | None:
    return None if limit is None else max(limit, least)
