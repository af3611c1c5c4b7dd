"""A telegram as JSON and back: what the store keeps of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from alerts.jma.telegram import Item, Telegram
from core.times import format_rfc3339, parse_rfc3339


def dump(telegram: Telegram, areas: Collection[str]) -> dict[str, Any]:
    """What is kept: everything it says of itself, and the items of these areas."""
    return {
        "type": telegram.type,
        "title": telegram.title,
        "status": telegram.status,
        "office": telegram.office,
        "sent_at": format_rfc3339(telegram.sent_at) if telegram.sent_at else None,
        "info_type": telegram.info_type,
        "report_at": format_rfc3339(telegram.report_at),
        "event_id": telegram.event_id,
        "serial": telegram.serial,
        "headline": telegram.headline,
        "items": [_item(item) for item in telegram.items if item.area in areas or len(item.area) == 12],
        "widths": sorted(telegram.widths),
    }


def load(content: Mapping[str, Any]) -> Telegram:
    """The telegram that was kept, with the items that were."""
    return Telegram(
        **{
            **content,
            "sent_at": parse_rfc3339(content["sent_at"]) if content["sent_at"] else None,
            "report_at": parse_rfc3339(content["report_at"]),
            "items": tuple(Item(**item) for item in content["items"]),
            "widths": frozenset(content["widths"]),
        }
    )


def _item(item: Item) -> dict[str, Any]:
    return {
        "area": item.area,
        "area_name": item.area_name,
        "code": item.code,
        "name": item.name,
        "status": item.status,
        "lifted": item.lifted,
        "subject": item.subject,
    }
