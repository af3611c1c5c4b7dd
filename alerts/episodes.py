"""From transitions to the rows of the store: episodes, transitions and the messages they cause.

Every id is reckoned from what it names (UUIDv5), so a round that is repeated writes the same rows and a
message that is sent twice is recognised by whoever receives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from alerts.machine import Kind
from alerts.measures import Said
from alerts.messages import compose, one_line, threshold, threshold_source, without_issued_level
from alerts.proposals import Proposal, proposal_of
from alerts.state import Episode
from alerts.targets import Target
from alerts.telling import Cause, Transition
from config.rule_plan import RuleClass
from core.levels import Level
from core.model import Station, StationKind
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow, TellingRow, TransitionRow

_NAMESPACE = UUID("6f0b8a3e-53c9-5d0f-9f3a-2c7a1b9d4e10")
_LATE_AT_LEAST = timedelta(minutes=5)


def episode_id(site: str, rule: str, target: str, episode: Episode) -> UUID:
    """The id of an episode: its site, instance, number and beginning."""
    return uuid5(_NAMESPACE, f"{site}|{rule}|{target}|{episode.number}|{episode.opened_at.isoformat()}")


def notification_id(episode: UUID, seq: int, level: Level, channel: str, audience: str, occasion: str = "") -> UUID:
    """The id a receiver knows a message by: the same however often it is sent.

    ``occasion`` tells apart what goes out more than once of one transition (a repeat, a call to the next person).
    """
    return uuid5(episode, "|".join((str(seq), level.slug, channel, audience, occasion)))


def episode_row(site: str, rule: str, target: str, episode: Episode, *, shadow: bool = False) -> EpisodeRow:
    """The row of an episode as it stands; a ``shadow`` one is told nobody."""
    return EpisodeRow(
        id=episode_id(site, rule, target, episode),
        rule=rule,
        target=target,
        level=episode.level,
        stale=episode.stale,
        recovering=episode.recovering,
        opened_at=episode.opened_at,
        detected_at=episode.detected_at,
        value=episode.value,
        peak=episode.peak,
        closed_at=episode.closed_at,
        outcome=episode.outcome,
        shadow=shadow,
    )


def transition_row(episode: UUID, transition: Transition, rule_version: str, detected_at: datetime) -> TransitionRow:
    """The append-only row of a transition."""
    return TransitionRow(
        episode=episode,
        seq=transition.episode.seq,
        kind=transition.kind.value,
        from_level=transition.from_level,
        to_level=transition.to_level,
        at=transition.at,
        detected_at=detected_at,
        value=transition.value,
        cause=transition.cause.value,
        rule_version=rule_version,
    )


def tellings(target: Target, told: Sequence[Transition], now: datetime) -> list[TellingRow]:
    """What has to be told of each episode by what one evaluation told: its end state, not each step on the way."""
    return [telling(target, group, now) for group in by_episode(told)]


def by_episode(told: Sequence[Transition]) -> list[list[Transition]]:
    """The transitions of each episode, in the order in which the episodes came up."""
    numbers = dict.fromkeys(item.episode.number for item in told)
    return [[item for item in told if item.episode.number == number] for number in numbers]


def telling(
    target: Target, group: Sequence[Transition], now: datetime, *, kind: str = "", remark: Said | None = None
) -> TellingRow:
    """What has to be told of one episode. ``kind`` instead of the transition's, ``remark`` a sentence added to the texts."""
    head, reach = _headline(group), reach_of(group)
    episode = episode_id(target.site.id, target.rule.id, target.key, head.episode)
    body = _body(target, group, head, episode, now)
    if remark is not None:
        added = {"text_ja": f"{body['text_ja']}\n{remark.ja}", "text_en": f"{body['text_en']}\n{remark.en}"}
        body |= added | {"kind": kind or body["kind"]}
    return TellingRow(
        episode=episode,
        seq=head.episode.seq,
        rule=target.rule.id,
        target=target.key,
        kind=kind or head.kind.value,
        level=head.to_level or reach,
        reach=reach,
        at=head.at,
        queued_at=now,
        body=body,
        retroactive=body["retroactive"],
        unconfirmed=head.doubted,
        health=target.rule.rule_class is RuleClass.HEALTH,
    )


def _headline(group: Sequence[Transition]) -> Transition:
    """The transition that says how it stands: the last change of level, else the last of all."""
    moves = [item for item in group if item.cause != Cause.SILENCE]
    head = (moves or group)[-1]._replace(episode=group[-1].episode)
    if moves and moves[0].kind == Kind.FIRED and head.to_level:
        return head._replace(kind=Kind.FIRED, from_level=Level.NORMAL)
    return head


def reach_of(group: Sequence[Transition]) -> Level:
    """The level that decides who is told: what was reached or left, at an end the highest of the episode."""
    if group[-1].episode.outcome is not None:
        return group[-1].episode.highest
    return max(max(item.from_level, item.to_level or Level.NORMAL) for item in group)


def _body(
    target: Target, group: Sequence[Transition], head: Transition, episode: UUID, now: datetime
) -> dict[str, Any]:
    """Every fact a channel may need, as JSON; the texts are already written."""
    late = now - group[0].at > max(target.ladder.max_gap, _LATE_AT_LEAST)
    texts = compose(target, head, detected_at=now if late else None)
    body = {
        "kind": head.kind.value,
        "status": "resolved" if head.episode.outcome else "firing",
        "level": (head.to_level or head.from_level).slug,
        "from_level": head.from_level.slug,
        "highest": head.episode.highest.slug,
        "value": head.value,
        "at": format_rfc3339(head.at),
        "detected_at": format_rfc3339(now),
        "opened_at": format_rfc3339(head.episode.opened_at),
        "closed_at": format_rfc3339(head.episode.closed_at) if head.episode.closed_at else None,
        "late": late,
        "retroactive": group[0].kind == Kind.FIRED and head.episode.outcome is not None,
        "stale": head.episode.stale,
        "unconfirmed": head.doubted,
        "cause": head.cause.value,
        "episode": str(episode),
        "seq": head.episode.seq,
        **about(target),
        "threshold": _threshold(target, head),
        "proposal": _proposal(proposal_of(target, head)),
        "subject_ja": texts.subject_ja,
        "subject_en": texts.subject_en,
        "text_ja": texts.text_ja,
        "text_en": texts.text_en,
    }
    return body if target.station.kind == StationKind.RIVER else guarded(body)


def about(target: Target) -> dict[str, Any]:
    """What a message says of its target, whatever has happened."""
    site, rule, station, quantity = target.site, target.rule, target.station, target.quantity
    return {
        "site": {"id": site.id, "name_ja": one_line(site.name_ja), "name_en": one_line(site.name_en)},
        "rule": {
            "id": rule.id,
            "title_ja": one_line(rule.title_ja),
            "title_en": one_line(rule.title_en),
            "version": rule.version,
            "class": rule.rule_class.value,
            "kind": rule.kind.value,
        },
        "target": target.key,
        "hazard": station.kind.value,
        "area": one_line(station.place),
        "stations": [str(stream.station) for stream in target.streams],
        "station": station_facts(station),
        "quantity": {
            "id": quantity.slug,
            "unit": quantity.unit,
            "label_ja": quantity.label_ja,
            "label_en": quantity.label_en,
        },
    }


def station_facts(station: Station) -> dict[str, Any]:
    """What a message says of a station; longitude and latitude in degrees."""
    return {
        "id": str(station.id),
        "kind": station.kind.value,
        "name_ja": one_line(station.name_ja),
        "name_en": one_line(station.name_en),
        "river": one_line(station.river),
        "lon": station.position.lon,
        "lat": station.position.lat,
        "fictitious": station.fictitious,
    }


def _threshold(target: Target, head: Transition) -> dict[str, Any] | None:
    rung, name_ja, name_en = threshold(target, head)
    if rung is None:
        return None
    source = threshold_source(target, rung)
    return {"value": rung.raise_at, "name_ja": name_ja, "name_en": name_en, "source": source}


def _proposal(found: Proposal | None) -> dict[str, Any] | None:
    """What is proposed to a person; no rule issues it."""
    if found is None:
        return None
    return {
        "level": found.level,
        "name_ja": found.name.ja,
        "name_en": found.name.en,
        "gauge": {"name_ja": found.gauge.ja, "name_en": found.gauge.en},
        "threshold": {"ja": found.threshold.ja, "en": found.threshold.en},
        "source": found.source,
    }


def guarded(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with no 警戒レベル in any text."""
    return {key: _guarded(item) for key, item in facts.items()}


def _guarded(value: Any) -> Any:
    if isinstance(value, str):
        return without_issued_level(value)
    if isinstance(value, dict):
        return guarded(value)
    if isinstance(value, list):
        return [_guarded(item) for item in value]
    return value
