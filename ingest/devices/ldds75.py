"""Dragino LDDS75: ultrasonic distance to snow or water, 280 to 7500 mm; battery voltage, perhaps a probe's temperature.

Frames as in the vendor's public decoders (dragino-end-node-decoder) and manual: battery 2 bytes, distance 2, interrupt
1; since firmware 1.1.4 also temperature 2 and sensor flag 1. Big-endian. Without a sensor older firmware leaves the
distance out.
"""

from __future__ import annotations

from core.errors import DecodeError
from core.model import QualityReason
from core.units import convert
from ingest.devices import _server_decode
from ingest.devices._model import DeviceModel, measured
from ingest.messages import Fix, Reading, Uplink

_PORT, _STATUS_PORT = 2, 5
_BATTERY_BITS = 0x3FFF
_NO_VALUE_MM = 20.0
"""0 is "no sensor", 20 "closer than it can see"; nothing below is a distance."""

_NEAREST_MM = 280.0
_PROBE_DEGC = (-55.0, 125.0)
"""The range of a DS18B20; other numbers come without one."""

_FIELDS = {
    "Bat": ("battery_voltage", "V"),
    "Distance": ("distance", "mm"),
    "TempC_DS18B20": ("air_temperature", "degC"),
}


def _read(uplink: Uplink) -> list[Reading | Fix]:
    if uplink.data is None:
        sensor = (uplink.decoded or {}).get("Sensor_flag") != 0
        return [_judged(item, sensor=sensor) for item in _server_decode.read(uplink, _FIELDS)]
    if not uplink.data or uplink.f_port == _STATUS_PORT:
        return []
    if uplink.f_port not in (_PORT, 0, None):  # 0 and None: whoever handed it on left the port out
        raise DecodeError("unsupported", f"port {uplink.f_port} of an LDDS75 carries no reading")
    return list(_readings(uplink, uplink.data))


def _readings(uplink: Uplink, data: bytes) -> list[Reading | Fix]:
    if len(data) not in (3, 4, 5, 8):
        raise DecodeError("bad-frame", f"a frame of {len(data)} bytes is none of an LDDS75: {data.hex()[:64]}")
    volts = (int.from_bytes(data[:2], "big") & _BATTERY_BITS) / 1_000
    battery = measured(uplink, "battery_voltage", volts, "V")
    if len(data) == 3:
        return [battery, measured(uplink, "distance", None, "mm", QualityReason.SENSOR_FAULT)]
    distance = measured(uplink, "distance", float(int.from_bytes(data[2:4], "big")), "mm")
    if len(data) < 8:
        return [battery, _judged(distance)]
    degrees = int.from_bytes(data[5:7], "big", signed=True) / 10
    temperature = measured(uplink, "air_temperature", degrees, "degC")
    return [battery, _judged(distance, sensor=data[7] != 0), _judged(temperature)]


def _judged(item: Reading | Fix, *, sensor: bool = True) -> Reading | Fix:
    """The reading without its number where that stands for none; flagged where it is in the blind zone."""
    if not isinstance(item, Reading) or item.value is None:
        return item
    value, fault = item.value, item.fault
    if item.quantity == "distance" and (not sensor or _millimetres(item) < _NEAREST_MM):
        fault |= QualityReason.SENSOR_FAULT
        kept = value if sensor and _millimetres(item) > _NO_VALUE_MM else None
        return Reading(item.device, item.at, item.quantity, kept, item.unit, fault)
    if item.quantity == "air_temperature" and not _PROBE_DEGC[0] <= value <= _PROBE_DEGC[1]:
        return Reading(item.device, item.at, item.quantity, None, item.unit, fault | QualityReason.SENSOR_FAULT)
    return item


def _millimetres(item: Reading) -> float:
    """The distance in mm, whatever unit the server's decode gives; raises DecodeError ``bad-unit``."""
    try:
        return convert(item.value or 0.0, item.unit, "mm")
    except ValueError as error:
        raise DecodeError("bad-unit", f"the distance of an LDDS75: {error}") from error


MODEL = DeviceModel("ldds75", _read)
