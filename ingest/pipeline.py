"""The life of a message, in one place and in this order:

    known repeat? → decode → read the frame → resolve device → convert unit → calibrate → gate time → flag quality
    → flood? → drop exact repeats → append → acknowledge

``Pipeline.handle_all`` does everything up to the flood gate (the steps of a reading are listed in ``ingest.steps``);
``store.append`` drops repeats and appends in one transaction; ``ingest.collector`` acknowledges after it.

Counters balance. Messages, each with one fate: ``messages_received = messages_accepted + messages_partial +
messages_quarantined + messages_alive``; the batch holds one quarantine row for each that is partial or quarantined. Rows:
``rows_received = rows_unmapped + rows_quarantined`` + the rows of the batch, and what the store says of those:
stored + duplicate + conflict + refused. Statuses, numbers and gateways are no rows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from config.model import Site
from core.errors import DecodeError
from ingest.clocks import WrongClockError
from ingest.codecs import CODECS
from ingest.devices import read_uplink
from ingest.flood import FloodGate
from ingest.messages import (
    Codec,
    CodecOptions,
    Decoded,
    Fix,
    Message,
    Numbered,
    Reading,
    Refused,
    Status,
    Uplink,
    topic_text,
)
from ingest.repeats import Repeats
from ingest.routing import Routing, build_routing
from ingest.sources import SourceTable
from ingest.steps import Draft, is_timed_by_arrival, locate, observe, unknown_device
from ingest.way import note_gateways, note_number
from store.rows import ArrivalTimed, Batch, DeviceSeen, DeviceSkew, QuarantineRow, Registry

log = logging.getLogger(__name__)

Item = TypeVar("Item", Reading, Fix)


class Pipeline:
    """Turns messages into the rows of a batch. Knows the site, no clock, no broker and no database.

    ``repeats`` are the messages without a time of their own that the broker may send again.
    """

    def __init__(self, site: Site, registry: Registry, repeats: Repeats | None = None) -> None:
        self._routing: Routing = build_routing(site, registry)
        self._sources = SourceTable(site.sources, site.limits, CODECS)
        self._flood = FloodGate(site)
        self._repeats = repeats or Repeats()
        self._alive: dict[str, datetime] = {}
        """Of each device the arrival its last sign of life in this batch bears: those read together share it."""

    def recognise(self, client: str, known: Iterable[ArrivalTimed]) -> None:
        """Repeats of another client's session will come in too; ``known`` as for ``Repeats``."""
        self._repeats.learn(client, known)

    def handle_all(self, messages: Sequence[Message]) -> Batch:
        """The batch of these messages. Whatever a message holds, it ends here: as rows or in quarantine."""
        batch = Batch()
        self._alive.clear()
        counts: Counter[str] = Counter(messages_received=len(messages))
        for message in messages:
            if message.repeated or self._repeats.without_first:
                message = self._repeats.recall(message)  # noqa: PLW2901 - the same message, with its first arrival
            counts[self._handle(message, batch, counts)] += 1
        batch.counts.update(counts)
        return batch

    def _handle(self, message: Message, batch: Batch, counts: Counter[str]) -> str:
        codec_name = ""
        try:
            topic = topic_text(message.topic)
            codec, options = self._sources.find(topic)
            codec_name = codec.name
            items = self._decode(codec, options, message, topic, batch, counts)
        except DecodeError as error:
            self._set_aside(message, batch, codec_name, "", error.reason, str(error))
            return "messages_quarantined"
        except Exception as error:
            log.exception("a message on %r could not be read", message.topic[:200])
            self._set_aside(message, batch, codec_name, "", "failed", repr(error))
            return "messages_quarantined"
        return self._accept(message, codec_name, items, batch, counts)

    def _decode(
        self,
        codec: Codec,
        options: CodecOptions,
        message: Message,
        topic: str,
        batch: Batch,
        counts: Counter[str],
    ) -> list[Decoded]:
        items: list[Decoded] = []
        for item in codec.decode(message, topic, options):
            if isinstance(item, Uplink):
                items.extend(self._read_frame(item, message, batch, counts))
            else:
                items.append(item)
        return items

    def _read_frame(self, uplink: Uplink, message: Message, batch: Batch, counts: Counter[str]) -> list[Decoded]:
        """The readings of a LoRaWAN frame, and the status that the device is alive.

        A frame also tells what the town does not keep (battery, temperature of the case): that is counted
        as unmapped, not set aside, or every frame would land in quarantine.
        """
        if uplink.device not in self._routing.devices:
            return [Refused(uplink.device, "unknown-device", unknown_device(uplink.device))]
        note_gateways(uplink, message, batch)
        items: list[Decoded] = [Status(uplink.device, online=True, at=uplink.at)]
        if uplink.frame is not None:
            items.append(Numbered(uplink.device, uplink.frame, uplink.at))
        try:
            read = read_uplink(uplink, self._routing.models.get(uplink.device))
        except DecodeError as error:
            return [*items, Refused(uplink.device, error.reason, str(error))]
        for item in read:
            if self._keeps(item):
                items.append(item)
            else:
                counts["rows_received"] += 1
                counts["rows_unmapped"] += 1
        return items

    def _keeps(self, item: Reading | Fix) -> bool:
        if isinstance(item, Reading):
            return (item.device, item.quantity) in self._routing.routes
        return item.device in self._routing.vehicles

    def _accept(self, message: Message, codec: str, items: list[Decoded], batch: Batch, counts: Counter[str]) -> str:
        refusals: list[tuple[str, str, str]] = []
        accepted = refused = 0
        for item in items:
            try:
                accepted += self._add(message, item, batch)
            except DecodeError as error:
                refusals.append((item.device, error.reason, str(error)))
                refused += _is_row(item)
                if isinstance(error, WrongClockError):
                    batch.skews.append(DeviceSkew(item.device, error.skew, message.received_at))
            except Exception as error:  # else the message would come again and end us again, for ever
                log.exception("a reading of %r could not be judged", item.device[:200])
                refusals.append((item.device, "failed", repr(error)))
                refused += _is_row(item)
        counts["rows_received"] += accepted + refused
        if refusals:
            counts["rows_quarantined"] += refused
            device, reason, detail = refusals[0]
            if accepted + refused > 1:
                detail = f"{refused} of {accepted + refused} readings refused; the first: {detail}"
            self._set_aside(message, batch, codec, device, reason, detail)
            return "messages_partial" if accepted else "messages_quarantined"
        return "messages_accepted" if accepted else "messages_alive"

    def _add(self, message: Message, item: Decoded, batch: Batch) -> bool:
        """Take in one item; whether it became a row. Raises DecodeError where it is refused."""
        if isinstance(item, Reading):
            if item.at is None or item.fault:
                message, item = _told_apart(message, item)
            observation = observe(Draft(message, self._routing, message.received_at), item)
            self._flood.check(item.device, observation.at, message.received_at)
            batch.observations.append(observation)
        elif isinstance(item, Fix):
            if item.at is None or item.fault:
                message, item = _told_apart(message, item)
            position = locate(Draft(message, self._routing, message.received_at), item)
            self._flood.check(item.device, position.at, message.received_at)
            batch.positions.append(position)
        else:
            self._note(message, item, batch)
            return False
        if not message.retain and self._alive.get(item.device) is not message.received_at:
            self._alive[item.device] = message.received_at
            batch.seen.append(DeviceSeen(item.device, message.received_at, None))
        if (item.at is None or item.fault) and is_timed_by_arrival(item):
            self._remember(message, batch)
        return True

    def _note(self, message: Message, item: Decoded, batch: Batch) -> None:
        """Take in what is no row; raises DecodeError where it is refused."""
        if isinstance(item, Numbered):
            note_number(item, message, self._routing, batch)
            return
        if isinstance(item, Refused):
            raise DecodeError(item.reason, item.detail)
        if item.device not in self._routing.devices:
            raise DecodeError("unknown-device", unknown_device(item.device))
        if isinstance(item, Status) and not message.retain:
            self._alive.pop(item.device, None)  # a reading after it says more than one before
            batch.seen.append(DeviceSeen(item.device, message.received_at, item.online))

    def _set_aside(self, message: Message, batch: Batch, codec: str, device: str, reason: str, detail: str) -> None:
        """Into quarantine; its arrival is part of what tells it from others, so it is remembered."""
        own = _with_own_arrival(message)
        fields = (own.received_at, own.topic, own.payload, own.qos, own.retain, codec, device, reason, detail)
        batch.quarantine.append(QuarantineRow(*fields))
        self._remember(own, batch)

    def _remember(self, message: Message, batch: Batch) -> None:
        arrived = self._repeats.remember(message)
        if arrived is not None and (not batch.arrival_timed or batch.arrival_timed[-1] != arrived):
            batch.arrival_timed.append(arrived)


def _told_apart(message: Message, item: Item) -> tuple[Message, Item]:
    """The same, with an arrival of its own where nothing else tells it from other messages of its device."""
    if not message.place or not is_timed_by_arrival(item):
        return message, item
    own = _with_own_arrival(message)
    return own, item if item.at is None else replace(item, at=item.at + (own.received_at - message.received_at))


def _with_own_arrival(message: Message) -> Message:
    return replace(message, received_at=message.own_arrival, place=0) if message.place else message


def _is_row(item: Decoded) -> bool:
    return not isinstance(item, (Status, Numbered))
