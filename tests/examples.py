"""What tests that try many inputs take: with `make test` a third of what `make faults` takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")

FULL = os.environ.get("YUKIMORI_FAULTS", "ci") == "full"


def examples(full: int) -> int:
    """``full`` with `make faults`, a third of it otherwise."""
    return full if FULL else full // 3


def share(values: Sequence[Value], turn: int) -> Sequence[Value]:
    """All of them with `make faults`; otherwise every third, and all of them in three ``turn``s."""
    return values if FULL else values[turn % 3 :: 3]
