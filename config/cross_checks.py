"""What the files of a site folder say about each other: ids, references, devices, bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from config.fields import Row, Table
from config.mistakes import shown, suggest
from config.rule_checks import check_inhibitions, check_rules
from config.rule_plan import Rule
from config.station_files import Placed
from core.model import Bounds, Datastream, Station, StationKind, Vehicle


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything read from a folder, with the places it was read from; ``bounds`` None where unknown.

    ``all_stations`` and ``all_datastreams`` False: some could not be read, so what refers to them is not judged. ``speed`` is how
    much faster than life the demonstration goes by.
    """

    bounds: Bounds | None
    stations: Placed[Station]
    datastreams: Placed[Datastream]
    vehicles: Placed[Vehicle]
    rules: list[tuple[Table, Rule]]
    all_stations: bool
    all_datastreams: bool
    speed: float = 1.0


def check_references(folder: Folder) -> None:
    """Note every mistake that shows only when the files are laid side by side."""
    _note_repeats(((row, station.id) for row, station in folder.stations), "id", "give each station its own id")
    _note_repeats(((row, vehicle.id) for row, vehicle in folder.vehicles), "id", "give each vehicle its own id")
    _note_repeats(((row, vehicle.device) for row, vehicle in folder.vehicles), "device", "one device, one vehicle")
    _check_stations(folder)
    _check_datastreams(folder)
    _check_devices(folder)
    _check_rules(folder)


def _note_repeats(found: Iterable[tuple[Row, str]], column: str, hint: str) -> None:
    first: dict[str, int] = {}
    for row, name in found:
        if name and name in first:
            row.mistake(column, f"{shown(name)} stands already on line {first[name]}", hint)
        first.setdefault(name, row.line)


def _check_stations(folder: Folder) -> None:
    measuring = {stream.station for _, stream in folder.datastreams}
    for row, station in folder.stations:
        if not row.sound:
            continue
        position = station.position
        if folder.bounds and not folder.bounds.contains(position.lon, position.lat):
            row.warn("lon", f"{shown(station.id)} lies outside the bounds of site.toml", "is the position right?")
        if folder.all_datastreams and station.id not in measuring and station.kind is not StationKind.CAMERA:
            row.warn("id", f"{shown(station.id)} measures nothing", "add a row to datastreams.csv")


def _check_datastreams(folder: Folder) -> None:
    stations = {station.id for _, station in folder.stations if station.id}
    keys: list[tuple[Row, str]] = []
    fed: list[tuple[Row, str]] = []
    for row, stream in folder.datastreams:
        if stream.station and folder.all_stations and stream.station not in stations:
            row.mistake("station", f"there is no station {shown(stream.station)}", suggest(stream.station, stations))
        if stream.station and stream.quantity:
            keys.append((row, stream.key))
        if stream.device and stream.quantity:
            fed.append((row, f"{stream.device} {stream.quantity}"))
    _note_repeats(keys, "station", "a station measures a quantity once")
    _note_repeats(fed, "device", "a device measures a quantity for one station only")


def _check_devices(folder: Folder) -> None:
    models: dict[str, tuple[int, str | None]] = {}
    clocks: dict[str, tuple[int, timedelta]] = {}
    ranging: dict[str, int] = {}
    kept = {stream.device: row.line for row, stream in folder.datastreams if stream.quantity == "distance"}
    for row, stream in folder.datastreams:
        line, model = models.setdefault(stream.device, (row.line, stream.model))
        if row.sound and model != stream.model:
            row.mistake("model", f"{shown(stream.device)} has another model on line {line}", "a device has one model")
        line, offset = clocks.setdefault(stream.device, (row.line, stream.clock_offset))
        if row.sound and offset != stream.clock_offset:
            message = f"{shown(stream.device)} has another clock offset on line {line}"
            row.mistake("clock_offset", message, "a device has one clock")
        if row.sound and stream.mount_height_cm is not None:
            if stream.device in ranging:
                message = f"the distance of {shown(stream.device)} is used on line {ranging[stream.device]} already"
                row.mistake("mount_height_cm", message, "one distance gives one depth or level")
            if stream.device in kept:
                message = f"the distance of {shown(stream.device)} is kept as it is on line {kept[stream.device]}"
                row.mistake("mount_height_cm", message, "leave out that line: the distance is kept beside the depth")
            ranging.setdefault(stream.device, row.line)
    for row, vehicle in folder.vehicles:
        if vehicle.device and vehicle.device in models:
            message = f"{shown(vehicle.device)} is a station's device (datastreams.csv:{models[vehicle.device][0]})"
            row.mistake("device", message, "a device belongs to a station or to a vehicle")


def _check_rules(folder: Folder) -> None:
    check_inhibitions(folder.rules)
    if folder.all_stations and folder.all_datastreams:
        stations = [station for _, station in folder.stations]
        check_rules(folder.rules, stations, [stream for _, stream in folder.datastreams], folder.speed)
