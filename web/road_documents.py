"""What the answers about roads look like, for the interface's machine-readable description."""

from __future__ import annotations

from gis.ploughs.age_classes import AGE_CLASSES, NO_RECORD
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_WHOLE = {"type": "integer"}
_NUMBER = {"type": ["number", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_TIME_OR_NONE = {"anyOf": [{"type": "null"}, _TIME]}

_TOLD = object_of(
    {
        "age_class": {"enum": [each.id for each in (*AGE_CLASSES, NO_RECORD)]},
        **dict.fromkeys(("clear_since", "cleared_at", "deadline"), _TIME_OR_NONE),
        "age_s": {"type": ["integer", "null"]},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "evidence": {"enum": ["signal", "inferred", None]},
        "late": _FLAG,
        "snow_cm": _NUMBER,
        "second_pass": {"type": ["boolean", "null"]},
        "withheld": {"const": False},
    }
)
_WITHHELD = {
    "type": "object",
    "properties": {"withheld": {"const": True}},
    "required": ["withheld"],
    "additionalProperties": False,
}
_STATE: Schema = {"anyOf": [_WITHHELD, _TOLD]}
_ORDER = object_of(
    {"at": _TIME, "classes": list_of(object_of({"class": _TEXT, "deadline": _TIME_OR_NONE}))},
)
_ABOUT: Schema = {
    "now": _TIME,
    "as_of": _TIME_OR_NONE,
    **dict.fromkeys(("step_s", "window_s", "remember_s", "delay_s", "withheld"), _WHOLE),
    "stale": _FLAG,
    "order": {"anyOf": [{"type": "null"}, _ORDER]},
    "notes": object_of({"ja": list_of(_TEXT), "en": list_of(_TEXT)}),
}
_LINE = object_of({"type": {"enum": ["LineString", "MultiLineString"]}, "coordinates": {"type": "array"}})
_ROAD = object_of(
    {
        "type": {"const": "Feature"},
        "id": _TEXT,
        "geometry": _LINE,
        "properties": object_of({"id": _TEXT, "state": {"anyOf": [{"type": "null"}, _STATE]}}),
    }
)

ROADS_STATE = answer_of(
    "How clear each road is, by its id",
    **{"application/json": object_of({**_ABOUT, "roads": {"type": "object", "additionalProperties": _STATE}})},
)
ROADS = answer_of(
    "GeoJSON (RFC 7946)",
    **{
        "application/geo+json": object_of(
            {
                "type": {"const": "FeatureCollection"},
                **_ABOUT,
                **dict.fromkeys(("licence", "credit"), _TEXT),
                "features": list_of(_ROAD),
            }
        )
    },
)
