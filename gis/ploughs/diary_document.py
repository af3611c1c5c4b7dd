"""A work diary as a document: canonical JSON, whose bytes are sealed, and back.

Canonical: keys sorted, no spaces, UTF-8, lengths in whole decimetres, times as RFC 3339 in UTC. The same day known in the same way
gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.ploughs import Stop
from core.times import format_rfc3339
from gis.ploughs.diary import ClassWork, DiaryDay, RoadWork, TaskTime

FORM = 1
"""Raised when the document gets other members: a reader of old seals must know which it has."""

Document = dict[str, Any]


def diary_document(diary: DiaryDay) -> Document:
    """The diary as JSON values; ``form`` says which members it has."""
    quality = diary.quality
    return {
        "form": FORM,
        "site": diary.site,
        "vehicle": diary.vehicle,
        "name_ja": diary.name_ja,
        "name_en": diary.name_en,
        "contractor": diary.contractor,
        "day": diary.day.isoformat(),
        "since": format_rfc3339(diary.since),
        "until": format_rfc3339(diary.until),
        "first_at": _when(diary.first_at),
        "last_at": _when(diary.last_at),
        "times": [_time(one) for one in diary.times],
        "classes": [_class(one) for one in diary.classes],
        "roads": [_road(one) for one in diary.roads],
        "stops": [_stop(one) for one in diary.stops],
        "quality": {
            "fixes": quality.fixes,
            "flags": dict(quality.flags),
            "gaps": quality.gaps,
            "unknown_s": quality.unknown_s,
            "driven_m": quality.driven_m,
            "matched_m": quality.matched_m,
        },
        "fictitious": diary.fictitious,
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are sealed."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _when(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)


def _time(one: TaskTime) -> Document:
    return {"task": one.task, "evidence": one.evidence, "seconds": one.seconds, "stopped_s": one.stopped_s}


def _class(one: ClassWork) -> Document:
    return {
        "code": one.code,
        "class": one.class_name,
        "roads": one.roads,
        "worked_m": one.worked_m,
        "distinct_m": one.distinct_m,
        "signal_m": one.signal_m,
        "inferred_m": one.inferred_m,
    }


def _road(one: RoadWork) -> Document:
    return {
        "road": one.road,
        "name": one.name,
        "code": one.code,
        "class": one.class_name,
        "contractor": one.contractor,
        "official_length_m": one.official_length_m,
        "passes": one.passes,
        "worked_m": one.worked_m,
        "distinct_m": one.distinct_m,
        "signal_m": one.signal_m,
        "inferred_m": one.inferred_m,
        "first_at": _when(one.first_at),
        "last_at": _when(one.last_at),
    }


def _stop(one: Stop) -> Document:
    return {
        "began_at": _when(one.began_at),
        "ended_at": _when(one.ended_at),
        "lon": one.lon,
        "lat": one.lat,
        "road": one.road,
        "depot": one.depot,
    }
