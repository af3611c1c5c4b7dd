"""What crews' answers and staff's notes look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.model import Task
from core.ploughs import NoteKind
from web.crew_wishes import LONGEST_TEXT, MOST_POSITIONS
from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of, refusal_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer"}
_NUMBER = {"type": "number"}
_MAY_NUMBER = {"type": ["number", "null"]}
_MAY_TEXT = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_KIND = {"enum": [kind.value for kind in NoteKind]}
_ID = {"type": "string", "format": "uuid"}

NOTE: Schema = {
    "id": _ID,
    "kind": _KIND,
    **dict.fromkeys(("at", "received_at"), _TIME),
    **dict.fromkeys(("lon", "lat", "accuracy_m"), _MAY_NUMBER),
    "text": _TEXT,
    "photo": _FLAG,
    "settled_at": _MAY_TIME,
    "settled_by": _TEXT,
}
"""The members of a note."""

_ABOUT: Schema = {**dict.fromkeys(("id", "name", "name_en", "kind"), _TEXT), "fictitious": _FLAG}
_ROUTE = object_of(
    {
        "by": {"enum": ["vehicle", "contractor", "all", "nothing"]},
        "version": _TEXT,
        "length_m": _NUMBER,
        "left_m": _NUMBER,
        "drive_m": _NUMBER,
        "pace_m_per_h": _MAY_NUMBER,
        "open": list_of(_TEXT),
        "deadline": _MAY_TIME,
    }
)
_ROAD = object_of(
    {"share": _NUMBER, **dict.fromkeys(("clear_since", "last_worked_at"), _MAY_TIME), "evidence": _MAY_TEXT}
)
_OTHER = object_of(
    {**_ABOUT, "lon": _NUMBER, "lat": _NUMBER, "at": _TIME, "heading_deg": _MAY_NUMBER, "task": _MAY_TEXT}
)
_STATE = object_of(
    {
        "vehicle": object_of(_ABOUT),
        "route": {"anyOf": [{"type": "null"}, _ROUTE]},
        "roads": {"type": "object", "additionalProperties": _ROAD},
        "orders": list_of(object_of({"id": _TEXT, "at": _TIME, "classes": list_of(_TEXT), "note": _TEXT})),
        "vehicles": list_of(_OTHER),
        "notes": list_of(object_of(NOTE)),
    }
)
_TAKEN = object_of(
    {**dict.fromkeys(("stored", "duplicate", "conflict", "set_aside"), _COUNT), "reasons": list_of(_TEXT)}
)
_NOTED = object_of({"id": _ID, "new": _FLAG, "photo": _FLAG})


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


CREW_ANSWERS: dict[str, dict[int | str, Schema]] = {
    "state": {200: _json("What the crew is told", _STATE)},
    "roads": {200: answer_of("The roads of the route", **{"application/geo+json": {"type": "object"}})},
    "positions": {200: _json("What became of the positions", _TAKEN)},
    "notes": {200: _json("The note was known", _NOTED), 201: _json("The note is new", _NOTED)},
}

CREW_REFUSALS: dict[int | str, Schema] = {
    **PROBLEMS,
    401: refusal_of("Not a crew: the key is missing, wrong or taken back"),
    403: refusal_of("Positions of another vehicle, or a page of another site asks"),
    409: refusal_of("Another vehicle reported a note of this id"),
    413: refusal_of("The body is too long"),
    415: refusal_of("The body is not JSON"),
}

_POSITION = {
    "type": "object",
    "required": ["at", "lon", "lat"],
    "properties": {
        "at": _TIME,
        "lon": _NUMBER,
        "lat": _NUMBER,
        **dict.fromkeys(("speed_kmh", "heading_deg", "accuracy_m"), _MAY_NUMBER),
        "task": {"enum": [*(task.value for task in Task), None]},
        "vehicle": _TEXT,
    },
}
_NOTE_SENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "kind", "at"],
    "properties": {
        "id": _ID,
        "kind": _KIND,
        "at": _TIME,
        **dict.fromkeys(("lon", "lat", "accuracy_m"), _MAY_NUMBER),
        "text": {"type": "string", "maxLength": LONGEST_TEXT},
        "photo": {"type": ["string", "null"], "contentEncoding": "base64"},
    },
}


def _body(schema: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


CREW_BODIES: dict[str, Schema] = {
    "positions": _body({"type": "array", "items": _POSITION, "minItems": 1, "maxItems": MOST_POSITIONS}),
    "notes": _body(_NOTE_SENT),
}

NOTES_ANSWERS: dict[str, Schema] = {
    "notes": _json(
        "What crews reported, the newest first",
        object_of({"notes": list_of(object_of({**NOTE, "vehicle": _TEXT, "age_s": _COUNT}))}),
    ),
    "notes/{note}/photo": answer_of("The photo, drawn anew", **{"image/jpeg": {"type": "string", "format": "binary"}}),
    "notes/settle": _json("How many changed", object_of({"changed": _COUNT})),
}
_SETTLE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ids"],
    "properties": {
        "ids": {"type": "array", "items": _ID, "minItems": 1, "maxItems": 200},
        "by": {"type": "string", "minLength": 1, "maxLength": 200},
        "settled": _FLAG,
    },
}
SETTLE_BODY: Schema = _body(_SETTLE)
