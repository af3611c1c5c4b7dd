"""Conversion between units of one dimension; done once, where a reading enters.

Factors are exact by definition (SI prefixes; international knot = 1.852 km/h, degree Fahrenheit).
"""

from __future__ import annotations

_SCALES: dict[str, dict[str, float]] = {
    "length": {"mm": 1.0, "cm": 10.0, "m": 1000.0},
    "speed": {"km/h": 1.0, "m/s": 3.6, "kn": 1.852},
    "voltage": {"mV": 1.0, "V": 1000.0},
    "share": {"%": 1.0},
    "temperature": {"degC": 1.0},
}
_DIMENSION_OF = {unit: (name, scale) for name, units in _SCALES.items() for unit, scale in units.items()}
_SPELLINGS = {"°C": "degC", "Cel": "degC", "C": "degC", "percent": "%", "km/hr": "km/h", "kmh": "km/h"}


def convert(value: float, unit: str, target: str) -> float:
    """``value`` given in ``unit``, in ``target``; raises ValueError where they do not fit together.

    Only multiplications and divisions by whole factors, so 123.4 cm stays 123.4 cm.
    """
    unit = _SPELLINGS.get(unit, unit)
    if unit == target:
        return value
    dimension, scale = _DIMENSION_OF.get(unit, ("", 0.0))
    target_dimension, target_scale = _DIMENSION_OF.get(target, ("?", 1.0))
    if dimension != target_dimension:
        raise ValueError(f"unit {unit!r} cannot be read as {target!r}")
    return value * scale / target_scale if scale >= target_scale else value / (target_scale / scale)
