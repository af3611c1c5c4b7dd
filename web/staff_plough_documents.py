"""What staff's answers about ploughs and roads look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.order_words import LONGEST_ID, LONGEST_NAME, LONGEST_NOTE
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAY_NUMBER = {"type": ["number", "null"]}
_FREE = {"type": "object"}

_ORDER = object_of(
    {
        **dict.fromkeys(("id", "by", "note", "measured", "ended_by"), _TEXT),
        "at": _TIME,
        "classes": list_of(_TEXT),
        "ended_at": _MAY_TIME,
        "standing": _FLAG,
    }
)
_STORM: Schema = {"type": ["object", "null"]}
_WHEN: Schema = {"now": _TIME, "since": _TIME, "network": _TEXT, "storm": _STORM, "orders": list_of(_ORDER)}
_CHECK = object_of(
    {
        "class": _TEXT,
        "checked_at": _TIME,
        "result": {"enum": ["proposed", "ordered", "below", "unknown"]},
        "threshold_cm": {"type": "number"},
        "measured_cm": _MAY_NUMBER,
        "since": _MAY_TIME,
        "order": {"type": ["string", "null"]},
        "gauges": list_of(_FREE),
    }
)


def _rows(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": object_of(schema), "text/csv": _TEXT})


PLOUGH_ANSWERS: dict[tuple[str, str], Schema] = {
    ("GET", "coverage"): _rows("Every road, and totals", {**_WHEN, "totals": list_of(_FREE), "roads": list_of(_FREE)}),
    ("GET", "behind"): _rows("Roads that are late or may be", {**_WHEN, "behind": list_of(_FREE)}),
    ("GET", "second-pass"): _rows(
        "Roads that need another pass", {**_WHEN, "counts": _FREE, "second_pass": list_of(_FREE)}
    ),
    ("GET", "orders"): _rows("Dispatch orders, the newest first", {"now": _TIME, "orders": list_of(_ORDER)}),
    ("POST", "orders"): answer_of(
        "The order as it stands",
        **{"application/json": object_of({"noted": _FLAG, "dry_run": _FLAG, "order": _ORDER})},
    ),
    ("GET", "proposals"): _rows("The newest checks", {"now": _TIME, "storm": _STORM, "checks": list_of(_CHECK)}),
    ("GET", "passages"): _rows("Who drove over a road, when, from where to where", {"passages": list_of(_FREE)}),
    ("GET", "changes"): _rows("What was said of roads before", {"changes": list_of(_FREE)}),
}

_ID = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
_NOTE = {"type": "string", "maxLength": LONGEST_NOTE}


def _strict(required: list[str], properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


_GIVE = _strict(
    ["classes"],
    {
        "id": _ID,
        "classes": {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 20},
        "at": _TIME,
        "note": _NOTE,
        "measured": _NOTE,
    },
)
_WISH = _strict(
    [],
    {
        "give": _GIVE,
        "end": _strict(["id"], {"id": _ID, "at": _TIME}),
        "by": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
        "dry_run": _FLAG,
    },
)
ORDERS_BODY: Schema = {"requestBody": {"required": True, "content": {"application/json": {"schema": _WISH}}}}
