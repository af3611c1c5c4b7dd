"""SenML packs (RFC 8428), JSON: an array of records; what begins with ``b`` holds for later records too.

Names are joined, times, values and sums added. A record is resolved first, then looked up in the settings by the end
of its name and, where they say so, by its unit: one name may stand for humidity, position and battery at once. Records
with the units ``lon`` and ``lat`` at equal times are one position.

Times below 2^28 are relative to the sending, of which only the arrival is known: such readings are marked. Versions
10 and below and 26 (with secondary units, RFC 8798 and RFC 9100) are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId, QualityReason
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _mapping as mapping
from ingest.codecs._senml_names import Series, find_series, owner_of, read_owners, read_series
from ingest.codecs._senml_records import Record, resolve
from ingest.codecs._settings import Settings, shown
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Reading, Refused

_RELATIVE = 2.0**28
_AXES = ("lon", "lat")


@dataclass(frozen=True, slots=True)
class _Told:
    naming: mapping.Naming
    owners: Mapping[str, DeviceId]
    series: tuple[Series, ...]
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    owners = read_owners(settings)
    told = _Told(
        mapping.read_naming(settings, needed=not owners),
        owners,
        read_series(settings),
        mapping.read_numbers(settings, texts=False),
    )
    settings.finish()
    return told


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    pack = _Pack(told, told.naming.of(topic), message)
    body = strict_json.parse(message.payload, options.payload_bytes)
    if not isinstance(body, list):
        raise DecodeError("bad-shape", f"a pack is an array of records, not {shown(body)}")
    mapping.at_most(len(body), options, "records")
    found = list(pack.read(body))
    if not found and pack.unknown:
        mapping.known_names(pack.unknown, {})
    return found


class _Pack:
    """One pack while it is read."""

    def __init__(self, told: _Told, named: DeviceId | None, message: Message) -> None:
        self._told = told
        self._named = named
        self._message = message
        self._names: dict[tuple[DeviceId, str], str] = {}
        self._axes: dict[tuple[DeviceId, float], dict[str, float]] = {}
        self.unknown: list[str] = []

    def read(self, body: list[Any]) -> Iterator[Decoded]:
        """What the records say; half positions come last, as refusals."""
        for record in resolve(body):
            yield from self._items(record)
        for (device, _), axes in self._axes.items():
            (axis,) = axes
            other = "lat" if axis == "lon" else "lon"
            yield Refused(device, "bad-shape", f"a record with unit {axis} has no {other} at the same time")

    def _items(self, record: Record | DecodeError) -> Iterable[Decoded]:
        if isinstance(record, DecodeError):
            return [Refused(self._named or DeviceId(""), record.reason, str(record))]
        series = None if record.unit in _AXES else find_series(self._told.series, record)
        if series is None and record.unit not in _AXES:
            self.unknown.append(f"{record.name} {record.unit}".strip())
            return []
        try:
            device = self._device(record)
        except DecodeError as error:
            return [Refused(self._named or DeviceId(""), error.reason, str(error))]
        return mapping.each([record], lambda known: self._known(known, device, series), device)

    def _known(self, record: Record, device: DeviceId, series: Series | None) -> Iterable[Decoded]:
        if series is None:
            return self._axis(record, device)
        value = self._told.numbers.value(record.number(), record.name)
        at, fault = self._time(record.time)
        unit = record.unit or series.measures.unit
        if not unit:
            raise DecodeError("bad-unit", f"{record.name[:60]!r} has no unit, and the settings give it none")
        self._check_one_name(record, device, series)
        return [Reading(device, at, series.measures.quantity, value, unit, fault)]

    def _check_one_name(self, record: Record, device: DeviceId, series: Series) -> None:
        """Two names for one quantity of one device are two sensors, of which one would be stored as the other."""
        first = self._names.setdefault((device, series.measures.quantity), record.name)
        if first != record.name:
            what = (
                f"{first[:60]!r} and {record.name[:60]!r} would both be {series.measures.quantity} of {device[:60]!r}"
            )
            raise DecodeError("device-mismatch", f"{what}: tell them apart under devices in the settings")

    def _axis(self, record: Record, device: DeviceId) -> Iterable[Decoded]:
        axes = self._axes.setdefault((device, record.time), {})
        value = record.number()
        if record.unit in axes:
            raise DecodeError("bad-shape", f"{record.unit} is there twice for one time")
        axes[record.unit] = value
        if len(axes) < len(_AXES):
            return []
        del self._axes[device, record.time]
        at, fault = self._time(record.time)
        return [Fix(device, at, axes["lon"], axes["lat"], fault=fault)]

    def _device(self, record: Record) -> DeviceId:
        """The device of the topic; where the settings know whose names these are, both must agree."""
        if not self._told.owners:
            assert self._named is not None  # the settings need one or the other
            return self._named
        owner = owner_of(self._told.owners, record.name)
        if self._named is not None:
            fields.same_device(self._named, owner, f"the name {record.name[:60]!r}")
        return owner

    def _time(self, seconds: float) -> tuple[datetime | None, QualityReason]:
        """When it was measured; None is the arrival itself."""
        if seconds >= _RELATIVE:
            return fields.epoch(seconds), QualityReason.NONE
        if seconds == 0:
            return None, QualityReason.NONE
        if self._message.retain:
            raise DecodeError("retained", "a retained message with a relative time: nobody knows when it was sent")
        try:
            return self._message.received_at + timedelta(seconds=seconds), QualityReason.ARRIVAL_TIME
        except OverflowError as error:
            raise DecodeError("bad-time", f"{seconds:g} s from now is beyond the calendar") from error


CODEC = Codec("senml", _decode, _read_settings)
