"""LINE Messaging API: one text message to a list of people or to everybody who follows the town's account.

Facts (LINE Developers, Messaging API reference; line/line-openapi messaging-api.yml): ``X-Line-Retry-Key`` makes push,
multicast and broadcast idempotent for 24 hours if it is sent from the first attempt on; a repeat of what was accepted answers
409, which is success. 200 says accepted, not delivered. At most 500 ids a multicast, 5 000 characters a text. 429 is either the
rate, which passes, or the month's quota, which does not: the quota's own addresses tell which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from alerts.addresses import Resolver, system_resolver
from alerts.channel import Channel, ChannelSettings, Environment, recipient_digest, secret
from alerts.outgoing import Answer, ask
from core.errors import NotifyError
from store.alert_rows import NotificationRow

MOST_CHARS = 5_000
MOST_IDS = 500
_ID = re.compile(r"[UCR][0-9a-f]{32}")
_OFFICIAL = "https://api.line.me"


class LineSettings(ChannelSettings):
    """``token_env`` names the variable with the channel access token.

    Either ``to`` (user, group or room ids) or ``broadcast``. ``base_url`` is only for a stand-in inside the house, which needs
    ``allow_private``. ``timeout_s`` is for one exchange.
    """

    token_env: str
    to: tuple[str, ...] = ()
    broadcast: bool = False
    base_url: str = _OFFICIAL
    allow_private: bool = False
    timeout_s: float = Field(default=10.0, gt=0, le=30)

    @model_validator(mode="after")
    def _somebody(self) -> LineSettings:
        if bool(self.to) == self.broadcast:
            raise ValueError('exactly one of to = ["U…"] and broadcast = true is needed')
        for each in self.to:
            if not _ID.fullmatch(each):
                raise ValueError(f"{each[:40]!r} is not a LINE id: U, C or R and 32 hexadecimal digits")
        if len(set(self.to)) != len(self.to):
            raise ValueError("an id stands twice in to: they would be told twice")
        if self.base_url != _OFFICIAL and not self.allow_private:
            raise ValueError("another base_url than LINE's own needs allow_private = true")
        return self


def send(
    notification: NotificationRow,
    settings: LineSettings,
    environment: Environment,
    resolver: Resolver = system_resolver,
) -> str:
    """The request ids LINE gave; raises NotifyError, final where the month's quota is used up.

    People are told in parts of 500, each under a retry key of its own, so that a part that was accepted is not sent again. Where
    LINE takes the first parts only, who is in them is ``served``.
    """
    texts = [{"type": "text", "text": text_of(notification)}]
    accepted, served = [], set[str]()
    for key, kind, body in _requests(notification.id, settings):
        try:
            answer = _post(f"/v2/bot/message/{kind}", {**body, "messages": texts}, settings, environment, resolver, key)
            if not (answer.taken or answer.status == 409):
                raise _refused(answer, settings, environment, resolver)
        except NotifyError as error:
            error.served = frozenset(served)
            raise
        served |= {recipient_digest(notification, each) for each in _people(body)}
        accepted.append(answer.headers.get("x-line-accepted-request-id") or answer.headers.get("x-line-request-id", ""))
    return ", ".join(each or "accepted" for each in accepted)


def validate(
    notification: NotificationRow,
    settings: LineSettings,
    environment: Environment,
    resolver: Resolver = system_resolver,
) -> str | None:
    """What LINE finds wrong with a message before it is sent, None where nothing is. Raises NotifyError where it cannot say."""
    kind = "broadcast" if settings.broadcast else "multicast"
    body = {"messages": [{"type": "text", "text": text_of(notification)}]}
    answer = _post(f"/v2/bot/message/validate/{kind}", body, settings, environment, resolver, None)
    if answer.taken:
        return None
    if answer.retryable:
        raise NotifyError(f"LINE answered HTTP {answer.status}", retryable=True, retry_after=answer.retry_after_s)
    return _said(answer) or f"HTTP {answer.status}"


def count(settings: LineSettings, environment: Environment, resolver: Resolver = system_resolver) -> int | None:
    """How many people a message reaches; of a broadcast what LINE told last, None where it does not say."""
    if not settings.broadcast:
        return len(settings.to)
    try:
        answer = _get("/v2/bot/insight/followers", settings, environment, resolver)
    except NotifyError:
        return None
    found = _document(answer).get("targetedReaches")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def text_of(notification: NotificationRow) -> str:
    """The text of the bubble: Japanese, then English; cut visibly where it would be too long for LINE."""
    facts = notification.body
    parts = [facts["text_ja"], facts.get("text_easy", ""), facts.get("text_en", "")]
    text = "\n\n---\n".join(part for part in parts if part)
    return text if _units(text) <= MOST_CHARS else f"{_cut(text, MOST_CHARS - 1)}…"


def _units(text: str) -> int:
    """The length as LINE counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _requests(number: UUID, settings: LineSettings) -> Iterator[tuple[UUID, str, dict[str, Any]]]:
    if settings.broadcast:
        yield number, "broadcast", {}
    elif len(settings.to) == 1:
        yield number, "push", {"to": settings.to[0]}
    else:
        people = [each for each in settings.to if each.startswith("U")]
        for start in range(0, len(people), MOST_IDS):
            part = people[start : start + MOST_IDS]
            yield uuid5(number, f"multicast {start}"), "multicast", {"to": part}
        for each in settings.to:
            if not each.startswith("U"):  # a multicast reaches people only
                yield uuid5(number, each), "push", {"to": each}


def _people(body: dict[str, Any]) -> list[str]:
    """The ids a request names; none of a broadcast."""
    named = body.get("to", [])
    return [named] if isinstance(named, str) else list(named)


def _refused(answer: Answer, settings: LineSettings, environment: Environment, resolver: Resolver) -> NotifyError:
    said = _said(answer)
    told = f"LINE answered HTTP {answer.status}{f': {said}' if said else ''}"
    if answer.status == 429 and _used_up(settings, environment, resolver):
        return NotifyError(f"{told}; the quota of this month is used up", retryable=False, used_up=True)
    return NotifyError(told, retryable=answer.retryable, retry_after=answer.retry_after_s)


def _used_up(settings: LineSettings, environment: Environment, resolver: Resolver) -> bool:
    """Whether the month's quota is the reason; where LINE does not say, it is taken for the rate, which passes."""
    try:
        quota = _document(_get("/v2/bot/message/quota", settings, environment, resolver))
        used = _document(_get("/v2/bot/message/quota/consumption", settings, environment, resolver))
    except NotifyError:
        return False
    limit, total = quota.get("value"), used.get("totalUsage")
    return quota.get("type") == "limited" and isinstance(limit, int) and isinstance(total, int) and total >= limit


def _post(
    path: str,
    body: dict[str, Any],
    settings: LineSettings,
    environment: Environment,
    resolver: Resolver,
    retry_key: UUID | None,
) -> Answer:
    headers = _signed(settings, environment)
    if retry_key is not None:
        headers["X-Line-Retry-Key"] = str(retry_key)
    return ask(
        "POST",
        f"{settings.base_url}{path}",
        headers=headers,
        json=body,
        timeout_s=settings.timeout_s,
        allow_private=settings.allow_private,
        resolver=resolver,
    )


def _get(path: str, settings: LineSettings, environment: Environment, resolver: Resolver) -> Answer:
    return ask(
        "GET",
        f"{settings.base_url}{path}",
        headers=_signed(settings, environment),
        timeout_s=settings.timeout_s,
        allow_private=settings.allow_private,
        resolver=resolver,
    )


def _signed(settings: LineSettings, environment: Environment) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret(environment, settings.token_env)}"}


def _document(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(answer: Answer) -> str:
    """LINE's own words on what is wrong, on one line; never anything of our request."""
    told = _document(answer).get("message", "")
    return " ".join(told.split())[:200] if isinstance(told, str) else ""


CHANNEL = Channel(settings=LineSettings, send=send, recognises_repeats=True, count=count)
