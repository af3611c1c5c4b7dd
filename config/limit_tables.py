"""Reads ``[limits]``, ``[privacy]`` and ``[retention]`` of ``site.toml``."""

from __future__ import annotations

from datetime import timedelta

from config import values
from config.fields import Table
from config.model import Limits, Privacy, Retention

MOST_AHEAD = timedelta(minutes=10)
"""What lies further ahead of its arrival is never the newest value (``store/queries/append.sql``)."""
SHOWN_FOR = timedelta(days=31)
"""Alerts of the last month are what people look back at every day."""


def read_limits(table: Table) -> Limits:
    """What the town accepts of its devices; the defaults where nothing is said."""
    default = Limits()
    limits = Limits(
        future_sensor=table.may("future_sensor", values.positive_duration, default.future_sensor),
        future_vehicle=table.may("future_vehicle", values.positive_duration, default.future_vehicle),
        late_sensor=table.may("late_sensor", values.positive_duration, default.late_sensor),
        late_vehicle=table.may("late_vehicle", values.positive_duration, default.late_vehicle),
        payload_bytes=table.may("payload_bytes", values.whole(256, 1_048_576), default.payload_bytes),
        readings_per_message=table.may("readings_per_message", values.whole(1, 10_000), default.readings_per_message),
        area_margin_km=table.may(
            "area_margin_km", values.toml_between(0.0, 200.0, "a number of kilometres"), default.area_margin_km
        ),
        device_rate_per_s=table.may(
            "device_rate_per_s", values.toml_between(0.01, 10_000.0, "readings a second"), default.device_rate_per_s
        ),
        device_burst=table.may("device_burst", values.whole(1, 1_000_000), default.device_burst),
    )
    for key, found in (("future_sensor", limits.future_sensor), ("future_vehicle", limits.future_vehicle)):
        if found > MOST_AHEAD:
            table.mistake(
                key, "more than ten minutes ahead is a wrong clock, not a tolerance", "e.g. 5m; set the clock"
            )
    table.finish()
    return limits


def read_privacy(table: Table) -> Privacy:
    """What the public may see; the defaults where nothing is said."""
    privacy = Privacy(vehicle_delay=table.may("vehicle_delay", values.duration, Privacy().vehicle_delay))
    table.finish()
    return privacy


def read_retention(table: Table, limits: Limits) -> Retention:
    """How long rows are kept; nothing may be dropped, or archived, while late readings of its time still come."""
    default = Retention()
    retention = Retention(
        observations=table.may("observations", values.positive_duration, default.observations),
        positions=table.may("positions", values.positive_duration, default.positions),
        quarantine=table.may("quarantine", values.positive_duration, default.quarantine),
        messages=table.may("messages", values.positive_duration, default.messages),
        archive_after=table.may("archive_after", values.positive_duration, default.archive_after),
    )
    _not_within(table, "observations", retention.observations, "late_sensor", limits.late_sensor)
    _not_within(table, "positions", retention.positions, "late_vehicle", limits.late_vehicle)
    _not_within(table, "archive_after", retention.archive_after, "late_sensor", limits.late_sensor)
    if retention.messages < SHOWN_FOR:
        message = "shorter than a month: what staff was told of an alert they still look at would be gone"
        table.mistake("messages", message, 'e.g. "400d"')
    if retention.archive_after is not None and retention.archive_after >= retention.observations:
        hint = "make it shorter than observations, or leave it out"
        table.mistake("archive_after", "the readings are dropped before they would be archived", hint)
    table.finish()
    return retention


def _not_within(table: Table, key: str, kept: timedelta | None, window: str, late: timedelta) -> None:
    if kept is not None and kept < late:
        message = f"shorter than {window} of [limits]: readings that may still come late would be dropped"
        table.mistake(key, message, f"make it longer, or {window} shorter")
