"""The tests a value goes through (QARTOD and the field's own), and how their outcomes are written in one number."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from core.model import Quality, QualityReason


class QualityTest(IntEnum):
    """A test; its number is its place in the packed outcomes and never changes."""

    GROSS_RANGE = 0
    RATE_OF_CHANGE = 1
    SPIKE = 2
    FLAT_LINE = 3
    GAP = 4
    SUMMER_SNOW = 5
    WINTER = 6
    NEIGHBOUR = 7
    CONFLICT = 8

    @property
    def reason(self) -> QualityReason:
        """The bit that says this test objected."""
        return QualityReason[self.name]


TEST_REASONS = QualityReason(sum(test.reason for test in QualityTest))
"""The bits the tests own; the others were set when the value arrived and stay."""

_BITS = 3
_MISSING = 5


def pack(outcomes: Mapping[QualityTest, Quality]) -> int:
    """The outcomes in one number of 27 bits, three a test; a test that was not run is 0."""
    packed = 0
    for test, flag in outcomes.items():
        packed |= (_MISSING if flag is Quality.MISSING else int(flag)) << _BITS * test
    return packed


def unpack(packed: int) -> dict[QualityTest, Quality]:
    """The outcomes written in a number by ``pack``, in order of the tests."""
    found = {test: packed >> _BITS * test & 7 for test in QualityTest}
    return {test: Quality.MISSING if flag == _MISSING else Quality(flag) for test, flag in found.items() if flag}
