"""One whole hazard report: facts at the point, words, shelters and gauges together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from config.model import Site
from core.shelters import ShelterState
from gis.hazard_folder import KnownHazards, PublishedHazards
from maps.hazard_advice import Register
from maps.hazard_document import words_document
from maps.hazard_facts import facts_at, nearest_gauges
from maps.hazard_gauges import gauge_rows
from maps.hazard_report import Json, hazards_told, report


def report_at(
    known: KnownHazards,
    words: Mapping[str, Any],
    lon: float,
    lat: float,
    *,
    plane_epsg: int,
    stations: Sequence[Mapping[str, Any]],
    states: Mapping[str, ShelterState],
    now: datetime,
) -> Json:
    """The report of a place in the register of ``words``; gauges as of ``now``, none where nothing is known (outside).

    ``stations`` are the features of ``/api/stations``.
    """
    facts = facts_at(known, states, hazards_told(words), lon, lat)
    told = report(facts, words)
    near = [] if facts["inside"] is False else nearest_gauges(stations, lon, lat, plane_epsg)
    none = "" if near else words["sentences"]["gauges_none"].format(km=words["gauges_km"])
    return {**told, "gauges": gauge_rows(near, words, now), "no_gauges": none}


def words_text(site: Site, layers_folder: Path, register: Register) -> str:
    """The words document of a register as JSON text, for the static site; raises as ``PublishedHazards``."""
    catalogue = PublishedHazards(layers_folder, site.plane_epsg).now().catalogue
    return json.dumps(words_document(site, catalogue, register), ensure_ascii=False)
