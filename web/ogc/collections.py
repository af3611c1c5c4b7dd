"""What can be asked for: one collection for each public layer, and one of the stations with their newest values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.model import Bounds
from gis.axes import CRS84, Axes, touches
from gis.catalogue import PublishedLayer
from gis.feature_source import FeatureSource, FeatureSources, edition_of
from gis.licences import licence_address

STATIONS = "stations"

Interval = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a collection, whatever it holds. ``edition`` changes with its content."""

    id: str
    title_ja: str
    title_en: str
    note_ja: str
    note_en: str
    licence: str
    credit: str
    date: str
    fictitious: bool
    source_url: str
    bounds: Bounds
    count: int
    edition: str
    geometry: str

    @property
    def licence_url(self) -> str:
        """Where the licence can be read; empty where that is not known."""
        return licence_address(self.licence) or self.source_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which features: those that touch ``area`` (degrees), have these values, fall into ``during``; which of them."""

    area: Any
    equal: Mapping[str, str]
    during: Interval | None
    offset: int
    limit: int
    axes: Axes


class Collection(Protocol):
    """Features that can be asked for."""

    @property
    def about(self) -> About:
        """What is said of it."""

    def queryables(self) -> Mapping[str, str]:
        """The properties that can be asked for by value, and their type: ``string``, ``number``, ``boolean``."""

    def select(self, selection: Selection) -> tuple[list[bytes], int]:
        """The features as GeoJSON texts, and how many there are in all."""

    def one(self, number: str, axes: Axes) -> bytes | None:
        """One feature by its id, None where there is none."""


class LayerCollection:
    """A published layer."""

    def __init__(self, layer: PublishedLayer, sources: FeatureSources) -> None:
        self._layer = layer
        self._sources = sources

    @property
    def about(self) -> About:
        """From the catalogue."""
        layer = self._layer
        return About(
            id=layer.id,
            title_ja=layer.title_ja,
            title_en=layer.title_en or layer.title_ja,
            note_ja=layer.note_ja,
            note_en=layer.note_en or layer.note_ja,
            licence=layer.licence,
            credit=layer.credit,
            date=layer.date,
            fictitious=layer.fictitious,
            source_url=layer.source_url,
            bounds=layer.bounds,
            count=layer.features,
            edition=edition_of(layer),
            geometry=layer.geometry,
        )

    def queryables(self) -> Mapping[str, str]:
        """Every property."""
        source = self._source()
        return {name: source.type_of(name) for name in source.names}

    def select(self, selection: Selection) -> tuple[list[bytes], int]:
        """By tree and column; a layer has no times of its own, so every feature fits any."""
        source = self._source()
        found = source.matching(selection.area, selection.equal)
        page = found[selection.offset : selection.offset + selection.limit]
        return source.texts(page, _other_than_published(selection.axes)), len(found)

    def one(self, number: str, axes: Axes) -> bytes | None:
        """By its number."""
        source = self._source()
        position = source.position(number)
        return None if position is None else source.texts([position], _other_than_published(axes))[0]

    def _source(self) -> FeatureSource:
        return self._sources.of(self._layer)


class StationCollection:
    """The stations with their newest values, one column for each quantity and what must be known of it."""

    def __init__(self, about: About, features: Sequence[Mapping[str, Any]], quantities: Sequence[str]) -> None:
        self.about = about
        self._features = [_flat(feature, quantities) for feature in features]

    def queryables(self) -> Mapping[str, str]:
        """What a station is; not its values, which change."""
        return dict.fromkeys(("id", "name", "name_en", "kind", "place", "river"), "string") | {"fictitious": "boolean"}

    def select(self, selection: Selection) -> tuple[list[bytes], int]:
        """By position, property and the time of the newest value."""
        found = [feature for feature in self._features if _fits(feature, selection)]
        page = found[selection.offset : selection.offset + selection.limit]
        return [_text(feature, selection.axes) for feature in page], len(found)

    def one(self, number: str, axes: Axes) -> bytes | None:
        """By the station's id."""
        found = next((feature for feature in self._features if feature["id"] == number), None)
        return None if found is None else _text(found, axes)


def _other_than_published(axes: Axes) -> Axes | None:
    return None if axes.uri == CRS84 else axes


def _flat(feature: Mapping[str, Any], quantities: Sequence[str]) -> dict[str, Any]:
    facts = dict(feature["properties"])
    known = facts.pop("quantities")
    times = [known[name]["at"] for name in known if known[name]["at"]]
    facts["observed_at"] = max(times, default=None)
    for name in quantities:
        about = known.get(name, {})
        facts[name] = about.get("value")
        for part in ("unit", "at", "age_s", "stale", "quality", "level"):
            facts[f"{name}_{part}"] = about.get(part)
    return {**feature, "properties": facts}


def _fits(feature: Mapping[str, Any], selection: Selection) -> bool:
    facts = feature["properties"]
    if any(_as_text(facts.get(name)) != text for name, text in selection.equal.items()):
        return False
    if selection.during is not None and not _within(facts["observed_at"], selection.during):
        return False
    lon, lat = feature["geometry"]["coordinates"]
    return selection.area is None or touches(lon, lat, selection.area)


def _as_text(value: object) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None if value is None else str(value)


def _within(at: str | None, during: Interval) -> bool:
    """A station without any value has no time, and what has no time fits every interval (17-069r4, 7.15.4)."""
    if at is None:
        return True
    start, end = during
    moment = datetime.fromisoformat(at)
    return (start is None or moment >= start) and (end is None or moment <= end)


def _text(feature: Mapping[str, Any], axes: Axes) -> bytes:
    return json.dumps(
        {**feature, "geometry": {"type": "Point", "coordinates": axes.of_point(*feature["geometry"]["coordinates"])}},
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    ).encode()
