"""The themes a page offers: each sets layers, legend and list together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.model import Site
from core.model import StationKind
from gis.catalogue import PublishedLayer


@dataclass(frozen=True, slots=True)
class Theme:
    """One chip: the station kinds and layer kinds it brings forward, and whether ploughs belong to it."""

    id: str
    stations: frozenset[StationKind]
    layers: frozenset[str]
    vehicles: bool = False

    @property
    def content(self) -> dict[str, object]:
        """The same for scripts."""
        return {
            "id": self.id,
            "stations": sorted(self.stations),
            "layers": sorted(self.layers),
            "vehicles": self.vehicles,
        }


_HAZARD_LAYERS = frozenset({"flood_depth", "flood_duration", "house_collapse", "sediment", "hazard_sites"})
_TOWN_LAYERS = frozenset({"closures", "areas", "lines", "points"})
_ALL = Theme("all", frozenset(StationKind), frozenset(), vehicles=True)
_THEMES = (
    Theme("snow", frozenset({StationKind.SNOW, StationKind.WEATHER}), frozenset()),
    Theme("river", frozenset({StationKind.RIVER}), frozenset()),
    Theme("channel", frozenset({StationKind.CHANNEL}), frozenset()),
    Theme("plough", frozenset(), frozenset({"closures"}), vehicles=True),
    Theme("hazard", frozenset({StationKind.RIVER}), _HAZARD_LAYERS),
    Theme("shelter", frozenset(), frozenset({"shelters"})),
    Theme("town", frozenset(), _TOWN_LAYERS),
)


def themes_of(site: Site, layers: Sequence[PublishedLayer]) -> list[Theme]:
    """The overview and every theme this site has something for."""
    kinds = {station.kind for station in site.stations}
    published = {layer.kind for layer in layers}
    return [_ALL, *(theme for theme in _THEMES if _has_content(theme, kinds, published, site))]


def _has_content(theme: Theme, kinds: set[StationKind], published: set[str], site: Site) -> bool:
    if theme.layers & published:
        return True
    if theme.layers and not theme.vehicles:
        return False
    return bool(theme.stations & kinds) or (theme.vehicles and bool(site.vehicles))
