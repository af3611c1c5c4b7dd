"""From an episode and its steps to the CAP messages that have been sent of it.

Nothing is stored: what was sent follows from the steps alone, so the same episode has the same messages on every page and after every
restart. The first step at 注意 or above is the Alert, every further one an Update, the end a Cancel. A message holds for two hours
and is renewed each hour, so that one that no longer comes to its reader runs out instead of standing for ever.

Only what is measured and told to the public becomes a message: no alert about the system, no shadow rule or draft, no forecast, and
nothing that was over before we knew of it. A level of a group that too few gauges agree on is not told until they do: machines hand
these messages on to residents, and until then that is for people to decide, with a message of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.cap.model import Area, CapAlert, Info, MsgType, Named, Status
from alerts.cap.shapes import polygon_around
from alerts.cap.subject import Subject, subject_of
from alerts.cap.wording import Said, Text, text_en, text_ja, value_text
from config.model import Site
from core.levels import Level
from core.model import Station, StationKind
from store.alert_rows import EpisodeRow, TransitionRow

HOLDS_FOR = timedelta(hours=2)
RENEWED_EVERY = timedelta(hours=1)
LEAST_LEVEL = Level.CAUTION

_SOURCE = "Yukimori"
_CATEGORY = {StationKind.CHANNEL: "Infra"}
_RADIUS_KM = {StationKind.RIVER: 1.0, StationKind.CHANNEL: 0.5}
_RADIUS_ELSE_KM = 2.0
"""How far around it a gauge is taken to speak for: Yukimori's own, no measure of what is in danger."""

_URGENCY = {Level.DANGER: "Immediate", Level.WARNING: "Expected"}
_SEVERITY = {Level.DANGER: "Severe", Level.WARNING: "Moderate"}
"""Extreme is left to people: no single gauge knows an extraordinary threat."""

_ENDS = {"resolved": "resolved", "closed": "closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """How an episode stood from a step on. ``sent`` is when that was told."""

    seq: int
    sent: datetime
    said: Said


def cap_of_episode(site: Site, episode: EpisodeRow, steps: Iterable[TransitionRow], now: datetime) -> CapAlert | None:
    """The newest message of an episode as of ``now``; None where it has none."""
    return next(iter(reversed(cap_messages(site, episode, steps, now))), None)


def cap_messages(site: Site, episode: EpisodeRow, steps: Iterable[TransitionRow], now: datetime) -> list[CapAlert]:
    """Every message of an episode sent by ``now``, the first one first; none for what never becomes one."""
    about = subject_of(site, episode)
    if about is None:
        return []
    messages: list[CapAlert] = []
    stages = _stages(episode, sorted(steps, key=lambda step: step.seq), waits=about.waits)
    for stage, renewal in _sendings(stages, now):
        messages.append(_message(site, episode, about, stage, renewal, messages))
    return messages


def status_of(site: Site, about: Subject) -> Status:
    """Exercise for an exercise's stand-in, Test where a station is made up or the site is a demonstration, else Actual.

    A site that names a ``[demo]`` may be playing it: its gauges then tell of another day, and nobody may take that for now.
    """
    if site.exercise:
        return Status.EXERCISE
    return Status.TEST if about.fictitious or site.demo is not None else Status.ACTUAL


def _stages(episode: EpisodeRow, steps: Sequence[TransitionRow], *, waits: bool) -> list[_Stage]:
    """What was told, one stage for each instant it was told at: the last step of several at once.

    Where it ``waits`` a level nobody confirmed is not told: what was told before goes on being so, and silence is.
    """
    level, value, stale, begun = Level.NORMAL, None, False, False
    by_time: dict[datetime, _Stage] = {}
    for step in steps:
        was_stale, stale = (
            stale,
            step.kind == "data_lost" or (stale and step.kind not in ("data_back", "raised", "lowered")),
        )
        if not (waits and step.unconfirmed):
            level, value = level if step.to_level is None else step.to_level, step.value
        elif stale == was_stale:
            continue
        begun = begun or level >= LEAST_LEVEL
        if not begun:
            continue
        ended = _ENDS.get(step.kind, "")
        said = Said(
            level=level,
            value=value,
            at=step.at,
            opened_at=episode.opened_at,
            stale=stale,
            ended="corrected" if ended and step.cause == "corrected" else ended,
            unconfirmed=step.unconfirmed and not waits,
        )
        sent = _whole_second(step.detected_at)
        by_time[sent] = _Stage(seq=step.seq, sent=sent, said=said)
    stages = [by_time[sent] for sent in sorted(by_time)]
    return [] if stages and stages[0].said.ended else stages  # over before anybody was told of it


def _sendings(stages: Sequence[_Stage], now: datetime) -> Iterator[tuple[_Stage, int]]:
    """Each stage and its renewals sent by ``now``: what is in force is said again each hour until it changes or ends."""
    for place, stage in enumerate(stages):
        following = stages[place + 1].sent if place + 1 < len(stages) else None
        number = 0
        while (sent := stage.sent + number * RENEWED_EVERY) <= now and (following is None or sent < following):
            yield stage, number
            number += 1
            if stage.said.ended:
                break


def _message(
    site: Site, episode: EpisodeRow, about: Subject, stage: _Stage, renewal: int, before: Sequence[CapAlert]
) -> CapAlert:
    sent = stage.sent + renewal * RENEWED_EVERY
    kind = MsgType.CANCEL if stage.said.ended else MsgType.UPDATE if before else MsgType.ALERT
    status = status_of(site, about)
    return CapAlert(
        identifier=f"{site.id}.{episode.id}.{stage.seq}.{renewal}",
        sender=f"yukimori.{site.code}.{site.id}",
        sent=sent,
        status=status,
        msg_type=kind,
        source=_SOURCE,
        note=_note(status),
        references=tuple(one.reference for one in _still_in_force(before, sent)),
        incidents=str(episode.id),
        infos=(
            _info(site, about, stage.said, sent, "ja-JP", text_ja(site, about, stage.said)),
            _info(site, about, stage.said, sent, "en-US", text_en(site, about, stage.said)),
        ),
    )


def _still_in_force(before: Sequence[CapAlert], sent: datetime) -> list[CapAlert]:
    """The first message and all that have not run out: whoever missed some still knows what this one replaces."""
    return [one for number, one in enumerate(before) if number == 0 or one.sent + HOLDS_FOR > sent]


def _note(status: Status) -> str:
    return {
        Status.EXERCISE: "訓練です。実際の災害情報ではありません。 / This is an exercise.",
        Status.TEST: "架空または再生されたデータです。 / Made-up or replayed data, no real disaster information.",
    }.get(status, "")


def _info(site: Site, about: Subject, said: Said, sent: datetime, language: str, text: Text) -> Info:
    kind = about.first.kind
    return Info(
        language=language,
        category=(_CATEGORY.get(kind, "Met"),),
        event=text.event,
        response_types=() if said.ended else ("Monitor",),
        urgency="Past" if said.ended else _URGENCY.get(said.level, "Future"),
        severity="Unknown" if said.ended else _SEVERITY.get(said.level, "Minor"),
        certainty=_certainty(said),
        event_codes=(Named("yukimori", f"{kind.value}.{about.quantity}.{about.rule.kind.value}"),),
        effective=sent,
        onset=_whole_second(said.opened_at),
        expires=sent + HOLDS_FOR,
        sender_name=text.sender_name,
        headline=text.headline,
        description=text.description,
        instruction=text.instruction,
        contact=text.contact,
        parameters=tuple(_parameters(about, said)),
        areas=(_area(site, about.stations, text.place),),
    )


def _certainty(said: Said) -> str:
    """Measured is observed; what was measured before a gauge fell silent, or is in doubt, may be so."""
    if said.ended:
        return "Observed" if said.ended == "resolved" else "Unknown"
    return "Possible" if said.stale or said.unconfirmed else "Observed"


def _parameters(about: Subject, said: Said) -> Iterator[Named]:
    yield Named("yukimori:level", said.level.slug)
    for station in about.stations:
        yield Named("yukimori:station", str(station.id))
    if said.value is not None and math.isfinite(said.value):
        yield Named("yukimori:value", value_text(about, said.value))


def _area(site: Site, stations: Sequence[Station], place: str) -> Area:
    """The places of all stations together: a polygon about each of them that lies in the town."""
    found = (
        polygon_around(station.position, _RADIUS_KM.get(station.kind, _RADIUS_ELSE_KM), site.bounds)
        for station in stations
    )
    return Area(
        description=place,
        polygons=tuple(dict.fromkeys(polygon for polygon in found if polygon)),
        geocodes=(Named("JISX0402", site.code),),
    )


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
