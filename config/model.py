"""What a site folder says, checked and typed. Built by ``config.load_site``, read by everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.event_plan import LabelledEvent
from config.exercise_plan import Scenario
from config.jma_plan import Jma
from config.message_plan import MessageTemplate
from config.people_plan import People
from config.plough_plan import PloughPlan
from config.rule_plan import Rule
from core.levels import Level
from core.model import Access, Bounds, Datastream, DeviceId, Hazard, Station, Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A topic filter the collector subscribes to, and the codec that reads it.

    ``naive_time_zone`` is the zone of times that carry none; None refuses such times. ``settings`` are the codec's
    own (which field is which quantity), checked by it. What comes in by a ``test`` source is set aside as simulated.
    """

    topic: str
    codec: str
    naive_time_zone: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far from now an event time may lie, how large a message may be, how much a device may send.

    A device may send ``device_rate_per_s`` readings a second on the average, or ten times what its expected interval
    says where that is more, and ``device_burst`` at once; readings of more than ten minutes ago are a backlog and pass.
    """

    future_sensor: timedelta = timedelta(seconds=300)
    future_vehicle: timedelta = timedelta(seconds=60)
    late_sensor: timedelta = timedelta(days=30)
    late_vehicle: timedelta = timedelta(days=7)
    payload_bytes: int = 65_536
    readings_per_message: int = 1_000
    area_margin_km: float = 5.0
    device_rate_per_s: float = 5.0
    device_burst: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the public may see of the ploughs: positions no younger than ``vehicle_delay``."""

    vehicle_delay: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows stay in the database.

    ``messages`` is how long what messages to staff said stays whole. ``archive_after`` moves whole months older than this to
    Parquet files; None archives nothing by itself.
    """

    observations: timedelta = timedelta(days=3653)
    positions: timedelta = timedelta(days=400)
    quarantine: timedelta = timedelta(days=400)
    messages: timedelta = timedelta(days=400)
    archive_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """A way to reach people: ``kind`` names the file in ``alerts/channels``, ``settings`` are its own.

    ``min_level`` is the lowest level sent this way. Secrets are never here: settings name the
    environment variable that holds them. An ``exercise`` channel carries exercises alone, any other one never.
    """

    id: str
    kind: str
    min_level: Level
    settings: Mapping[str, Any]
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleClass:
    """One class of a layer the town styles itself: features whose style field has ``value`` are drawn so.

    ``colour`` is ``#RRGGBB``; ``hatch`` is the density of hatching of areas (0 none); ``dash`` is ``solid``, ``dashed``
    or ``dotted`` for lines and outlines: no class is told by colour alone.
    """

    value: str
    colour: str
    label_ja: str
    label_en: str
    hatch: int = 0
    dash: str = "solid"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerField:
    """A property of the source that is published, under the labels people read."""

    property: str
    label_ja: str
    label_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStyle:
    """How a layer of a general kind is drawn and told: ``[style]`` of its file.

    ``name`` is the source's property with each feature's name, ``field`` the one the classes are read from; empty where
    there is none, and then the first class is everybody's.
    """

    name: str
    field: str
    classes: tuple[StyleClass, ...]
    fields: tuple[LayerField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelterFacts:
    """What the town adds to one evacuation site, a row of ``shelters.csv``; ``id`` is its 共通ID (or its list's own).

    ``hazards`` it is fit for besides those of the national list; None or empty where nothing was said.
    """

    id: str
    hazards: tuple[Hazard, ...] = ()
    elevation_m: float | None = None
    capacity: int | None = None
    phone: str = ""
    note_ja: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadFacts:
    """What the plan says of a layer of cleared roads.

    ``disclosed`` are the properties that may be published though they are kept back by themselves (who clears a road, with
    which vehicle); ``vehicles`` are the ids of all vehicles, empty where they are not known; ``plane_epsg`` is the site's zone.
    """

    disclosed: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()
    plane_epsg: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerConfig:
    """A published layer (``layers/<id>.toml``).

    ``file`` is the full path of a file inside the site folder; ``crs`` is stated by a person where the file carries none;
    ``kind`` picks style and reading (``gis/kinds``); layers with ``access`` public are shown to everyone, others to staff
    only. ``date`` is the date of the data as printed, ``fictitious`` marks made-up data; ``department`` keeps the layer;
    the notes say what its reader must know. ``shelter_facts`` are the site's, for layers of evacuation sites only, ``road_facts``
    for layers of cleared roads only.
    """

    id: str
    kind: str
    title_ja: str
    title_en: str
    file: Path
    crs: str | None
    licence: str
    credit: str
    source_url: str
    date: str
    access: Access
    shown: bool
    fictitious: bool
    department: str = ""
    note_ja: str = ""
    note_en: str = ""
    style: LayerStyle | None = None
    shelter_facts: tuple[ShelterFacts, ...] = ()
    road_facts: RoadFacts = field(default_factory=RoadFacts)

    @property
    def public(self) -> bool:
        """Whether everyone may see it."""
        return self.access is Access.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """What lies under everything on the map: always our own; ``gsi`` names a map of 国土地理院 to offer beside it.

    ``gsi`` is None where the pages must ask no outside host; ``gsi_first`` shows that map from the start.
    """

    gsi: str | None = None
    gsi_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What ``yukimori run`` plays where nothing else sends: ``simulate`` or ``replay`` and its settings."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One municipality: everything its folder says.

    ``plane_epsg`` is the plane rectangular zone metres are reckoned in; ``centre`` and ``zoom`` the
    first view; ``notice_ja`` / ``notice_en`` a line every page shows (架空・訓練), empty where all is real;
    ``licence`` the terms of the town's own observations, empty where none are stated. ``exercise`` marks the stand-in of a
    site an exercise is played on (``config.exercise``): no file can say it.
    """

    folder: Path
    id: str
    code: str
    name_ja: str
    name_en: str
    time_zone: str
    bounds: Bounds
    plane_epsg: int
    zoom: int
    notice_ja: str
    notice_en: str
    contact_ja: str
    contact_en: str
    sources: tuple[Source, ...]
    limits: Limits
    privacy: Privacy
    stations: tuple[Station, ...]
    datastreams: tuple[Datastream, ...]
    vehicles: tuple[Vehicle, ...]
    rules: tuple[Rule, ...] = ()
    layers: tuple[LayerConfig, ...] = ()
    channels: tuple[ChannelConfig, ...] = ()
    demo: Demo | None = None
    credits: tuple[str, ...] = field(default=())
    licence: str = ""
    retention: Retention = field(default_factory=Retention)
    basemap: Basemap = field(default_factory=Basemap)
    shelter_facts: tuple[ShelterFacts, ...] = ()
    ploughs: PloughPlan | None = None
    people: People = field(default_factory=People)
    events: tuple[LabelledEvent, ...] = ()
    messages: tuple[MessageTemplate, ...] = ()
    jma: Jma | None = None
    exercise: bool = False
    exercises: tuple[Scenario, ...] = ()

    @property
    def devices(self) -> frozenset[DeviceId]:
        """Every device the site knows, of stations and of vehicles."""
        return frozenset(stream.device for stream in self.datastreams) | frozenset(
            vehicle.device for vehicle in self.vehicles
        )
