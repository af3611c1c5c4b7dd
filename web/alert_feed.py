"""What the feed of alerts is written from, and its address ``/alerts/feed.atom``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from starlette.responses import Response

from alerts.residents.published import Announcement
from config.model import Site
from core.errors import StoreError
from core.times import format_rfc3339
from maps.feed import MEDIA_TYPE, PATH, alerts_feed
from maps.links import LIVE
from store import Store
from store.alert_rows import EpisodeRow, TransitionRow
from web.announcements import Announcements, as_dict
from web.cap import cap_document
from web.doors import refuse_haste
from web.features import Json, Shapes, finite
from web.parts import Parts
from web.payloads import Payload, answer
from web.picture import Picture

CACHE = "public, max-age=30"


def feed_facts(site: Site, shapes: Shapes, store: Store, picture: Picture, *, since: datetime, now: datetime) -> Json:
    """Open episodes and those closed after ``since``, each with its place and its steps. Raises StoreError.

    ``cap`` is the message of an episode as of ``now``, as bytes; None for one that is not told as CAP.

    ``since`` in the answer is cut to the day: a feed that has nothing to say changes once a day.
    """
    public = [row for row in picture.episodes.values() if shapes.is_public(row)]
    rows = [row for row in public if row.closed_at is None or row.closed_at >= since]
    steps: dict[object, list[TransitionRow]] = {}
    for step in store.transitions([row.id for row in rows]):
        steps.setdefault(step.episode, []).append(step)
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "since": format_rfc3339(day),
        "episodes": [
            _episode(shapes, row, steps.get(row.id, ())) | {"cap": cap_document(site, row, steps.get(row.id, ()), now)}
            for row in rows
        ],
    }


def _episode(shapes: Shapes, row: EpisodeRow, steps: Iterable[TransitionRow]) -> Json:
    facts = shapes.episode(row)
    told = [
        {
            "kind": step.kind,
            "level": step.to_level.slug if step.to_level is not None else None,
            "value": finite(step.value),
            "at": format_rfc3339(step.at),
            "detected_at": format_rfc3339(step.detected_at),
            "unconfirmed": step.unconfirmed,
        }
        for step in steps
    ]
    return facts | {
        "place": shapes.place(facts["station"]),
        "places": [place for station in facts["stations"] if (place := shapes.place(station))],
        "steps": told or _known_of(row),
    }


def _known_of(row: EpisodeRow) -> list[Json]:
    """Begin and end as the episode itself tells them, where its steps are gone."""
    begun = {
        "kind": "fired",
        "level": row.level.slug,
        "value": finite(row.value),
        "at": format_rfc3339(row.opened_at),
        "detected_at": format_rfc3339(row.detected_at),
        "unconfirmed": row.unconfirmed,
    }
    if row.closed_at is None:
        return [begun]
    closed_at = format_rfc3339(row.closed_at)
    ended = {"kind": row.outcome or "closed", "level": None, "value": None, "at": closed_at, "detected_at": closed_at}
    return [begun, ended | {"unconfirmed": False}]


def add_feed(app: FastAPI, parts: Parts) -> None:
    """Adds the route of the feed."""
    app.add_api_route(f"/{PATH}", AlertFeed(parts).feed, include_in_schema=False, response_class=Response)


class AlertFeed:
    """The feed, kept while no alert changes; while the database is away the last one stays."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told = Announcements(parts)
        self._kept: tuple[tuple[object, ...], Payload] | None = None

    def feed(self, request: Request) -> Response:
        """The alerts as an Atom feed. Raises StoreError where nothing is known and the database is away."""
        parts = self._parts
        refuse_haste(parts.limiter, parts.doors.address(request))
        picture, now = parts.live.picture(), parts.clock()
        told = [as_dict(one, now) for one in self._shown(now)]
        key = (picture.alerts_version, now.date(), tuple((one["id"], one["sent_at"], one["in_force"]) for one in told))
        if self._kept is None or (self._kept[0] != key and not parts.live.away(now)):
            since = now - parts.settings.recent_alerts
            facts = feed_facts(parts.site, parts.shapes, parts.store, picture, since=since, now=now)
            facts |= {"announcements": told}
            self._kept = (key, Payload(alerts_feed(parts.site, facts, LIVE), MEDIA_TYPE))
        return answer(request, self._kept[1], CACHE)

    def _shown(self, now: datetime) -> list[Announcement]:
        """What residents were told; nothing where that was never read and the database is away."""
        try:
            return self._told.shown(now)
        except StoreError:
            return []
