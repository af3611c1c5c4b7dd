"""What the console's reading interface answers, for its machine-readable description."""

from __future__ import annotations

from core.watchdog import HOPS
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": ["number", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAY_TEXT = {"type": ["string", "null"]}
_LEVEL = {"enum": ["normal", "standby", "caution", "warning", "danger"]}
_MAY_OBJECT = {"type": ["object", "null"]}

_TOLD = object_of(
    {
        **dict.fromkeys(("audience", "audience_ja", "audience_en", "channel", "channel_kind"), _TEXT),
        "resident": _FLAG,
        **dict.fromkeys(("queued", "delivered", "dead"), _COUNT),
        "last_at": _TIME,
    }
)
_EPISODE = object_of(
    {
        **dict.fromkeys(
            ("id", "rule", "station", "quantity", "title_ja", "title_en", "unit", "kind", "signal_unit"), _TEXT
        ),
        "level": _LEVEL,
        "highest": _LEVEL,
        **dict.fromkeys(("value", "peak"), _NUMBER),
        "decimals": _COUNT,
        **dict.fromkeys(("stale", "recovering", "unconfirmed", "health", "forecast", "shadow", "falling"), _FLAG),
        **dict.fromkeys(("opened_at", "detected_at"), _TIME),
        "closed_at": _MAY_TIME,
        "outcome": _MAY_TEXT,
        **dict.fromkeys(("place", "present", "trend", "proposes", "ack", "silence", "next_call"), _MAY_OBJECT),
        "others": list_of({"type": "object"}),
        "told": list_of(_TOLD),
    }
)
_COUNTS = object_of(dict.fromkeys(("danger", "warning", "caution", "standby", "stale", "unanswered"), _COUNT))
_ENTRY = object_of(
    {"entry": {"enum": ["step", "telling", "message", "answer"]}, "kind": _TEXT, "known_at": _TIME}, ("kind",)
)
_PROCESS = object_of({**dict.fromkeys(("process", "member"), _TEXT), "beat_at": _TIME, "silent": _FLAG})
_CHANNEL = object_of(
    {
        **dict.fromkeys(("channel", "kind"), _TEXT),
        **dict.fromkeys(("waiting", "retrying", "dead", "delivered"), _COUNT),
        **dict.fromkeys(("oldest_at", "delivered_at", "not_before"), _MAY_TIME),
        "breaker": {"enum": ["closed", "open", "half-open"]},
        "reason": _TEXT,
    }
)
_HOP = object_of({"hop": {"enum": list(HOPS)}, "at": _MAY_TIME, "cut": _FLAG})


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


CONSOLE_ANSWERS: dict[str, Schema] = {
    "episodes": _json(
        "Episodes, the gravest first", object_of({"exercise": _FLAG, "counts": _COUNTS, "episodes": list_of(_EPISODE)})
    ),
    "episodes/{episode}": _json(
        "One episode and its course", object_of({"episode": _EPISODE, "entries": list_of(_ENTRY)})
    ),
    "known": _json(
        "What was known at an instant",
        object_of(
            {
                "at": _TIME,
                "not_evaluated": _MAY_OBJECT,
                "counts": _COUNTS,
                "episodes": list_of(_EPISODE),
                "stations": {"type": "object"},
            }
        ),
    ),
    "health": _json(
        "How the system is",
        object_of(
            {
                "read_at": _MAY_TIME,
                "data_stale": _FLAG,
                "processes": list_of(_PROCESS),
                "channels": list_of(_CHANNEL),
                "watchdog": list_of(_HOP),
                "quarantine": {"type": "object", "additionalProperties": _COUNT},
                **dict.fromkeys(("incidents", "missing_messages", "troubles"), _COUNT),
            }
        ),
    ),
}
