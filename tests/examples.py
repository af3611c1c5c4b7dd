"""How many examples tests that try many inputs take: with `make test` a third of what `make faults` takes."""

from __future__ import annotations

import os

FULL = os.environ.get("YUKIMORI_FAULTS", "ci") == "full"


def examples(full: int) -> int:
    """``full`` with `make faults`, a third of it otherwise."""
    return full if FULL else full // 3
