"""Open data as files: every public layer in the forms people use, the stations, and a catalogue of it all.

Written by the publisher beside the pages, only what changed, each file in one step; an index tells what is there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from config.model import Site
from core.csv_text import Cell, csv_bytes
from core.errors import LayerError, YukimoriError
from core.times import format_rfc3339
from gis.catalogue import PublishedLayer, read_catalogue
from gis.feature_source import FeatureSource, edition_of
from gis.fingerprint import sha256
from gis.open_data_files import make_csv, make_geojson, make_geopackage, make_shelter_list
from gis.open_data_index import INDEX_NAME, DataSet, OpenDataFile, OpenDataIndex, catalog, read_index

CATALOG_NAME = "catalog.json"
STATIONS = "stations"

NOT_STATED = "利用条件は公表元に確認してください（not stated）"

_FILE = re.compile(r"[a-z0-9][a-z0-9_-]*(?:\.shelters)?\.(?:geojson|gpkg|csv)", re.ASCII)


Told = Callable[[str, int, int], None]
"""Hears of each data set about to be written: its id, its number from 1, how many there are."""


def write_open_data(
    site: Site, layers_folder: Path, folder: Path, *, now: datetime, progress: Told | None = None
) -> OpenDataIndex:
    """Brings ``folder`` up to date with the layers published in ``layers_folder`` and answers what it now holds.

    A data set whose layer and whose writer are those of the last time is left alone; files of what is no longer public
    are removed. A data set that fails keeps its files of the time before, the others go on, and LayerError tells of it at
    the end. Raises YukimoriError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _Run(site, layers_folder, folder, now, progress or _unheard).write()
    except OSError as error:
        raise YukimoriError(
            f"writing open data into {folder}: {error.strerror or error}", hint="is it writable, is the disk full?"
        ) from error


def withdraw_open_data(site: Site, folder: Path, public: Collection[str], *, now: datetime) -> None:
    """Takes away the data sets of layers that are not ``public`` (by id), before the layers are built, which takes long.

    Raises YukimoriError where the folder cannot be written.
    """
    try:
        if folder.is_dir():
            _Run(site, folder, folder, now, _unheard).withdraw({STATIONS, *public})
    except OSError as error:
        raise YukimoriError(
            f"taking open data out of {folder}: {error.strerror or error}", hint="is it writable?"
        ) from error


class _Run:
    """One round over the data sets."""

    def __init__(self, site: Site, layers_folder: Path, folder: Path, now: datetime, progress: Told) -> None:
        self._site, self._layers_folder, self._folder = site, layers_folder, folder
        self._updated = format_rfc3339(now)
        self._progress = progress
        self._before = {found.id: found for found in read_index(folder).sets}

    def write(self) -> OpenDataIndex:
        layers = [layer for layer in read_catalogue(self._layers_folder) if layer.access == "public"]
        self.withdraw({STATIONS, *(layer.id for layer in layers)})
        failures: list[LayerError] = []
        sets = [self._stations()]
        for number, layer in enumerate(layers, 1):
            try:
                sets.append(self._layer(layer, number, len(layers)))
            except LayerError as error:
                failures.append(error)
                sets += [self._before[layer.id]] if layer.id in self._before else []
        index = OpenDataIndex(sets=tuple(sets))
        self._put(CATALOG_NAME, _text(catalog(self._site, index)))
        self._put(INDEX_NAME, _text(asdict(index)))
        self._sweep(index)
        if failures:
            raise failures[0]
        return index

    def _layer(self, layer: PublishedLayer, number: int, count: int) -> DataSet:
        edition = sha256(
            f"{edition_of(layer)} {_about(layer)} {_writers()} {self._site.code} {self._site.name_ja}".encode()
        )[:16]
        before = self._before.get(layer.id)
        if before and before.edition == edition and self._intact(before):
            return before
        self._progress(layer.id, number, count)
        source = self._layers_folder / Path(layer.geojson_url).name
        features = FeatureSource(layer.id, source)
        makers: list[tuple[str, str, Callable[[Path], None]]] = [
            (f"{layer.id}.geojson", "GeoJSON", lambda made: make_geojson(source, made)),
            (f"{layer.id}.gpkg", "GeoPackage", lambda made: make_geopackage(layer, features, made)),
            (f"{layer.id}.csv", "CSV", lambda made: make_csv(layer, features, made)),
        ]
        if layer.kind == "shelters":
            makers.append(
                (
                    f"{layer.id}.shelters.csv",
                    "CSV_STANDARD",
                    lambda made: make_shelter_list(self._site, layer, features, made),
                )
            )
        files = tuple(self._make(*maker) for maker in makers)
        return DataSet(**_about(layer), updated=self._updated, edition=edition, files=files)

    def _stations(self) -> DataSet:
        content = stations_csv(self._site)
        edition = sha256(content)[:16]
        before = self._before.get(STATIONS)
        if before and before.edition == edition and self._intact(before):
            return before
        self._put(f"{STATIONS}.csv", content)
        return DataSet(
            id=STATIONS,
            title_ja="観測所一覧",
            title_en="List of stations",
            note_ja="",
            note_en="",
            licence=self._site.licence or NOT_STATED,
            credit=self._site.name_ja,
            source_url="",
            date=self._updated[:10],
            fictitious=any(station.fictitious for station in self._site.stations),
            features=len(self._site.stations),
            updated=self._updated,
            edition=edition,
            files=(OpenDataFile(name=f"{STATIONS}.csv", form="CSV", size=len(content)),),
        )

    def _make(self, name: str, form: str, make: Callable[[Path], None]) -> OpenDataFile:
        part = self._folder / f".{os.getpid()}.part.{name}"
        try:
            make(part)
            size = part.stat().st_size
            part.replace(self._folder / name)
        finally:
            part.unlink(missing_ok=True)
        return OpenDataFile(name=name, form=form, size=size)

    def _put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        if not path.is_file() or path.read_bytes() != content:
            self._make(name, "", lambda made: _write(made, content))

    def _intact(self, known: DataSet) -> bool:
        paths = [(self._folder / file.name, file.size) for file in known.files]
        return all(path.is_file() and path.stat().st_size == size for path, size in paths)

    def withdraw(self, ids: set[str]) -> None:
        """What is no longer public goes before anything is written, out of the index first."""
        if set(self._before) - ids:
            self._before = {id_: found for id_, found in self._before.items() if id_ in ids}
            index = OpenDataIndex(sets=tuple(self._before.values()))
            self._put(INDEX_NAME, _text(asdict(index)))
            self._sweep(index)

    def _sweep(self, index: OpenDataIndex) -> None:
        """Takes away files of ours that no data set names, and what a publisher left that was killed."""
        kept = {file.name for found in index.sets for file in found.files}
        for path in self._folder.iterdir():
            if ".part." in path.name or (_FILE.fullmatch(path.name) and path.name not in kept):
                path.unlink(missing_ok=True)


def stations_csv(site: Site) -> bytes:
    """The stations of a site, a row for each."""
    head = (
        "ID",
        "名称",
        "名称_英字",
        "種別",
        "地点",
        "河川",
        "標高_m",
        "設置者",
        "経度",
        "緯度",
        "架空",
        "ライセンス",
        "出典",
    )
    rows: list[list[Cell]] = [
        [
            station.id,
            station.name_ja,
            station.name_en,
            station.kind.value,
            station.place,
            station.river,
            station.elevation_m,
            station.keeper,
            station.position.lon,
            station.position.lat,
            station.fictitious,
            site.licence or NOT_STATED,
            site.name_ja,
        ]
        for station in site.stations
    ]
    return csv_bytes(head, rows)


def _about(layer: PublishedLayer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "title_ja": layer.title_ja,
        "title_en": layer.title_en or layer.title_ja,
        "note_ja": layer.note_ja,
        "note_en": layer.note_en or layer.note_ja,
        "licence": layer.licence,
        "credit": layer.credit,
        "source_url": layer.source_url,
        "date": layer.date,
        "fictitious": layer.fictitious,
        "features": layer.features,
    }


@cache
def _writers() -> str:
    """Changes when the code that writes the files does."""
    names = ("open_data.py", "open_data_files.py", "shelter_list.py")
    return sha256(b"".join((Path(__file__).parent / name).read_bytes() for name in names))


def _text(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _unheard(_id: str, _number: int, _count: int) -> None:
    pass
