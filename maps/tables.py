"""The pages without a map: the table of everything, and the page of one station. They work without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.model import Site
from core.quantities import QUANTITIES
from core.times import parse_rfc3339
from maps.alert_facts import alert_rows
from maps.closure_facts import closure_rows, closures_line
from maps.exercise_facts import exercise_held
from maps.facts import (
    RUNGS,
    Wording,
    station_name,
    threshold_name,
    value_row,
    value_rows,
    value_text,
    vehicle_rows,
    wording,
)
from maps.links import LIVE, Links
from maps.road_facts import class_rows, road_rows, summary
from maps.shell import data_block, render, unit_sign
from maps.shelter_facts import shelter_summary, shelter_tables
from maps.standing import no_alerts_text, standing_of
from maps.symbols import SHELTER_SYMBOLS
from maps.unconfirmed import unconfirmed_at
from maps.words import Language

RoadFacts = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]
"""What is told of roads, and the lines it is told of."""


def build_list(
    site: Site,
    facts: Mapping[str, Any],
    language: Language,
    *,
    asset_version: str,
    shelters: Sequence[tuple[str, Mapping[str, Any]]] = (),
    roads: RoadFacts = (None, None),
    closures: Mapping[str, Any] | None = None,
    exercise: Mapping[str, Any] | None = None,
    links: Links = LIVE,
) -> str:
    """The table view: the same facts as the map, readable without a script.

    ``facts`` is a snapshot as ``/api/stream`` sends it, with ``stale`` and ``read_at`` where the data stand still, which
    the page then says; ``shelters`` are titles and FeatureCollections of the public
    shelter layers; ``roads`` what ``/api/roads/state`` says and the published layer it speaks of; ``closures`` and ``exercise``
    what ``/api/closures`` and ``/api/exercise`` say, None where that is not known.
    """
    say = wording(language, site.time_zone)
    return render(
        "list.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path="/list",
        data=data_block(site, language, links=links),
        standing=standing_of(
            parse_rfc3339(facts["now"]),
            say,
            stale=bool(facts.get("stale")),
            read_at=facts.get("read_at"),
            written=links.static,
        ),
        no_alerts=no_alerts_text(facts, say),
        values=value_rows(facts, say),
        vehicles=vehicle_rows(facts, say),
        alerts=alert_rows(facts, say),
        shelters=shelter_tables(shelters, facts, say),
        shelter_summary=shelter_summary(facts, say),
        shelter_symbols=SHELTER_SYMBOLS,
        roads=_roads(site, roads, say),
        closures_line=closures_line(closures, say, written=links.static),
        closures=closure_rows(closures, site, facts["now"], say),
        held=exercise_held(exercise, parse_rfc3339(facts["now"]), say),
    )


def _roads(site: Site, roads: RoadFacts, say: Wording) -> dict[str, Any] | None:
    """What the table says of roads: sentences and a row for each class; None where the town has none."""
    told, lines = roads
    if site.ploughs is None or lines is None:
        return None
    classes = class_rows(road_rows(told, lines, say), told, say)
    return {"sentences": summary(told, classes, say), "classes": classes}


def station_page(
    site: Site,
    feature: Mapping[str, Any],
    language: Language,
    *,
    alerts: Sequence[Mapping[str, Any]] = (),
    now: str,
    asset_version: str,
    stale: bool = False,
    read_at: str | None = None,
    links: Links = LIVE,
) -> str:
    """The page of one station: present values, charts, numbers, thresholds and their source.

    ``feature`` is the station's feature of ``/api/stations``; ``now`` the instant it was read (RFC 3339). ``alerts`` are open
    episodes as ``/api/alerts`` has them; those it takes part in are told.
    ``stale`` says that the data stand still, ``read_at`` since when (RFC 3339; None where none were ever read).
    """
    say = wording(language, site.time_zone)
    station = feature["properties"]
    at = parse_rfc3339(now)
    own = [alert for alert in alerts if station["id"] in alert.get("stations", (alert["station"],))]
    facts = {"now": now, "stations": {"features": [feature]}, "alerts": {"open": own}}
    rows = [value_row(station, slug, at, say, unconfirmed_at(facts)) for slug in station["quantities"]]
    snapshot = {"now": now, "stations": {"type": "FeatureCollection", "features": [feature]}}
    return render(
        "station.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=f"/station/{station['id']}",
        data=data_block(site, language, links=links) | {"snapshot": snapshot, "station": station["id"]},
        station=station,
        name=station_name(station, language),
        standing=standing_of(at, say, stale=stale, read_at=read_at, written=links.static),
        values=rows,
        alerts=alert_rows(facts, say),
        ladders={slug: _ladder(station, slug, language, site.time_zone) for slug in station["quantities"]},
    )


def _ladder(station: Mapping[str, Any], slug: str, language: Language, time_zone: str) -> list[tuple[str, str, str]]:
    """The thresholds of one quantity as (rung, official name, value with unit), highest first."""
    say = wording(language, time_zone)
    quantity = station["quantities"][slug]
    return [
        (
            rung,
            threshold_name(station["kind"], rung, say),
            f"{value_text(slug, quantity['thresholds'][rung])} {unit_sign(QUANTITIES[slug].unit)}",
        )
        for rung in RUNGS
        if quantity["thresholds"].get(rung) is not None
    ]
