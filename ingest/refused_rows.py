"""Rows the database refused, read again from the JSON the store set aside in place of their message.

Such a message has an empty topic. Its payload holds the fields of an ``Observation`` or a ``VehiclePosition``.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from core.errors import DecodeError
from core.model import Observation, Quality, QualityReason, Task, VehiclePosition
from store.rows import Batch

_TIMES = ("at", "received_at")


def read_row(payload: bytes) -> Batch:
    """A batch with the one row; raises DecodeError ``bad-shape`` where it is none.

    Numbers that are not finite come back as they were: the database judges them again.
    """
    try:
        values: dict[str, Any] = json.loads(payload)
        if "datastream" in values:
            return Batch(observations=[Observation(**_typed(Observation, values))])
        return Batch(positions=[VehiclePosition(**_typed(VehiclePosition, values))])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DecodeError("bad-shape", f"not a row the store wrote: {error!r:.200}") from error


def _typed(kind: type[Observation | VehiclePosition], values: dict[str, Any]) -> dict[str, Any]:
    typed = {field.name: values[field.name] for field in fields(kind) if field.name in values}
    typed |= {name: datetime.fromisoformat(typed[name]) for name in _TIMES}
    typed["quality"], typed["reasons"] = Quality(typed["quality"]), QualityReason(typed["reasons"])
    if typed.get("task") is not None:
        typed["task"] = Task(typed["task"])
    return typed
