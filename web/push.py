"""Web Push for residents: which channels there are, and browsers that ask to be told or no more. No name is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from alerts.channels.webpush import WebPushSettings, names_a_service, unpadded
from alerts.settings import channel_settings
from config.model import Site
from store.subscriptions import Subscription
from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of
from web.doors import Limiter, refuse_haste
from web.json_body import members_of
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload
from web.problems import Problem
from web.staff_wishes import bounded_body

CACHE = "public, max-age=300"
BODY_BYTES = 4_096
MOST_SUBSCRIPTIONS = 50_000
_ASKS_PER_S, _ASKS_AT_ONCE = 0.1, 10
_POINT_BYTES, _SECRET_BYTES = 65, 16
_LANGUAGES = ("ja", "easy", "en")

_TEXT: Schema = {"type": "string"}
_CHANNELS = object_of(
    {"channels": list_of(object_of(dict.fromkeys(("channel", "name_ja", "name_en", "public_key"), _TEXT)))}
)
_KEYS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["p256dh", "auth"],
    "properties": dict.fromkeys(("p256dh", "auth"), _TEXT),
}


def _body(required: tuple[str, ...], **properties: Schema) -> Schema:
    schema = {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_ASK = _body(
    ("channel", "endpoint", "keys"), channel=_TEXT, endpoint=_TEXT, keys=_KEYS, language={"enum": list(_LANGUAGES)}
)
_LEAVE = _body(("channel", "endpoint"), channel=_TEXT, endpoint=_TEXT)


async def read_body(request: Request) -> bytes:
    """The body, at most as long as a subscription may be (413 beyond)."""
    return await bounded_body(request, BODY_BYTES)


def add_push(app: FastAPI, parts: Parts) -> None:
    """Adds ``/api/push`` and ``/api/push/subscriptions``."""
    push = Push(parts)
    nothing = {204: {"description": "Done"}, **PROBLEMS}
    listed = {200: answer_of("Channels a browser can ask for", **{"application/json": _CHANNELS}), **PROBLEMS}
    routes: tuple[tuple[str, str, Any, Mapping[int | str, Schema], Schema | None], ...] = (
        ("GET", "", push.channels, listed, None),
        ("POST", "/subscriptions", push.ask, nothing, _ASK),
        ("DELETE", "/subscriptions", push.leave, nothing, _LEAVE),
    )
    for method, name, endpoint, responses, extra in routes:
        app.add_api_route(
            f"/api/push{name}",
            endpoint,
            methods=[method],
            dependencies=[Depends(only_known)],
            response_class=Response,
            status_code=200 if method == "GET" else 204,
            responses=dict(responses),
            openapi_extra=extra,
        )


def push_channels(site: Site) -> dict[str, tuple[WebPushSettings, str, str]]:
    """The channels residents' browsers may ask for: settings and the audience's names, by channel."""
    known = {channel.id: channel for channel in site.channels if channel.kind == "webpush"}
    found: dict[str, tuple[WebPushSettings, str, str]] = {}
    for audience in site.people.audiences:
        for name in audience.channels if audience.residents and audience.exercise is site.exercise else ():
            if name in known:
                settings = channel_settings("webpush", known[name].settings)
                assert isinstance(settings, WebPushSettings)
                found[name] = (settings, audience.name_ja, audience.name_en)
    return found


class Push:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._channels = push_channels(parts.site)
        self._asks = Limiter(_ASKS_PER_S, _ASKS_AT_ONCE)

    def channels(self, request: Request) -> Response:
        """What a browser can be told of, each with the key it has to ask with."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))
        shown = [
            {"channel": name, "name_ja": ja, "name_en": en, "public_key": settings.public_key}
            for name, (settings, ja, en) in self._channels.items()
        ]
        return answer(request, json_payload({"channels": shown}), CACHE)

    def ask(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """A browser asks to be told; the same browser asking again changes its keys and language."""
        parts, members = self._parts, self._read(request, body, ("channel", "endpoint", "keys", "language"))
        channel, settings = self._channel(members)
        subscription = _subscription(members, settings)
        store, site = parts.store.subscriptions, parts.registry.site
        if store.count(site, channel) >= MOST_SUBSCRIPTIONS:
            raise Problem(503, "So many browsers have asked that no more can be taken.")
        store.add(site, channel, subscription, parts.clock())
        return Response(status_code=204)

    def leave(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """A browser asks to be told no more; one that was not known is told the same."""
        members = self._read(request, body, ("channel", "endpoint"))
        channel, _ = self._channel(members)
        endpoint = members.get("endpoint")
        if isinstance(endpoint, str) and endpoint.isascii():
            self._parts.store.subscriptions.remove(self._parts.registry.site, channel, endpoint)
        return Response(status_code=204)

    def _read(self, request: Request, body: bytes, known: tuple[str, ...]) -> dict[str, Any]:
        refuse_haste(self._asks, self._parts.doors.address(request))
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Problem(403, "A browser asks for itself, from a page of this site.")
        members = members_of(body, BODY_BYTES)
        for name in members:
            if name not in known:
                raise Problem(400, f"Unknown member {name[:40]!r}. Known here: {', '.join(known)}.")
        return members

    def _channel(self, members: Mapping[str, Any]) -> tuple[str, WebPushSettings]:
        channel = members.get("channel")
        found = self._channels.get(channel) if isinstance(channel, str) else None
        if found is None:
            raise Problem(422, "There is no such channel; GET /api/push lists them.")
        return str(channel), found[0]


def _subscription(members: Mapping[str, Any], settings: WebPushSettings) -> Subscription:
    endpoint, keys, language = members.get("endpoint"), members.get("keys"), members.get("language", "ja")
    if not isinstance(endpoint, str) or not endpoint.isascii() or not endpoint.isprintable() or len(endpoint) > 2_000:
        raise Problem(400, "Member 'endpoint' is an address of at most 2000 characters.")
    if not names_a_service(endpoint, settings.services):
        raise Problem(422, "The endpoint is not at a push service known here.")
    if not isinstance(keys, dict) or set(keys) != {"p256dh", "auth"}:
        raise Problem(400, "Member 'keys' holds 'p256dh' and 'auth'.")
    if language not in _LANGUAGES:
        raise Problem(400, f"Member 'language' is one of {', '.join(_LANGUAGES)}.")
    point, secret = _key(keys["p256dh"], "p256dh", _POINT_BYTES), _key(keys["auth"], "auth", _SECRET_BYTES)
    return Subscription(0, endpoint, point, secret, language)


def _key(text: object, name: str, length: int) -> bytes:
    try:
        found = unpadded(text) if isinstance(text, str) and len(text) < 200 else b""
    except ValueError:
        found = b""
    if len(found) != length:
        raise Problem(400, f"Key {name!r} is {length} bytes as base64url.")
    return found
