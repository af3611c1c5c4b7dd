"""The life of a message, in one place and in this order:

    decode → read the frame → resolve device → convert unit → gate time → flag quality
    → drop exact repeats → append → acknowledge

``Pipeline.handle`` does everything up to flagging (the steps of a reading are listed in ``ingest.steps``);
``store.append`` drops repeats and appends in one transaction; ``ingest.collector`` acknowledges after it.

Counters balance. Messages: ``messages_received = messages_accepted + messages_partial +
messages_quarantined + messages_alive``. Rows: ``rows_received = rows_unmapped + rows_quarantined`` + what
the store says of the rest (stored, duplicate, conflict, refused).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from config.model import Site
from core.errors import DecodeError
from ingest.codecs import CODECS
from ingest.devices import read_uplink
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Reading, Refused, Status, Uplink, topic_text
from ingest.routing import Routing, build_routing
from ingest.sources import SourceTable
from ingest.steps import Draft, locate, observe
from store.rows import Batch, DeviceSeen, QuarantineRow, Registry

log = logging.getLogger(__name__)


class Pipeline:
    """Turns messages into the rows of a batch. Knows the site, no clock, no broker and no database."""

    def __init__(self, site: Site, registry: Registry) -> None:
        self._limits = site.limits
        self._routing: Routing = build_routing(site, registry)
        self._sources = SourceTable(site.sources, site.limits, CODECS)

    def handle_all(self, messages: Sequence[Message]) -> Batch:
        """The batch of these messages. Whatever a message holds, it ends here: as rows or in quarantine."""
        batch = Batch()
        counts: Counter[str] = Counter(messages_received=len(messages))
        for message in messages:
            counts[self._handle(message, batch, counts)] += 1
        batch.counts.update(counts)
        return batch

    def _handle(self, message: Message, batch: Batch, counts: Counter[str]) -> str:
        codec_name = ""
        try:
            topic = topic_text(message.topic)
            codec, options = self._sources.find(topic)
            codec_name = codec.name
            items = self._decode(codec, options, message, topic, counts)
        except DecodeError as error:
            batch.quarantine.append(_set_aside(message, codec_name, "", error.reason, str(error)))
            return "messages_quarantined"
        except Exception as error:
            log.exception("a message on %r could not be read", message.topic[:200])
            batch.quarantine.append(_set_aside(message, codec_name, "", "failed", repr(error)))
            return "messages_quarantined"
        return self._accept(message, codec_name, items, batch, counts)

    def _decode(
        self, codec: Codec, options: CodecOptions, message: Message, topic: str, counts: Counter[str]
    ) -> list[Decoded]:
        items: list[Decoded] = []
        for item in codec.decode(message, topic, options):
            if isinstance(item, Uplink):
                items.extend(self._read_frame(item, counts))
            else:
                items.append(item)
        return items

    def _read_frame(self, uplink: Uplink, counts: Counter[str]) -> list[Decoded]:
        """The readings of a LoRaWAN frame, and the status that the device is alive.

        A frame also tells what the town does not keep (battery, temperature of the case): that is counted
        as unmapped, not set aside, or every frame would land in quarantine.
        """
        if uplink.device not in self._routing.devices:
            raise DecodeError("unknown-device", f"device {uplink.device!r} is not in the site folder")
        items: list[Decoded] = [Status(uplink.device, online=True, at=uplink.at)]
        for item in read_uplink(uplink, self._routing.models.get(uplink.device)):
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
        rows_before = len(batch.observations) + len(batch.positions)
        rows = refused_rows = 0
        for item in items:
            is_row = isinstance(item, (Reading, Fix, Refused))
            rows += is_row
            try:
                self._add(message, item, batch)
            except DecodeError as error:
                refused_rows += is_row
                refusals.append((item.device, error.reason, str(error)))
            except Exception as error:  # else the message would come again and end us again, for ever
                log.exception("a reading of %r could not be judged", item.device[:200])
                refused_rows += is_row
                refusals.append((item.device, "failed", repr(error)))
        accepted = len(batch.observations) + len(batch.positions) - rows_before
        counts["rows_received"] += rows
        if refusals:
            counts["rows_quarantined"] += refused_rows
            device, reason, detail = refusals[0]
            if rows > 1:
                detail = f"{len(refusals)} of {rows} readings refused; the first: {detail}"
            batch.quarantine.append(_set_aside(message, codec, device, reason, detail))
            return "messages_partial" if accepted else "messages_quarantined"
        return "messages_accepted" if accepted else "messages_alive"

    def _add(self, message: Message, item: Decoded, batch: Batch) -> None:
        draft = Draft(message, self._routing, self._limits, message.received_at)
        if isinstance(item, Reading):
            batch.observations.append(observe(draft, item))
        elif isinstance(item, Fix):
            batch.positions.append(locate(draft, item))
        elif isinstance(item, Refused):
            raise DecodeError(item.reason, item.detail)
        elif isinstance(item, Status) and item.device not in self._routing.devices:
            raise DecodeError("unknown-device", f"device {item.device!r} is not in the site folder")
        if not message.retain:
            online = item.online if isinstance(item, Status) else None
            batch.seen.append(DeviceSeen(item.device, message.received_at, online))


def _set_aside(message: Message, codec: str, device: str, reason: str, detail: str) -> QuarantineRow:
    return QuarantineRow(
        message.received_at,
        message.topic,
        message.payload,
        message.qos,
        message.retain,
        codec,
        device,
        reason,
        detail,
    )
