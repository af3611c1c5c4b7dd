"""What silences and alerts of other systems look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.model import StationKind
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_MAY_TEXT = {"type": ["string", "null"]}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer"}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_LEVEL = {"enum": ["standby", "caution", "warning", "danger"]}
_KIND = {"enum": [kind.value for kind in StationKind]}
_WORDS = {"type": "object", "additionalProperties": _TEXT}

_SILENCE = object_of(
    {
        **dict.fromkeys(("id", "reason", "author", "end_reason"), _TEXT),
        "state": {"enum": ["waiting", "coming", "active", "over"]},
        "needs_approval": _FLAG,
        **dict.fromkeys(("rules", "stations"), list_of(_TEXT)),
        "kinds": list_of(_KIND),
        "levels": list_of(_LEVEL),
        **dict.fromkeys(("starts_at", "ends_at", "over_at", "created_at"), _TIME),
        **dict.fromkeys(("approved_by", "ended_by"), _MAY_TEXT),
        **dict.fromkeys(("approved_at", "ended_at"), _MAY_TIME),
    }
)
_EXTERNAL = object_of(
    {
        **dict.fromkeys(("rule", "class"), _TEXT),
        "level": _LEVEL,
        "station": _MAY_TEXT,
        "labels": _WORDS,
        "annotations": _WORDS,
        **dict.fromkeys(("starts_at", "received_at"), _TIME),
        "ends_at": _MAY_TIME,
    }
)


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


SILENCE_ANSWERS: dict[tuple[str, str], Schema] = {
    ("GET", "silences"): _json("Silences not over, and those of a week", object_of({"silences": list_of(_SILENCE)})),
    **{
        ("POST", name): _json("The silence as it stands", _SILENCE)
        for name in ("silences", "silences/{silence}/approve", "silences/{silence}/end")
    },
}
EXTERNAL_ANSWERS: dict[str, Schema] = {
    "GET": _json("Alerts other systems report, and those of a day", object_of({"alerts": list_of(_EXTERNAL)})),
    "POST": _json("How many were taken in", object_of({"taken": _COUNT})),
}


def _body(schema: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _closed(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


_REASON = {"type": "string", "minLength": 1, "maxLength": 200}
SILENCE_BODIES: dict[tuple[str, str], Schema] = {
    ("POST", "silences"): _body(
        _closed(
            {
                **{key: {**list_of(_TEXT), "maxItems": 100} for key in ("rules", "stations")},
                "kinds": list_of(_KIND),
                "levels": {**list_of(_LEVEL), "minItems": 1},
                **dict.fromkeys(("starts_at", "ends_at"), _TIME),
                "reason": _REASON,
            },
            ("ends_at", "reason"),
        )
    ),
    ("POST", "silences/{silence}/approve"): _body(_closed({})),
    ("POST", "silences/{silence}/end"): _body(_closed({"reason": _REASON})),
}
EXTERNAL_BODY = _body(
    {
        "type": "array",
        "maxItems": 200,
        "items": _closed(
            {
                "labels": {**_WORDS, "maxProperties": 40},
                "annotations": {**_WORDS, "maxProperties": 20},
                **dict.fromkeys(("startsAt", "endsAt"), _TIME),
                "generatorURL": _TEXT,
            },
            ("labels",),
        ),
    }
)
