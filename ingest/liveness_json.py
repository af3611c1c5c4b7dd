"""What is known of the devices as JSON, the same for the command line and for staff's interface."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.times import format_rfc3339
from ingest.liveness import DeviceLife
from ingest.liveness_round import Look
from store.watching import Incident


def look_as_dict(seen: Look, now: datetime) -> dict[str, Any]:
    """One look; times RFC 3339, ages and spans in seconds."""
    return {
        "at": format_rfc3339(now),
        "collecting": {
            "works": seen.collecting.works,
            "why_not": seen.collecting.why,
            "since": _time(seen.collecting.since),
        },
        "devices": [_device(life, now) for life in seen.life.devices],
        "incidents": [incident_as_dict(each) for each in seen.incidents],
    }


def incident_as_dict(incident: Incident) -> dict[str, Any]:
    """An incident of the system; ``closed_at`` null while it lasts."""
    return {
        "number": incident.no,
        "kind": incident.kind,
        "subject": incident.subject,
        "opened_at": format_rfc3339(incident.opened_at),
        "closed_at": _time(incident.closed_at),
        "detail": dict(incident.detail),
    }


def _device(life: DeviceLife, now: datetime) -> dict[str, Any]:
    return {
        "device": life.device,
        "stations": list(life.stations),
        "state": life.state.value,
        "since": _time(life.since),
        "heard_at": _time(life.heard_at),
        "age_s": None if life.heard_at is None else max(0, int((now - life.heard_at).total_seconds())),
        "newest_at": _time(life.newest_at),
        "expected_s": int(life.expected.total_seconds()),
        "allowed_s": int(life.allowed.total_seconds()),
        "gateways": list(life.gateways),
        "carrier": life.carrier,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
