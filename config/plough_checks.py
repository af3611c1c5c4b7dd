"""What the plan of the ploughs, the layers, the vehicles and ``site.toml`` say about each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import time, timedelta
from itertools import pairwise

from config.fields import Fields
from config.mistakes import Notes, shown, suggest
from config.model import LayerConfig, RoadFacts
from config.plough_file import PLOUGHS, PlacedPlan
from config.plough_plan import Depot, PloughPlan, ProtectedPlace, RoadClass
from config.site_file import FILE, SiteFile
from config.station_files import VEHICLES, Placed
from core.model import Access, Bounds, Vehicle

ROADS = "roads"

LEAST_DELAY = timedelta(minutes=10)
"""A plough younger than this on a public map can be waited for; the default of ``vehicle_delay``."""

USUAL_PUBLIC_WINDOW = timedelta(hours=6)


def with_road_facts(
    layers: Iterable[LayerConfig], placed: PlacedPlan | None, vehicles: Iterable[Vehicle], plane_epsg: int
) -> tuple[LayerConfig, ...]:
    """The layers, those of cleared roads with what the plan says of them.

    A layer for staff shows who clears a road; a public one only where the plan says so. Which vehicle does, none shows.
    """
    shared = placed is not None and placed.plan.public_contractor
    ids = tuple(str(vehicle.id) for vehicle in vehicles)

    def told(layer: LayerConfig) -> LayerConfig:
        disclosed = ("contractor",) if shared or layer.access is Access.STAFF else ()
        return replace(layer, road_facts=RoadFacts(disclosed=disclosed, vehicles=ids, plane_epsg=plane_epsg))

    return tuple(told(layer) if layer.kind == ROADS else layer for layer in layers)


def check_ploughs(
    placed: PlacedPlan | None,
    layers: Iterable[LayerConfig],
    vehicles: Placed[Vehicle],
    site_file: SiteFile | None,
    bounds: Bounds | None,
    notes: Notes,
) -> None:
    """Note what shows only when the files are laid side by side; ``bounds`` None where they are not known."""
    if site_file is not None:
        _warn_of_privacy(vehicles, site_file, notes)
        _warn_of_retention(site_file, notes)
    if placed is None:
        if vehicles and not any(mistake.file == PLOUGHS for mistake in notes.mistakes):
            vehicles[0][0].warn("id", "there is no ploughs.toml: nothing is told of roads", "add it; docs/ploughs.md")
        return
    _check_roads(placed, list(layers))
    if not vehicles and VEHICLES not in notes.incomplete:
        placed.table.warn("", "the site has no vehicle: no road will ever be cleared", f"add rows to {VEHICLES}")
    if not placed.depots and placed.table.found("depots") is None:
        message = "no depot: standing there counts as a stop, and the public may see where ploughs start"
        placed.table.warn("depots", message, "write [[depots]] with id, lon, lat, radius_m")
    if bounds is not None:
        _warn_of_places(placed, bounds)
    _check_times(placed)
    if not any(mistake.file == PLOUGHS for mistake in notes.mistakes):
        _warn_of_classes(placed)
    if placed.plan.public_window > USUAL_PUBLIC_WINDOW and any(not vehicle.fictitious for _, vehicle in vehicles):
        placed.table.warn(
            "public.window", "longer than 6h: habits of drivers show", "6h is enough to find one's street"
        )


def _check_roads(placed: PlacedPlan, layers: list[LayerConfig]) -> None:
    name = placed.plan.roads
    if not name:
        return
    roads = [layer.id for layer in layers if layer.kind == ROADS]
    found = next((layer for layer in layers if layer.id == name), None)
    if found is None:
        hint = suggest(name, roads) if roads else "add layers/ID.toml of kind roads"
        placed.table.mistake("roads", f"there is no layer {shown(name)}", hint)
    elif found.kind and found.kind != ROADS:
        message = f"the layer {shown(name)} is of kind {found.kind}, not {ROADS}"
        placed.table.mistake("roads", message, suggest(name, roads) if roads else "name a layer of kind roads")


def _warn_of_places(placed: PlacedPlan, bounds: Bounds) -> None:
    places: list[tuple[Fields, Depot | ProtectedPlace]] = [*placed.depots, *placed.protected]
    for read, place in places:
        if read.sound and not bounds.contains(place.position.lon, place.position.lat):
            read.warn("lon", f"{shown(place.id)} lies outside the bounds of site.toml", "is the position right?")


def _check_times(placed: PlacedPlan) -> None:
    """A deadline must come after the looks at the snow that start the work, within one day of work."""
    begins = placed.plan.day_begins
    if placed.plan.public_step > placed.plan.public_window:
        placed.table.mistake("public.step", "longer than the window: nothing would ever show", "e.g. 10m")
    for one in placed.plan.classes.values():
        late = [check for check in one.checks if one.deadline and _into(check, begins) >= _into(one.deadline, begins)]
        if late and one.deadline:
            message = f"the deadline {one.deadline:%H:%M} is not after the check {late[0]:%H:%M}"
            hint = f"a day of work begins at {begins:%H:%M} (day_begins); check, then clear, then the deadline"
            placed.table.mistake(f"classes.{one.code}.deadline", message, hint)


def _warn_of_classes(placed: PlacedPlan) -> None:
    ranked = [placed.plan.classes[code] for code in ("1", "2", "3") if code in placed.plan.classes]
    for higher, lower in pairwise(ranked):
        for key, later in (
            ("threshold_cm", _more_snow(higher, lower)),
            ("deadline", _later(higher, lower, placed.plan)),
        ):
            if later:
                where = f"classes.{higher.code}.{key}"
                placed.table.warn(where, f"{later} than class {lower.code}", "are they exchanged?")
    for one in placed.plan.classes.values():
        if one.threshold_cm is not None and not one.checks:
            placed.table.warn(
                f"classes.{one.code}.checks",
                "a threshold, but no time at which it is looked at",
                'e.g. ["01:30", "04:00"]',
            )


def _more_snow(higher: RoadClass, lower: RoadClass) -> str:
    if higher.threshold_cm is None or lower.threshold_cm is None or higher.threshold_cm <= lower.threshold_cm:
        return ""
    return f"class {higher.code} waits for more snow ({higher.threshold_cm:g} cm against {lower.threshold_cm:g} cm)"


def _later(higher: RoadClass, lower: RoadClass, plan: PloughPlan) -> str:
    if higher.deadline is None or lower.deadline is None:
        return ""
    if _into(higher.deadline, plan.day_begins) <= _into(lower.deadline, plan.day_begins):
        return ""
    return f"class {higher.code} is promised later ({higher.deadline:%H:%M} against {lower.deadline:%H:%M})"


def _into(moment: time, begins: time) -> int:
    """Minutes from the beginning of a day of work to the next such time of day."""
    return (moment.hour * 60 + moment.minute - begins.hour * 60 - begins.minute) % 1440


def _warn_of_privacy(vehicles: Placed[Vehicle], site_file: SiteFile, notes: Notes) -> None:
    delay = site_file.privacy.vehicle_delay
    if delay < LEAST_DELAY and any(not vehicle.fictitious for _, vehicle in vehicles):
        message = f"real ploughs are shown to everyone after {delay / timedelta(minutes=1):g} min"
        notes.warn(FILE, "privacy.vehicle_delay", message, "10m or more, so that nobody can wait for a driver")


def _warn_of_retention(site_file: SiteFile, notes: Notes) -> None:
    kept = site_file.retention
    if kept.archive_after is not None and kept.positions < kept.archive_after:
        message = "positions leave before archive_after: they are dropped, never archived"
        notes.warn(FILE, "retention.positions", message, "make it longer, or archive_after shorter")
