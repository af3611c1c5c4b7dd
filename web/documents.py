"""What the answers look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _object(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": ["number", "null"]}
_TIME = {"type": "string", "format": "date-time"}

_PROBLEM = _object({"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "id": _TEXT})

_POINT = _object(
    {
        "type": {"const": "Point"},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    }
)
_FEATURE = _object({"type": {"const": "Feature"}, "id": _TEXT, "geometry": _POINT, "properties": {"type": "object"}})
_COLLECTION = _object(
    {"type": {"const": "FeatureCollection"}, "features": _list(_FEATURE), "generated_at": _TIME, "stale": _FLAG}
)
_EPISODE = _object(
    {
        **dict.fromkeys(("id", "rule", "station", "quantity", "title_ja", "title_en", "unit"), _TEXT),
        "level": {"enum": ["normal", "standby", "caution", "warning", "danger"]},
        "value": _NUMBER,
        "opened_at": _TIME,
        "stale": _FLAG,
        "recovering": _FLAG,
        "closed_at": _TIME,
        "outcome": {"type": ["string", "null"]},
    },
    optional=("closed_at", "outcome"),
)
_ALERTS = _object({"open": _list(_EPISODE), "recent": _list(_EPISODE), "generated_at": _TIME, "stale": _FLAG})
_SERIES = _object(
    {
        "station": _TEXT,
        "quantity": _TEXT,
        "unit": _TEXT,
        "step_s": {"type": ["integer", "null"]},
        "columns": _list(_TEXT),
        "t": _list({"type": "integer"}),
        **dict.fromkeys(("value", "low", "high"), _list(_NUMBER)),
        "quality": _list({"enum": ["good", "not_evaluated", "suspect", "fail", "missing"]}),
    }
)


def _answer(description: str, **contents: Schema) -> Schema:
    return {"description": description, "content": {name: {"schema": schema} for name, schema in contents.items()}}


def _refusal(description: str) -> Schema:
    return _answer(description, **{"application/problem+json": _PROBLEM})


FEATURES = _answer("GeoJSON (RFC 7946)", **{"application/geo+json": _COLLECTION})
ALERTS = _answer("Open and recent episodes", **{"application/json": _ALERTS})
CSV = _answer("Rows, UTF-8 with BOM", **{"text/csv": _TEXT})
SERIES = _answer("Columns of equal length, or rows", **{"application/json": _SERIES, "text/csv": _TEXT})

PROBLEMS: dict[int | str, Schema] = {
    400: _refusal("A parameter is unknown, repeated or not understood"),
    404: _refusal("There is no such thing"),
    405: _refusal("Only GET and HEAD"),
    422: _refusal("A parameter does not fit"),
    429: _refusal("Too many requests from this address"),
    503: _refusal("The data cannot be read at the moment"),
}
