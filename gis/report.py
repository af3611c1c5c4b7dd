"""What an import found: the frame, and the account of how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.model import LayerConfig
from core.errors import LayerError
from core.model import Bounds

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

REPAIRS_TOLD = 200
"""So many repairs a report holds in full; it is read with every page."""

MATTERS_TOLD = 200
"""So many matters of single features a report tells: a column of nothing but strange words would fill the catalogue."""


@dataclass(frozen=True, slots=True)
class Repair:
    """An invalid geometry that was made valid: the feature's number in the file, what was wrong, areas in m²."""

    number: int
    reason: str
    before_m2: float
    after_m2: float


@dataclass(frozen=True, slots=True)
class Simplification:
    """What thinning out a large layer's outlines did.

    Vertices before and after, the tolerance, and by legend code how much of its area each class lost or gained (a share,
    0.001 for one in a thousand; positive for a gain).
    """

    tolerance_m: float
    before: int
    after: int
    area_changes: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The account of one import; nothing that was changed or left out is missing from it.

    ``read`` features were in the file, ``features`` are in the frame (a boundary is dissolved into one);
    ``counts`` has the features per legend code; ``dropped`` had no geometry, ``repaired`` had an invalid
    one; ``repairs`` tells of the first REPAIRS_TOLD of these with their areas. ``crs`` is the source's, ``crs_from`` says where that is written. ``bounds`` are those of the
    frame, in degrees.
    """

    read: int
    features: int
    counts: Mapping[str, int]
    bounds: Bounds
    crs: str
    crs_from: str
    encoding: str
    dropped: int
    repaired: int
    warnings: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()
    simplified: Simplification | None = None


@dataclass(frozen=True, slots=True)
class LoadedLayer:
    """A layer in EPSG:6668 (JGD2011), longitude first, with clean columns, and its report."""

    frame: GeoDataFrame
    report: ImportReport


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """What became of one layer of a site: a report, or the error that stopped it."""

    layer: LayerConfig
    report: ImportReport | None
    error: LayerError | None


@dataclass(slots=True)
class Notes:
    """Collects what an import wants to tell, one line per matter with the features it concerns."""

    matters: dict[str, list[int]] = field(default_factory=dict)
    repaired: set[int] = field(default_factory=set)
    repairs: list[Repair] = field(default_factory=list)
    simplified: Simplification | None = None
    said: int = 0

    def warn(self, matter: str, number: int | None = None) -> None:
        """Notes ``matter`` for feature ``number`` (counted from 1), or for the whole layer."""
        self.said += 1
        numbers = self.matters.setdefault(matter, [])
        if number is not None:
            numbers.append(number)

    def lines(self) -> tuple[str, ...]:
        """One line per matter, in the order they came up; of those of single features the first MATTERS_TOLD."""
        of_features = [matter for matter, numbers in self.matters.items() if numbers]
        untold = set(of_features[MATTERS_TOLD:])
        lines = [_line(matter, numbers) for matter, numbers in self.matters.items() if matter not in untold]
        return (*lines, f"{len(untold):,} more matters of single features are not told here") if untold else (*lines,)


_NAMED = 5


def _line(matter: str, numbers: list[int]) -> str:
    if not numbers:
        return matter
    named = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f"{matter} (feature {named}{more})"
