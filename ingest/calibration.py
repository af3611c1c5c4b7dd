"""From what a device measured to the value of its datastream: mount height minus distance, plus offset."""

from __future__ import annotations

from core.model import Datastream
from core.quantities import QUANTITIES
from core.units import added, convert


def calibrated(measured: float, stream: Datastream, *, from_distance: bool) -> float:
    """The value in the unit of the datastream's quantity; a distance is given in mm, anything else in that unit.

    The same reckoning when a reading comes in and when history is judged anew. Raises ValueError for a distance where
    the datastream has no mount height.
    """
    value = measured
    if from_distance:
        if stream.mount_height_cm is None:
            raise ValueError(f"{stream.key} has no mount height to reckon with")
        value = convert(added(stream.mount_height_cm * 10.0, -measured), "mm", QUANTITIES[stream.quantity].unit)
    return added(value, stream.offset) if stream.offset else value
