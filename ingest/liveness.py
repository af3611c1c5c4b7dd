"""Which devices are alive, and which silences have one cause: a gateway, a carrier, the whole town. Pure, no I/O.

A device is judged by when its newest live message *arrived*: an old message that is delivered late, retained or replayed
says nothing about now, and a value that never changes is still a sign of life (``ingest.quality`` looks at flat lines).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.model import Site
from core.freshness import interval_expected, silence_allowed
from core.model import Datastream, DeviceId, StationId
from ingest.silence import Silence, Trouble, Way, explain
from store.rows import DeviceHeard, DeviceSeen, LatestValue


class State(StrEnum):
    """How a device is: ``late`` is heard, but what it measured is old; ``offline`` is so by its own word or last will."""

    ALIVE = "alive"
    LATE = "late"
    SILENT = "silent"
    OFFLINE = "offline"
    NEVER = "never-heard"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLife:
    """What is known of one device of a station; all times aware UTC.

    ``since`` is when its state began as far as is known: the last sign of life of a silent one, the time of the newest
    value of a late one; None where it was never heard. ``expected`` is the interval between its messages as its newest
    values make it, ``allowed`` the silence after which it counts as silent.
    """

    device: DeviceId
    stations: tuple[StationId, ...]
    state: State
    since: datetime | None
    heard_at: datetime | None
    newest_at: datetime | None
    expected: timedelta
    allowed: timedelta
    gateways: tuple[str, ...]
    carrier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was known before this look.

    ``named`` are the devices of incidents that are open, with the last sign of life the incident knew of: they are missing
    until they are heard. ``grouped`` are those of them that fell silent together with others. ``listening_since`` is since when messages are collected without a break (None: they are
    not), ``excused`` since when single devices may be expected again, because what had cut them off is over.
    """

    listening_since: datetime | None = None
    named: Mapping[DeviceId, datetime] | None = None
    grouped: frozenset[DeviceId] = frozenset()
    excused: Mapping[DeviceId, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Liveness:
    """Every device of the site's stations, by name, and what is wrong with them, each cause once."""

    devices: tuple[DeviceLife, ...]
    troubles: tuple[Trouble, ...]


def assess(
    site: Site,
    latest: Iterable[LatestValue],
    seen: Iterable[DeviceSeen],
    heard: Iterable[DeviceHeard],
    now: datetime,
    before: Before,
) -> Liveness:
    """How the devices are at ``now``. Ploughs park for weeks: they are never missing, but a live one shows that all else works.

    ``latest`` are the newest usable values, ``heard`` the gateways of each device's newest frame. While nobody collects
    (``before.listening_since`` None) nothing can be said of the silence of devices: there are no troubles then.
    """
    values = {f"{row.station}/{row.quantity}": row for row in latest}
    signs = {DeviceId(sign.device): sign for sign in seen}
    gateways: dict[str, list[str]] = defaultdict(list)
    for each in heard:
        gateways[each.device].append(each.gateway)
    streams: dict[DeviceId, list[Datastream]] = defaultdict(list)
    for stream in site.datastreams:
        streams[stream.device].append(stream)
    lives = tuple(
        _life(streams[device], values, signs.get(device), tuple(sorted(gateways[device])), now)
        for device in sorted(streams)
    )
    if before.listening_since is None:
        return Liveness(lives, ())
    silences = [_silence(life, life.heard_at, before, now) for life in lives if life.heard_at is not None]
    others = [sign.at for device, sign in signs.items() if device not in streams and device in site.devices]
    return Liveness(lives, explain(silences, max(others, default=None)))


def _life(
    streams: Sequence[Datastream],
    values: Mapping[str, LatestValue],
    sign: DeviceSeen | None,
    gateways: tuple[str, ...],
    now: datetime,
) -> DeviceLife:
    told = [(stream, values[stream.key]) for stream in streams if stream.key in values]
    allowed = min(
        (silence_allowed(stream, row.value, row.quality) for stream, row in told),
        default=min(stream.stale_after for stream in streams),
    )
    expected = min(
        (interval_expected(stream, row.value, row.quality) for stream, row in told),
        default=min(stream.expected_interval for stream in streams),
    )
    newest_at = max((row.at for _, row in told), default=None)
    state, since = _state(sign, newest_at, allowed, now)
    return DeviceLife(
        device=streams[0].device,
        stations=tuple(dict.fromkeys(stream.station for stream in streams)),
        state=state,
        since=since,
        heard_at=None if sign is None else sign.at,
        newest_at=newest_at,
        expected=expected,
        allowed=allowed,
        gateways=gateways,
        carrier=next((stream.carrier for stream in streams if stream.carrier), ""),
    )


def _state(
    sign: DeviceSeen | None, newest_at: datetime | None, allowed: timedelta, now: datetime
) -> tuple[State, datetime | None]:
    if sign is None:
        return State.NEVER, None
    if sign.online is False:
        return State.OFFLINE, sign.at
    if now - sign.at > allowed:
        return State.SILENT, sign.at
    if newest_at is None or now - newest_at > allowed:
        return State.LATE, newest_at
    return State.ALIVE, sign.at


def _silence(life: DeviceLife, heard_at: datetime, before: Before, now: datetime) -> Silence:
    since = max(heard_at, before.listening_since or heard_at, (before.excused or {}).get(life.device, heard_at))
    named_at = (before.named or {}).get(life.device)
    known = named_at is not None and heard_at <= named_at
    ways = {Way.gateway(name) for name in life.gateways}
    if life.carrier:
        ways.add(Way.carrier(life.carrier))
    return Silence(
        device=life.device,
        heard_at=heard_at,
        expected=life.expected,
        allowed=life.allowed,
        waited=now - since,
        known=known,
        grouped=life.device in before.grouped,
        ways=frozenset(ways),
    )
