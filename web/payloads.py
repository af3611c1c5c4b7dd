"""Bytes ready to send: body, its gzip form, its tag; and the answer a request deserves for them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

SMALLEST_COMPRESSED = 1024

_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/javascript",
    "application/atom+xml",
    "application/cap+xml",
    "image/svg+xml",
)


class Payload:
    """One answer's bytes, made once and shared by all who ask; compressed when first needed.

    ``tag`` distinguishes contents; without one it is the hash of the body.
    """

    def __init__(self, body: bytes, media_type: str, tag: str | None = None) -> None:
        self.body = body
        self.media_type = media_type
        self.etag = f'W/"{tag or hashlib.sha256(body).hexdigest()[:20]}"'

    @property
    def compressible(self) -> bool:
        """Whether gzip is worth its time."""
        return len(self.body) >= SMALLEST_COMPRESSED and self.media_type.startswith(_COMPRESSIBLE)

    @cached_property
    def compressed(self) -> bytes:
        """The body in gzip form; the same input gives the same bytes."""
        return gzip.compress(self.body, compresslevel=6, mtime=0)


def json_payload(content: Any, media_type: str = "application/json", tag: str | None = None) -> Payload:
    """``content`` as compact JSON; a number that is not finite is a mistake and raises ValueError."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Payload(text.encode(), media_type, tag)


def answer(
    request: Request, payload: Payload, cache_control: str, headers: Mapping[str, str] | None = None
) -> Response:
    """304 to whom has it already, gzip to whom takes it, else the plain body."""
    fields = {"ETag": payload.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding", **(headers or {})}
    if has_it(request, payload.etag):
        return Response(status_code=304, headers=fields)
    if payload.compressible and takes_gzip(request.headers.get("accept-encoding", "")):
        fields["Content-Encoding"] = "gzip"
        return Response(payload.compressed, headers=fields, media_type=payload.media_type)
    return Response(payload.body, headers=fields, media_type=payload.media_type)


def has_it(request: Request, etag: str) -> bool:
    """Whether ``If-None-Match`` names this tag (weak comparison, RFC 9110 §13.1.2)."""
    known = request.headers.get("if-none-match")
    if known is None:
        return False
    tags = {part.strip().removeprefix("W/") for part in known.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` field takes gzip with a weight above zero (RFC 9110 §12.5.3)."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip() == "gzip":
            return weight.strip().removeprefix("q=").strip("0. ") != "" or not weight.strip()
    return False
