"""Writes an assessment beside the published layers it is made from: only where it changed, each file in one step."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from config.model import Site
from core.errors import YukimoriError
from core.model import Access
from core.times import format_rfc3339
from gis.catalogue import PublishedLayer, read_catalogue
from gis.exposure.assess import assess
from gis.exposure.derived import IDS, assessed, edition, with_derived
from gis.exposure.document import CSV_NAME, DOCUMENT_NAME, FILES, GEOPACKAGE_NAME, document_text, read_assessment
from gis.exposure.geopackage import make_geopackage
from gis.exposure.map_layers import make_layers
from gis.exposure.model import Assessment
from gis.exposure.overlay import Overlay
from gis.exposure.table_file import make_csv
from gis.layer_folder import LayerFolder
from gis.published import read_published


def publish_exposure(site: Site, layers_folder: Path, folder: Path, *, now: datetime) -> Assessment:
    """Brings ``folder`` and the map's two layers up to date with the public layers in ``layers_folder``.

    What was made from a layer that is no longer public is taken away before anything is made. Raises LayerError where a
    published layer cannot be read, YukimoriError where a folder cannot be written; what was there before then stays.
    """
    catalogue = read_catalogue(layers_folder)
    layers = assessed(layer for layer in catalogue if layer.access == Access.PUBLIC.value)
    made_from = edition(site.id, site.plane_epsg, layers)
    before = _still_public(folder, layers)
    drawn = {layer.built_from for layer in catalogue if layer.id in IDS}
    if before and before.edition == made_from and drawn <= {made_from} and _complete(folder):
        return before
    assessment, overlay = reckon(site, {layers_folder: layers}, now=now)
    _lay_on_map(assessment, overlay, layers_folder)
    write_assessment(assessment, overlay, folder)
    return assessment


def publish_staff_exposure(
    site: Site, layers_folder: Path, staff_layers: Path, folder: Path, *, now: datetime
) -> Assessment:
    """The same of public and staff layers together, for staff: files only. Raises as ``publish_exposure``."""
    layers = {place: assessed(read_catalogue(place)) for place in (layers_folder, staff_layers)}
    everything = [layer for found in layers.values() for layer in found]
    before = _still_public(folder, everything)
    if before and before.edition == edition(site.id, site.plane_epsg, everything) and _complete(folder):
        return before
    assessment, overlay = reckon(site, layers, now=now)
    write_assessment(assessment, overlay, folder)
    return assessment


def reckon(site: Site, layers: Mapping[Path, list[PublishedLayer]], *, now: datetime) -> tuple[Assessment, Overlay]:
    """The assessment of published layers, given by their folder in drawing order, and all that was found for it.

    Raises LayerError where one cannot be read.
    """
    frames = [(layer, read_published(folder, layer)) for folder, found in layers.items() for layer in found]
    overlay = assess(frames, site.plane_epsg)
    everything = [layer for layer, _ in frames]
    is_public = all(layer.access == Access.PUBLIC.value for layer in everything)
    assessment = Assessment(
        site=site.id,
        name_ja=site.name_ja,
        name_en=site.name_en,
        plane_epsg=site.plane_epsg,
        access=(Access.PUBLIC if is_public else Access.STAFF).value,
        edition=edition(site.id, site.plane_epsg, everything),
        made=format_rfc3339(now),
        targets=tuple(one.target for one in overlay.counted),
        hazards=overlay.tables,
    )
    return assessment, overlay


def write_assessment(assessment: Assessment, overlay: Overlay, folder: Path) -> None:
    """The table as CSV, the GeoPackage and the document, in ``folder``. Raises YukimoriError."""
    makers: dict[str, Callable[[Path], object]] = {
        CSV_NAME: lambda made: made.write_bytes(make_csv(assessment)),
        GEOPACKAGE_NAME: partial(make_geopackage, assessment, overlay),
        DOCUMENT_NAME: lambda made: made.write_text(document_text(assessment), encoding="utf-8"),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(".*.part.*"):  # by a publisher that was killed
            left.unlink(missing_ok=True)
        for name, make in makers.items():
            _in_one_step(folder / name, make)
    except OSError as error:
        raise YukimoriError(
            f"writing the assessment into {folder}: {error.strerror or error}", hint="is it writable, is the disk full?"
        ) from error


def _in_one_step(path: Path, make: Callable[[Path], object]) -> None:
    part = path.with_name(f".{os.getpid()}.part.{path.name}")
    try:
        make(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _lay_on_map(assessment: Assessment, overlay: Overlay, layers_folder: Path) -> None:
    """Puts the two layers into the folder and the catalogue, where that still is the one they were made from."""
    folder = LayerFolder(layers_folder)
    with folder.held(), folder.workshop() as work:
        own = [layer for layer in folder.before.values() if layer.id not in IDS]
        public = [layer for layer in own if layer.access == Access.PUBLIC.value]
        if edition(assessment.site, assessment.plane_epsg, public) != assessment.edition:
            return  # published anew meanwhile; the next round finds it
        made = make_layers(assessment, overlay, work, assessment.edition)
        for layer in made:
            folder.put(layer.files, folder.before.get(layer.entry.id))
        folder.write_catalogue(with_derived(own, [layer.entry for layer in made]))
        gone = folder.before.keys() & IDS - {layer.entry.id for layer in made}
        folder.drop(folder.before[id_] for id_ in gone)


def _still_public(folder: Path, layers: list[PublishedLayer]) -> Assessment | None:
    """What the folder holds; files that tell of a layer that is not among these go at once."""
    before = read_assessment(folder)
    if before is not None and not {source.id for source in before.sources} <= {layer.id for layer in layers}:
        for name in reversed(FILES):
            (folder / name).unlink(missing_ok=True)
        return None
    return before


def _complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)
