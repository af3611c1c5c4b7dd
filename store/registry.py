"""Taking over what a site folder says, and the numbers the store gives to it."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from config.model import Site
from core.model import VehicleId
from store import statements
from store.connection import Connection
from store.rows import Registry

_SQL = statements.load("registry")


def register(connection: Connection, site: Site) -> Registry:
    """The numbers of the site, its datastreams and vehicles; new ones are added, missing ones disabled."""
    names = {"id": site.id, "code": site.code, "name_ja": site.name_ja, "name_en": site.name_en}
    found = connection.execute(_SQL["upsert_site"], names).fetchone()
    assert found is not None
    number: int = found[0]
    _take_over_retention(connection, number, site)
    _take_over_stations(connection, number, site)
    _take_over_datastreams(connection, number, site)
    _take_over_vehicles(connection, number, site)
    datastreams = connection.execute(_SQL["datastream_numbers"], {"site": number}).fetchall()
    vehicles = connection.execute(_SQL["vehicle_numbers"], {"site": number}).fetchall()
    return Registry(number, dict(datastreams), {VehicleId(id_): no for id_, no in vehicles})


def _take_over_retention(connection: Connection, number: int, site: Site) -> None:
    keeping = site.retention
    values = {
        "site": number,
        "observations": keeping.observations,
        "positions": keeping.positions,
        "quarantine": keeping.quarantine,
        "archive_after": keeping.archive_after,
        "messages": keeping.messages,
    }
    connection.execute(_SQL["upsert_retention"], values)


def _take_over_stations(connection: Connection, number: int, site: Site) -> None:
    rows = [
        {
            "id": station.id,
            "kind": station.kind.value,
            "name_ja": station.name_ja,
            "name_en": station.name_en,
            "lon": station.position.lon,
            "lat": station.position.lat,
        }
        for station in site.stations
    ]
    connection.execute(_SQL["upsert_stations"], {"site": number, "rows": Jsonb(rows)})
    connection.execute(_SQL["disable_stations"], {"site": number, "ids": [row["id"] for row in rows]})


def _take_over_datastreams(connection: Connection, number: int, site: Site) -> None:
    rows = [
        {
            "station_id": stream.station,
            "quantity": stream.quantity,
            "device": stream.device,
            "datum": stream.datum,
            "mount_height_cm": stream.mount_height_cm,
            "calibration": stream.offset,
        }
        for stream in site.datastreams
    ]
    connection.execute(_SQL["upsert_datastreams"], {"site": number, "rows": Jsonb(rows)})
    keys = [stream.key for stream in site.datastreams]
    connection.execute(_SQL["disable_datastreams"], {"site": number, "keys": keys})


def _take_over_vehicles(connection: Connection, number: int, site: Site) -> None:
    rows = [
        {
            "id": vehicle.id,
            "device": vehicle.device,
            "kind": vehicle.kind,
            "name_ja": vehicle.name_ja,
            "name_en": vehicle.name_en,
        }
        for vehicle in site.vehicles
    ]
    connection.execute(_SQL["upsert_vehicles"], {"site": number, "rows": Jsonb(rows)})
    connection.execute(_SQL["disable_vehicles"], {"site": number, "ids": [row["id"] for row in rows]})
