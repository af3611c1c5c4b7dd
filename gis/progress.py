"""How far publishing is: told to whoever asked, one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What is being done with a layer, or what became of it (the last three)."""

    IMPORT = "import"
    WRITE = "write"
    TILES = "tiles"
    UNCHANGED = "unchanged"
    PUBLISHED = "published"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """Layer ``number`` (from 1) of ``total`` enters ``phase``. Every layer ends in one of the last three phases."""

    layer: str
    title_ja: str
    number: int
    total: int
    phase: Phase


Progress = Callable[[Step], None]


def unheard(_step: Step) -> None:
    """For whoever does not want to know."""
