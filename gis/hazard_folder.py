"""The hazard layers and shelters of a folder of published layers, ready to be asked; read again when others are published."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LayerError
from gis.at_point import HazardIndex
from gis.catalogue import CATALOGUE_NAME, PublishedLayer, read_catalogue
from gis.published import read_published
from gis.shelters_near import ShelterIndex

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

log = logging.getLogger(__name__)

Version = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHazards:
    """What is published for everyone; ``unread`` are (layer, hazard) whose file could not be read: nothing is known there.

    ``version`` changes whenever the catalogue was written anew.
    """

    version: Version
    catalogue: tuple[PublishedLayer, ...]
    index: HazardIndex
    shelters: ShelterIndex
    unread: tuple[tuple[str, str], ...]


class PublishedHazards:
    """Keeps what was read of one folder while its catalogue stays the same; may be asked from several threads."""

    def __init__(self, folder: Path, plane_epsg: int) -> None:
        self._folder = folder
        self._plane_epsg = plane_epsg
        self._lock = threading.Lock()
        self._known: KnownHazards | None = None

    def now(self) -> KnownHazards:
        """The layers as they are published now; empty where nothing is. Raises YukimoriError for a damaged catalogue."""
        with self._lock:
            version = self._version()
            # A layer that could not be read may be whole again: it is tried with every question.
            if self._known is None or self._known.version != version or self._known.unread:
                self._known = self._read(version)
            return self._known

    def _read(self, version: Version) -> KnownHazards:
        public = [layer for layer in read_catalogue(self._folder) if layer.access == "public"]
        frames = {layer.id: self._frame(layer) for layer in public if _is_needed(layer)}
        catalogue = tuple(_telling_of(layer, frames.get(layer.id)) for layer in public)
        telling = [layer for layer in catalogue if layer.hazards]
        boundary = self._of_kind(catalogue, frames, "boundary")
        return KnownHazards(
            version=version,
            catalogue=catalogue,
            index=HazardIndex(
                [(layer, frame) for layer in telling if (frame := frames[layer.id]) is not None],
                boundary[0] if boundary else None,
                self._plane_epsg,
            ),
            shelters=ShelterIndex(self._of_kind(catalogue, frames, "shelters"), self._plane_epsg),
            unread=tuple(
                (layer.id, hazard) for layer in telling if frames[layer.id] is None for hazard in layer.hazards
            ),
        )

    def _of_kind(
        self, catalogue: tuple[PublishedLayer, ...], frames: dict[str, GeoDataFrame | None], kind: str
    ) -> list[GeoDataFrame]:
        return [frame for layer in catalogue if layer.kind == kind and (frame := frames[layer.id]) is not None]

    def _frame(self, layer: PublishedLayer) -> GeoDataFrame | None:
        try:
            return read_published(self._folder, layer)
        except LayerError as error:
            log.warning("%s (%s)", error, error.hint)
            return None

    def _version(self) -> Version:
        try:
            status = (self._folder / CATALOGUE_NAME).stat()
        except OSError:
            return (0, 0)
        return status.st_mtime_ns, status.st_size


def _telling_of(layer: PublishedLayer, frame: GeoDataFrame | None) -> PublishedLayer:
    """The layer with those of its kind's hazards only that it has features of: a list of avalanche sites tells nothing of others."""
    if frame is None or frame.empty or len(layer.hazards) < 2:
        return layer
    present = set(frame["hazard"])
    return replace(layer, hazards=tuple(hazard for hazard in layer.hazards if hazard in present))


def _is_needed(layer: PublishedLayer) -> bool:
    return bool(layer.hazards) or layer.kind in ("boundary", "shelters")
