"""What ``/api/warnings`` looks like, for the machine-readable description of the interface."""

from __future__ import annotations

from core.weather_warnings import WarningGrade, WeatherHazard
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}

_WARNING: Schema = object_of(
    {
        **dict.fromkeys(("type", "area", "area_name", "code", "name", "name_en"), _TEXT),
        "known": _FLAG,
        "hazard": {"enum": [hazard.value for hazard in WeatherHazard]},
        "grade": {"enum": [grade.slug for grade in WarningGrade]},
        "level": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
        **dict.fromkeys(("status", "subject", "office", "headline"), _TEXT),
        "issued_at": _TIME,
        "age_s": {"type": "integer", "minimum": 0},
        "until": _MAYBE_TIME,
    }
)

WARNINGS = answer_of(
    "The agency's warnings in force; null where it is not known whether there are any",
    **{
        "application/json": object_of(
            {
                "configured": _FLAG,
                **dict.fromkeys(("source", "source_en", "note_ja", "note_en"), _TEXT),
                "areas": list_of(_TEXT),
                "read_at": _MAYBE_TIME,
                "newest_at": _MAYBE_TIME,
                "stale": _FLAG,
                "warnings": {"anyOf": [{"type": "null"}, list_of(_WARNING)]},
                "generated_at": _TIME,
            }
        )
    },
)
