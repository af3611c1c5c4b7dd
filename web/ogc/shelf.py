"""The collections there are now: those of the published catalogue, and the stations."""

from __future__ import annotations

from core.quantities import QUANTITIES
from core.times import format_rfc3339
from gis import CATALOGUE_NAME, PublishedLayer, read_catalogue
from gis.axes import offered
from web.ogc.collections import STATIONS, About, Collection, LayerCollection, StationCollection
from web.parts import Parts

NOT_STATED = "利用条件は公表元に確認してください（not stated）"


class Shelf:
    """Reads the catalogue when it changes; what is not public is never on it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = parts.public_folder / "layers"
        self._sources = parts.sources
        self._known: tuple[tuple[int, int], dict[str, PublishedLayer]] = ((0, 0), {})
        self.systems = offered(parts.site.plane_epsg)
        self._quantities = [
            slug for slug in QUANTITIES if any(stream.quantity == slug for stream in parts.site.datastreams)
        ]

    def all(self) -> list[Collection]:
        """Every collection, the stations first."""
        return [self._stations(), *(LayerCollection(layer, self._sources) for layer in self._layers().values())]

    def get(self, id_: str) -> Collection | None:
        """The collection with this id; None where there is none."""
        if id_ == STATIONS:
            return self._stations()
        layer = self._layers().get(id_)
        return None if layer is None else LayerCollection(layer, self._sources)

    def _layers(self) -> dict[str, PublishedLayer]:
        try:
            status = (self._folder / CATALOGUE_NAME).stat()
            state = (status.st_mtime_ns, status.st_size)
        except OSError:
            state = (0, 0)
        known = self._known
        if known[0] != state:
            layers = {layer.id: layer for layer in read_catalogue(self._folder) if layer.access == "public"}
            known = self._known = (state, layers)
        return known[1]

    def _stations(self) -> StationCollection:
        parts = self._parts
        site, now = parts.site, parts.clock()
        picture = parts.live.picture()
        features = parts.shapes.stations(picture.values, now, picture.offline)["features"]
        about = About(
            id=STATIONS,
            title_ja="観測所と最新値",
            title_en="Stations with their newest values",
            note_ja="自動観測の速報値です。各値の時刻と品質を確かめてください。",
            note_en="Automatic readings, not yet checked by people: mind the time and the quality of each value.",
            licence=site.licence or NOT_STATED,
            credit=site.name_ja,
            date=format_rfc3339(now)[:10],
            fictitious=any(station.fictitious for station in site.stations),
            source_url="",
            bounds=site.bounds,
            count=len(features),
            edition="live",
            geometry="point",
        )
        return StationCollection(about, features, self._quantities)
