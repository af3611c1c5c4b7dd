"""Errors as answers: one table from error to status, one shape for all of them.

Problem details are those of RFC 9457 (``application/problem+json``). The text is for the caller and says
nothing about the inside; the id stands in the log beside what really happened. A browser that asks for
a page gets the same in words.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.errors import LayerError, StoreError, YukimoriError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[Exception], int] = {
    StoreError: 503,
    LayerError: 503,
    RequestValidationError: 422,
    YukimoriError: 500,
    Exception: 500,
}
"""The status of each error; the nearest class in the error's ancestry decides."""

_WORDS = {
    422: "A parameter does not fit.",
    500: "Something went wrong here. The id finds it in the log.",
    503: "The data cannot be read at the moment. Please try again shortly.",
}

_PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{status} {title}</title></head>
<body><main><h1>{status}</h1><p>{words_ja}</p><p lang="en">{title}. {detail}</p>
<p><a href="/">地図へ戻る</a> · <a href="/en/" lang="en">Back to the map</a></p><p><small>{id}</small></p></main></body></html>
"""

_WORDS_JA = {404: "お探しのページはありません。", 429: "アクセスが集中しています。少し待ってからお試しください。"}
_WORDS_JA_OTHER = "表示できません。少し待ってからお試しください。"


class Problem(HTTPException):
    """A refusal with words for the caller; ``detail`` never holds more than the caller sent.

    ``ja`` says the same to whoever reads a page in Japanese; it is given where a person at the console may meet the refusal.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, *, ja: str = "") -> None:
        super().__init__(status, detail, headers)
        self.ja = ja


def status_of(error: Exception) -> int:
    """The HTTP status of an error, by the table ``STATUS``."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_response(
    request: Request,
    status: int,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """The answer for one refusal: problem details, or a short page for a browser that asked for one.

    ``members`` are added to the details (RFC 9457 §3.2 extension members) or stand in their place.
    """
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "id": uuid4().hex,
        **(members or {}),
    }
    if _wants_page(request):
        words = _WORDS_JA.get(status, _WORDS_JA_OTHER)
        texts = {key: escape(str(value)) for key, value in body.items()}
        return Response(_PAGE.format(words_ja=words, **texts), status, _headers(headers), "text/html")
    return Response(json.dumps(body, ensure_ascii=False), status, _headers(headers), MEDIA_TYPE)


def on_http_error(request: Request, error: Exception) -> Response:
    """The answer to a refusal raised by a route or by routing itself (404, 405)."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    known = isinstance(error, Problem)
    members = {"detail_ja": error.ja} if isinstance(error, Problem) and error.ja else None
    return problem_response(request, error.status_code, error.detail if known else "", headers, members)


def on_error(request: Request, error: Exception) -> Response:
    """The answer to any other error: generic words, the cause only in the log."""
    status = status_of(error)
    headers = {"Retry-After": "5"} if status == 503 else None
    identity = uuid4().hex
    if status >= 500:
        trace = error if status == 500 else None
        log.error("%r failed (id %s): %s", request.scope["path"], identity, error, exc_info=trace)
    return problem_response(request, status, _WORDS.get(status, ""), headers, {"id": identity})


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/api/")


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    return {"Cache-Control": "no-store", **(given or {})}
