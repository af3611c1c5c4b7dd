"""Lines a town may paste into its site files for a device nobody has claimed yet.

What only people know stays blank: the name, and the place where the device does not send it. With these filled in
the lines pass ``yukimori check``. Nothing a device sends is copied into a line but its own name, and that only where it
could stand in a site file, which begins with a letter or digit: no spreadsheet takes such a cell for a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config.model import Site
from config.station_files import (
    DATASTREAM_COLUMNS,
    DATASTREAMS,
    STATION_COLUMNS,
    STATIONS,
    VEHICLE_COLUMNS,
    VEHICLES,
)
from config.values import device as read_device
from core.model import Position

INTERVALS = {
    "10s": 10, "30s": 30, "1m": 60, "2m": 120, "5m": 300, "10m": 600, "15m": 900, "20m": 1200, "30m": 1800,
    "1h": 3600, "2h": 7200, "3h": 10_800, "6h": 21_600, "12h": 43_200, "1d": 86_400,
}  # fmt: skip
USUAL_INTERVAL = "10m"

_KINDS = {
    "snow_depth": "snow",
    "snowfall_1h": "snow",
    "water_level": "river",
    "channel_level": "channel",
    "distance": "snow",
}
_COLUMNS = {STATIONS: STATION_COLUMNS, DATASTREAMS: DATASTREAM_COLUMNS, VEHICLES: VEHICLE_COLUMNS}
_HEX_NAME = re.compile(r"[0-9A-Fa-f]{12,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line for a site file, with the header it fits to and the columns that are still to be filled in."""

    file: str
    header: str
    text: str
    to_fill_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What is known of a device that gets lines: quantities of ours, its model, its place, how often it sends.

    ``station`` is the id of the station the device is at already, None where it is new.
    """

    device: str
    quantities: Sequence[str]
    model: str | None
    position: Position | None
    interval: timedelta | None
    tracker: bool
    station: str | None = None


class LineWriter:
    """Proposes lines in the columns of a town's own files; ids it has given once it does not give again."""

    def __init__(self, site: Site) -> None:
        self._headers = {file: _header(site.folder, file) for file in _COLUMNS}
        self._taken = {str(station.id) for station in site.stations} | {str(vehicle.id) for vehicle in site.vehicles}

    def lines(self, newcomer: Newcomer) -> tuple[Line, ...]:
        """The lines for a device; none where its name cannot stand in a site file."""
        if not nameable(newcomer.device):
            return ()
        if newcomer.tracker:
            return (self._vehicle(newcomer),)
        if not newcomer.quantities:
            return ()
        station = newcomer.station or self._new_id(newcomer)
        streams = tuple(self._datastream(newcomer, station, quantity) for quantity in newcomer.quantities)
        return streams if newcomer.station else (self._station(newcomer, station), *streams)

    def _station(self, newcomer: Newcomer, station: str) -> Line:
        cells = {"id": station, "kind": kind_of(newcomer.quantities)}
        if newcomer.position is not None:
            cells |= {"lon": f"{newcomer.position.lon:.6f}", "lat": f"{newcomer.position.lat:.6f}"}
        return self._line(STATIONS, cells)

    def _datastream(self, newcomer: Newcomer, station: str, quantity: str) -> Line:
        cells = {
            "station": station,
            "quantity": quantity,
            "device": newcomer.device,
            "model": newcomer.model or "",
            "expected_interval": rounded(newcomer.interval),
        }
        return self._line(DATASTREAMS, cells)

    def _vehicle(self, newcomer: Newcomer) -> Line:
        cells = {
            "id": self._new_id(newcomer),
            "device": newcomer.device,
            "kind": "plough",
            "model": newcomer.model or "",
        }
        return self._line(VEHICLES, cells)

    def _line(self, file: str, cells: Mapping[str, str]) -> Line:
        header = self._headers[file]
        needed = [column for column, must_be in _COLUMNS[file].items() if must_be]
        blank = tuple(column for column in needed if not cells.get(column))
        return Line(file, _csv(header), _csv([cells.get(column, "") for column in header]), blank)

    def _new_id(self, newcomer: Newcomer) -> str:
        """An id nobody has, made of the device's name; of a long number its kind and its end."""
        name = newcomer.device
        if _HEX_NAME.fullmatch(name):
            kind = "plough" if newcomer.tracker else kind_of(newcomer.quantities)
            name = f"{kind}-{name[-4:].lower()}"
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:60] or "device"
        found, number = stem, 2
        while found in self._taken:
            found, number = f"{stem}-{number}", number + 1
        self._taken.add(found)
        return found


def nameable(device: str) -> bool:
    """Whether the device's name can stand in a site file."""
    try:
        return read_device(device) == device
    except ValueError:
        return False


def kind_of(quantities: Collection[str]) -> str:
    """The kind of station that measures these."""
    return next((kind for quantity, kind in _KINDS.items() if quantity in quantities), "weather")


def rounded(interval: timedelta | None) -> str:
    """The usual interval nearest above what was seen, with a tenth of tolerance; ten minutes where nothing was seen."""
    if interval is None:
        return USUAL_INTERVAL
    seconds = interval.total_seconds() / 1.1
    return next((written for written, length in INTERVALS.items() if seconds <= length), "1d")


def _header(folder: Path, file: str) -> list[str]:
    """The columns of the town's own file in its own order; all there are where it has none yet."""
    try:
        with (folder / file).open(encoding="utf-8-sig", newline="") as lines:
            header = [cell.strip() for cell in next(csv.reader(lines), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        header = []
    return header if set(header) <= set(_COLUMNS[file]) and header else [*_COLUMNS[file]]


def _csv(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
