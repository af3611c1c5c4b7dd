"""From a message to what each channel carries: one notification a channel, the same to the letter as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from alerts.channels import line, mqtt, smtp
from alerts.messages import one_line
from alerts.residents.deadlines import CANCEL_WINDOW, DANGER_VALID
from alerts.settings import channel_settings
from config.exercise import PREFIX_EN, PREFIX_JA
from config.model import ChannelConfig, Site
from core.levels import Level
from core.resident_messages import LANGUAGES, MessageKind, Mode, ResidentMessage, Texts
from core.resident_words import LINE_LONGEST, Finding
from core.times import format_rfc3339
from store.alert_rows import NotificationRow

PURPOSE = "resident"
_OVER = (MessageKind.WITHDRAWAL, MessageKind.ALL_CLEAR)


def thread_of(message: ResidentMessage) -> str:
    """The thread a message and all that refers to it leave in, one after another."""
    return f"resident-{message.refers_to or message.id}"


def notification_id(message: UUID, channel: str) -> UUID:
    """The id under which a channel gets a message: the same however often that is tried."""
    return uuid5(message, f"resident|{channel}")


def notifications(
    site: Site, message: ResidentMessage, channels: Mapping[str, str], now: datetime
) -> tuple[NotificationRow, ...]:
    """One notification for each channel (channel → audience)."""
    told = body(site, message, now)
    until = message.until or now + DANGER_VALID
    return tuple(
        NotificationRow(
            id=notification_id(message.id, channel),
            episode=None,
            seq=0,
            channel=channel,
            level=message.level,
            body=told,
            queued_at=now,
            deadline_at=until,
            audience=audience,
            thread=thread_of(message),
            purpose=PURPOSE,
            resident=True,
        )
        for channel, audience in sorted(channels.items())
    )


def marked(message: ResidentMessage) -> Texts:
    """The texts as they go out: in an exercise each subject says so."""
    if message.mode is Mode.LIVE:
        return message.texts
    prefix = {"ja": PREFIX_JA, "easy": PREFIX_JA, "en": f"{PREFIX_EN} "}
    return {
        language: type(text)(f"{prefix[language]}{text.subject}", text.text) for language, text in message.texts.items()
    }


def body(site: Site, message: ResidentMessage, now: datetime) -> dict[str, Any]:
    """Everything a channel may need, as JSON; the texts are already written."""
    texts = marked(message)
    whole = {language: _whole(texts, language, site) for language in LANGUAGES}
    return {
        "kind": PURPOSE,
        "status": "resolved" if message.kind in _OVER else "firing",
        "level": message.level.slug,
        "exercise": message.mode is Mode.EXERCISE,
        "message": str(message.id),
        "message_kind": message.kind.value,
        "refers_to": None if message.refers_to is None else str(message.refers_to),
        "hazard": message.hazard.value,
        "area": message.area,
        "at": format_rfc3339(now),
        "opened_at": format_rfc3339(now),
        "closed_at": format_rfc3339(now) if message.kind in _OVER else None,
        "site": {"id": site.id, "name_ja": one_line(site.name_ja), "name_en": one_line(site.name_en)},
        "rule": {
            "id": f"message-{message.template}",
            "title_ja": "住民へのお知らせ",
            "title_en": "Message to residents",
        },
        "station": {"id": ""},
        "quantity": {"id": ""},
        "subject_ja": texts["ja"].subject,
        "subject_en": texts["en"].subject,
        "short_ja": texts["ja"].subject,
        "short_en": texts["en"].subject,
        "text_ja": whole["ja"],
        "text_easy": whole["easy"],
        "text_en": whole["en"],
    }


def _whole(texts: Texts, language: str, site: Site) -> str:
    """Subject, text and who says it; a made-up town or an exercise says so each time."""
    name, notice = (site.name_en, site.notice_en) if language == "en" else (site.name_ja, site.notice_ja)
    footer = " ".join(part for part in (one_line(name), one_line(notice)) if part)
    return f"{texts[language].subject}\n\n{texts[language].text}\n\n{footer}"


def too_long(site: Site, message: ResidentMessage, now: datetime) -> list[Finding]:
    """What a channel would have to cut."""
    row = NotificationRow(message.id, None, 0, "", message.level, body(site, message, now), now, now)
    units = len(whole_line(row).encode("utf-16-le")) // 2
    if units <= LINE_LONGEST:
        return []
    return [
        Finding(
            "too_long_line",
            f"三つの言語を合わせて{units}字です。LINEでは{LINE_LONGEST}字までです。",
            f"The three languages together are {units} characters; LINE takes {LINE_LONGEST}.",
        )
    ]


def whole_line(notification: NotificationRow) -> str:
    """The text of a bubble in LINE before anything could be cut."""
    facts = notification.body
    return "\n\n---\n".join((facts["text_ja"], facts["text_easy"], facts["text_en"]))


def shown(channel: ChannelConfig, notification: NotificationRow) -> dict[str, str]:
    """The exact ``subject`` (empty where there is none) and ``text`` a channel carries."""
    facts = notification.body
    if channel.kind == "line":
        return {"subject": "", "text": line.text_of(notification)}
    settings = channel_settings(channel.kind, channel.settings)
    if isinstance(settings, mqtt.MqttSettings):
        sign = mqtt.document(notification, settings)
        return {"subject": "", "text": f"{sign['text_ja']}\n{sign['text_en']}"}
    if isinstance(settings, smtp.SmtpSettings):
        payload = smtp.message(notification, settings).get_payload(decode=True)
        assert isinstance(payload, bytes)
        return {"subject": facts["subject_ja"], "text": payload.decode("utf-8").rstrip("\n")}
    return {"subject": facts["subject_ja"], "text": facts["text_ja"]}


def window_s(message: ResidentMessage) -> int:
    """How many seconds a message can still be cancelled after its approval: none where danger is near."""
    return 0 if message.level >= Level.DANGER else int(CANCEL_WINDOW.total_seconds())
