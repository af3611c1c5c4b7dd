"""Official and drawn lengths of roads: when they differ so much that it has to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LENGTH_TOLERANCE = 0.05
"""Official and drawn length may differ by this share of the official one before it is told."""

ROUNDING_M = 0.2
"""What the places of a published layer, good to 0.1 m at either end of a line, may add to or take from its length."""


@dataclass(frozen=True, slots=True)
class LengthDifference:
    """A road whose line is not as long as its register says, lengths in metres."""

    road: str
    name: str
    official_m: float
    drawn_m: float

    @property
    def ratio(self) -> float:
        """Drawn length as a multiple of the official one."""
        return self.drawn_m / self.official_m


def length_differences(roads: Iterable[tuple[str, str, float | None, float]]) -> tuple[LengthDifference, ...]:
    """Those of ``roads`` (id, name, official and drawn length in metres) that differ by more than 5 %, in their order.

    A road without an official length is not among them, nor one whose difference rounding explains.
    """
    return tuple(
        LengthDifference(road, name, official, drawn)
        for road, name, official, drawn in roads
        if official and abs(drawn - official) > LENGTH_TOLERANCE * official + ROUNDING_M
    )
