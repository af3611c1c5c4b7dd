"""Web Push: a sealed message to every browser that asked to be told.

The push service of the browser's maker carries it and cannot read it (RFC 8291, aes128gcm); we show who we are by VAPID
(RFC 8292). ``TTL`` and ``Urgency`` are always sent, ``Topic`` lets a newer message replace one that still waits (RFC 8030). A
subscription that is gone (404, 410) is forgotten. The browser shows a message of the same id once, so a repeat is seen by nobody.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pydantic import Field, field_validator

from alerts.addresses import Resolver, system_resolver
from alerts.channel import Book, Channel, ChannelSettings, Environment, Sent, recipient_digest, secret
from alerts.outgoing import ask
from core.errors import NotifyError
from core.levels import Level
from store.alert_rows import NotificationRow
from store.subscriptions import Subscription

SERVICES = ("fcm.googleapis.com", "updates.push.services.mozilla.com", "push.apple.com", "notify.windows.com")
"""The push services of the browsers in use; a subscription names its own, and no other host is asked."""

MOST_BYTES = 3_000
"""A push service takes 4 096 bytes sealed (RFC 8030 §7.2); what is readable has to be shorter."""

AT_ONCE = 16
_GONE = (404, 410)
_TOKEN_LASTS_S = 12 * 3600


class WebPushSettings(ChannelSettings):
    """``public_key`` is given to browsers, ``private_key_env`` names the variable with the other half (``yukimori push-key``).

    ``contact`` is how a push service reaches the town (mailto:). ``services`` are the hosts subscriptions may name, with
    what lies below them. ``ttl_s`` is how long a message waits for a browser that is off. ``timeout_s`` is for one of them.
    """

    public_key: str
    private_key_env: str
    contact: str = Field(pattern=r"^mailto:[^@\s]+@[^@\s]+$")
    services: tuple[str, ...] = SERVICES
    ttl_s: int = Field(default=3600, ge=0, le=24 * 3600)
    allow_private: bool = False
    timeout_s: float = Field(default=10.0, gt=0, le=30)

    @field_validator("public_key")
    @classmethod
    def _point(cls, key: str) -> str:
        try:
            point = unpadded(key)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise ValueError("public_key is not a P-256 key; make a pair with: yukimori push-key") from error
        return key


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one browser's message; ``error`` None where it was taken or the browser is gone."""

    subscription: Subscription
    gone: bool = False
    error: NotifyError | None = None


def send(notification: NotificationRow, settings: WebPushSettings, environment: Environment) -> str:  # noqa: ARG001
    """There is nobody to send to without the book of subscriptions; raises NotifyError."""
    raise NotifyError("browsers are told by the book of subscriptions only", retryable=False)


def send_by_book(
    notification: NotificationRow,
    settings: WebPushSettings,
    environment: Environment,
    served: frozenset[str],
    book: Book,
    resolver: Resolver = system_resolver,
) -> Sent:
    """How many browsers took it. Raises NotifyError naming those ``served`` where others are to be tried again, and a final one
    where every browser's service refused it for good: then it has to go another way.
    """
    signer = _signer(settings, environment)
    waiting = [each for each in book.of(notification.channel) if _digest(notification, each) not in served]

    def tell(subscription: Subscription) -> _Result:
        return _tell(notification, subscription, settings, signer, resolver)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webpush") as pool:
        results = list(pool.map(tell, waiting))
    book.gone([result.subscription.number for result in results if result.gone])
    told = (each for each in results if each.error is None and not each.gone)
    taken = served | {_digest(notification, each.subscription) for each in told}
    again = [result.error for result in results if result.error is not None and result.error.retryable]
    refused = [result.error for result in results if result.error is not None and not result.error.retryable]
    if again:
        waits = [error.retry_after for error in again if error.retry_after is not None]
        raise NotifyError(
            f"{len(again)} of {len(results)} browsers could not be told yet: {again[0]}",
            retryable=True,
            retry_after=max(waits, default=None),
            served=frozenset(taken),
        )
    if refused and not taken:
        raise NotifyError(f"all of {len(refused)} browsers were refused for good: {refused[0]}", retryable=False)
    remark = f"{len(refused)} refused for good: {refused[0]}" if refused else ""
    return Sent(f"{len(taken)} browsers", remark)


def count(settings: WebPushSettings, environment: Environment, channel: str, book: Book) -> int:  # noqa: ARG001
    """How many browsers asked to be told."""
    return len(book.of(channel))


def make_keys(numbers: Callable[[int], bytes] = os.urandom) -> tuple[str, str]:
    """A new pair: the private half (32 bytes) and the public one (an uncompressed point), both base64url without padding."""
    while True:
        raw = numbers(32)
        try:
            key = ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
        except ValueError:
            continue
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return padded_off(raw), padded_off(point)


def message(notification: NotificationRow, language: str) -> bytes:
    """What the browser shows, as JSON of at most ``MOST_BYTES``: the rest stands on the page it opens."""
    facts = notification.body
    tongue = "en" if language == "en" else "ja"
    shown = {
        "id": str(notification.id),
        "tag": _topic(notification),
        "title": facts.get(f"subject_{tongue}") or facts["subject_ja"],
        "text": facts.get(f"text_{language}") or facts.get(f"text_{tongue}") or facts["text_ja"],
        "level": notification.level.slug,
        "exercise": bool(facts.get("exercise", False)),
        "at": notification.queued_at.isoformat(),
    }
    while len(sealed := json.dumps(shown, ensure_ascii=False).encode()) > MOST_BYTES:
        over = len(sealed) - MOST_BYTES
        part = "text" if len(shown["text"]) > 1 else "title"
        shown[part] = f"{shown[part][: -max(2, over // 3 + 2)]}…"
    return sealed


def names_a_service(endpoint: str, services: Iterable[str]) -> bool:
    """Whether an address belongs to a known push service, over https."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        plain = parts.username is None and parts.password is None and parts.port in (None, 443)
    except ValueError:
        return False
    known = any(host == service or host.endswith(f".{service}") for service in services)
    return parts.scheme == "https" and plain and known


def unpadded(text: str) -> bytes:
    """The bytes of base64url with or without padding; raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def padded_off(content: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signer(settings: WebPushSettings, environment: Environment) -> Vapid02:
    """The key that signs; raises a final NotifyError where it is none, or not the other half of the public one."""
    try:
        signer = Vapid02.from_string(secret(environment, settings.private_key_env))
        point = signer.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotifyError(
            f"{settings.private_key_env} holds no key", retryable=False, hint="make a pair with: yukimori push-key"
        ) from error
    if point != unpadded(settings.public_key):
        raise NotifyError(
            f"{settings.private_key_env} is not the other half of public_key",
            retryable=False,
            hint="both halves come from one yukimori push-key",
        )
    return signer


def _tell(
    notification: NotificationRow,
    subscription: Subscription,
    settings: WebPushSettings,
    signer: Vapid02,
    resolver: Resolver,
) -> _Result:
    try:
        answer = ask(
            "POST",
            subscription.endpoint,
            headers=_headers(notification, subscription, settings, signer),
            content=_sealed(message(notification, subscription.language), subscription),
            timeout_s=settings.timeout_s,
            allow_private=settings.allow_private,
            resolver=resolver,
        )
    except NotifyError as error:
        return _Result(subscription, error=error)
    except ValueError:
        return _Result(subscription, gone=True)  # keys nobody can seal with
    if answer.taken or answer.status in _GONE:
        return _Result(subscription, gone=answer.status in _GONE)
    told = NotifyError(
        f"the push service answered HTTP {answer.status}", retryable=answer.retryable, retry_after=answer.retry_after_s
    )
    return _Result(subscription, error=told)


def _headers(
    notification: NotificationRow, subscription: Subscription, settings: WebPushSettings, signer: Vapid02
) -> dict[str, str]:
    parts = urlsplit(subscription.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": settings.contact,
        "exp": int(notification.queued_at.timestamp()) + _TOKEN_LASTS_S,
    }
    signed: dict[str, str] = signer.sign(claims)
    return {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(settings.ttl_s),
        "Urgency": "high" if notification.level >= Level.WARNING else "normal",
        "Topic": _topic(notification),
    }


def _topic(notification: NotificationRow) -> str:
    """What messages of one thread have in common: at most 32 characters of base64url (RFC 8030 §5.4)."""
    thread = notification.thread or str(notification.episode or notification.id)
    return padded_off(hashlib.sha256(thread.encode()).digest()[:21])


def _sealed(content: bytes, subscription: Subscription) -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    sealed: Any = http_ece.encrypt(
        content, private_key=own, dh=subscription.p256dh, auth_secret=subscription.auth, version="aes128gcm"
    )
    return bytes(sealed)


def _digest(notification: NotificationRow, subscription: Subscription) -> str:
    return recipient_digest(notification, subscription.endpoint)


CHANNEL = Channel(
    settings=WebPushSettings, send=send, send_by_book=send_by_book, count_by_book=count, recognises_repeats=True
)
