"""Made-up sites of any size, written as site folders so that the real processes can read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

WEST, SOUTH, EAST, NORTH = 140.31, 38.43, 140.63, 38.73

_SITE = """\
id = "{name}"
code = "06212"
name_ja = "測定町"
name_en = "Bench Town"
time_zone = "Asia/Tokyo"
bounds = [{west}, {south}, {east}, {north}]
plane_epsg = 6678
zoom = 11
notice_ja = "測定用：すべて架空です。"
notice_en = "For measuring: everything is fictitious."

[[sources]]
topic = "yukimori/{name}/+/reading"
codec = "yukimori"

[[sources]]
topic = "yukimori/{name}/+/position"
codec = "yukimori"

[privacy]
vehicle_delay = "0s"
"""
_STATIONS = "id,kind,name_ja,name_en,lon,lat,elevation_m,place,river,keeper,fictitious"
_DATASTREAMS = (
    "station,quantity,device,model,expected_interval,stale_after,mount_height_cm,offset,"
    "range_min,range_max,datum,standby,caution,warning,danger,low,threshold_source"
)
_VEHICLES = "id,device,name_ja,name_en,kind,model,fictitious"


def write_site(folder: Path, *, name: str, stations: int, vehicles: int = 0) -> Path:
    """A site folder with so many snow gauges and ploughs, spread evenly; returns ``folder``."""
    folder.mkdir(parents=True)
    area = {"west": WEST, "south": SOUTH, "east": EAST, "north": NORTH}
    (folder / "site.toml").write_text(_SITE.format(name=name, **area), encoding="utf-8")
    places = enumerate(spread_evenly(stations))
    _write(folder / "stations.csv", _STATIONS, [_station(number, lon, lat) for number, (lon, lat) in places])
    _write(folder / "datastreams.csv", _DATASTREAMS, [_datastream(number) for number in range(stations)])
    _write(folder / "vehicles.csv", _VEHICLES, [_vehicle(number) for number in range(vehicles)])
    return folder


def device(number: int) -> str:
    """The device of a station."""
    return f"gauge-{number:03}"


def plough(number: int) -> str:
    """The device of a plough, and its id."""
    return f"plough-{number:02}"


def spread_evenly(count: int) -> Iterator[tuple[float, float]]:
    """Longitude and latitude of so many places on a grid inside the town."""
    columns = max(1, round((count * 1.1) ** 0.5))
    rows = -(-count // columns)
    for number in range(count):
        row, column = divmod(number, columns)
        lon = WEST + (EAST - WEST) * (column + 0.5) / columns
        yield round(lon, 6), round(SOUTH + (NORTH - SOUTH) * (row + 0.5) / rows, 6)


def _station(number: int, lon: float, lat: float) -> str:
    return f"s{number:03},snow,第{number}積雪計,Snow gauge {number},{lon},{lat},,,,,true"


def _datastream(number: int) -> str:
    return f"s{number:03},snow_depth,{device(number)},,10m,30m,,,0,400,地面,80,120,160,200,,測定用（架空）"


def _vehicle(number: int) -> str:
    return f"{plough(number)},{plough(number)},除雪車{number},Plough {number},plough,,true"


def _write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
