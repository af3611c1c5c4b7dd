"""What ``/api/hazard`` answers, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.model import Hazard
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_METRES = {"type": "integer", "minimum": 0}
_NUMBER = {"type": ["number", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_TEXTS = list_of(_TEXT)


def _texts(*names: str) -> Schema:
    return dict.fromkeys(names, _TEXT)


_NEARBY = object_of({"code": _TEXT, "rank": {"type": "integer"}, "distance_m": _METRES, "text": _TEXT})
_LAYER = object_of(
    {
        **_texts("layer", "kind", "title", "text", "also", "source", "date", "source_url", "note"),
        "fictitious": _FLAG,
        "state": {"enum": ["found", "unknown", "nearby", "not_assessed", "failed"]},
        "code": {"type": ["string", "null"]},
        "rank": {"type": ["integer", "null"]},
        "gravest": {"type": ["integer", "null"]},
        "details": list_of(object_of(_texts("label", "text"))),
        "nearby": list_of(_NEARBY),
        "advice": _TEXTS,
    }
)
_SHELTER = object_of(
    {
        **_texts("id", "name", "address", "distance", "direction", "elevation", "state", "stay", "note", "inside"),
        "lon": {"type": "number"},
        "lat": {"type": "number"},
        "distance_m": _METRES,
        "elevation_m": _NUMBER,
        "status": {"enum": ["open", "full", "closed", None]},
    }
)
_PART = object_of(
    {
        "hazard": {"enum": [hazard.value for hazard in Hazard]},
        **_texts("title", "summary", "no_layer", "advice_source", "shelters_title", "no_shelters"),
        "found": _FLAG,
        "layers": list_of(_LAYER),
        "advice": _TEXTS,
        "shelters": list_of(_SHELTER),
    }
)
_GAUGE = object_of(
    {
        **_texts("station", "name", "kind", "kind_word", "quantity", "label", "value", "unit", "symbol", "level"),
        **_texts("quality", "at", "age", "note", "distance", "direction"),
        **dict.fromkeys(("fictitious", "stale", "suspect"), _FLAG),
        "distance_m": _METRES,
    }
)

HAZARD = answer_of(
    "The hazards of a place in words; an area that covers nothing is told as not assessed",
    **{
        "application/json": object_of(
            {
                "lon": {"type": "number"},
                "lat": {"type": "number"},
                "register": {"enum": ["ja", "easy", "en"]},
                "inside": {"type": ["boolean", "null"]},
                **_texts("place", "where", "no_gauges"),
                "official": _TEXTS,
                "notes": _TEXTS,
                "labels": object_of(_texts("advice", "sources", "fictitious", "gauges", "gauges_note", "gauges_stale")),
                "hazards": list_of(_PART),
                "gauges": list_of(_GAUGE),
                "generated_at": _TIME,
                "stale": _FLAG,
            }
        )
    },
)
