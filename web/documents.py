"""What the answers look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def object_of(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """The schema of an object that has all these members but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def list_of(items: Schema) -> Schema:
    """The schema of an array."""
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": ["number", "null"]}
_TIME = {"type": "string", "format": "date-time"}

_PROBLEM = object_of({"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "id": _TEXT})

_POINT = object_of(
    {
        "type": {"const": "Point"},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    }
)
_FEATURE = object_of({"type": {"const": "Feature"}, "id": _TEXT, "geometry": _POINT, "properties": {"type": "object"}})
_COLLECTION = object_of(
    {"type": {"const": "FeatureCollection"}, "features": list_of(_FEATURE), "generated_at": _TIME, "stale": _FLAG}
)
_COUNT = {"type": ["integer", "null"]}
SHELTER_STATE: Schema = {
    **dict.fromkeys(("id", "note_ja", "note_en"), _TEXT),
    "status": {"enum": ["open", "full", "closed"]},
    **dict.fromkeys(("people", "capacity"), _COUNT),
    "at": _TIME,
}
"""The members of what is said of a shelter."""
_SHELTER = object_of(
    {
        "type": {"const": "Feature"},
        "id": _TEXT,
        "geometry": _POINT,
        "properties": object_of(
            {
                **dict.fromkeys(("id", "name", "layer"), _TEXT),
                "state": {"anyOf": [{"type": "null"}, object_of({**SHELTER_STATE, "age_s": {"type": "integer"}})]},
            }
        ),
    }
)
_SHELTERS = object_of(
    {"type": {"const": "FeatureCollection"}, "features": list_of(_SHELTER), "generated_at": _TIME, "stale": _FLAG}
)
_EPISODE = object_of(
    {
        **dict.fromkeys(("id", "rule", "station", "quantity", "title_ja", "title_en", "unit", "kind"), _TEXT),
        "level": {"enum": ["normal", "standby", "caution", "warning", "danger"]},
        "value": _NUMBER,
        "opened_at": _TIME,
        "stale": _FLAG,
        "recovering": _FLAG,
        "unconfirmed": _FLAG,
        "stations": list_of(_TEXT),
        "closed_at": _TIME,
        "outcome": {"type": ["string", "null"]},
    },
    optional=("closed_at", "outcome"),
)
_ALERTS = object_of({"open": list_of(_EPISODE), "recent": list_of(_EPISODE), "generated_at": _TIME, "stale": _FLAG})
_SERIES = object_of(
    {
        "station": _TEXT,
        "quantity": _TEXT,
        "unit": _TEXT,
        "step_s": {"type": ["integer", "null"]},
        "columns": list_of(_TEXT),
        "t": list_of({"type": "integer"}),
        **dict.fromkeys(("value", "low", "high"), list_of(_NUMBER)),
        "quality": list_of({"enum": ["good", "not_evaluated", "suspect", "fail", "missing"]}),
        "archived": list_of(_TEXT),
    }
)


def answer_of(description: str, **contents: Schema) -> Schema:
    """An answer by its media types."""
    return {"description": description, "content": {name: {"schema": schema} for name, schema in contents.items()}}


def refusal_of(description: str) -> Schema:
    """A refusal as problem details."""
    return answer_of(description, **{"application/problem+json": _PROBLEM})


FEATURES = answer_of("GeoJSON (RFC 7946)", **{"application/geo+json": _COLLECTION})
SHELTERS = answer_of("GeoJSON (RFC 7946)", **{"application/geo+json": _SHELTERS})
ALERTS = answer_of("Open and recent episodes", **{"application/json": _ALERTS})
CSV = answer_of("Rows, UTF-8 with BOM", **{"text/csv": _TEXT})
SERIES = answer_of("Columns of equal length, or rows", **{"application/json": _SERIES, "text/csv": _TEXT})

PROBLEMS: dict[int | str, Schema] = {
    400: refusal_of("A parameter is unknown, repeated or not understood"),
    404: refusal_of("There is no such thing"),
    405: refusal_of("Only GET and HEAD"),
    422: refusal_of("A parameter does not fit"),
    429: refusal_of("Too many requests from this address"),
    503: refusal_of("The data cannot be read at the moment"),
}
