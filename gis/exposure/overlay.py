"""What an overlay finds, feature by feature, before it is added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import PublishedLayer
from gis.exposure.ground import Cover, Ground
from gis.exposure.lines import Section
from gis.exposure.model import HazardTable, Source, Target
from gis.legends import LegendEntry

M2_PER_HA = 10_000.0

Row = dict[str, Any]
"""The published properties of a feature."""


@dataclass(frozen=True, slots=True)
class Danger:
    """One hazard of one layer: its classes in rising gravity, how many areas each has, and where they lie.

    ``id`` is the layer's, with the hazard behind it where the layer has features of several.
    """

    id: str
    layer: PublishedLayer
    hazard: str
    classes: tuple[LegendEntry, ...]
    ranks: tuple[int, ...]
    areas: tuple[int, ...]
    ground: Ground


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted layer with its features: ``rows`` are their properties, ``size`` what each counts for (NaN: not known),
    ``ground_ha`` the hectares of areas.

    By form one of the three is filled: ``places`` has for each danger the gravity at each site, ``sections`` the lines cut
    where anything changes, ``covers`` for each danger the parts of areas it covers.
    """

    target: Target
    rows: list[Row]
    shapes: NDArray[np.object_]
    size: NDArray[np.float64]
    ground_ha: NDArray[np.float64]
    places: tuple[NDArray[np.int64], ...] = ()
    sections: tuple[Section, ...] = ()
    covers: tuple[tuple[Cover, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """All that was found: what files and the map are made from. ``tables`` are in the order of ``dangers``."""

    plane_epsg: int
    dangers: tuple[Danger, ...]
    counted: tuple[Counted, ...]
    tables: tuple[HazardTable, ...]


def source_of(layer: PublishedLayer) -> Source:
    """What an assessment tells of a layer it is made of."""
    return Source(
        id=layer.id,
        kind=layer.kind,
        title_ja=layer.title_ja,
        title_en=layer.title_en or layer.title_ja,
        licence=layer.licence,
        credit=layer.credit,
        date=layer.date,
        fictitious=layer.fictitious,
        access=layer.access,
        failed_since=layer.failed_since,
    )
