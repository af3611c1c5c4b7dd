"""The published evacuation sites and shelters by their 共通ID: whom a state can be said of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import LayerError
from gis.catalogue import CATALOGUE_NAME, PublishedLayer, read_catalogue

KIND = "shelters"
MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class ShelterSite:
    """One published site: its 共通ID, names, the layer it is of, and its GeoJSON feature as published."""

    id: str
    name: str
    kind_ja: str
    kind_en: str
    layer: str
    feature: Mapping[str, Any]


class PublishedShelters:
    """The sites in a folder of published layers, read again when the catalogue is another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[tuple[int, int], tuple[ShelterSite, ...]] | None = None

    def sites(self) -> tuple[ShelterSite, ...]:
        """Every site, layer by layer; none where nothing is published. Raises LayerError for a damaged layer."""
        version = self.version()
        if self._read is None or self._read[0] != version:
            self._read = (version, tuple(read_shelter_sites(self._folder)))
        return self._read[1]

    def version(self) -> tuple[int, int]:
        """Another one whenever the catalogue was written anew."""
        try:
            status = (self._folder / CATALOGUE_NAME).stat()
        except OSError:
            return (0, 0)
        return status.st_mtime_ns, status.st_size


def read_shelter_sites(folder: Path) -> list[ShelterSite]:
    """The sites of all published layers of shelters in ``folder``, as one pass reads them. Raises LayerError."""
    return [site for layer in read_catalogue(folder) if layer.kind == KIND for site in _sites(folder, layer)]


def near_sites(sites: Sequence[ShelterSite], wanted: str) -> list[ShelterSite]:
    """The few sites whose id or name is most like ``wanted``, each once."""
    spelt: dict[str, ShelterSite] = {}
    for site in sites:
        spelt.setdefault(site.id, site)
        spelt.setdefault(site.name, site)
    return list({spelt[text].id: spelt[text] for text in get_close_matches(wanted, spelt, MOST_NEAR, 0.6)}.values())


def _sites(folder: Path, layer: PublishedLayer) -> list[ShelterSite]:
    path = folder / Path(layer.geojson_url).name
    try:
        features = json.loads(path.read_bytes())["features"]
        return [_site(layer.id, feature) for feature in features]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LayerError(
            layer.id,
            f"reading the published {path.name}: {error}",
            hint="publish the layers anew: yukimori layers build",
        ) from error


def _site(layer: str, feature: Mapping[str, Any]) -> ShelterSite:
    properties = feature["properties"]
    return ShelterSite(
        id=str(properties["id"]),
        name=str(properties["name"]),
        kind_ja=str(properties.get("kind_ja") or ""),
        kind_en=str(properties.get("kind_en") or ""),
        layer=layer,
        feature=feature,
    )
