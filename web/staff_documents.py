"""What staff's answers look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of, refusal_of

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_FREE = {"type": "object"}

_LISTED: Schema = {
    **dict.fromkeys(("number", "qos", "size", "attempts"), _COUNT),
    **dict.fromkeys(("reason", "detail", "codec", "device", "topic", "outcome"), _TEXT),
    "retain": _FLAG,
    "received_at": _TIME,
    "tried_at": _MAY_TIME,
    "settled_at": _MAY_TIME,
}
_COUNTS = {"type": "object", "additionalProperties": object_of({"open": _COUNT, "settled": _COUNT})}
_TRIED = object_of(
    {
        **dict.fromkeys(("number", "rows", "stored", "duplicate", "conflict"), _COUNT),
        "reason": {"type": ["string", "null"]},
        "detail": _TEXT,
        "settled": _FLAG,
    }
)
_REPLAYED = object_of(
    {
        **dict.fromkeys(("tried", "settled", "refused", "rows", "stored", "duplicate", "conflict", "left"), _COUNT),
        "dry_run": _FLAG,
        "messages": list_of(_TRIED),
    }
)
_LINE = object_of({**dict.fromkeys(("file", "header", "text"), _TEXT), "to_fill_in": list_of(_TEXT)})
_SENT = object_of({"quantity": _TEXT, "unit": _TEXT, "value": {"type": ["number", "null"]}, "at": _TIME})
_CLAIM = object_of(
    {
        "device": _TEXT,
        "codec": _TEXT,
        "topics": list_of(_TEXT),
        "messages": _COUNT,
        "first_at": _TIME,
        "last_at": _TIME,
        "interval_s": {"type": ["number", "null"]},
        "waiting": _FLAG,
        "sent": list_of(_SENT),
        "position": {"type": ["array", "null"], "items": {"type": "number"}},
        "frames": {"type": ["object", "null"]},
        "lines": list_of(_LINE),
        "notes": list_of(_TEXT),
    }
)
_INCIDENT = object_of(
    {
        "number": _COUNT,
        "kind": _TEXT,
        "subject": _TEXT,
        "opened_at": _TIME,
        "closed_at": _MAY_TIME,
        "detail": _FREE,
    }
)
_GAP = object_of(
    {
        "device": _TEXT,
        **dict.fromkeys(("first", "last", "count"), _COUNT),
        **dict.fromkeys(("before_at", "after_at", "noticed_at"), _TIME),
    }
)
_LIFE = object_of(
    {
        **dict.fromkeys(("device", "carrier"), _TEXT),
        **dict.fromkeys(("stations", "gateways"), list_of(_TEXT)),
        "state": {"enum": ["alive", "late", "silent", "offline", "never-heard"]},
        **dict.fromkeys(("since", "heard_at", "newest_at"), _MAY_TIME),
        "age_s": {"type": ["integer", "null"]},
        **dict.fromkeys(("expected_s", "allowed_s"), _COUNT),
    }
)
_COLLECTING = object_of({"works": _FLAG, "why_not": _TEXT, "since": _MAY_TIME})
_PROCESS = object_of({"process": _TEXT, "member": _TEXT, "beat_at": _TIME, "age_s": _COUNT, "state": _FREE})


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


ANSWERS: dict[str, Schema] = {
    "quarantine": _json(
        "Messages set aside, newest first",
        object_of({"messages": list_of(object_of(_LISTED)), "next": {"type": ["integer", "null"]}, "counts": _COUNTS}),
    ),
    "quarantine/{number}": _json(
        "One message set aside", object_of({**_LISTED, "payload_text": _TEXT, "payload_hex": _TEXT})
    ),
    "quarantine/replay": _json("What the replay came to", _REPLAYED),
    "claims": _json("Devices to be claimed", object_of({"claims": list_of(_CLAIM), "more": _COUNT})),
    "incidents": _json("Incidents of the system", object_of({"incidents": list_of(_INCIDENT)})),
    "gaps": _json(
        "Messages that never arrived", object_of({"gaps": list_of(_GAP), "in_all": _COUNT, "missing": _COUNT})
    ),
    "liveness": _json(
        "The devices of the stations, and their open incidents",
        object_of({"at": _TIME, "collecting": _COLLECTING, "devices": list_of(_LIFE), "incidents": list_of(_INCIDENT)}),
    ),
    "processes": _json("The last word of each process", object_of({"processes": list_of(_PROCESS)})),
}

REFUSALS: dict[int | str, Schema] = {
    **PROBLEMS,
    401: refusal_of("Not staff: the token is missing or wrong"),
    403: refusal_of("A page of another site asks"),
    409: refusal_of("Another replay is at work"),
    413: refusal_of("The body is too long"),
    415: refusal_of("The body is not JSON"),
}

_WISH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "numbers": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 1000},
        "reason": {"type": "string", "minLength": 1, "maxLength": 200},
        "device": {"type": "string", "minLength": 1, "maxLength": 200},
        "since": {"type": "string", "format": "date-time"},
        "all": _FLAG,
        "limit": {"type": "integer", "minimum": 1},
        "dry_run": _FLAG,
    },
}
REPLAY_BODY: Schema = {"requestBody": {"required": True, "content": {"application/json": {"schema": _WISH}}}}
