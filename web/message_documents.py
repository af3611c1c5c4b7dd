"""What the interface of resident messages takes and answers, for its machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from core.resident_messages import LANGUAGES, MessageHazard, MessageKind, MessageState, Mode
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_MAY_COUNT = {"type": ["integer", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAY_TEXT = {"type": ["string", "null"]}
_FREE = {"type": "object"}
_MAY_FREE = {"type": ["object", "null"]}
_LEVEL = {"enum": ["normal", "standby", "caution", "warning", "danger"]}
_MODE = {"enum": [mode.value for mode in Mode]}
_KIND = {"enum": [kind.value for kind in MessageKind]}
_HAZARD = {"enum": [hazard.value for hazard in MessageHazard]}

_FACTS: Schema = {
    **dict.fromkeys(("id", "template", "area", "note"), _TEXT),
    "mode": _MODE,
    "kind": _KIND,
    "hazard": _HAZARD,
    "level": _LEVEL,
    "state": {"enum": [state.value for state in MessageState]},
    "version": _COUNT,
    "audiences": list_of(_TEXT),
    **dict.fromkeys(("refers_to", "episode"), _MAY_TEXT),
    "made": object_of({"by": _TEXT, "at": _TIME}),
    **dict.fromkeys(("submitted", "approval"), _MAY_FREE),
    **dict.fromkeys(("send_at", "until", "ended_at", "deleted_at"), _MAY_TIME),
}
_DELIVERED = object_of(
    {
        **dict.fromkeys(("id", "channel", "state"), _TEXT),
        "attempts": _COUNT,
        "error": _MAY_TEXT,
        "finished_at": _MAY_TIME,
    }
)
_LISTED = object_of({**_FACTS, **dict.fromkeys(("subject_ja", "subject_en"), _TEXT), "channels": list_of(_DELIVERED)})
_FINDING = object_of(dict.fromkeys(("code", "ja", "en"), _TEXT))
_CARRIED = object_of(
    {**dict.fromkeys(("channel", "kind", "audience", "subject", "text"), _TEXT), "recipients": _MAY_COUNT}
)
_SHOWN_TEXTS = object_of(dict.fromkeys(LANGUAGES, object_of({"subject": _TEXT, "text": _TEXT})))
_WHOLE = object_of(
    {
        **_FACTS,
        "texts": _SHOWN_TEXTS,
        **dict.fromkeys(("values", "facts"), _FREE),
        **dict.fromkeys(("typed", "may"), list_of(_TEXT)),
        **dict.fromkeys(("doubted", "over"), _FLAG),
        "confirmation": _MAY_FREE,
        "wrong": list_of(_FINDING),
        "digest": _TEXT,
        "carried": list_of(_CARRIED),
        **dict.fromkeys(("recipients", "uncounted", "window_s"), _COUNT),
        "channels": list_of(_DELIVERED),
        "followers": list_of(object_of(_FACTS)),
        "now": _TIME,
    }
)
_TEMPLATE = object_of(
    {
        **dict.fromkeys(("id", "title_ja", "title_en"), _TEXT),
        "kind": _KIND,
        "hazard": _HAZARD,
        "level": _LEVEL,
        **dict.fromkeys(("areas", "audiences", "variables"), list_of(_TEXT)),
        "asked": list_of(object_of({"id": _TEXT, "name_ja": _TEXT})),
    }
)
_STEP = object_of({**dict.fromkeys(("who", "act", "digest"), _TEXT), "at": _TIME, "known": _FREE})


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


_STANDS = _json("The message as it stands now", _WHOLE)
_ACTS = ("confirm", "submit", "approve", "reject", "cancel", "correct", "withdraw", "all-clear")

MESSAGE_ANSWERS: dict[tuple[str, str], Schema] = {
    ("GET", "message-templates"): _json(
        "Templates that can be used",
        object_of(
            {
                "mode": _MODE,
                "templates": list_of(_TEMPLATE),
                "audiences": list_of(object_of(dict.fromkeys(("id", "name_ja", "name_en"), _TEXT))),
            }
        ),
    ),
    ("GET", "messages"): _json(
        "Messages, newest first", object_of({"mode": _MODE, "now": _TIME, "messages": list_of(_LISTED)})
    ),
    ("GET", "messages/{message}"): _STANDS,
    ("GET", "messages/{message}/log"): _json("Every decision", object_of({"id": _TEXT, "steps": list_of(_STEP)})),
    ("POST", "messages"): _STANDS,
    ("POST", "messages/preview"): _json("What it would be; nothing was written down", _WHOLE),
    ("PUT", "messages/{message}"): _STANDS,
    **{("POST", f"messages/{{message}}/{act}"): _STANDS for act in _ACTS},
}


def _body(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_BY_LANGUAGE = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(LANGUAGES, _TEXT)}
_ONE_TEXT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "text"],
    "properties": {"subject": _TEXT, "text": _TEXT},
}
_TYPED = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys(LANGUAGES, _ONE_TEXT),
}
_CONTENT: Schema = {
    "values": {"type": "object", "additionalProperties": _BY_LANGUAGE},
    "texts": _TYPED,
    "area": _TEXT,
    "audiences": list_of(_TEXT),
}
_BEGIN = _body({"template": _TEXT, "episode": _MAY_TEXT, **_CONTENT}, ("template",))
_REASON = _body({"reason": _TEXT})
_FOLLOW = _body(_CONTENT)

MESSAGE_BODIES: dict[tuple[str, str], Schema] = {
    ("POST", "messages"): _BEGIN,
    ("POST", "messages/preview"): _BEGIN,
    ("PUT", "messages/{message}"): _body({"version": _COUNT, **_CONTENT}, ("version",)),
    ("POST", "messages/{message}/submit"): _body({}),
    ("POST", "messages/{message}/approve"): _body(
        {"digest": _TEXT, "recipients": _COUNT, "mode": _MODE, "override": _TEXT}, ("digest", "recipients", "mode")
    ),
    **{("POST", f"messages/{{message}}/{act}"): _REASON for act in ("confirm", "reject", "cancel")},
    **{("POST", f"messages/{{message}}/{act}"): _FOLLOW for act in ("correct", "withdraw", "all-clear")},
}
