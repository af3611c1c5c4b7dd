"""Messages about Yukimori itself, in the form every channel can send: dead letters, dead channels, unanswered calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from alerts.messages import Texts, jst, one_line
from config.model import ChannelConfig, Site
from config.people_plan import STAFF, Audience
from core.levels import Level
from core.times import format_rfc3339
from store.alert_rows import NotificationRow

NAMESPACE = UUID("0b7a0f38-6f1c-5c0e-9a55-1d6a4a3f7c21")
_DEADLINE = timedelta(hours=6)


def audiences(site: Site) -> tuple[Audience, ...]:
    """The audiences of a site; where it names none, the staff on every channel of its kind but the watchdog's."""
    if site.people.audiences:
        return site.people.audiences
    channels = tuple(each.id for each in staff_channels(site) if each.id != site.people.watchdog)
    everything = Level.NORMAL  # what a channel takes is its own ``min_level``
    return (
        Audience(
            id=STAFF, name_ja="職員", name_en="Staff", channels=channels, min_level=everything, exercise=site.exercise
        ),
    )


def own_channels(site: Site) -> tuple[ChannelConfig, ...]:
    """The channels of a site that it may use: those for exercises in an exercise, the others otherwise."""
    return tuple(channel for channel in site.channels if channel.exercise == site.exercise)


def staff_channels(site: Site) -> tuple[ChannelConfig, ...]:
    """Those of them that reach nobody but whom the town has named: what a rule says never goes out to everybody.

    A LINE broadcast goes to whoever follows the account, Web Push to whoever has asked for it.
    """
    return tuple(
        channel
        for channel in own_channels(site)
        if channel.kind != "webpush" and channel.settings.get("broadcast") is not True
    )


def administrators(site: Site) -> tuple[Audience, ...]:
    """Who is told that something about Yukimori is broken: never residents."""
    known = [audience for audience in audiences(site) if not audience.residents]
    named = [audience for audience in known if audience.id == site.people.admin]
    return tuple(named or (audience for audience in known if audience.health))


def system_body(
    site: Site, kind: str, level: Level, texts: Texts, at: datetime, *, details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Every member a channel may ask for, of a message that is about no station and no rule of the town."""
    now = format_rfc3339(at)
    return {
        "kind": kind,
        "status": "firing",
        "level": level.slug,
        "from_level": Level.NORMAL.slug,
        "highest": level.slug,
        "value": None,
        "at": now,
        "detected_at": now,
        "opened_at": now,
        "closed_at": None,
        "late": False,
        "retroactive": False,
        "stale": False,
        "cause": kind,
        "episode": None,
        "seq": 0,
        "site": {"id": site.id, "name_ja": one_line(site.name_ja), "name_en": one_line(site.name_en)},
        "rule": {"id": f"yukimori-{kind}", "title_ja": "システム", "title_en": "System", "version": ""},
        "station": {
            "id": "yukimori",
            "kind": "system",
            "name_ja": "雪守",
            "name_en": "Yukimori",
            "river": "",
            "lon": None,
            "lat": None,
            "fictitious": False,
        },
        "quantity": {"id": "", "unit": "", "label_ja": "", "label_en": ""},
        "threshold": None,
        "exercise": site.exercise,
        "details": dict(details or {}),
        "subject_ja": texts.subject_ja,
        "subject_en": texts.subject_en,
        "text_ja": texts.text_ja,
        "text_en": texts.text_en,
    }


def notice(
    site: Site,
    occasion: str,
    kind: str,
    texts: Texts,
    now: datetime,
    *,
    level: Level = Level.WARNING,
    without: frozenset[str] = frozenset(),
    details: Mapping[str, Any] | None = None,
) -> list[NotificationRow]:
    """A notice to the administrators on all their channels but those in ``without``.

    ``occasion`` names what it is about: the same occasion is told once, however often it is noticed.
    """
    body = system_body(site, kind, level, _signed(site, texts, now), now, details=details)
    usable = {channel.id for channel in staff_channels(site)} - without
    return [
        NotificationRow(
            id=uuid5(NAMESPACE, f"{site.id}|{kind}|{occasion}|{audience.id}|{channel}"),
            episode=None,
            seq=0,
            channel=channel,
            level=level,
            body=body,
            queued_at=now,
            deadline_at=now + _DEADLINE,
            audience=audience.id,
            thread=f"{kind}|{occasion}",
            purpose="admin",
        )
        for audience in administrators(site)
        for channel in dict.fromkeys((*audience.channels, *audience.fallback))
        if channel in usable
    ]


def _signed(site: Site, texts: Texts, now: datetime) -> Texts:
    """The same with the time and the town below it."""
    footer_ja = " ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text)
    footer_en = " ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text)
    return Texts(
        subject_ja=texts.subject_ja,
        subject_en=texts.subject_en,
        text_ja=f"{texts.text_ja}\n時刻: {jst(now)}\n{footer_ja}",
        text_en=f"{texts.text_en}\nTime: {jst(now)}\n{footer_en}",
    )
