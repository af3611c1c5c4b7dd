"""Webhook: one JSON document by POST.

The body has the shape of Alertmanager's webhook (version 4), which many receivers read, and everything
else we know under ``yukimori``. ``Idempotency-Key`` is the notification's id and the same at each attempt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, model_validator

from alerts.addresses import Resolver, system_resolver
from alerts.channel import Channel, ChannelSettings, Environment, secret
from alerts.outgoing import ask, checked_url
from core.errors import NotifyError
from store.alert_rows import NotificationRow

_NEVER = "0001-01-01T00:00:00Z"


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
            checked_url(self.url, allow_private=self.allow_private)
        return self


def send(
    notification: NotificationRow,
    settings: WebhookSettings,
    environment: Environment,
    resolver: Resolver = system_resolver,
) -> str:
    """The status the receiver answered with; raises NotifyError where it did not take the message.

    Redirects are not followed, the answer's body is not shown, proxies of the environment are not used.
    """
    url = settings.url or secret(environment, settings.url_env or "")
    headers = {"Idempotency-Key": str(notification.id)}
    if settings.bearer_env is not None:
        headers["Authorization"] = f"Bearer {secret(environment, settings.bearer_env)}"
    answer = ask(
        "POST",
        url,
        headers=headers,
        json=body(notification),
        timeout_s=settings.timeout_s,
        allow_private=settings.allow_private,
        resolver=resolver,
    )
    if answer.taken:
        return f"HTTP {answer.status}"
    raise NotifyError(
        f"the webhook answered HTTP {answer.status}", retryable=answer.retryable, retry_after=answer.retry_after_s
    )


def body(notification: NotificationRow) -> dict[str, Any]:
    """The JSON document for a notification; a gathered one lists its alerts, the gravest of what is new first."""
    facts = notification.body
    head = _alert(facts["site"]["id"], facts, facts["text_ja"])
    others = [_alert(facts["site"]["id"], each, each["subject_ja"]) for each in facts.get("alerts", ())[1:]]
    alerts = [head, *others]
    labels, annotations = _common(alerts, "labels"), _common(alerts, "annotations")
    standing = facts.get("standing") is not None  # what goes on may be among those that were cut
    return {
        "version": "4",
        "groupKey": facts["group"]["key"] if "group" in facts else _instance(head["labels"]),
        "truncatedAlerts": facts.get("truncated", 0),
        "status": "firing" if standing or any(each["status"] == "firing" for each in alerts) else "resolved",
        "receiver": notification.channel,
        "groupLabels": {key: labels[key] for key in ("alertname", "station") if key in labels},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": alerts,
        "yukimori": {"id": str(notification.id), **facts},
    }


def _alert(site: str, facts: Mapping[str, Any], description: str) -> dict[str, Any]:
    labels = {
        "alertname": facts["rule"]["id"],
        "site": site,
        "station": facts["station"]["id"],
        "quantity": facts["quantity"]["id"],
        "severity": facts["level"],
    }
    target = facts.get("target") or ""
    if target not in ("", f"{labels['station']}/{labels['quantity']}"):
        labels["target"] = target  # several gauges as one: another pair may begin with the same station
    return {
        "status": facts["status"],
        "labels": labels,
        "annotations": {
            "summary": facts["subject_ja"],
            "description": description,
            "summary_en": facts["subject_en"],
        },
        "startsAt": facts["opened_at"],
        "endsAt": facts["closed_at"] or _NEVER,
        "generatorURL": "",
        "fingerprint": hashlib.sha256(_instance(labels).encode()).hexdigest()[:16],
    }


def _instance(labels: Mapping[str, str]) -> str:
    return "|".join(labels[key] for key in ("site", "alertname", "station", "quantity", "target") if key in labels)


def _common(alerts: Sequence[Mapping[str, Any]], member: str) -> dict[str, str]:
    """What all of them say alike."""
    first, *others = (each[member] for each in alerts)
    return {name: text for name, text in first.items() if all(each.get(name) == text for each in others)}


CHANNEL = Channel(settings=WebhookSettings, send=send, recognises_repeats=True)
