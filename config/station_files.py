"""Reads ``stations.csv``, ``datastreams.csv`` and ``vehicles.csv``. Each entry keeps the row it came from."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from config import values
from config.fields import Row, read_rows
from config.known import Known
from config.mistakes import Notes, WrongValueError
from config.places import position
from core.freshness import REST_INTERVAL, lowest_threshold
from core.levels import RISING_LEVELS, threshold_of
from core.model import (
    Datastream,
    DeviceId,
    Reporting,
    Station,
    StationId,
    StationKind,
    Thresholds,
    Vehicle,
    VehicleId,
)
from core.quantities import QUANTITIES

Entry = TypeVar("Entry")
Placed = list[tuple[Row, Entry]]
"""Entries with the rows they came from, in the order of the file."""


def _columns(all_columns: str, required: str) -> dict[str, bool]:
    return {column: column in required.split() for column in all_columns.split()}


STATIONS = "stations.csv"
DATASTREAMS = "datastreams.csv"
VEHICLES = "vehicles.csv"

STATION_COLUMNS = _columns(
    "id kind name_ja name_en lon lat elevation_m place river keeper fictitious", required="id kind name_ja lon lat"
)
DATASTREAM_COLUMNS = _columns(
    "station quantity device model expected_interval stale_after mount_height_cm offset range_min range_max datum "
    "standby caution warning danger low threshold_source reporting carrier clock_offset",
    required="station quantity device expected_interval",
)
VEHICLE_COLUMNS = _columns(
    "id device name_ja name_en kind model contractor fictitious clock_offset crew_key",
    required="id device name_ja kind",
)
"""The columns of each file in the order they are written; True for those a file must have."""

VEHICLE_KINDS = ("plough", "grader", "dozer", "rotary", "spreader", "sidewalk")
"""除雪トラック, 除雪グレーダ, 除雪ドーザ, ロータリ除雪車, 凍結防止剤散布車, 歩道除雪車."""

NO_SPAN = timedelta(0)


def read_stations(folder: Path, notes: Notes) -> Placed[Station]:
    """The stations of the folder; a missing or empty file is a mistake."""
    return [(row, _station(row)) for row in read_rows(folder, STATIONS, STATION_COLUMNS, notes)]


def _station(row: Row) -> Station:
    name = row.need("name_ja", values.text, "")
    return Station(
        id=StationId(row.name("id", values.identifier)),
        kind=row.need("kind", values.member(StationKind, "a kind of station"), StationKind.SNOW),
        name_ja=name,
        name_en=row.may("name_en", values.text, name),
        position=position(row),
        elevation_m=row.may("elevation_m", values.between(-10.0, 3776.0, "a number of metres above the sea"), None),
        place=row.may("place", values.text, ""),
        river=row.may("river", values.text, ""),
        keeper=row.may("keeper", values.text, ""),
        fictitious=row.may("fictitious", values.flag, False),  # noqa: FBT003
    )


def read_datastreams(folder: Path, known: Known, notes: Notes) -> Placed[Datastream]:
    """The datastreams of the folder; a missing or empty file is a mistake."""
    rows = read_rows(folder, DATASTREAMS, DATASTREAM_COLUMNS, notes)
    return [(row, _datastream(row, known)) for row in rows]


def _datastream(row: Row, known: Known) -> Datastream:
    quantity = row.name("quantity", values.one_of(QUANTITIES, "a quantity"))
    interval = row.need("expected_interval", values.positive_duration, NO_SPAN)
    model = row.may("model", values.any_text_or(known.models, "a device model"), None)
    mount = row.may("mount_height_cm", values.between(1.0, 3000.0, "a number of centimetres"), None)
    offset = row.may("offset", values.between(-10_000.0, 10_000.0), 0.0)
    low, high = _range(row, quantity, mount, offset)
    stream = Datastream(
        station=StationId(row.name("station", values.identifier)),
        quantity=quantity,
        device=DeviceId(row.need("device", values.device, "")),
        model=model,
        expected_interval=interval,
        stale_after=row.may("stale_after", values.positive_duration, _usual_silence(interval, model)),
        mount_height_cm=mount,
        offset=offset,
        range_min=low,
        range_max=high,
        datum=row.may("datum", values.text, ""),
        thresholds=_thresholds(row),
        threshold_source=row.may("threshold_source", values.text, ""),
        reporting=row.may("reporting", values.member(Reporting, "a way of reporting"), Reporting.REGULAR),
        carrier=row.may("carrier", values.text, ""),
        clock_offset=row.may("clock_offset", values.signed_duration, NO_SPAN),
    )
    if row.sound:
        _check_datastream(row, stream)
    return stream


def _usual_silence(interval: timedelta, model: str | None) -> timedelta:
    """Three intervals, four where a model names a LoRaWAN device (its frames get lost on the air); at least ten minutes."""
    return max((3 if model is None else 4) * interval, timedelta(minutes=10))


def _range(row: Row, quantity: str, mount_cm: float | None, offset: float) -> tuple[float, float]:
    """The gross range of the row; blank is the range of the quantity, which it may not leave.

    Nothing can be deeper than the height its sensor is mounted at.
    """
    physical = QUANTITIES.get(quantity)
    low, high = (physical.low, physical.high) if physical else (-1e9, 1e9)
    unit = physical.unit if physical else "the unit of the quantity"
    read = values.between(low, high, f"a number in {unit}")
    reach = high if mount_cm is None or unit != "cm" else min(high, mount_cm + offset)
    range_min, range_max = row.may("range_min", read, low), row.may("range_max", read, reach)
    if range_max > reach:
        row.mistake("range_max", f"{range_max:g} is above the sensor, mounted at {reach:g} cm", "leave it blank")
    return range_min, range_max


def _thresholds(row: Row) -> Thresholds:
    read = values.between(-1e6, 1e6)
    return Thresholds(
        standby=row.may("standby", read, None),
        caution=row.may("caution", read, None),
        warning=row.may("warning", read, None),
        danger=row.may("danger", read, None),
        low=row.may("low", read, None),
    )


def _check_datastream(row: Row, stream: Datastream) -> None:
    if stream.range_min >= stream.range_max:
        row.mistake("range_min", f"{stream.range_min:g} is not below range_max {stream.range_max:g}")
        return
    calm_unknown = stream.reporting is Reporting.EVENT and lowest_threshold(stream.thresholds) is None
    if calm_unknown and stream.stale_after < REST_INTERVAL:
        row.warn(
            "reporting",
            "no threshold says which heights are calm: silence counts as a failure after stale_after",
            "set standby or caution, or a stale_after of a day or more",
        )
    if stream.stale_after < stream.expected_interval:
        row.mistake("stale_after", "shorter than expected_interval: the station would be stale between two readings")
    if stream.mount_height_cm is not None and stream.quantity not in MOUNTED:
        row.mistake(
            "mount_height_cm", f"has no meaning for {stream.quantity}", f"only for {', '.join(MOUNTED)}: clear the cell"
        )
    set_levels = [(level.slug, threshold_of(level, stream.thresholds)) for level in RISING_LEVELS]
    ladder = [(name, height) for name, height in [("low", stream.thresholds.low), *set_levels] if height is not None]
    _check_ladder(row, stream, ladder)
    if ladder and not stream.threshold_source:
        row.warn("threshold_source", "the thresholds have no source", "say who set them, and when")


MOUNTED = ("snow_depth", "channel_level", "water_level")
"""What a distance from above can be turned into."""


def _check_ladder(row: Row, stream: Datastream, ladder: list[tuple[str, float]]) -> None:
    for name, height in ladder:
        if not stream.range_min <= height <= stream.range_max:
            unit = QUANTITIES[stream.quantity].unit
            span = f"{stream.range_min:g} to {stream.range_max:g} {unit}"
            row.mistake(name, f"{height:g} can never be measured: the range is {span}", f"is it written in {unit}?")
    for (lower, below), (upper, above) in pairwise(ladder):
        if below >= above:
            row.mistake(
                upper, f"{above:g} is not above {lower} {below:g}", "low < standby < caution < warning < danger"
            )


def read_vehicles(folder: Path, known: Known, notes: Notes) -> Placed[Vehicle]:
    """The vehicles of the folder; the file may be missing."""
    rows = read_rows(folder, VEHICLES, VEHICLE_COLUMNS, notes, may_be_missing=True)
    return [(row, _vehicle(row, known)) for row in rows]


def _vehicle(row: Row, known: Known) -> Vehicle:
    name = row.need("name_ja", values.text, "")
    return Vehicle(
        id=VehicleId(row.need("id", values.identifier, "")),
        device=DeviceId(row.need("device", values.device, "")),
        name_ja=name,
        name_en=row.may("name_en", values.text, name),
        kind=row.need("kind", values.one_of(VEHICLE_KINDS, "a kind of vehicle"), "plough"),
        model=row.may("model", values.any_text_or(known.models, "a device model"), None),
        contractor=row.may("contractor", values.text, ""),
        fictitious=row.may("fictitious", values.flag, False),  # noqa: FBT003
        clock_offset=row.may("clock_offset", values.signed_duration, NO_SPAN),
        crew_key=row.may("crew_key", _key_number, 1),
    )


def _key_number(value: object) -> int:
    found = values.between(0.0, 9_999.0, "the number of a key")(value)
    if found != int(found):
        raise WrongValueError(f"{found:g} is not a whole number", "1 at first; one more when a link was lost")
    return int(found)


def entries(placed: Placed[Entry]) -> tuple[Entry, ...]:
    """The entries alone."""
    return tuple(entry for _, entry in placed)
