"""What goes out instead: the next channel of the audience, and a word to the administrators."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from alerts.messages import Texts
from alerts.system_messages import audiences, notice, own_channels, staff_channels
from config.model import Site
from core.levels import Level
from store.alert_rows import LeasedNotification, NotificationRow
from store.outbox import ChannelState

DEADLINE = timedelta(hours=6)
DEADLINE_DANGER = timedelta(minutes=30)
_ONLY_ONE_WAY = frozenset({"admin", "heartbeat", "canary"})
"""Messages about channels would chase each other, and a watchdog that goes another way watches over nothing."""


def deadline(level: Level, now: datetime) -> datetime:
    """Until when a message that is queued now is of use."""
    return now + (DEADLINE_DANGER if level == Level.DANGER else DEADLINE)


def instead(site: Site, leased: LeasedNotification, now: datetime) -> list[NotificationRow]:
    """The same message for the next channel of its audience; none where there is no other, or somebody has it already.

    Residents are told a second way only where nobody is known to have been reached. What timed out until its deadline may
    have reached some of them; that most go unwarned is worse than that these read it twice.
    """
    message = leased.notification
    if message.purpose in _ONLY_ONE_WAY or leased.fallback or (message.resident and leased.served):
        return []
    channel = next_channel(site, message)
    if channel is None:
        return []
    first = message.stands_in_for or message.id
    return [
        replace(
            message,
            id=uuid5(first, f"instead|{channel}"),
            channel=channel,
            body=_explained(message, channel),
            queued_at=now,
            deadline_at=deadline(message.level, now),
            stands_in_for=first,
        )
    ]


def next_channel(site: Site, message: NotificationRow) -> str | None:
    """The channel that is used where the message's own fails: the next of its audience's ``fallback``, None at the end."""
    audience = next((each for each in audiences(site) if each.id == message.audience), None)
    if audience is None:
        return None
    allowed = own_channels(site) if audience.residents else staff_channels(site)
    usable = {channel.id for channel in allowed} - set(audience.channels)
    order = audience.fallback
    after = order[order.index(message.channel) + 1 :] if message.channel in order else order
    return next((channel for channel in after if channel in usable), None)


def dead_notice(site: Site, message: NotificationRow, why: str, now: datetime) -> list[NotificationRow]:
    """Tells the administrators that a channel gave a message up: once an hour for a channel, not once a message."""
    if message.purpose == "admin":
        return []
    texts = Texts(
        subject_ja=f"【システム】{message.channel} で連絡を送信できませんでした",
        subject_en=f"[System] {message.channel} could not deliver a message",
        text_ja=f"連絡手段「{message.channel}」で連絡を送信できませんでした。\n理由: {why}\n件名: {_subject(message, 'ja')}\n"
        "対応画面の「配信」で確かめてください。",
        text_en=f"The channel {message.channel} could not deliver a message.\nReason: {why}\n"
        f"Subject: {_subject(message, 'en')}\nSee Delivery in the console.",
    )
    occasion = f"{message.channel}|{now:%Y-%m-%dT%H}"
    without = frozenset({message.channel})
    return notice(site, occasion, "dead-letter", texts, now, without=without, details={"notification": str(message.id)})


def unknown_notice(site: Site, message: NotificationRow, now: datetime) -> list[NotificationRow]:
    """Tells the administrators that nobody knows whether a message to residents arrived; a person has to decide."""
    texts = Texts(
        subject_ja=f"【要確認】{message.channel} の住民へのお知らせが届いたか不明です",
        subject_en=f"[Decide] whether a message to residents arrived over {message.channel} is unknown",
        text_ja="住民へのお知らせが届いたかどうか分かりません。二重に送らないため、自動では送り直していません。\n"
        f"件名: {_subject(message, 'ja')}\n届いたかを確かめ、対応画面の「配信」で「届いていた」か「もう一度送る」を選んでください。",
        text_en="Nobody can say whether a message to residents arrived. It was not sent again, so that it comes to nobody "
        f"twice.\nSubject: {_subject(message, 'en')}\nFind out, and choose under Delivery in the console.",
    )
    return notice(site, str(message.id), "unknown-fate", texts, now, details={"notification": str(message.id)})


def channel_notice(site: Site, state: ChannelState, now: datetime) -> list[NotificationRow]:
    """Tells the administrators that a channel stopped working; once for each time it did."""
    texts = Texts(
        subject_ja=f"【システム】連絡手段「{state.channel}」が使えません",
        subject_en=f"[System] the channel {state.channel} does not work",
        text_ja=f"連絡手段「{state.channel}」への送信が続けて失敗しています。\n理由: {state.reason}\n"
        "急ぎの連絡は予備の連絡手段で送り、ほかの連絡は回復するまで待ちます。",
        text_en=f"Sending over the channel {state.channel} fails again and again.\nReason: {state.reason}\n"
        "What is urgent goes out over the fallback channels; everything else waits until it works again.",
    )
    return notice(
        site,
        f"{state.channel}|{state.changed_at.isoformat()}",
        "channel-down",
        texts,
        now,
        without=frozenset({state.channel}),
        details={"channel": state.channel, "since": state.changed_at.isoformat()},
    )


def _subject(message: NotificationRow, language: str) -> str:
    return str(message.body.get(f"subject_{language}", ""))


def _explained(message: NotificationRow, channel: str) -> dict[str, object]:
    """The body with a line that says why it comes this way."""
    body = dict(message.body)
    body["instead_of"] = {"channel": message.channel, "id": str(message.stands_in_for or message.id)}
    if message.resident:
        return body
    ja = f"※ 「{message.channel}」で届けられないため、「{channel}」で送っています。"
    en = f"Sent over {channel} because {message.channel} does not deliver."
    if "text_ja" in body:
        body["text_ja"] = f"{body['text_ja']}\n{ja}"
    if "text_en" in body:
        body["text_en"] = f"{body['text_en']}\n{en}"
    return body
