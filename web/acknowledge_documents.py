"""What the answers about acknowledgements and the outbox look like (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from core.levels import Level
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAY_TEXT = {"type": ["string", "null"]}
_LEVEL = {"enum": [level.slug for level in Level]}
_ACK = object_of({"level": _LEVEL, "by": _TEXT, "at": _TIME, "note": _TEXT, "until": _MAY_TIME})
_MAY_ACK = {"anyOf": [{"type": "null"}, _ACK]}
_CALL = object_of(
    {
        "escalation": _TEXT,
        "level": _LEVEL,
        "since": _TIME,
        **dict.fromkeys(("called", "step", "loop"), _COUNT),
        "next_at": _MAY_TIME,
        "ended": _MAY_TEXT,
        "ended_at": _MAY_TIME,
    }
)
_WISH = object_of({"by": _TEXT, "at": _TIME, "reason": _TEXT, "outcome": _MAY_TEXT})
_OUTCOME = {"enum": ["taken", "over"]}

ANSWER_ANSWERS: dict[str, dict[str, Any]] = {
    name: answer_of(words, **{"application/json": schema})
    for name, words, schema in (
        ("acknowledge", "What became of it", object_of({"outcome": _OUTCOME, "acknowledgement": _MAY_ACK})),
        ("close", "What became of it", object_of({"outcome": _OUTCOME})),
        (
            "answers",
            "What people answered",
            object_of(
                {
                    "holding": _MAY_ACK,
                    "acknowledgements": list_of(_ACK),
                    "calls": list_of(_CALL),
                    "closing": list_of(_WISH),
                }
            ),
        ),
    )
}


def _body(properties: Schema, needed: tuple[str, ...]) -> Schema:
    schema = {"type": "object", "additionalProperties": False, "required": list(needed), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_SHORT = {"type": "string", "maxLength": 300}
ANSWER_BODIES: dict[str, Schema] = {
    "acknowledge": _body({"level": _LEVEL, "note": _SHORT}, ("level",)),
    "close": _body({"reason": _SHORT}, ("reason",)),
}

_MESSAGE = object_of(
    {
        **dict.fromkeys(("id", "channel", "audience", "purpose", "subject_ja", "subject_en"), _TEXT),
        "episode": _MAY_TEXT,
        "state": {"enum": ["queued", "delivered", "dead", "superseded", "unknown"]},
        "level": _LEVEL,
        "resident": {"type": "boolean"},
        **dict.fromkeys(("attempts", "place"), _COUNT),
        **dict.fromkeys(("error", "provider", "stands_in_for", "superseded_by"), _MAY_TEXT),
        **dict.fromkeys(("queued_at", "due_at", "deadline_at"), _TIME),
        "finished_at": _MAY_TIME,
    }
)
_CHANNEL = object_of(
    {
        **dict.fromkeys(("channel", "reason"), _TEXT),
        "state": {"enum": ["closed", "open", "half-open"]},
        **dict.fromkeys(("failures", "queued", "dead", "unknown"), _COUNT),
        **dict.fromkeys(("not_before", "changed_at", "delivered_at", "oldest"), _MAY_TIME),
    }
)
OUTBOX_ANSWER = answer_of(
    "Messages, the newest first, and how the channels do",
    **{"application/json": object_of({"messages": list_of(_MESSAGE), "channels": list_of(_CHANNEL)})},
)
DECIDED_ANSWER = answer_of("What became of it", **{"application/json": object_of({"state": _TEXT})})
DECIDE_BODY = _body({"decision": {"enum": ["arrived", "again"]}, "note": _SHORT}, ("decision",))
