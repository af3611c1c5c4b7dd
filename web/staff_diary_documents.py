"""What staff's answers about work diaries look like, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from maps.diary_papers import PAPERS
from web.documents import Schema, answer_of, list_of, object_of

_TEXT = {"type": "string"}
_MAY_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_DAY = {"type": "string", "format": "date"}

_SHORT: Schema = {
    **dict.fromkeys(("vehicle", "name", "name_en", "contractor"), _TEXT),
    "day": _DAY,
    "revision": _COUNT,
    "sealed": _FLAG,
    "digest": _MAY_TEXT,
    "previous": _MAY_TEXT,
    **dict.fromkeys(("made_at", "first_at", "last_at"), _MAY_TIME),
    "worked_m": {"type": "number"},
    "worked_s": _COUNT,
}
_BYTES = {"type": "string", "format": "binary"}
_PAPERS = {paper.media_type.partition(";")[0]: _BYTES for paper in PAPERS.values()}

DIARY_ANSWERS: dict[tuple[str, str], Schema] = {
    ("GET", "diaries"): answer_of(
        "Every vehicle's diary in short",
        **{"application/json": object_of({"day": _DAY, "over": _FLAG, "diaries": list_of(object_of(_SHORT))})},
    ),
    ("POST", "diaries"): answer_of(
        "The seals that stand now; new ones say so",
        **{"application/json": object_of({"day": _DAY, "diaries": list_of(object_of({**_SHORT, "new": _FLAG}))})},
    ),
    ("GET", "diaries/{vehicle}"): answer_of(
        "One diary, whole, or as a paper",
        **{"application/json": object_of({**_SHORT, "diary": {"type": "object"}}), **_PAPERS},
    ),
    ("GET", "papers/{sha256}"): answer_of(
        "The diary a paper was written of",
        **{"application/json": object_of({**_SHORT, "whole": _FLAG, "newest_revision": _COUNT})},
    ),
}

SEAL_BODY: Schema = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["day"],
                    "additionalProperties": False,
                    "properties": {"day": _DAY, "vehicle": _TEXT, "by": _TEXT},
                }
            }
        },
    }
}
