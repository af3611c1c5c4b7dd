"""What was driven and how clear each road is, as one canonical document: equal bytes say equal coverage."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from config.plough_plan import PloughPlan
from core.ploughs import Passage
from core.times import format_rfc3339
from gis.ploughs.coverage import coverage
from gis.ploughs.network import Network


def coverage_document(
    network: Network, plan: PloughPlan, passages: Iterable[Passage], *, since: datetime, now: datetime
) -> bytes:
    """Canonical JSON (UTF-8, sorted keys, no blanks) of the state of every road and the passages it rests on.

    Passages that ended in (``since``, ``now``], in order of time, vehicle and road; times RFC 3339 in UTC, lengths in metres.
    """
    counted = sorted((passage for passage in passages if since < passage.ended_at <= now), key=_order)
    states = coverage(network, plan, counted, since=since, now=now)
    document = {
        "network": network.version,
        "since": since,
        "now": now,
        "roads": [asdict(states[road]) for road in sorted(states)],
        "passages": [asdict(passage) for passage in counted],
    }
    text = json.dumps(document, default=_time, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _order(passage: Passage) -> tuple[Any, ...]:
    return passage.began_at, passage.vehicle, passage.road, passage.direction, passage.from_m


def _time(value: object) -> str:
    assert isinstance(value, datetime)
    return format_rfc3339(value)
