"""What was set aside, what a replay made of it and who is to be claimed, as JSON: the same words on every way out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.times import format_rfc3339
from ingest.claims import Claim
from ingest.quarantine_replay import Replayed, Tried
from store.aside import SetAside

Json = dict[str, Any]


def listed_as_dict(message: SetAside) -> Json:
    """A message without its bytes; what is not UTF-8 in its topic is shown escaped."""
    row = message.message
    return {
        "number": message.number,
        "received_at": format_rfc3339(row.received_at),
        "reason": row.reason,
        "detail": row.detail,
        "codec": row.codec,
        "device": row.device,
        "topic": row.topic.decode(errors="backslashreplace"),
        "qos": row.qos,
        "retain": row.retain,
        "size": message.size,
        "attempts": message.attempts,
        "tried_at": _time(message.tried_at),
        "settled_at": _time(message.settled_at),
        "outcome": message.outcome,
    }


def message_as_dict(message: SetAside) -> Json:
    """A message with its bytes, as text and as hexadecimal."""
    payload = message.message.payload
    text = payload.decode(errors="backslashreplace")
    return {**listed_as_dict(message), "payload_text": text, "payload_hex": payload.hex()}


def tried_as_dict(tried: Tried) -> Json:
    """What became of one message of a replay."""
    return {**asdict(tried), "settled": tried.settled}


def replayed_as_dict(replayed: Replayed) -> Json:
    """What a replay came to."""
    return {**asdict(replayed), "refused": replayed.refused}


def claim_as_dict(claim: Claim) -> Json:
    """A device to be claimed, with the lines proposed for it."""
    frames, position, interval = claim.frames, claim.position, claim.interval
    return {
        "device": claim.device,
        "codec": claim.codec,
        "topics": list(claim.topics),
        "messages": claim.messages,
        "first_at": format_rfc3339(claim.first_at),
        "last_at": format_rfc3339(claim.last_at),
        "interval_s": None if interval is None else interval.total_seconds(),
        "waiting": claim.waiting,
        "sent": [{**asdict(one), "at": format_rfc3339(one.at)} for one in claim.sent],
        "position": None if position is None else [position.lon, position.lat],
        "frames": None if frames is None else _frames(frames.f_port, frames.data, frames.models),
        "lines": [{**asdict(line), "to_fill_in": list(line.to_fill_in)} for line in claim.lines],
        "notes": list(claim.notes),
    }


def _frames(f_port: int | None, data: bytes | None, models: tuple[str, ...]) -> Json:
    return {"f_port": f_port, "data_hex": None if data is None else data.hex(), "models": list(models)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
