"""What is known of one point, as plain numbers and codes: the same form the browser makes on the static site.

``static/js/hazard_local.js`` computes the same from tiles and files; ``maps/hazard_report.py`` puts it into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.shelters import ShelterState
from core.times import format_rfc3339
from gis.at_point import Found, HazardIndex, LayerHere
from gis.hazard_folder import KnownHazards
from gis.shelters_near import NearShelter, straight_line
from maps.hazard_document import GAUGES, GAUGES_KM, SHELTERS_MOST
from maps.shelter_facts import stay_of

Facts = dict[str, Any]


def facts_at(
    known: KnownHazards,
    states: Mapping[str, ShelterState],
    hazards: Sequence[str],
    lon: float,
    lat: float,
) -> Facts:
    """The point, what each layer has there, and per hazard the shelters fit for it; degrees and metres."""
    here = known.index.at(lon, lat)

    def near(hazard: str) -> list[Facts]:
        found = known.shelters.near(lon, lat, hazard, lambda id_: _status(states, id_), SHELTERS_MOST)
        return [_shelter(site, hazard, known.index, states) for site in found]

    return {
        "lon": lon,
        "lat": lat,
        "inside": here.inside,
        "layers": [_layer(layer) for layer in here.layers] + [_unread(*pair) for pair in known.unread],
        "shelters": {hazard: near(hazard) for hazard in hazards} if here.inside is not False else {},
    }


def nearest_gauges(stations: Sequence[Mapping[str, Any]], lon: float, lat: float, plane_epsg: int) -> list[Facts]:
    """The nearest stations of each kind a report tells of, within GAUGES_KM: ``{feature, distance_m, direction_deg}``."""
    placed = [_placed(feature, lon, lat, plane_epsg) for feature in stations]
    placed.sort(key=lambda gauge: (gauge["distance_m"], gauge["feature"]["properties"]["id"]))
    near = [gauge for gauge in placed if gauge["distance_m"] <= GAUGES_KM * 1000]
    return [gauge for kind, (quantity, most) in GAUGES.items() for gauge in _of(near, kind, quantity)[:most]]


def _of(gauges: Sequence[Facts], kind: str, quantity: str) -> list[Facts]:
    return [
        gauge
        for gauge in gauges
        if gauge["feature"]["properties"]["kind"] == kind and quantity in gauge["feature"]["properties"]["quantities"]
    ]


def _placed(feature: Mapping[str, Any], lon: float, lat: float, plane_epsg: int) -> Facts:
    to_lon, to_lat = feature["geometry"]["coordinates"]
    distance, direction = straight_line(lon, lat, to_lon, to_lat, plane_epsg)
    return {"feature": feature, "distance_m": distance, "direction_deg": direction}


def _layer(here: LayerHere) -> Facts:
    return {
        "id": here.layer.id,
        "hazard": here.hazard,
        "failed": False,
        "found": [_found(found) for found in here.found],
        "nearby": [{**_found(near.found), "distance_m": near.distance_m} for near in here.nearby],
    }


def _unread(layer: str, hazard: str) -> Facts:
    return {"id": layer, "hazard": hazard, "failed": True, "found": [], "nearby": []}


def _found(found: Found) -> Facts:
    return {"code": found.code, "rank": found.rank, "properties": dict(found.properties)}


def _shelter(site: NearShelter, hazard: str, index: HazardIndex, states: Mapping[str, ShelterState]) -> Facts:
    shelter = site.shelter
    area = index.gravest(shelter.lon, shelter.lat, hazard)
    state, stay = states.get(shelter.id), stay_of(shelter.id, states)
    return {
        "id": shelter.id,
        "name": shelter.name,
        "address": shelter.address,
        "lon": shelter.lon,
        "lat": shelter.lat,
        "elevation_m": shelter.elevation_m,
        "distance_m": site.distance_m,
        "direction_deg": site.direction_deg,
        "inside": None if area is None else {"layer": area[0].id, "code": area[1].code},
        "state": None if state is None else _state(state),
        "stay": None if stay is None else _state(stay),
    }


def _state(state: ShelterState) -> Facts:
    return {
        "status": state.status.value,
        "people": state.people,
        "capacity": state.capacity,
        "note_ja": state.note_ja,
        "note_en": state.note_en,
        "at": format_rfc3339(state.at),
    }


def _status(states: Mapping[str, ShelterState], id_: str) -> Any:
    state = states.get(id_)
    return None if state is None else state.status
