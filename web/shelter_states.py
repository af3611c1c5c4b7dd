"""The public form of what is said of shelters: never who said it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.shelters import ShelterState
from core.times import format_rfc3339

Json = dict[str, Any]


def state_as_dict(state: ShelterState) -> Json:
    """``id`` (共通ID), ``status``, ``people`` and ``capacity`` (null where not told), the notes, ``at`` (RFC 3339)."""
    return {
        "id": state.shelter,
        "status": state.status.value,
        "people": state.people,
        "capacity": state.capacity,
        "note_ja": state.note_ja,
        "note_en": state.note_en,
        "at": format_rfc3339(state.at),
    }


def states_as_list(states: Mapping[str, ShelterState]) -> list[Json]:
    """All of them, by id; a shelter nobody spoke of is not among them."""
    return [state_as_dict(states[shelter]) for shelter in sorted(states)]
