"""Writes a site's layers into folders: only what changed, each file in one step, then the catalogue.

Public and staff layers go to folders of their own, so that serving the public one can give away nothing else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely

from config.model import LayerConfig, Site
from core.errors import LayerError, YukimoriError
from core.model import Access
from core.times import Clock, utc_now
from gis.catalogue import PublishedLayer
from gis.entry import entry_of
from gis.exposure.derived import IDS, edition, with_derived
from gis.feature_collection import geojson_text
from gis.fingerprint import fingerprint, intact, sha256
from gis.kinds import all_kinds, kind_of
from gis.layer_folder import LayerFolder
from gis.load import BOUNDARY, at_site, boundary_layer, boundary_of, load_layer
from gis.progress import Phase, Progress, Step, unheard
from gis.tiles import write_pmtiles

DRAWN_AS_GEOJSON_BYTES = 300_000
"""Up to here the browser draws a layer from its GeoJSON; larger ones, and hazard areas, from tiles."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def publish_layers(
    site: Site,
    folder: Path,
    staff_folder: Path | None = None,
    progress: Progress | None = None,
    *,
    clock: Clock = utc_now,
) -> list[PublishedLayer]:
    """The site's layers as now published, the public ones in ``folder``, the staff's in ``staff_folder``.

    Lowest drawn first, public before staff. Where no ``staff_folder`` is given the staff's layers are not built at all.
    Writes ``<id>.geojson`` for each, ``<id>.pmtiles`` for hazard areas and large ones, and ``layers.json`` into each
    folder. What a folder no longer publishes (removed, or moved to the staff) is taken away before anything is built.
    A layer whose file, settings and code are those of the last time is left alone. A layer that fails keeps what was
    published before in the same folder, and the catalogue says since when by ``clock``; the others go on, and LayerError
    tells of all failures at the end. Raises
    YukimoriError where a folder cannot be written, or the staff's lies where the public reads.

    One round at a time runs in a folder, a second one waits until the first is through. ``progress`` hears each step.
    """
    places = [(folder, _in_drawing_order(site, Access.PUBLIC))]
    if staff_folder is not None:
        _require_apart(folder, staff_folder)
        places.append((staff_folder, _in_drawing_order(site, Access.STAFF)))
    run = _Run(site, progress or unheard, sum(len(layers) for _, layers in places), clock)
    published = [entry for place, layers in places for entry in run.publish(LayerFolder(place), layers)]
    if run.failures:
        raise _combined(run.failures)
    return published


def _require_apart(folder: Path, staff_folder: Path) -> None:
    public, staff = folder.resolve(), staff_folder.resolve()
    if public in (staff, *staff.parents) or staff in public.parents:
        raise YukimoriError(
            f"publishing layers: the staff's folder {staff_folder} and the public one {folder} lie in one another",
            hint="give the staff's layers a folder of their own, outside of what is served to everyone",
        )


def _in_drawing_order(site: Site, access: Access) -> list[LayerConfig]:
    seen = [at_site(site, layer) for layer in site.layers if layer.access is access]
    return sorted(seen, key=lambda layer: all_kinds()[layer.kind].order if layer.kind in all_kinds() else 0)


def _combined(failures: list[LayerError]) -> LayerError:
    if len(failures) == 1:
        return failures[0]
    lines = "\n".join(f"{failure} ({failure.hint})" for failure in failures)
    return LayerError(failures[0].layer, f"{len(failures)} layers could not be published:\n{lines}")


class _Run:
    """One round over the folders: what is common to all layers, and what failed."""

    def __init__(self, site: Site, progress: Progress, total: int, clock: Clock) -> None:
        self.failures: list[LayerError] = []
        self._site = site
        self._progress = progress
        self._total = total
        self._clock = clock
        self._number = 0

    def publish(self, folder: LayerFolder, layers: list[LayerConfig]) -> list[PublishedLayer]:
        """What the folder holds of ``layers`` afterwards."""
        ids = {layer.id for layer in layers}
        with folder.held():
            derived = self._derived(folder, [entry for entry in folder.before.values() if entry.id in ids])
            folder.keep_only(ids | {entry.id for entry in derived})
            entries = [entry for layer in layers if (entry := self._entry(folder, layer))]
            holding = self._derived(folder, entries)
            folder.write_catalogue(with_derived(entries, holding))
            folder.drop(entry for entry in derived if entry not in holding)
        return entries

    def _derived(self, folder: LayerFolder, entries: list[PublishedLayer]) -> list[PublishedLayer]:
        """What was made from published layers and still holds for these."""
        now = edition(self._site.id, self._site.plane_epsg, entries)
        return [entry for entry in folder.before.values() if entry.id in IDS and entry.built_from == now]

    def _entry(self, folder: LayerFolder, layer: LayerConfig) -> PublishedLayer | None:
        self._number += 1
        before = folder.before.get(layer.id)
        try:
            entry = self._build(folder, layer, before)
        except LayerError as error:
            self.failures.append(error)
            self._tell(layer, Phase.FAILED)
            return before and self._outdated(before)
        self._tell(layer, Phase.UNCHANGED if entry is before else Phase.PUBLISHED)
        return entry

    def _build(self, folder: LayerFolder, layer: LayerConfig, before: PublishedLayer | None) -> PublishedLayer:
        if not _ID.fullmatch(layer.id):
            raise LayerError(layer.id, "the id cannot be a file name", hint="use a to z, 0 to 9, - and _")
        if layer.id in IDS:
            raise LayerError(layer.id, "this id is that of a layer made from the others", hint="give it another id")
        compared = None if layer.kind == BOUNDARY else self._boundary_layer
        built_from = fingerprint(self._site, layer, compared)
        if before and before.built_from == built_from and intact(folder.path, before.files):
            return replace(before, failed_since="") if before.failed_since else before
        self._tell(layer, Phase.IMPORT)
        loaded = load_layer(layer, self._site.bounds, self._boundary if compared else None)
        self._tell(layer, Phase.WRITE)
        content = geojson_text(layer, loaded.frame).encode()
        tiled = kind_of(layer).tiled or len(content) > DRAWN_AS_GEOJSON_BYTES
        with folder.workshop() as work:
            made = [work / f"{layer.id}.geojson"]
            made[0].write_bytes(content)
            if tiled:
                self._tell(layer, Phase.TILES)
                made.append(made[0].with_suffix(".pmtiles"))
                write_pmtiles(layer, *made)
            files = {path.name: sha256(path.read_bytes()) for path in made}
            folder.put(made, before)
        return entry_of(layer, loaded.report, files, built_from, tiled=tiled)

    def _outdated(self, before: PublishedLayer) -> PublishedLayer:
        """What was published before, marked with the time from which on it could not be renewed."""
        if before.failed_since:
            return before
        now = self._clock().astimezone(ZoneInfo(self._site.time_zone))
        return replace(before, failed_since=now.isoformat(timespec="seconds"))

    def _tell(self, layer: LayerConfig, phase: Phase) -> None:
        self._progress(Step(layer.id, layer.title_ja, self._number, self._total, phase))

    @cached_property
    def _boundary_layer(self) -> LayerConfig | None:
        return boundary_layer(self._site)

    @cached_property
    def _boundary(self) -> shapely.Geometry | None:
        return boundary_of(self._site)
