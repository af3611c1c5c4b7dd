"""Devices that send and nobody has claimed: what they say, and the lines that would make them part of the town.

They are found among the open messages that were set aside because their device, or what it measures, is not in the site
folder. However full the quarantine is, only so many senders are looked at, the busiest first, and of each
only its newest messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from config.model import Site
from config.places import JAPAN
from core.errors import DecodeError
from core.model import Position
from core.quantities import QUANTITIES
from core.units import convert
from ingest.claim_lines import Line, LineWriter, Newcomer, nameable
from ingest.codecs import CODECS
from ingest.messages import Decoded, Fix, Message, Reading, Uplink
from ingest.model_guess import guess_models, read_frames
from ingest.sources import SourceTable
from store import Store
from store.aside import Sender, SetAside

REASONS = ("unknown-device", "unknown-quantity")
MOST_DEVICES = 50
NEWEST_MESSAGES = 20
LARGEST_MESSAGE = 16_384
MOST_NAMES = 40
"""Quantities shown of one device; a message may make up a thousand."""

_STANDS_STILL_DEG = 0.001
"""About 100 m: a receiver that never moves says so within it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A quantity a device sends: the unit, the newest value and its time (event time, else arrival)."""

    quantity: str
    unit: str
    value: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Frames:
    """LoRaWAN frames of a device: port and bytes of the newest, and the models that can read them all, likeliest first."""

    f_port: int | None
    data: bytes | None
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A device to be claimed. ``waiting`` says that the site folder has it by now: its messages wait for a replay only.

    ``messages`` are those set aside and open; ``interval`` is the usual time between its readings, None where fewer than
    two were seen; ``notes`` say in words what the lines cannot.
    """

    device: str
    codec: str
    topics: tuple[str, ...]
    messages: int
    first_at: datetime
    last_at: datetime
    sent: tuple[Sent, ...]
    position: Position | None
    frames: Frames | None
    interval: timedelta | None
    waiting: bool
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """The devices found, and how many more senders there are than were looked at."""

    claims: tuple[Claim, ...]
    more_senders: int


@dataclass(slots=True)
class _Heard:
    """What one device was heard to say, put together from all its topics."""

    codec: str
    device: str
    senders: list[Sender] = field(default_factory=list)
    readings: list[tuple[Reading, datetime]] = field(default_factory=list)
    fixes: list[tuple[Fix, datetime]] = field(default_factory=list)
    uplinks: list[Uplink] = field(default_factory=list)


def find_claims(site: Site, site_no: int, store: Store) -> Claims:
    """The devices of a site nobody has claimed, the busiest first; at most ``MOST_DEVICES`` senders are looked at."""
    senders, in_all = store.aside.senders(site_no, REASONS, most=MOST_DEVICES, newest=NEWEST_MESSAGES)
    numbers = [number for sender in senders for number in sender.newest]
    messages = {each.number: each for each in store.aside.messages(site_no, numbers, payload_bytes=LARGEST_MESSAGE)}
    writer, heard = LineWriter(site), _hear(site, senders, messages)
    claims = [_claim(site, writer, device) for device in heard[:MOST_DEVICES]]
    wanting = {topic for claim in claims if not claim.waiting for topic in claim.topics}
    # A gateway's message that was set aside for one device also names those the town has long had.
    shown = [claim for claim in claims if not claim.waiting or wanting.isdisjoint(claim.topics)]
    return Claims(tuple(shown), in_all - len(senders))


def _hear(site: Site, senders: Sequence[Sender], messages: Mapping[int, SetAside]) -> list[_Heard]:
    sources = SourceTable(site.sources, site.limits, CODECS)
    found: dict[str, _Heard] = {}
    for sender in senders:
        read = [messages[number] for number in sender.newest if number in messages]
        said = [(one, message.message.received_at) for message in read for one in _decoded(sources, message)]
        by_itself = sender.device or sender.topic.decode(errors="backslashreplace")
        for device in dict.fromkeys(str(one.device) for one, _ in said) or [by_itself]:
            found.setdefault(device, _Heard(sender.codec, device)).senders.append(sender)
        for one, received_at in said:
            _sort_in(found[one.device], one, received_at)
    return list(found.values())


def _decoded(sources: SourceTable, message: SetAside) -> Iterable[Decoded]:
    row = message.message
    arrived = Message(row.topic, row.payload, row.received_at, row.qos, row.retain)
    try:
        topic = arrived.topic_text
        codec, options = sources.find(topic)
        return codec.decode(arrived, topic, options)
    except DecodeError:
        return ()


def _sort_in(heard: _Heard, one: Decoded, received_at: datetime) -> None:
    if isinstance(one, Reading):
        heard.readings.append((one, one.at or received_at))
    elif isinstance(one, Fix):
        heard.fixes.append((one, one.at or received_at))
    elif isinstance(one, Uplink):
        heard.uplinks.append(one)


def _claim(site: Site, writer: LineWriter, heard: _Heard) -> Claim:
    frames = _frames(heard)
    sent = _sent(site, heard)
    waiting = _is_waiting(site, heard, sent)
    newcomer = _newcomer(site, heard, sent, frames)
    return Claim(
        device=heard.device,
        codec=heard.codec,
        topics=tuple(sorted({sender.topic.decode(errors="backslashreplace") for sender in heard.senders})),
        messages=sum(sender.messages for sender in heard.senders),
        first_at=min(sender.first_at for sender in heard.senders),
        last_at=max(sender.last_at for sender in heard.senders),
        sent=tuple(sent),
        position=newcomer.position,
        frames=frames,
        interval=newcomer.interval,
        waiting=waiting,
        lines=() if waiting else writer.lines(newcomer),
        notes=tuple(_notes(heard, sent, frames, waiting=waiting, tracker=newcomer.tracker)),
    )


def _newcomer(site: Site, heard: _Heard, sent: Sequence[Sent], frames: Frames | None) -> Newcomer:
    there = next((stream for stream in site.datastreams if stream.device == heard.device), None)
    guessed = frames.models[0] if frames is not None and frames.models else None
    moves = bool(heard.fixes) and (not _stands_still(heard) or not any(_is_of_place(one) for one in sent))
    return Newcomer(
        device=heard.device,
        quantities=list(dict.fromkeys(one.quantity for one in sent if _fits(one))),
        model=guessed if there is None else there.model,
        position=_position(heard),
        interval=_interval(heard),
        tracker=moves and there is None,
        station=None if there is None else str(there.station),
    )


def _frames(heard: _Heard) -> Frames | None:
    """The newest frame and the models that read all; what the likeliest reads joins what the device was heard to say."""
    if not heard.uplinks:
        return None
    newest_at = max(sender.last_at for sender in heard.senders)
    models = guess_models(heard.uplinks)
    if models:
        for one in read_frames(heard.uplinks, models[0]):
            _sort_in(heard, one, newest_at)
    newest = heard.uplinks[0]
    return Frames(newest.f_port, newest.data, tuple(models))


def _sent(site: Site, heard: _Heard) -> list[Sent]:
    """Per quantity and unit the newest value, without what the site keeps of this device already."""
    kept = {stream.quantity for stream in site.datastreams if stream.device == heard.device}
    newest: dict[tuple[str, str], Sent] = {}
    for reading, at in sorted(heard.readings, key=lambda each: each[1]):
        if reading.quantity not in kept:
            newest[reading.quantity, reading.unit] = Sent(reading.quantity, reading.unit, reading.value, at)
    return sorted(newest.values(), key=lambda one: (not _fits(one), one.quantity))[:MOST_NAMES]


def _fits(sent: Sent) -> bool:
    """Whether it is a quantity of ours, in a unit of it."""
    if sent.quantity not in QUANTITIES:
        return False
    try:
        convert(0.0, sent.unit, QUANTITIES[sent.quantity].unit)
    except ValueError:
        return False
    return True


def _is_of_place(sent: Sent) -> bool:
    """Whether it says something about a place rather than about the device itself."""
    return _fits(sent) and not sent.quantity.startswith("battery")


def _is_waiting(site: Site, heard: _Heard, sent: Sequence[Sent]) -> bool:
    """Whether the site folder has by now what these messages were set aside for."""
    if any(vehicle.device == heard.device for vehicle in site.vehicles):
        return True
    return heard.device in site.devices and not sent


def _position(heard: _Heard) -> Position | None:
    if not heard.fixes:
        return None
    fix = max(heard.fixes, key=lambda each: each[1])[0]
    return Position(fix.lon, fix.lat) if JAPAN.contains(fix.lon, fix.lat) else None


def _stands_still(heard: _Heard) -> bool:
    lons, lats = [fix.lon for fix, _ in heard.fixes], [fix.lat for fix, _ in heard.fixes]
    return max(lons) - min(lons) <= _STANDS_STILL_DEG and max(lats) - min(lats) <= _STANDS_STILL_DEG


def _interval(heard: _Heard) -> timedelta | None:
    """The median time between the readings of a quantity; of the messages where they carry no time."""
    times: dict[str, set[datetime]] = {}
    for reading, at in heard.readings:
        times.setdefault(reading.quantity, set()).add(at)
    steps = [(later - earlier).total_seconds() for each in times.values() for earlier, later in pairwise(sorted(each))]
    return timedelta(seconds=median(steps)) if steps else None


def _notes(
    heard: _Heard, sent: Sequence[Sent], frames: Frames | None, *, waiting: bool, tracker: bool
) -> Iterable[str]:
    if waiting:
        yield f"in the site folder by now: yukimori quarantine replay --device {heard.device}"
        return
    if not nameable(heard.device):
        yield "its name cannot stand in a site file (letters, digits and - _ . : / only): rename the device"
    if frames is not None and not frames.models:
        yield "no device model reads its frames: see docs/sensors.md"
    if frames is not None and len(frames.models) > 1:
        yield f"its frames could also be of the model {', '.join(frames.models[1:])}: look at the label"
    for one in sent:
        if one.quantity not in QUANTITIES:
            yield f"{one.quantity[:40]!r} is no quantity Yukimori knows"
        elif not _fits(one):
            yield f"{one.quantity} comes in {one.unit[:20]!r}, which does not fit {QUANTITIES[one.quantity].unit}"
        elif one.quantity == "distance" and not tracker:
            yield (
                "it measures a distance; for a depth or level write snow_depth, channel_level or water_level "
                "in its place, and the height it hangs at as mount_height_cm"
            )
