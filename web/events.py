"""The wire form of the stream: server-sent events (WHATWG HTML §9.2) with JSON in ``data``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.times import format_rfc3339
from web.features import Shapes
from web.picture import Change, Picture
from web.shelter_states import states_as_list


class Writer:
    """Writes pictures and changes as events; ``token`` tells this server's versions from another's."""

    def __init__(self, shapes: Shapes, token: str, recent: timedelta) -> None:
        self._shapes = shapes
        self._token = token
        self._recent = recent

    def snapshot(self, picture: Picture, now: datetime, read_at: datetime | None, *, stale: bool) -> bytes:
        """Everything, for a reader that knows nothing; says like a heartbeat when it stands still."""
        return _event("snapshot", self.facts(picture, now, read_at, stale=stale), self._id(picture.version))

    def facts(self, picture: Picture, now: datetime, read_at: datetime | None, *, stale: bool) -> dict[str, Any]:
        """What a snapshot holds: everything the public may know, as plain data."""
        return {
            "version": picture.version,
            **standing(now, read_at, stale=stale),
            "stations": self._shapes.stations(picture.values, now, picture.offline),
            "vehicles": self._shapes.vehicles(picture.positions.values(), now),
            "alerts": self._alerts(picture, now),
            "shelters": states_as_list(picture.shelters),
        }

    def delta(self, picture: Picture, change: Change, now: datetime) -> bytes:
        """What changed, whole features each; ``alerts`` and ``shelters`` only where they did."""
        vehicles = (self._shapes.vehicle(picture.positions[vehicle], now) for vehicle in change.vehicles)
        data = {
            "version": picture.version,
            "now": format_rfc3339(now),
            "stations": [
                self._shapes.station(station, picture.values, now, picture.offline) for station in change.stations
            ],
            "vehicles": list(vehicles),
            "vehicles_gone": list(change.vehicles_gone),
        }
        if change.alerts:
            data["alerts"] = self._alerts(picture, now)
        if change.shelters:
            data["shelters"] = states_as_list(picture.shelters)
        return _event("delta", data, self._id(picture.version))

    def heartbeat(self, now: datetime, read_at: datetime | None, *, stale: bool) -> bytes:
        """A sign of life; ``stale`` and since when, while the data behind it stand still."""
        return _event("heartbeat", standing(now, read_at, stale=stale), None)

    def version_of(self, last_event_id: str | None) -> int | None:
        """The version a reader has seen, None where the id is not one of this server's."""
        token, _, number = (last_event_id or "").partition("-")
        if token != self._token or not (number.isascii() and number.isdigit() and len(number) < 18):
            return None
        return int(number)

    def _id(self, version: int) -> str:
        return f"{self._token}-{version}"

    def _alerts(self, picture: Picture, now: datetime) -> dict[str, Any]:
        return self._shapes.alerts(picture.episodes.values(), now - self._recent)


def standing(now: datetime, read_at: datetime | None, *, stale: bool) -> dict[str, Any]:
    """``now``, and where the data stand still that they do (``stale``) and since when (``read_at``)."""
    data: dict[str, Any] = {"now": format_rfc3339(now)}
    if stale:
        data |= {"stale": True, "read_at": format_rfc3339(read_at) if read_at else None}
    return data


def _event(name: str, data: Mapping[str, Any], id_: str | None) -> bytes:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = f"id: {id_}\n" if id_ is not None else ""
    return f"{head}event: {name}\ndata: {body}\n\n".encode()
