"""What the town has told its residents as CAP messages: people wrote and approved it, so it is certain as an act of the town.

A message is an Alert, its correction an Update, its withdrawal a Cancel; an all-clear is an Update that says AllClear. No area smaller
than the municipality is drawn: the words of the message say where.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.cap.model import Area, CapAlert, Info, MsgType, Named, Status
from alerts.residents.published import Announcement, sent_at
from config.model import Site
from core.levels import Level
from core.resident_messages import MessageHazard, MessageKind, ResidentMessage

_HOLDS_AT_LEAST = timedelta(hours=2)
_LANGUAGES = (("ja", "ja-JP"), ("easy", "ja-x-yasashii"), ("en", "en-US"))
"""やさしい日本語 has no tag of its own; a private-use one (BCP 47, section 2.2.7) keeps it apart from 日本語."""

_CATEGORIES = {
    MessageHazard.RIVER: ("Met", "Safety"),
    MessageHazard.LANDSLIDE: ("Geo", "Safety"),
    MessageHazard.SNOW: ("Met",),
    MessageHazard.CHANNEL: ("Infra",),
    MessageHazard.SHELTER: ("Safety",),
}
_TYPES = {
    MessageKind.MESSAGE: MsgType.ALERT,
    MessageKind.CORRECTION: MsgType.UPDATE,
    MessageKind.ALL_CLEAR: MsgType.UPDATE,
    MessageKind.WITHDRAWAL: MsgType.CANCEL,
}
_URGENCY = {Level.DANGER: "Immediate", Level.WARNING: "Expected"}
_SEVERITY = {Level.DANGER: "Severe", Level.WARNING: "Moderate"}


def cap_of_announcement(site: Site, announcement: Announcement) -> CapAlert:
    """The newest message of an announcement, with references to all before it."""
    return _message(site, announcement, len(announcement.chain) - 1)


def _message(site: Site, announcement: Announcement, number: int) -> CapAlert:
    message = announcement.chain[number]
    status = Status.EXERCISE if site.exercise else Status.TEST if site.demo is not None else Status.ACTUAL
    return CapAlert(
        identifier=f"{site.id}.{message.id}",
        sender=f"yukimori.{site.code}.{site.id}",
        sent=_sent(message),
        status=status,
        msg_type=_TYPES[message.kind],
        source="Yukimori",
        references=tuple(_message(site, announcement, earlier).reference for earlier in range(number)),
        incidents=str(announcement.id),
        infos=tuple(_info(site, message, key, tag) for key, tag in _LANGUAGES),
    )


def _info(site: Site, message: ResidentMessage, key: str, tag: str) -> Info:
    over = message.kind in (MessageKind.WITHDRAWAL, MessageKind.ALL_CLEAR)
    clear = message.kind is MessageKind.ALL_CLEAR
    text, sent = message.texts[key], _sent(message)
    return Info(
        language=tag,
        category=_CATEGORIES.get(message.hazard, ("Other",)),
        event=text.subject,
        response_types=("AllClear",) if clear else (),
        urgency="Past" if over else _URGENCY.get(message.level, "Future"),
        severity="Unknown" if over else _SEVERITY.get(message.level, "Minor"),
        certainty="Observed" if clear else "Unknown" if over else "Likely",
        event_codes=(Named("yukimori", f"message.{message.hazard.value}"),),
        effective=sent,
        expires=max(message.until or sent, sent + _HOLDS_AT_LEAST),
        sender_name=site.name_en if key == "en" else site.name_ja,
        headline=text.subject,
        description=text.text,
        contact=site.contact_en if key == "en" else site.contact_ja,
        areas=(
            Area(
                description=message.area or (site.name_en if key == "en" else site.name_ja),
                geocodes=(Named("JISX0402", site.code),),
            ),
        ),
    )


def _sent(message: ResidentMessage) -> datetime:
    return sent_at(message).replace(microsecond=0)
