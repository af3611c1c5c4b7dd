"""Webhook: one JSON document by POST.

The body has the shape of Alertmanager's webhook (version 4), which many receivers read, and everything
else we know under ``yukimori``. ``Idempotency-Key`` is the notification's id and the same at each attempt.
"""

from __future__ import annotations

import hashlib
import ssl
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from pydantic import Field, model_validator

from alerts.addresses import Address, Resolver, checked_addresses, system_resolver
from alerts.channel import Channel, ChannelSettings, Environment, secret
from alerts.cutoff import Cutoff
from core.errors import NotifyError
from store.rows import NotificationRow

_NEVER = "0001-01-01T00:00:00Z"
_RETRYABLE = frozenset({408, 425, 429})


class WebhookSettings(ChannelSettings):
    """``url`` or, where the address itself is a secret, ``url_env``; ``bearer_env`` names the token's variable.

    ``timeout_s`` is for the whole exchange. Plain http and addresses inside a private network need ``allow_private = true``.
    """

    url: str | None = None
    url_env: str | None = None
    bearer_env: str | None = None
    allow_private: bool = False
    timeout_s: float = Field(default=10.0, gt=0, le=30)

    @model_validator(mode="after")
    def _one_address(self) -> WebhookSettings:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("exactly one of url and url_env is needed")
        if self.url is not None:
            _split(self.url, allow_private=self.allow_private)
        return self


def send(
    notification: NotificationRow,
    settings: WebhookSettings,
    environment: Environment,
    resolver: Resolver = system_resolver,
) -> str:
    """The status the receiver answered with; raises NotifyError where it did not take the message.

    Redirects are not followed, the answer's body is not read, proxies of the environment are not used.
    """
    url = settings.url or secret(environment, settings.url_env or "")
    try:
        parts = _split(url, allow_private=settings.allow_private)
    except ValueError as error:
        raise NotifyError(f"the address of the webhook is not usable: {error}", retryable=False) from error
    headers = {"Idempotency-Key": str(notification.id), "User-Agent": "Yukimori"}
    if settings.bearer_env is not None:
        headers["Authorization"] = f"Bearer {secret(environment, settings.bearer_env)}"
    status, retry_after = _post(parts, headers, body(notification), settings, resolver)
    if 200 <= status < 300:
        return f"HTTP {status}"
    raise NotifyError(
        f"{parts.hostname} answered HTTP {status}",
        retryable=status in _RETRYABLE or status >= 500,
        retry_after=retry_after,
    )


def body(notification: NotificationRow) -> dict[str, Any]:
    """The JSON document for a notification."""
    facts = notification.body
    labels = {
        "alertname": facts["rule"]["id"],
        "site": facts["site"]["id"],
        "station": facts["station"]["id"],
        "quantity": facts["quantity"]["id"],
        "severity": facts["level"],
    }
    annotations = {"summary": facts["subject_ja"], "description": facts["text_ja"], "summary_en": facts["subject_en"]}
    instance = "|".join(labels[key] for key in ("site", "alertname", "station", "quantity"))
    alert = {
        "status": facts["status"],
        "labels": labels,
        "annotations": annotations,
        "startsAt": facts["opened_at"],
        "endsAt": facts["closed_at"] or _NEVER,
        "generatorURL": "",
        "fingerprint": hashlib.sha256(instance.encode()).hexdigest()[:16],
    }
    return {
        "version": "4",
        "groupKey": instance,
        "truncatedAlerts": 0,
        "status": facts["status"],
        "receiver": notification.channel,
        "groupLabels": {key: labels[key] for key in ("alertname", "station")},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [alert],
        "yukimori": {"id": str(notification.id), **facts},
    }


def _split(url: str, *, allow_private: bool) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("url has to begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url must not hold a password; use bearer_env or url_env")
    if parts.scheme == "http" and not allow_private:
        raise ValueError("plain http sends the message readable by anyone; use https, or allow_private = true inside")
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("url has a port that is no port number") from error
    return parts


def _post(
    parts: SplitResult, headers: dict[str, str], document: dict[str, Any], settings: WebhookSettings, resolver: Resolver
) -> tuple[int, float | None]:
    """Status and Retry-After of the first address that takes the connection; no other address is ever used."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    *others, last = checked_addresses(host, port, allow_private=settings.allow_private, resolver=resolver)
    # The system's trust store, so that a town's own authority counts; httpx would bring a list of its own.
    trust = ssl.create_default_context()
    with (
        Cutoff(settings.timeout_s) as cutoff,
        httpx.Client(timeout=settings.timeout_s, follow_redirects=False, trust_env=False, verify=trust) as client,
    ):

        def ask(address: Address) -> tuple[int, float | None]:
            numeric = f"[{address}]" if address.version == 6 else str(address)
            url = parts._replace(netloc=f"{numeric}:{port}", fragment="").geturl()
            extensions = {"sni_hostname": host, "trace": _watcher(cutoff)}
            with client.stream(
                "POST", url, json=document, headers={**headers, "Host": parts.netloc}, extensions=extensions
            ) as response:
                return response.status_code, _retry_after(response.headers)

        try:
            for address in others:
                with suppress(httpx.ConnectError):
                    return ask(address)
            return ask(last)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = "no answer in time" if cutoff.passed else (str(error) or type(error).__name__)
            raise NotifyError(f"{host} could not be reached: {said}", retryable=True) from error


def _watcher(cutoff: Cutoff) -> Any:
    def trace(event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            cutoff.watch(info["return_value"].get_extra_info("socket"))

    return trace


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds the receiver asks to wait (RFC 9110 §10.2.3: a number, or a date against its own clock)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None


CHANNEL = Channel(settings=WebhookSettings, send=send)
