"""What a message says of the way it took: the number its device gave it, the gateways that heard it."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.clocks import EARLIEST, NO_OFFSET
from ingest.messages import Message, Numbered, Uplink
from ingest.routing import Routing
from store.rows import Batch, DeviceHeard, DeviceNumber

BELIEVED_AHEAD = timedelta(minutes=10)
_NOW = timedelta(0)
HIGHEST_NUMBER = 2**63 - 1
MOST_GATEWAYS = 32
"""Of one frame; the network servers list the best first."""
GATEWAY_LENGTH = 100


def note_number(numbered: Numbered, message: Message, routing: Routing, batch: Batch) -> None:
    """Note the number of a known device's message, whatever becomes of what it measured: it was not lost.

    Its time is used where it can be believed, else the arrival. A retained message without a time says nothing: the
    broker sends it with every connection.
    """
    if numbered.device not in routing.devices or not 0 <= numbered.number <= HIGHEST_NUMBER:
        return
    at = numbered.at
    if at is not None and (offset := routing.offsets.get(numbered.device, NO_OFFSET)):
        at = at + offset if EARLIEST <= at <= message.received_at - offset + BELIEVED_AHEAD else None
    if at is not None and _believed(at, message.received_at, routing):
        batch.numbers.append(DeviceNumber(numbered.device, numbered.number, at))
    elif not message.retain:
        batch.numbers.append(DeviceNumber(numbered.device, numbered.number, message.received_at, timed=False))


def note_gateways(uplink: Uplink, message: Message, batch: Batch) -> None:
    """Note the gateways that heard a frame of a known device, at its time or else at its arrival."""
    if message.retain:
        return
    at = message.received_at if uplink.at is None else min(uplink.at, message.received_at)
    for gateway in uplink.gateways[:MOST_GATEWAYS]:
        if gateway.isprintable() and len(gateway) <= GATEWAY_LENGTH:
            batch.heard.append(DeviceHeard(uplink.device, gateway, at))


def _believed(at: datetime, received_at: datetime, routing: Routing) -> bool:
    age = received_at - at
    if age < _NOW:
        return -age <= BELIEVED_AHEAD
    return (age <= routing.sensor_gate.behind or age <= routing.vehicle_gate.behind) and at >= EARLIEST
