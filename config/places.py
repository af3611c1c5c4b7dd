"""Reads where something stands: a longitude and a latitude, of a CSV row or a TOML table."""

from __future__ import annotations

from config import values
from config.fields import Fields, Table
from core.model import Bounds, Position

JAPAN = Bounds(122.0, 20.0, 154.0, 46.0)


def position(fields: Fields) -> Position:
    """The point of ``lon`` and ``lat``; a stand-in where they are missing, no numbers or not in Japan (noted)."""
    number = values.toml_between if isinstance(fields, Table) else values.between
    before = fields.sound
    fields.sound = True
    lon = fields.need("lon", number(-180.0, 180.0, "a longitude in degrees"), JAPAN.west)
    lat = fields.need("lat", number(-180.0, 180.0, "a latitude in degrees"), JAPAN.south)
    if fields.sound and not JAPAN.contains(lon, lat):
        exchanged = JAPAN.contains(lat, lon)
        hint = "longitude and latitude are exchanged" if exchanged else "expected lon 122 to 154, lat 20 to 46"
        fields.mistake("lon", f"{lon:g}, {lat:g} is not in Japan", hint)
    fields.sound = fields.sound and before
    return Position(lon, lat)
