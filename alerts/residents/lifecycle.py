"""The life of a message as pure functions: a message and an act in, the message after it or a refusal out.

Nothing here reads a clock or a store. Each function raises RefusedError where the act is not allowed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from alerts.residents.deadlines import CANCEL_WINDOW, DANGER_VALID, is_due, left_over, too_soon
from alerts.residents.refusal import STATES_JA, RefusedError
from config.message_plan import MessageTemplate
from core.levels import Level
from core.resident_messages import (
    LANGUAGES,
    Approval,
    Confirmation,
    MessageState,
    Mode,
    ResidentMessage,
    Signature,
    Texts,
    Values,
)
from core.resident_words import Finding

Counts = Mapping[str, int | None]
"""How many people each channel reaches; None where nobody can count them (a sign, a siren)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a person writes: values of variables, texts typed by hand, for whom; ``texts`` are complete."""

    values: Values
    texts: Texts
    typed: tuple[str, ...]
    area: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What an approver had before their eyes."""

    digest: str
    recipients: int
    mode: Mode


def digest(message: ResidentMessage, channels: Iterable[str]) -> str:
    """SHA-256 (hex) of everything residents get and who they are; the same for the same content, whatever its state."""
    content = {
        "id": str(message.id),
        "mode": message.mode.value,
        "kind": message.kind.value,
        "refers_to": str(message.refers_to or ""),
        "hazard": message.hazard.value,
        "area": message.area,
        "level": message.level.slug,
        "audiences": sorted(message.audiences),
        "channels": sorted(channels),
        "texts": {language: [message.texts[language].subject, message.texts[language].text] for language in LANGUAGES},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def total(counts: Counts) -> int:
    """How many people are reached by what can be counted."""
    return sum(count or 0 for count in counts.values())


def edit(message: ResidentMessage, content: Content, by: Signature) -> ResidentMessage:
    """The message with other content: a draft again, whatever was submitted or approved before."""
    _open(message, (MessageState.DRAFT, MessageState.SUBMITTED, MessageState.APPROVED))
    return replace(
        _as_draft(message),
        values=content.values,
        texts=content.texts,
        typed=content.typed,
        area=content.area,
        audiences=content.audiences,
        hands=_with_hand(message, by),
    )


def confirm(message: ResidentMessage, reason: str, by: Signature) -> ResidentMessage:
    """The message with a person's word that the doubtful fact it stands on is true."""
    _open(message, (MessageState.DRAFT, MessageState.SUBMITTED))
    if not reason:
        raise RefusedError("reason", "確認した方法を書いてください。", "Say how it was confirmed.")
    return replace(message, confirmation=Confirmation(by=by, reason=reason), version=message.version + 1)


def submit(message: ResidentMessage, wrong: list[Finding], by: Signature, *, unconfirmed: bool) -> ResidentMessage:
    """The message as handed to an approver; ``wrong`` is what is wrong with its texts."""
    _open(message, (MessageState.DRAFT,))
    _check(message, wrong, unconfirmed=unconfirmed)
    return replace(
        message,
        state=MessageState.SUBMITTED,
        submitted=by,
        hands=_with_hand(message, by),
        note="",
        version=message.version + 1,
    )


def approve(
    message: ResidentMessage,
    template: MessageTemplate,
    seen: Seen,
    counts: Counts,
    recent: ResidentMessage | None,
    by: Signature,
    *,
    wrong: list[Finding],
    unconfirmed: bool,
    override: str = "",
) -> ResidentMessage:
    """The message as it will go out when its cancel window is over.

    ``counts`` are the people of each channel now, ``recent`` the newest message of the same area and hazard that was
    approved or went out.
    """
    _open(message, (MessageState.SUBMITTED,))
    if by.account in message.hands:
        raise RefusedError(
            "own_message",
            "自分が書いたお知らせは承認できません。別の承認者に頼んでください。",
            "Whoever wrote a message cannot approve it: another approver has to.",
        )
    if left_over(message, by.at):
        raise RefusedError(
            "left_over",
            "作成から24時間を過ぎた文案です。いまの状況で書き直してください。",
            "It was begun more than 24 hours ago. Write it anew as things stand now.",
        )
    _check(message, wrong, unconfirmed=unconfirmed)
    _check_seen(message, seen, counts)
    _check_apart(message, recent, by.at, override)
    danger = message.level >= Level.DANGER
    send_at = by.at if danger else by.at + CANCEL_WINDOW
    valid = min(template.valid_for, DANGER_VALID) if danger else template.valid_for
    approval = Approval(by=by, digest=seen.digest, recipients=dict(counts), override=override)
    return replace(
        message,
        state=MessageState.APPROVED,
        approval=approval,
        send_at=send_at,
        until=send_at + valid,
        version=message.version + 1,
    )


def reject(message: ResidentMessage, reason: str) -> ResidentMessage:
    """The message handed back to whoever writes, with the reason."""
    _open(message, (MessageState.SUBMITTED,))
    if not reason:
        raise RefusedError("reason", "差し戻す理由を書いてください。", "Say why it is handed back.")
    return replace(_as_draft(message), note=reason)


def cancel(message: ResidentMessage, reason: str, at: datetime) -> ResidentMessage:
    """The message as given up before anything went out."""
    if message.state is MessageState.QUEUED:
        raise RefusedError(
            "gone",
            "もう送信が始まっています。取消または訂正のお知らせを送ってください。",
            "It is on its way already: send a withdrawal or a correction.",
        )
    _open(message, (MessageState.DRAFT, MessageState.SUBMITTED, MessageState.APPROVED))
    return replace(
        message, state=MessageState.CANCELLED, ended_at=at, note=reason, approval=None, version=message.version + 1
    )


def queue(message: ResidentMessage, channels: tuple[str, ...], now: datetime) -> ResidentMessage:
    """The message as it is in the outbox; what it was approved as is checked once more."""
    approval = message.approval
    if message.state is not MessageState.APPROVED or approval is None or not is_due(message, now):
        raise RefusedError("not_due", "まだ送信できません。", "It is not due.")
    if digest(message, channels) != approval.digest or approval.by.account in message.hands:
        raise RefusedError(
            "changed", "承認したときと内容または送り先が違います。", "It is not what was approved, or goes elsewhere."
        )
    return replace(message, state=MessageState.QUEUED, ended_at=now, version=message.version + 1)


def expire(message: ResidentMessage, why: str, now: datetime) -> ResidentMessage:
    """The approved message as it will never be sent."""
    _open(message, (MessageState.APPROVED,))
    return replace(message, state=MessageState.EXPIRED, ended_at=now, note=why, version=message.version + 1)


def _check(message: ResidentMessage, wrong: list[Finding], *, unconfirmed: bool) -> None:
    if wrong:
        raise RefusedError(wrong[0].code, " ".join(one.ja for one in wrong[:5]), " ".join(one.en for one in wrong[:5]))
    if not message.audiences:
        raise RefusedError("nobody", "送り先がありません。", "It goes to nobody.")
    if (unconfirmed or message.unconfirmed) and message.confirmation is None:
        raise RefusedError(
            "unconfirmed",
            "元の警報は未確認です。現地などで確かめ、確認した方法を書いてください。",
            "The alert it stands on is unconfirmed: a person has to confirm it first, and say how.",
        )


def _check_seen(message: ResidentMessage, seen: Seen, counts: Counts) -> None:
    if seen.mode is not message.mode:
        raise RefusedError(
            "mode", "本番と訓練が違います。画面を確かめてください。", "Live or exercise: it is not the mode you think."
        )
    if not counts or (None not in counts.values() and total(counts) == 0):
        raise RefusedError("nobody", "受け取る人がいません。", "Nobody would get it.")
    if seen.digest != digest(message, counts):
        raise RefusedError(
            "changed",
            "見ていた内容から変わっています。もう一度確かめてください。",
            "It is not what you saw: look again.",
        )
    if seen.recipients != total(counts):
        raise RefusedError(
            "recipients",
            f"送り先の人数が変わりました（いま{total(counts):,}人）。もう一度確かめてください。",
            f"The number of recipients has changed to {total(counts)}: look again.",
        )


def _check_apart(message: ResidentMessage, recent: ResidentMessage | None, now: datetime, override: str) -> None:
    if too_soon(message, recent, now) and not override:
        raise RefusedError(
            "too_soon",
            "同じ地区・同じ種類のお知らせから10分たっていません。送る理由を書けば承認できます。",
            "Less than 10 minutes after one of the same area and hazard: say why it has to go out now.",
        )


def _open(message: ResidentMessage, states: tuple[MessageState, ...]) -> None:
    if message.state not in states:
        raise RefusedError(
            "state",
            f"いまの状態（{STATES_JA[message.state]}）ではできません。",
            f"It is {message.state.value}: that cannot be done now.",
        )


def _as_draft(message: ResidentMessage) -> ResidentMessage:
    return replace(
        message,
        state=MessageState.DRAFT,
        submitted=None,
        approval=None,
        send_at=None,
        until=None,
        note="",
        version=message.version + 1,
    )


def _with_hand(message: ResidentMessage, by: Signature) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys((*message.hands, by.account)))
