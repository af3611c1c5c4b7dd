"""The map beneath everything: the site's own boundary, rivers, roads and names as one archive of vector tiles.

It is made from what ``publish_layers`` wrote, so it holds nothing that is not public. Every feature has the same four
properties: ``kind`` (of its layer), ``class`` (the layer's ``code``), ``name_ja`` and ``name_en``. Tile layers are
``boundary``, ``rivers``, ``roads`` and ``places``.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from config.model import Site
from core.errors import YukimoriError
from gis.catalogue import PublishedLayer, read_catalogue
from gis.tiles import run_tippecanoe

BASEMAP_NAME = "basemap.json"
TILE_LAYERS = {"boundary": "boundary", "rivers": "rivers", "roads": "roads", "place_names": "places"}
"""The kinds a basemap is made from, lowest first, and the tile layers they become."""

MIN_ZOOM = 6
MAX_ZOOM = 14

_TILES = "basemap.pmtiles"
_OPTIONS = (
    "--quiet",
    "--force",
    f"--minimum-zoom={MIN_ZOOM}",
    f"--maximum-zoom={MAX_ZOOM}",
    "--buffer=8",  # broad strokes along tile edges stay whole
    "--no-feature-limit",
    "--no-tile-size-limit",
    "--drop-rate=1",
    "--no-tiny-polygon-reduction",
    "--preserve-input-order",
    "--name=basemap",
    "--temporary-directory=.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """The published basemap, as ``basemap.json`` says it.

    ``url`` is relative to the root of the pages; ``etag`` changes with the content; ``layers`` are the ids of the
    layers in it, whose ``credits`` it carries; ``built_from`` is the fingerprint of all that went in.
    """

    url: str
    etag: str
    min_zoom: int
    max_zoom: int
    layers: tuple[str, ...]
    tile_layers: tuple[str, ...]
    credits: tuple[str, ...]
    built_from: str


def publish_basemap(site: Site, folder: Path) -> Basemap | None:
    """The site's basemap as now published in ``folder``, where ``publish_layers`` has been before.

    Nothing is made anew while the layers and our code are what they were. None, and no file, where the site has no
    public layer a map could be drawn from. Raises YukimoriError where the folder cannot be read or written, LayerError
    where the tiles cannot be made; what was published before then stays.
    """
    try:
        layers = _base_layers(read_catalogue(folder))
        if not layers:
            for name in (BASEMAP_NAME, _TILES):
                (folder / name).unlink(missing_ok=True)
            return None
        fingerprint = _fingerprint(site, layers)
        before = read_basemap(folder)
        if before and before.built_from == fingerprint and _intact(folder, before):
            return before
        return _build(layers, folder, fingerprint)
    except (OSError, ValueError, KeyError) as error:
        raise YukimoriError(
            f"publishing the basemap into {folder}: {error}", hint="is it writable; were the layers published there?"
        ) from error


def read_basemap(folder: Path) -> Basemap | None:
    """The basemap published in ``folder``; None where there is none, or one an older version wrote."""
    try:
        document = json.loads((folder / BASEMAP_NAME).read_bytes())
        lists = {name: tuple(document[name]) for name in ("layers", "tile_layers", "credits")}
        return Basemap(**{**document, **lists})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _base_layers(catalogue: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    order = list(TILE_LAYERS)
    found = [layer for layer in catalogue if layer.kind in TILE_LAYERS and layer.access == "public"]
    return sorted(found, key=lambda layer: order.index(layer.kind))


def _build(layers: Sequence[PublishedLayer], folder: Path, fingerprint: str) -> Basemap:
    sources_told = tuple(dict.fromkeys(layer.credit for layer in layers))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as work:
        sources = _sources(layers, folder, Path(work))
        options = [*_OPTIONS, f"--attribution={' ／ '.join(sources_told)}", f"--output={_TILES}"]
        run_tippecanoe("basemap", [*options, *(f"--named-layer={name}:{file}" for name, file in sources)], Path(work))
        made = Path(work) / _TILES
        etag = _sha256(made.read_bytes())[:16]
        made.replace(folder / _TILES)
    basemap = Basemap(
        url=f"layers/{_TILES}",
        etag=etag,
        min_zoom=MIN_ZOOM,
        max_zoom=MAX_ZOOM,
        layers=tuple(layer.id for layer in layers),
        tile_layers=tuple(name for name, _ in sources),
        credits=sources_told,
        built_from=fingerprint,
    )
    part = folder / f".{BASEMAP_NAME}.part"
    part.write_text(json.dumps(asdict(basemap), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / BASEMAP_NAME)
    return basemap


def _sources(layers: Sequence[PublishedLayer], folder: Path, work: Path) -> list[tuple[str, str]]:
    """Writes one file for each tile layer, one feature a line; answers tile layer and file name."""
    found: dict[str, list[str]] = {}
    for layer in layers:
        collection = json.loads((folder / Path(layer.geojson_url).name).read_bytes())
        lines = found.setdefault(TILE_LAYERS[layer.kind], [])
        lines.extend(
            json.dumps(_feature(layer.kind, feature), ensure_ascii=False) for feature in collection["features"]
        )
    for name, lines in found.items():
        (work / f"{name}.geojson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [(name, f"{name}.geojson") for name in found]


def _feature(kind: str, feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature["properties"]
    name = properties.get("name_ja") or properties.get("name") or ""
    told = {"kind": kind, "class": properties["code"], "name_ja": name, "name_en": properties.get("name_en") or ""}
    return {"type": "Feature", "properties": told, "geometry": feature["geometry"]}


def _fingerprint(site: Site, layers: Sequence[PublishedLayer]) -> str:
    content = [(layer.id, layer.kind, layer.credit, sorted(layer.files.items())) for layer in layers]
    return _sha256(repr((site.id, content, _code_version())).encode())


@cache
def _code_version() -> str:
    return _sha256(Path(__file__).read_bytes()) + version("tippecanoe")


def _intact(folder: Path, basemap: Basemap) -> bool:
    path = folder / _TILES
    return path.is_file() and _sha256(path.read_bytes())[:16] == basemap.etag


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
