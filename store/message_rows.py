"""Messages to residents as JSON documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from core.levels import Level
from core.resident_messages import (
    Approval,
    Confirmation,
    MessageHazard,
    MessageKind,
    MessageState,
    Mode,
    ResidentMessage,
    Signature,
    Text,
)
from store.append import storable


def columns(message: ResidentMessage) -> dict[str, Any]:
    """What the table keeps of a message beside its document."""
    approval = message.approval
    return {
        "id": message.id,
        "mode": message.mode.value,
        "kind": message.kind.value,
        "refers_to": message.refers_to,
        "state": message.state.value,
        "version": message.version,
        "hazard": message.hazard.value,
        "area": storable(message.area),
        "level": int(message.level),
        "made_at": message.made.at,
        "hands": list(message.hands),
        "approved_by": approval.by.account if approval else None,
        "approved_at": approval.by.at if approval else None,
        "send_at": message.send_at,
    }


def document(message: ResidentMessage) -> dict[str, Any]:
    """The whole message as JSON; ids and times as text."""
    plain: dict[str, Any] = _plain(asdict(message))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, UUID | str):
        return storable(str(value))
    if isinstance(value, datetime):
        return value.isoformat()
    return int(value) if isinstance(value, Level) else value


def message_of(found: Mapping[str, Any]) -> ResidentMessage:
    """The message of a document."""
    approval, confirmation, submitted = found["approval"], found["confirmation"], found["submitted"]
    return ResidentMessage(
        id=UUID(found["id"]),
        mode=Mode(found["mode"]),
        kind=MessageKind(found["kind"]),
        template=found["template"],
        hazard=MessageHazard(found["hazard"]),
        area=found["area"],
        level=Level(found["level"]),
        audiences=tuple(found["audiences"]),
        texts={language: Text(**text) for language, text in found["texts"].items()},
        made=_signature(found["made"]),
        values=found["values"],
        typed=tuple(found["typed"]),
        refers_to=_id(found["refers_to"]),
        episode=_id(found["episode"]),
        facts=found["facts"],
        unconfirmed=found["unconfirmed"],
        confirmation=confirmation and Confirmation(by=_signature(confirmation["by"]), reason=confirmation["reason"]),
        state=MessageState(found["state"]),
        version=found["version"],
        hands=tuple(UUID(hand) for hand in found["hands"]),
        submitted=submitted and _signature(submitted),
        approval=approval and Approval(**{**approval, "by": _signature(approval["by"])}),
        send_at=_instant(found["send_at"]),
        until=_instant(found["until"]),
        ended_at=_instant(found["ended_at"]),
        note=found["note"],
    )


def _signature(found: Mapping[str, Any]) -> Signature:
    return Signature(account=UUID(found["account"]), name=found["name"], at=datetime.fromisoformat(found["at"]))


def _id(found: str | None) -> UUID | None:
    return None if found is None else UUID(found)


def _instant(found: str | None) -> datetime | None:
    return None if found is None else datetime.fromisoformat(found)
