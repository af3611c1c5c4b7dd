"""Conversion between units is exact in the digits a value is written with."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.quantities import QUANTITIES
from core.units import added, convert


@pytest.mark.parametrize(
    ("value", "unit", "target", "expected"),
    [
        (123.4, "cm", "cm", 123.4),
        (1.23, "m", "cm", 123.0),
        (1.005, "m", "cm", 100.5),
        (0.57, "m", "mm", 570.0),
        (1234.5, "mm", "cm", 123.45),
        (41.0, "cm", "m", 0.41),
        (0.0012, "km", "m", 1.2),
        (-3.5, "Cel", "degC", -3.5),
        (-3.5, "℃", "degC", -3.5),
        (273.65, "K", "degC", 0.5),
        (-0.15, "degC", "K", 273.0),
        (87.0, "%EL", "%", 87.0),
        (0.29, "/", "%", 29.0),
        (3612.0, "mV", "V", 3.612),
        (10.0, "kn", "km/h", 18.52),
        (2.5, "m/s", "km/h", 9.0),
        (18.52, "km/h", "kn", 10.0),
    ],
)
def test_conversions(value, unit, target, expected):
    assert convert(value, unit, target) == expected


@pytest.mark.parametrize(
    ("unit", "target"),
    [("mm/h", "mm"), ("degC", "cm"), ("", "cm"), ("kg", "cm"), ("CM", "cm"), ("%RH", "%"), ("cm", "nothing")],
)
def test_units_that_do_not_fit(unit, target):
    with pytest.raises(ValueError, match="cannot be read as"):
        convert(1.0, unit, target)


def test_beyond_any_float_is_infinite():
    assert convert(1e308, "m", "mm") == float("inf")
    assert convert(-1e308, "m", "mm") == float("-inf")


LENGTHS = {"mm": 1, "cm": 10, "m": 1000, "km": 1_000_000}
lengths = st.sampled_from(sorted(LENGTHS))
written = st.decimals(-100_000, 100_000, places=4)


@settings(derandomize=True, max_examples=300)
@given(written, lengths, lengths)
def test_lengths_are_those_reckoned_with_decimals(value: Decimal, unit: str, target: str):
    assert convert(float(value), unit, target) == float(value * LENGTHS[unit] / LENGTHS[target])


@settings(derandomize=True, max_examples=300)
@given(written, st.sampled_from([("m", "mm"), ("km", "cm"), ("V", "mV"), ("/", "%"), ("m/s", "km/h"), ("K", "degC")]))
def test_there_and_back(value: Decimal, units: tuple[str, str]):
    unit, other = units
    assert convert(convert(float(value), unit, other), other, unit) == float(value)


def test_every_quantity_is_in_a_unit_that_can_be_converted():
    assert all(convert(1.0, quantity.unit, quantity.unit) == 1.0 for quantity in QUANTITIES.values())
    assert convert(1.0, "m", QUANTITIES["snow_depth"].unit) == 100.0


def test_sums_are_those_of_the_digits():
    assert 101.2 + 0.04 != 101.24
    assert (added(101.2, 0.04), added(2000, -1086.1), added(1e308, 1e308)) == (101.24, 913.9, float("inf"))
