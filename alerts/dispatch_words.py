"""The announcements of silences: queued for everybody they may keep something from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from alerts import silences
from alerts.dispatch_audience import DEADLINE
from alerts.dispatch_matters import Matter
from alerts.silences import Word
from alerts.system_messages import staff_channels
from config.model import Site
from config.people_plan import Audience
from store.alert_rows import NotificationRow
from store.dispatching import Standing


def announcements(
    site: Site,
    told: Sequence[Audience],
    standing: Standing,
    matters: Sequence[Matter],
    held: Collection[UUID],
    now: datetime,
) -> tuple[list[Word], list[NotificationRow]]:
    """What is said of silences now, and the messages that say it. ``held`` are the matters held back at ``now``."""
    words = silences.words(standing.silences, standing.announced, now)
    messages = list[NotificationRow]()
    for word in words:
        still = [
            each for each in matters if each.firing and each.id not in held and silences.covers(word.silence, each)
        ]
        body = silences.announcement(site, word, still, now)
        for audience in told:
            if _concerns(site, audience, word):
                messages += _to(site, audience, word, body, now)
    return words, messages


def _to(
    site: Site, audience: Audience, word: Word, body: Mapping[str, Any], now: datetime
) -> Iterator[NotificationRow]:
    silence, level = word.silence, silences.highest(word.silence)
    for channel in staff_channels(site):
        if channel.id in audience.channels and level >= channel.min_level:
            occasion = f"{site.id}|{word.word}|{audience.id}|{channel.id}"
            yield NotificationRow(
                id=uuid5(silence.id, occasion),
                episode=None,
                seq=0,
                channel=channel.id,
                level=level,
                body=body,
                queued_at=now,
                deadline_at=now + DEADLINE,
                audience=audience.id,
                thread=f"silence|{silence.id}",
                purpose="silence",
            )


def _concerns(site: Site, audience: Audience, word: Word) -> bool:
    """Whether a silence may keep something from an audience."""
    silence = word.silence
    if silences.highest(silence) < audience.min_level:
        return False
    kinds = {str(station.id): station.kind for station in site.stations}
    if silence.stations and audience.stations and not silence.stations & {str(each) for each in audience.stations}:
        return False
    wanted = {kind.value for kind in audience.kinds}
    named = silence.kinds or {kinds[each].value for each in silence.stations if each in kinds}
    return not wanted or not named or bool(wanted & named)
