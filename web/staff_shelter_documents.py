"""What staff's answers about shelters look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.shelter_words import LONGEST_NAME, LONGEST_NOTE, MOST_PEOPLE
from web.documents import SHELTER_STATE, Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}

_STATE: Schema = {**SHELTER_STATE, "age_s": _COUNT, "by": _TEXT}
_MAY_STATE = {"anyOf": [{"type": "null"}, object_of(_STATE)]}
_LISTED = object_of({**dict.fromkeys(("id", "name", "kind_ja", "kind_en", "layer"), _TEXT), "state": _MAY_STATE})
_SAID = object_of({**_STATE, "received_at": _TIME})
_ANSWER = object_of({"id": _TEXT, "stands": _FLAG, "state": _MAY_STATE})


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


SHELTER_ANSWERS: dict[tuple[str, str], Schema] = {
    ("GET", "shelters"): _json(
        "Every shelter with its state",
        object_of({"shelters": list_of(_LISTED), "unpublished": list_of(object_of(_STATE))}),
    ),
    ("GET", "shelters/{shelter}"): _json(
        "What was said of one shelter",
        object_of({"id": _TEXT, "name": {"type": ["string", "null"]}, "said": list_of(_SAID)}),
    ),
    ("POST", "shelters"): _json(
        "What stands now", object_of({"noted": _COUNT, "dry_run": _FLAG, "shelters": list_of(_ANSWER)})
    ),
}

_PEOPLE = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_PEOPLE}
_NOTE = {"type": "string", "maxLength": LONGEST_NOTE}
_ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
        "status": {"enum": ["open", "full", "closed"]},
        **dict.fromkeys(("people", "capacity"), _PEOPLE),
        **dict.fromkeys(("note_ja", "note_en"), _NOTE),
        "at": _TIME,
    },
}
_WISH = {
    "type": "object",
    "additionalProperties": False,
    "required": ["shelters"],
    "properties": {
        "shelters": {"type": "array", "items": _ENTRY, "minItems": 1, "maxItems": 500},
        "by": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
        "dry_run": _FLAG,
    },
}
SHELTERS_BODY: Schema = {"requestBody": {"required": True, "content": {"application/json": {"schema": _WISH}}}}
