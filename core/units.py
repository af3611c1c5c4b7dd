"""Conversion between units of one dimension; done once, where a reading enters.

Scales are exact by definition (SI prefixes; international knot = 1.852 km/h; 0 °C = 273.15 K). Spellings are those of
devices, UCUM and SenML (RFC 8428 and RFC 8798: ``Cel``, ``%EL``, ``/`` for a share of 1, and the secondary units
``mm``, ``cm``, ``km/h``, ``mV``). Intensities (``mm/h``) are no amounts and fit no quantity.
"""

from __future__ import annotations

from decimal import Decimal

_SCALES: dict[str, dict[str, str]] = {
    "length": {"mm": "1", "cm": "10", "m": "1000", "km": "1000000"},
    "speed": {"km/h": "1", "m/s": "3.6", "kn": "1.852"},
    "voltage": {"mV": "1", "V": "1000"},
    "share": {"%": "1", "/": "100"},
    "temperature": {"degC": "1", "K": "1"},
}
_ZEROES = {"K": Decimal("273.15")}
_DIMENSION_OF = {unit: (name, Decimal(scale)) for name, units in _SCALES.items() for unit, scale in units.items()}
_SPELLINGS = {
    "°C": "degC",
    "℃": "degC",
    "Cel": "degC",
    "C": "degC",
    "percent": "%",
    "%EL": "%",
    "km/hr": "km/h",
    "kmh": "km/h",
}


def added(one: float, other: float) -> float:
    """The sum in the decimal digits both are written with: 101.2 + 0.35 is 101.55, and reaches a threshold of 101.55."""
    return float(Decimal(repr(float(one))) + Decimal(repr(float(other))))


def convert(value: float, unit: str, target: str) -> float:
    """``value`` given in ``unit``, in ``target``; raises ValueError where they do not fit together.

    Reckoned with the decimal digits the value is written with, so 1.005 m is 100.5 cm and nothing beside it. May be
    infinite where the value is near the end of what a float holds.
    """
    unit = _SPELLINGS.get(unit, unit)
    if unit == target:
        return value
    dimension, scale = _DIMENSION_OF.get(unit, ("", Decimal(0)))
    target_dimension, target_scale = _DIMENSION_OF.get(target, ("?", Decimal(1)))
    if dimension != target_dimension:
        raise ValueError(f"unit {unit!r} cannot be read as {target!r}")
    written = Decimal(repr(float(value)))
    if dimension == "temperature":
        return float(written - _ZEROES.get(unit, 0) + _ZEROES.get(target, 0))
    return float(written * scale / target_scale)
