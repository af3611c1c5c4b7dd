"""The course of one episode: steps, tellings, messages, answers, in the order in which they became known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.times import format_rfc3339
from store.alert_rows import TransitionRow
from store.console import MessageRow, ToldOf
from web.console_view import EpisodeShapes, Json
from web.features import finite

_ORDER = {"step": 0, "telling": 1, "message": 2, "answer": 3}


def timeline(
    shapes: EpisodeShapes,
    steps: Iterable[TransitionRow],
    tellings: Iterable[ToldOf],
    messages: Iterable[MessageRow],
    answers: Iterable[Json] = (),
) -> list[Json]:
    """Everything that happened about an episode, the newest last; ``known_at`` is when we knew, ``at`` when it was."""
    told = list(tellings)
    entries = [
        *(step_entry(step) for step in steps),
        *(telling_entry(one) for one in told if one.verdict not in (None, "sent")),
        *message_entries(shapes, messages),
        *answers,
    ]
    return sorted(entries, key=lambda one: (one["known_at"], _ORDER.get(one["entry"], 9), one.get("seq", 0)))


def step_entry(step: TransitionRow) -> Json:
    """A step of the evaluator."""
    return {
        "entry": "step",
        "seq": step.seq,
        "kind": step.kind,
        "from": step.from_level.slug if step.from_level is not None else None,
        "to": step.to_level.slug if step.to_level is not None else None,
        "at": format_rfc3339(step.at),
        "known_at": format_rfc3339(step.detected_at),
        "value": finite(step.value),
        "cause": step.cause,
    }


def telling_entry(one: ToldOf) -> Json:
    """Something that was not simply sent: held back, gathered, or for nobody, and why."""
    return {
        "entry": "telling",
        "seq": one.seq,
        "kind": one.kind,
        "at": format_rfc3339(one.at),
        "known_at": format_rfc3339(one.told_at or one.queued_at),
        "verdict": one.verdict,
        "retroactive": one.retroactive,
        "unconfirmed": one.unconfirmed,
    }


def message_entries(shapes: EpisodeShapes, messages: Iterable[MessageRow]) -> list[Json]:
    """The messages; the same text to several channels at one instant is one entry with several ways."""
    groups: dict[tuple[Any, ...], list[MessageRow]] = {}
    for message in messages:
        key = (message.seq, message.purpose, message.resident, message.queued_at, _texts(message)["subject_ja"])
        groups.setdefault(key, []).append(message)
    return [_message(shapes, group) for group in groups.values()]


def _message(shapes: EpisodeShapes, group: Sequence[MessageRow]) -> Json:
    first = group[0]
    return {
        "entry": "message",
        "seq": first.seq,
        "purpose": first.purpose,
        "resident": first.resident,
        "level": first.level.slug,
        "at": format_rfc3339(first.queued_at),
        "known_at": format_rfc3339(first.queued_at),
        **_texts(first),
        "ways": [_way(shapes, message) for message in group],
    }


def _texts(message: MessageRow) -> dict[str, str]:
    found = {name: message.body.get(name) for name in ("subject_ja", "subject_en", "text_ja", "text_en")}
    return {name: text if isinstance(text, str) else "" for name, text in found.items()}


def _way(shapes: EpisodeShapes, message: MessageRow) -> Json:
    return {
        "id": str(message.id),
        "audience": message.audience,
        **shapes.audience(message.audience),
        "channel": message.channel,
        "channel_kind": shapes.channel_kind(message.channel),
        "state": message.state,
        "finished_at": format_rfc3339(message.finished_at) if message.finished_at else None,
        "attempts": message.attempts,
        "error": message.error,
    }
