"""What a device model is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.messages import Fix, Reading, Uplink


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """A kind of device: ``name`` as written in the site folder, ``read`` makes readings of its uplinks."""

    name: str
    read: Callable[[Uplink], list[Reading | Fix]]
